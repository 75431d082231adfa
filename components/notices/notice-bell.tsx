"use client"

import { useQuery } from "@tanstack/react-query"
import { Bell } from "lucide-react"
import type { ReactNode } from "react"
import { noticesPage } from "../frame/addresses"
import { pathOf, readApi } from "../query/read-api"
import { Link } from "../ui/link"

/** How often open notices are counted while the page is looked at: each count leaves an audit event. */
const everyMs = 120_000
const most = 9

/** The quiet place in the frame for what people should know of: how many notices are open at this scope and beneath. */
export function NoticeBell({ scope }: { scope: string }): ReactNode {
  const { data } = useQuery({
    queryKey: ["open notices", scope],
    queryFn: ({ signal }) =>
      readApi<"listNotices">(pathOf`/api/v1/scopes/${scope}/notices`, { open: true, limit: most + 1 }, signal),
    staleTime: 60_000,
    refetchInterval: everyMs,
  })
  const count = data?.items.length ?? 0
  const words = count > most ? `more than ${most}` : String(count)
  const label = count === 0 ? "Notices: none is open" : `Notices: ${words} ${count === 1 ? "is" : "are"} open`
  return (
    <Link
      href={noticesPage(scope)}
      aria-label={label}
      title={label}
      className="relative grid size-control shrink-0 place-items-center rounded-control text-ink-2 hover:bg-hover hover:text-ink"
    >
      <Bell aria-hidden className="size-4" />
      {count > 0 && (
        <span
          aria-hidden
          className="absolute -top-0.5 -right-0.5 grid h-4 min-w-4 place-items-center rounded-pill bg-warn-soft px-1 text-tiny font-semibold text-warn"
        >
          {count > most ? `${most}+` : count}
        </span>
      )}
    </Link>
  )
}
