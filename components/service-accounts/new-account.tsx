"use client"

import { useRouter } from "next/navigation"
import type { ReactNode } from "react"
import { ActDialog } from "../acts/act-dialog"
import { usePressed } from "../acts/use-pressed"
import { serviceAccountPage } from "../frame/addresses"
import type { FormAnswer } from "../ui/action-form"
import { Button } from "../ui/button"
import { Field, Input } from "../ui/field"

/** Makes a machine's identity and opens its page: the next steps, a grant and a token, are there. */
export function NewAccount({
  scope,
  create,
}: {
  scope: string
  create: (form: FormData) => Promise<FormAnswer<{ name: string }>>
}): ReactNode {
  const router = useRouter()
  usePressed("new-account", "New service account")
  return (
    <ActDialog
      title="New service account"
      description={`It belongs to ${scope}, and can read nothing until you grant it something.`}
      trigger={
        <Button id="new-account" look="primary" shortcut="c" shortcutLabel="New service account">
          New service account
        </Button>
      }
      action={create}
      fields={{ scope }}
      submit="Make it"
      onDone={({ name }) => router.push(serviceAccountPage(scope, name))}
    >
      <Field label="Name" name="name" hint="Lower-case letters, digits and dashes, such as ci-deploy.">
        <Input mono autoComplete="off" spellCheck={false} autoCapitalize="off" maxLength={63} />
      </Field>
      <Field label="Description" name="description" optional hint="What runs as it, and where.">
        <Input autoComplete="off" maxLength={1000} />
      </Field>
    </ActDialog>
  )
}
