import type { ReactNode } from "react"
import { ButtonLink } from "./button"

/** The way through a list that comes page by page; nothing where one page holds all. */
export function NextPage({
  cursor,
  isFirst,
  path,
}: {
  /** Of the page that follows; null at the end. */
  cursor: string | null
  isFirst: boolean
  path: string
}): ReactNode {
  if (cursor === null && isFirst) return null
  return (
    <nav aria-label="Pages of this list" className="flex justify-end gap-2">
      {!isFirst && <ButtonLink href={path}>First page</ButtonLink>}
      {cursor !== null && <ButtonLink href={`${path}?cursor=${encodeURIComponent(cursor)}`}>Next page</ButtonLink>}
    </nav>
  )
}
