"use client"

import type { ReactNode } from "react"
import { HiddenFields } from "../secrets/hidden-fields"
import { ActionForm, type FormAnswer } from "../ui/action-form"
import { Field, Input } from "../ui/field"
import { IdentityButtons, type IdentityProvider } from "./identity-buttons"

/** A password, or one of the identity providers that the operator set up. */
export function SignInForm({
  next,
  email,
  providers,
  signIn,
  signInElsewhere,
}: {
  /** Where to go then: a path of this console. */
  next: string
  /** Known where somebody signs in again. */
  email: string
  providers: readonly IdentityProvider[]
  signIn: (form: FormData) => Promise<FormAnswer>
  signInElsewhere: (form: FormData) => Promise<FormAnswer>
}): ReactNode {
  return (
    <>
      <ActionForm keep label="Sign in" action={signIn} submit="Sign in">
        <HiddenFields fields={{ next }} />
        <Field label="E-mail" name="email">
          <Input
            type="email"
            autoComplete="username"
            spellCheck={false}
            autoCapitalize="off"
            defaultValue={email}
            autoFocus={email === ""}
          />
        </Field>
        <Field label="Password" name="password">
          <Input type="password" autoComplete="current-password" autoFocus={email !== ""} />
        </Field>
      </ActionForm>
      <IdentityButtons providers={providers} fields={{ next }} signInElsewhere={signInElsewhere} />
    </>
  )
}
