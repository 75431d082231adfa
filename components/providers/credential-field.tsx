"use client"

import { type ReactNode, useEffect, useRef } from "react"
import { Field, Input } from "../ui/field"
import { unkept } from "../value-field/unkept"

/**
 * Where a credential is typed. It looks like a password, nothing ever fills it, and it is emptied when its form is
 * reset or when the page comes back from the browser's cache. React would mirror a controlled value into the page.
 */
export function CredentialField({
  label,
  name,
  hint,
  optional = false,
}: {
  label: string
  name: string
  hint?: ReactNode
  optional?: boolean
}): ReactNode {
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    const empty = (event: PageTransitionEvent): void => {
      if (event.persisted && input.current !== null) input.current.value = ""
    }
    addEventListener("pageshow", empty)
    return () => removeEventListener("pageshow", empty)
  }, [])
  return (
    <Field label={label} name={name} optional={optional} {...(hint !== undefined && { hint })}>
      <Input ref={input} type="password" {...unkept} />
    </Field>
  )
}
