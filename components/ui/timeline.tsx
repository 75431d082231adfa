import type { ReactNode } from "react"

/** What happened, newest first. */
export function Timeline({ label, children }: { label: string; children: ReactNode }): ReactNode {
  return (
    <ol aria-label={label} className="divide-y divide-line px-4 py-1">
      {children}
    </ol>
  )
}

/** One event: a mark (`v5`), a sentence, a line beneath, its state and what can be done with it. */
export function TimelineItem({
  mark,
  note,
  state,
  actions,
  children,
}: {
  mark?: ReactNode
  note?: ReactNode
  state?: ReactNode
  actions?: ReactNode
  children: ReactNode
}): ReactNode {
  return (
    <li className="flex items-start gap-3 py-2">
      {mark !== undefined && <span className="w-8 shrink-0 font-mono font-semibold">{mark}</span>}
      <div className="grid min-w-0 flex-1 gap-0.5">
        <p className="break-words">{children}</p>
        {note !== undefined && <div className="break-words text-ink-3">{note}</div>}
      </div>
      <div className="flex shrink-0 items-center gap-1">
        {state}
        {actions}
      </div>
    </li>
  )
}
