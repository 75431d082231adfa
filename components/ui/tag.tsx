import clsx from "clsx"
import type { ReactNode } from "react"

export type Tone = "ok" | "warn" | "bad" | "neutral" | "accent"

/** A state as a small word. The word says it; the colour repeats it. */
export function Tag({ tone = "neutral", children }: { tone?: Tone; children: ReactNode }): ReactNode {
  return (
    <span
      className={clsx(
        "inline-flex h-5 items-center gap-1 rounded-pill px-2 text-tiny font-medium whitespace-nowrap",
        {
          ok: "bg-ok-soft text-ok",
          warn: "bg-warn-soft text-warn",
          bad: "bg-bad-soft text-bad",
          neutral: "bg-hover text-ink-2",
          accent: "bg-accent-soft text-accent-text",
        }[tone],
      )}
    >
      {children}
    </span>
  )
}
