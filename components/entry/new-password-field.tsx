"use client"

import { type ReactNode, useState } from "react"
import { Field, Input } from "../ui/field"

/** A password that its owner is choosing, and may look at while they type it. */
export function NewPasswordField({
  label = "Password",
  name = "password",
}: {
  label?: string
  name?: string
}): ReactNode {
  const [isShown, setIsShown] = useState(false)
  return (
    <div className="relative">
      <Field label={label} name={name} hint="At least 12 characters. A few words in a row are good.">
        <Input
          type={isShown ? "text" : "password"}
          autoComplete="new-password"
          minLength={12}
          spellCheck={false}
          autoCapitalize="off"
        />
      </Field>
      <button
        type="button"
        aria-pressed={isShown}
        onClick={() => setIsShown(!isShown)}
        className="absolute -top-0.5 right-0 min-h-6 rounded-small px-1 text-small text-accent-text hover:underline"
      >
        {isShown ? "Hide" : "Show"}
        <span className="sr-only"> what is typed</span>
      </button>
    </div>
  )
}
