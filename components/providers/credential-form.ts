"use client"

import { type RefObject, useEffect, useRef } from "react"

/** Takes what was typed of a credential out of the page. */
export function emptyCredentials(form: HTMLFormElement | null): void {
  for (const input of form?.querySelectorAll<HTMLInputElement>("input[type=password]") ?? []) input.value = ""
}

/** Whether something of a credential stands in the form. */
export function isCredentialTyped(form: HTMLFormElement | null): boolean {
  const inputs = form?.querySelectorAll<HTMLInputElement>("input[type=password]") ?? []
  return [...inputs].some(({ value }) => value !== "")
}

/** A form whose first faulty field gets the focus when faults arrive. */
export function useFocusOnFault(faults: Readonly<Record<string, string>>): RefObject<HTMLFormElement | null> {
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    if (Object.keys(faults).length > 0) form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus()
  }, [faults])
  return form
}
