import clsx from "clsx"
import { CircleAlert, CircleCheck, Info, Lock, TriangleAlert } from "lucide-react"
import type { ReactNode } from "react"

const icons = { neutral: Info, ok: CircleCheck, warn: TriangleAlert, bad: CircleAlert, lock: Lock }

/** One or two sentences that matter on this page: what happened, and what to do next. */
export function Notice({
  tone = "neutral",
  title,
  action,
  flush = false,
  children,
}: {
  tone?: keyof typeof icons
  title?: ReactNode
  /** A button or link at its end. */
  action?: ReactNode
  /** At the top edge of a card, without a border of its own. */
  flush?: boolean | undefined
  children?: ReactNode
}): ReactNode {
  const Icon = icons[tone]
  return (
    <div
      className={clsx(
        "flex items-start gap-3 px-4 py-3 max-sm:flex-wrap",
        flush ? "rounded-t-card border-b border-line" : "rounded-card border",
        {
          neutral: "border-line bg-side text-ink-2",
          lock: "border-line bg-side text-ink-2",
          ok: "border-transparent bg-ok-soft text-ink",
          warn: "border-transparent bg-warn-soft text-ink",
          bad: "border-transparent bg-bad-soft text-ink",
        }[tone],
      )}
    >
      <Icon
        aria-hidden
        className={clsx(
          "mt-0.5 size-4 shrink-0",
          { ok: "text-ok", warn: "text-warn", bad: "text-bad", neutral: "", lock: "" }[tone],
        )}
      />
      <div className="grid min-w-0 flex-1 gap-1 max-sm:min-w-3/4">
        {title !== undefined && <p className="font-semibold text-ink">{title}</p>}
        {children !== undefined && <div>{children}</div>}
      </div>
      {action}
    </div>
  )
}
