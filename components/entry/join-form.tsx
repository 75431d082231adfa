"use client"

import type { ReactNode } from "react"
import { HiddenFields } from "../secrets/hidden-fields"
import { ActionForm, type FormAnswer } from "../ui/action-form"
import { Field, Input } from "../ui/field"
import { IdentityButtons, type IdentityProvider } from "./identity-buttons"
import { NewPasswordField } from "./new-password-field"

/** Who was invited makes an account by a password, or joins by an identity provider. */
export function JoinForm({
  code,
  email,
  next,
  providers,
  accept,
  signInElsewhere,
}: {
  code: string
  /** The one address that the invitation is for, if it is for one. */
  email: string | null
  next: string
  providers: readonly IdentityProvider[]
  accept: (form: FormData) => Promise<FormAnswer>
  signInElsewhere: (form: FormData) => Promise<FormAnswer>
}): ReactNode {
  return (
    <>
      <ActionForm keep label="Join" action={accept} submit="Join">
        <HiddenFields fields={{ code, next }} />
        <Field label="Your name" name="name">
          <Input autoComplete="name" autoFocus />
        </Field>
        <Field
          label="E-mail"
          name="email"
          hint={
            email === null ? "You sign in with it. Nothing is ever sent there." : "The invitation is for this address."
          }
        >
          <Input
            type="email"
            autoComplete="username"
            spellCheck={false}
            autoCapitalize="off"
            defaultValue={email ?? ""}
            readOnly={email !== null}
          />
        </Field>
        <NewPasswordField />
      </ActionForm>
      <IdentityButtons providers={providers} fields={{ next, invitation: code }} signInElsewhere={signInElsewhere} />
    </>
  )
}
