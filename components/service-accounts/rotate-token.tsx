"use client"

import { type ReactNode, useState } from "react"
import type { AccessToken } from "@/lib/contract/dto"
import { ActDialog } from "../acts/act-dialog"
import { ShownOnce } from "../acts/shown-once"
import type { FormAnswer } from "../ui/action-form"
import { Button } from "../ui/button"
import { Field } from "../ui/field"
import { Select } from "../ui/select"
import { UndismissableDialog } from "../ui/undismissable-dialog"
import type { AccountAddress } from "./grant-list"

/** Issues another token in a token's place, shows it once, and lets the old one end some hours later. */
export function RotateToken({
  account,
  token,
  rotate,
}: {
  account: AccountAddress
  token: AccessToken
  rotate: (form: FormData) => Promise<FormAnswer<{ token: string | null }>>
}): ReactNode {
  const [made, setMade] = useState<string>()
  return (
    <>
      <ActDialog
        title={`Rotate “${token.name}”`}
        description="Another token takes its place, with the same name and address ranges. It is shown once."
        trigger={
          <Button small look="quiet" aria-label={`Rotate the token ${token.name}`}>
            Rotate
          </Button>
        }
        action={rotate}
        fields={{ scope: account.scope, account: account.name, token: token.id }}
        submit="Rotate the token"
        onDone={(result) => setMade(result.token ?? undefined)}
      >
        <Field label="The old one ends" name="overlapHours" hint="Until then both work.">
          <Select
            defaultValue="24"
            options={[
              { value: "0", label: "at once" },
              { value: "1", label: "after an hour" },
              { value: "24", label: "after a day" },
              { value: "72", label: "after 3 days" },
              { value: "168", label: "after a week" },
            ]}
          />
        </Field>
        <Field label="The new one expires" name="expiresInDays">
          <Select
            defaultValue="90"
            options={[7, 30, 90, 180, 365].map((days) => ({
              value: String(days),
              label: days === 365 ? "after a year" : `after ${days} days`,
            }))}
          />
        </Field>
      </ActDialog>
      <UndismissableDialog
        open={made !== undefined}
        onClose={() => setMade(undefined)}
        title={`The new token “${token.name}”`}
        acknowledge="I have stored the token"
      >
        <p className="text-ink-2">It is shown now and never again. Put it where the old one is.</p>
        {made !== undefined && <ShownOnce text={made} label="The access token" copy="Copy the token" />}
      </UndismissableDialog>
    </>
  )
}
