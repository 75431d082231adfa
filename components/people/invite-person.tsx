"use client"

import { type ReactNode, useState } from "react"
import type { Role } from "@/lib/contract/words"
import { ActDialog } from "../acts/act-dialog"
import { ShownOnce } from "../acts/shown-once"
import { usePressed } from "../acts/use-pressed"
import type { FormAnswer } from "../ui/action-form"
import { Button } from "../ui/button"
import { Field, Input } from "../ui/field"
import { Select } from "../ui/select"
import { UndismissableDialog } from "../ui/undismissable-dialog"
import { RoleAtScope } from "./role-at-scope"

export interface InviteScope {
  path: string
  roles: readonly Role[]
}

/** A link for somebody who isn't here yet. It is shown once; no e-mail is sent. */
export function InvitePerson({
  scopes,
  here,
  invite,
}: {
  scopes: readonly InviteScope[]
  here: string
  invite: (form: FormData) => Promise<FormAnswer<{ link: string | null }>>
}): ReactNode {
  const [link, setLink] = useState<string>()
  usePressed("invite", "Invite a person")
  if (scopes.length === 0) return null
  return (
    <>
      <ActDialog
        title="Invite a person"
        description="You get a link that works once. Send it to them yourself: no e-mail leaves Strongroom."
        trigger={
          <Button id="invite" look="primary" shortcut="c" shortcutLabel="Invite a person">
            Invite
          </Button>
        }
        action={invite}
        submit="Make the link"
        onDone={(result) => setLink(result.link ?? undefined)}
      >
        <RoleAtScope scopes={scopes} here={here} />
        <Field
          label="E-mail"
          name="email"
          optional
          hint="With one, the link works for this address alone. Without, for whoever has it first."
        >
          <Input type="email" autoComplete="off" spellCheck={false} autoCapitalize="off" />
        </Field>
        <Field label="The link works for" name="expiresInDays">
          <Select
            defaultValue="7"
            options={[
              { value: "1", label: "1 day" },
              { value: "7", label: "7 days" },
              { value: "30", label: "30 days" },
            ]}
          />
        </Field>
      </ActDialog>
      <UndismissableDialog
        open={link !== undefined}
        onClose={() => setLink(undefined)}
        title="Send them this link"
        acknowledge="I have copied the link"
      >
        <p className="text-ink-2">
          It is shown now and never again. Whoever opens it first joins, so send it where only they read it. If it gets
          lost, take the invitation back and make another.
        </p>
        {link !== undefined && <ShownOnce text={link} label="The invitation's link" copy="Copy the link" />}
      </UndismissableDialog>
    </>
  )
}
