import { Children, type ReactNode } from "react"

/** What is known of a thing, as names and facts. */
export function Facts({ children }: { children: ReactNode }): ReactNode {
  return <dl className="grid grid-cols-1 gap-y-2 px-4 py-3">{children}</dl>
}

/** One line of Facts; without content it isn't there. */
export function Fact({ name, children }: { name: ReactNode; children: ReactNode }): ReactNode {
  if (Children.toArray(children).length === 0) return null
  return (
    <div className="grid grid-cols-1 gap-x-3 sm:grid-cols-[var(--label)_1fr]">
      <dt className="text-ink-3">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </div>
  )
}
