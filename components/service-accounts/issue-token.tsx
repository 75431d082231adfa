"use client"

import { type ReactNode, useState } from "react"
import { ActDialog } from "../acts/act-dialog"
import { ShownOnce } from "../acts/shown-once"
import { usePressed } from "../acts/use-pressed"
import type { FormAnswer } from "../ui/action-form"
import { Button } from "../ui/button"
import { CodeBlock } from "../ui/command-line"
import { Field, Input, Textarea } from "../ui/field"
import { Select } from "../ui/select"
import { Tabs } from "../ui/tabs"
import { UndismissableDialog } from "../ui/undismissable-dialog"
import type { AccountAddress } from "./grant-list"
import { type SnippetSecret, snippets } from "./snippets"

export interface TokenAccount extends AccountAddress {
  isWorkspace: boolean
  disabled: boolean
}

/** Issues a token and shows it once, with what to run. */
export function IssueToken({
  account,
  isNext,
  example,
  issue,
}: {
  account: TokenAccount
  isNext: boolean
  example: SnippetSecret | null
  issue: (form: FormData) => Promise<FormAnswer<{ token: string | null }>>
}): ReactNode {
  const [token, setToken] = useState<string>()
  usePressed("issue-token", `Issue a token for ${account.name}`)
  return (
    <>
      <ActDialog
        title={`Issue a token for ${account.name}`}
        description="Whoever holds it reads all that the account may read. It is shown once."
        trigger={
          <Button
            id="issue-token"
            small
            look={isNext ? "primary" : "default"}
            shortcut="t"
            shortcutLabel="Issue a token"
          >
            Issue a token
          </Button>
        }
        action={issue}
        fields={{ scope: account.scope, account: account.name }}
        submit="Issue the token"
        onDone={(result) => setToken(result.token ?? undefined)}
      >
        <Field label="Name" name="name" hint="Where it is going to live, such as “runner 3”.">
          <Input autoComplete="off" maxLength={128} />
        </Field>
        <Field label="Expires" name="expiresInDays">
          <Select
            defaultValue="90"
            options={[1, 7, 30, 90, 180, 365].map((days) => ({
              value: String(days),
              label: days === 1 ? "after 1 day" : days === 365 ? "after a year" : `after ${days} days`,
            }))}
          />
        </Field>
        <Field
          label="Address ranges"
          name="cidrs"
          optional
          hint="One a line, such as 10.2.0.0/16. From anywhere else it is refused. None means anywhere."
        >
          <Textarea mono rows={2} autoComplete="off" spellCheck={false} autoCapitalize="off" />
        </Field>
      </ActDialog>
      <UndismissableDialog
        open={token !== undefined}
        onClose={() => setToken(undefined)}
        title={`The token of ${account.name}`}
        acknowledge="I have stored the token"
      >
        {token !== undefined && <IssuedToken token={token} account={account} example={example} />}
      </UndismissableDialog>
    </>
  )
}

function IssuedToken({
  token,
  account,
  example,
}: {
  token: string
  account: TokenAccount
  example: SnippetSecret | null
}): ReactNode {
  const made = snippets({
    origin: location.origin,
    token,
    secret: example ?? { scope: account.scope, vault: "default", name: "DB_PASSWORD" },
    // A workspace's own account needs not say where it reads.
    scope: account.isWorkspace ? undefined : (example?.scope ?? account.scope),
  })
  return (
    <>
      <p className="text-ink-2">
        It is shown now and never again: only its hash is kept. Store it where the machine reads it. If it gets lost,
        revoke it and issue another.
      </p>
      <ShownOnce text={token} label="The access token" copy="Copy the token" />
      <Tabs
        label="How to use it"
        tabs={made.map(({ id, title, code }) => ({
          id,
          title,
          content: <CodeBlock label={title} code={code} />,
        }))}
      />
    </>
  )
}
