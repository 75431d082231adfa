"use client"

import { type ReactNode, useRef } from "react"
import { Kbd } from "./kbd"
import { useShortcut } from "./shortcuts"

/** Shows a key inside a button or a link, and makes it press that button or link. */
export function KeyHint({
  shortcut,
  label,
  onAccent = false,
}: {
  shortcut: string
  label?: string | undefined
  onAccent?: boolean
}): ReactNode {
  const hint = useRef<HTMLSpanElement>(null)
  useShortcut({ keys: [shortcut], ...(label && { label }) }, () => {
    const pressed = hint.current?.closest<HTMLElement>("button, a")
    if (!pressed || pressed.matches(":disabled, [aria-disabled=true]")) return false
    pressed.click()
    return true
  })
  return (
    <span ref={hint} aria-hidden className="inline-flex max-sm:hidden">
      <Kbd onAccent={onAccent}>{shortcut.toUpperCase()}</Kbd>
    </span>
  )
}
