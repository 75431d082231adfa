"use client"

import { type ReactNode, useRef } from "react"
import { CopyButton } from "../ui/copy-button"

/** A link or a token that is on this page now and nowhere afterwards. One click selects all of it. */
export function ShownOnce({ text, label, copy }: { text: string; label: string; copy: string }): ReactNode {
  const field = useRef<HTMLTextAreaElement>(null)
  return (
    <div className="grid gap-2">
      <textarea
        ref={field}
        readOnly
        aria-label={label}
        value={text}
        rows={2}
        autoComplete="off"
        spellCheck={false}
        onFocus={() => field.current?.select()}
        className="w-full resize-none rounded-control border border-line-field bg-side px-3 py-2 font-mono text-small break-all text-ink"
      />
      <div className="justify-self-start">
        <CopyButton text={text}>{copy}</CopyButton>
      </div>
    </div>
  )
}
