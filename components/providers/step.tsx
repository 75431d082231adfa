import type { ReactNode } from "react"
import { Card } from "../ui/card"

/** One of the numbered steps of a page; all of them stay visible. */
export function Step({
  number,
  title,
  tag,
  action,
  children,
}: {
  number: number
  title: string
  tag?: ReactNode
  action?: ReactNode
  children: ReactNode
}): ReactNode {
  return (
    <Card
      title={
        <>
          <span className="pr-2 text-ink-3 tabular-nums">{number}</span>
          {title}
        </>
      }
      tag={tag}
      {...(action !== undefined && { action })}
    >
      {children}
    </Card>
  )
}

/** Fields of a step, two beside each other where there is room. */
export function StepFields({ children }: { children: ReactNode }): ReactNode {
  return <div className="grid gap-4 p-4 sm:grid-cols-2">{children}</div>
}
