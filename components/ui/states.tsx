import clsx from "clsx"
import type { ReactNode } from "react"
import { CommandLine } from "./command-line"

/** A page or a list with nothing in it: what the thing is, the first thing to do, and the command that does the same. */
export function EmptyState({
  title,
  action,
  command,
  children,
}: {
  title: ReactNode
  action?: ReactNode
  /** The CLI line, without its prompt. */
  command?: string | undefined
  children?: ReactNode
}): ReactNode {
  return (
    <div className="grid grid-cols-1 justify-items-center gap-3 rounded-card border border-dashed border-line-strong px-4 py-12 text-center">
      <h2>{title}</h2>
      {children !== undefined && <p className="max-w-dialog text-ink-2">{children}</p>}
      {action}
      {command !== undefined && <CommandLine command={command} />}
    </div>
  )
}

/** Something could not be shown: what happened, what to do, and the number to ask the operator with. */
export function ErrorState({
  title,
  action,
  requestId,
  children,
}: {
  title: ReactNode
  action?: ReactNode
  requestId?: string | undefined
  children?: ReactNode
}): ReactNode {
  return (
    <div role="alert" className="grid justify-items-start gap-3 rounded-card border border-line bg-bad-soft p-4">
      <h2>{title}</h2>
      {children !== undefined && <p className="text-ink-2">{children}</p>}
      {action}
      {requestId !== undefined && <p className="text-small text-ink-3">Request {requestId}</p>}
    </div>
  )
}

/** A piece of the page's shape while its content is on the way. */
export function Skeleton({ className = "h-4 w-full" }: { className?: string }): ReactNode {
  return <span aria-hidden className={clsx("block animate-pulse rounded-small bg-line", className)} />
}

/** The shape of a table. */
export function TableSkeleton({ rows = 8 }: { rows?: number }): ReactNode {
  return (
    <div role="status" aria-label="Loading" className="rounded-card border border-line bg-raised">
      <div className="h-row-head rounded-t-card bg-side" />
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="flex h-row items-center gap-8 border-t border-line px-4">
          <Skeleton className="h-3 w-48" />
          <Skeleton className="h-3 w-24 max-sm:hidden" />
          <Skeleton className="h-3 w-40 max-sm:hidden" />
        </div>
      ))}
    </div>
  )
}

/** The shape of a page with a form: so many lines in each of its cards. */
export function FormSkeleton({ cards }: { cards: readonly number[] }): ReactNode {
  return (
    <>
      <Skeleton className="h-5 w-40" />
      <div className="grid max-w-form gap-4">
        {cards.map((lines, card) => (
          <CardSkeleton key={card} lines={lines} />
        ))}
      </div>
    </>
  )
}

/** The shape of a card with facts. */
export function CardSkeleton({ lines = 4 }: { lines?: number }): ReactNode {
  return (
    <div
      role="status"
      aria-label="Loading"
      className="grid grid-cols-1 gap-3 rounded-card border border-line bg-raised p-4"
    >
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} className="flex gap-4">
          <Skeleton className="h-3 w-24" />
          <Skeleton className="h-3 w-64 min-w-0 shrink" />
        </div>
      ))}
    </div>
  )
}
