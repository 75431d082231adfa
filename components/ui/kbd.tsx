import clsx from "clsx"
import type { ReactNode } from "react"

/** A key as it is written on the keyboard. `onAccent`: inside a filled button. */
export function Kbd({ children, onAccent = false }: { children: ReactNode; onAccent?: boolean }): ReactNode {
  return (
    <kbd
      className={clsx(
        "rounded-small border px-1 font-sans text-tiny",
        onAccent ? "border-current" : "border-line-strong bg-raised text-ink-3",
      )}
    >
      {children}
    </kbd>
  )
}
