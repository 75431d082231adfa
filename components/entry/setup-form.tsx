"use client"

import type { ReactNode } from "react"
import { NameAndSlug } from "../settings/name-and-slug"
import { ActionForm, type FormAnswer } from "../ui/action-form"
import { Field, Input } from "../ui/field"
import { NewPasswordField } from "./new-password-field"

/** The first owner and the organization, made with the code that the start printed. */
export function SetupForm({ setUp }: { setUp: (form: FormData) => Promise<FormAnswer> }): ReactNode {
  return (
    <ActionForm keep label="Set up Strongroom" action={setUp} submit="Set up Strongroom">
      <Field
        label="Code"
        name="code"
        hint="The start of Strongroom printed it: “First owner: open … and enter …”. Each start prints a new one."
      >
        <Input mono autoFocus autoComplete="off" spellCheck={false} autoCapitalize="off" />
      </Field>
      <Field label="Your name" name="name">
        <Input autoComplete="name" />
      </Field>
      <Field label="E-mail" name="email" hint="You sign in with it. Nothing is ever sent there.">
        <Input type="email" autoComplete="username" spellCheck={false} autoCapitalize="off" />
      </Field>
      <NewPasswordField />
      <NameAndSlug
        label="Organization"
        name="organizationName"
        slugName="organization"
        hintOf={(slug) => (
          <>
            Addresses begin with it: <code>{slug || "acme"}.payments.prod/default/DB_PASSWORD</code>
          </>
        )}
      />
    </ActionForm>
  )
}
