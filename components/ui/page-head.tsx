import clsx from "clsx"
import type { ReactNode } from "react"

/** The head of a page: its name, a line beneath, views beside it, and at the right what can be done here. */
export function PageHead({
  title,
  mono = false,
  sub,
  views,
  actions,
}: {
  title: ReactNode
  mono?: boolean
  sub?: ReactNode
  views?: ReactNode
  actions?: ReactNode
}): ReactNode {
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-3">
      <div className="grid min-w-0 gap-0.5">
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <h1 className={clsx("break-all", mono && "font-mono")}>{title}</h1>
          {views}
        </div>
        {sub !== undefined && <div className="break-words text-ink-3">{sub}</div>}
      </div>
      {actions !== undefined && <div className="ml-auto flex flex-wrap items-center gap-2 max-sm:ml-0">{actions}</div>}
    </div>
  )
}

/** The page's content and, where there is room, facts at its side. */
export function TwoColumns({ aside, children }: { aside: ReactNode; children: ReactNode }): ReactNode {
  return (
    <div className="grid gap-5 lg:grid-cols-[minmax(0,1fr)_var(--aside)]">
      <div className="grid min-w-0 content-start gap-4">{children}</div>
      <div className="grid min-w-0 content-start gap-4">{aside}</div>
    </div>
  )
}
