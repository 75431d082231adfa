import clsx from "clsx"
import type { ReactNode } from "react"

/** A quiet box. With a `title` it is a section of that name; `padded` gives its content room. */
export function Card({
  title,
  tag,
  action,
  padded = false,
  level = 2,
  className,
  children,
}: {
  title?: ReactNode
  tag?: ReactNode
  action?: ReactNode
  padded?: boolean | undefined
  level?: 2 | 3
  className?: string | undefined
  children: ReactNode
}): ReactNode {
  const Heading = level === 2 ? "h2" : "h3"
  return (
    <section className={clsx("min-w-0 rounded-card border border-line bg-raised", className)}>
      {title !== undefined && (
        <header className="flex min-h-row flex-wrap items-center gap-2 border-b border-line px-4 py-2">
          <Heading>{title}</Heading>
          {tag}
          {action !== undefined && <div className="ml-auto flex items-center gap-2">{action}</div>}
        </header>
      )}
      {padded ? <div className="p-4">{children}</div> : children}
    </section>
  )
}

/** Lines of a card: a name at the left, a fact at the right. */
export function CardList({ label, children }: { label?: string; children: ReactNode }): ReactNode {
  return (
    <ul aria-label={label} className="divide-y divide-line px-4 py-1 empty:hidden">
      {children}
    </ul>
  )
}

export function CardLine({ aside, children }: { aside?: ReactNode; children: ReactNode }): ReactNode {
  return (
    <li className="flex min-h-row flex-wrap items-center gap-x-3 py-1">
      <span className="min-w-0 break-words">{children}</span>
      {aside !== undefined && <span className="ml-auto text-right text-ink-3">{aside}</span>}
    </li>
  )
}
