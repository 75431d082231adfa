"use client"

import { type ReactNode, useState } from "react"
import type { PersonalToken } from "@/lib/contract/dto"
import { ActDialog } from "../acts/act-dialog"
import { ConfirmedAct } from "../acts/confirmed-act"
import { ShownOnce } from "../acts/shown-once"
import { usePressed } from "../acts/use-pressed"
import { isLive, tokenState } from "../service-accounts/account-words"
import type { FormAnswer } from "../ui/action-form"
import { Button } from "../ui/button"
import { Card } from "../ui/card"
import { CodeBlock } from "../ui/command-line"
import { Field, Input } from "../ui/field"
import { RelativeTime } from "../ui/relative-time"
import { Select } from "../ui/select"
import { Tag } from "../ui/tag"
import { UndismissableDialog } from "../ui/undismissable-dialog"

type Revoke = (form: FormData) => Promise<FormAnswer>

/** Tokens for working with the API as oneself: they can do what their owner can, and read no value. */
export function PersonalTokens({
  tokens,
  create,
  revoke,
}: {
  tokens: readonly PersonalToken[]
  create: (form: FormData) => Promise<FormAnswer<{ token: string | null }>>
  revoke: Revoke
}): ReactNode {
  const [token, setToken] = useState<string>()
  return (
    <Card title="Personal tokens" action={<NewToken create={create} onMade={setToken} />}>
      {tokens.length === 0 && (
        <p className="px-4 py-3 text-ink-3">
          None. With one, scripts and the command line do what you may do. Like you, it reads no value.
        </p>
      )}
      <ul aria-label="Personal tokens" className="divide-y divide-line px-4 py-1">
        {tokens.map((one) => (
          <TokenLine key={one.id} token={one} revoke={revoke} />
        ))}
      </ul>
      <UndismissableDialog
        open={token !== undefined}
        onClose={() => setToken(undefined)}
        title="Your personal token"
        acknowledge="I have stored the token"
      >
        {token !== undefined && (
          <>
            <p className="text-ink-2">
              It is shown now and never again: only its hash is kept. Whoever has it can do what you can. If it gets
              lost, revoke it and make another.
            </p>
            <ShownOnce text={token} label="The personal token" copy="Copy the token" />
            <CodeBlock
              label="As environment variables"
              code={`STRONGROOM_URL=${location.origin}\nSTRONGROOM_TOKEN=${token}`}
            />
          </>
        )}
      </UndismissableDialog>
    </Card>
  )
}

function NewToken({
  create,
  onMade,
}: {
  create: (form: FormData) => Promise<FormAnswer<{ token: string | null }>>
  onMade: (token: string | undefined) => void
}): ReactNode {
  usePressed("new-personal-token", "New personal token")
  return (
    <ActDialog
      title="New personal token"
      description="It can do what you can, until it expires or you revoke it. It is shown once."
      trigger={
        <Button id="new-personal-token" small shortcut="c" shortcutLabel="New personal token">
          New token
        </Button>
      }
      action={create}
      submit="Make the token"
      onDone={({ token }) => onMade(token ?? undefined)}
    >
      <Field label="Name" name="name" hint="What it is for, such as “laptop”.">
        <Input autoComplete="off" maxLength={128} />
      </Field>
      <Field label="Expires" name="expiresInDays">
        <Select
          defaultValue="30"
          options={[1, 7, 30, 90, 365].map((days) => ({
            value: String(days),
            label: days === 1 ? "after 1 day" : days === 365 ? "after a year" : `after ${days} days`,
          }))}
        />
      </Field>
    </ActDialog>
  )
}

function TokenLine({ token, revoke }: { token: PersonalToken; revoke: Revoke }): ReactNode {
  const state = tokenState(token)
  return (
    <li className="flex items-start gap-x-3 gap-y-1 py-2 max-sm:flex-wrap">
      <div className="grid min-w-0 flex-1 gap-0.5 max-sm:basis-full">
        <p>
          <b className="font-semibold break-words">{token.name}</b>{" "}
          <code className="break-all text-ink-3">{token.prefix}…</code>
        </p>
        <p className="text-ink-3">
          made <RelativeTime at={token.createdAt} />, expires <RelativeTime at={token.expiresAt} />,{" "}
          {token.lastUsedAt === null ? (
            "never used"
          ) : (
            <>
              last used <RelativeTime at={token.lastUsedAt} />
            </>
          )}
        </p>
      </div>
      <span className="ml-auto flex items-center gap-2">
        <Tag tone={state.tone}>{state.words}</Tag>
        {isLive(token) && (
          <ConfirmedAct
            action={revoke}
            fields={{ token: token.id }}
            act={{
              title: `What runs with “${token.name}” stops working at once`,
              confirm: "Revoke the token",
              danger: true,
              done: `The token “${token.name}” is revoked.`,
            }}
            trigger={
              <Button small look="quiet" aria-label={`Revoke the token ${token.name}`}>
                Revoke
              </Button>
            }
          >
            <p>Nothing brings it back. You can make another at any time.</p>
          </ConfirmedAct>
        )}
      </span>
    </li>
  )
}
