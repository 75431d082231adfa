"use client"

import type { ReactNode } from "react"
import { HiddenFields } from "../secrets/hidden-fields"
import { ActionForm, type FormAnswer } from "../ui/action-form"

export interface IdentityProvider {
  id: string
  name: string
}

/** A button for each identity provider; nothing where there is none. */
export function IdentityButtons({
  providers,
  fields,
  signInElsewhere,
}: {
  providers: readonly IdentityProvider[]
  fields: Readonly<Record<string, string>>
  signInElsewhere: (form: FormData) => Promise<FormAnswer>
}): ReactNode {
  if (providers.length === 0) return null
  return (
    <div className="grid gap-3">
      <p className="flex items-center gap-3 text-small text-ink-3 before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
        or
      </p>
      {providers.map(({ id, name }) => (
        <ActionForm
          key={id}
          keep
          label={`Continue with ${name}`}
          action={signInElsewhere}
          submit={`Continue with ${name}`}
          submitLook="default"
          className="grid gap-2 [&_button]:w-full"
        >
          <HiddenFields fields={{ ...fields, provider: id }} />
        </ActionForm>
      ))}
    </div>
  )
}
