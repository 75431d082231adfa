"use client"

import { useQuery } from "@tanstack/react-query"
import { UserCheck } from "lucide-react"
import type { ReactNode } from "react"
import { approvalPage } from "../frame/addresses"
import { pathOf, readApi } from "../query/read-api"
import { Link } from "../ui/link"

/** How often it is counted while the page is looked at: each count leaves an audit event. */
const everyMs = 120_000

/** What waits for a second person at this scope and beneath; nothing at all for who may not decide there. */
export function ApprovalInbox({ scope }: { scope: string }): ReactNode {
  const { data } = useQuery({
    queryKey: ["approvals", scope],
    queryFn: ({ signal }) => readApi<"listApprovals">(pathOf`/api/v1/scopes/${scope}/approvals`, { limit: 1 }, signal),
    staleTime: 60_000,
    refetchInterval: everyMs,
    retry: false,
  })
  if (data === undefined || data.waiting === 0) return null
  const label = `${data.waiting} ${data.waiting === 1 ? "request waits" : "requests wait"} for a second person`
  return (
    <Link
      href={approvalPage(scope)}
      aria-label={label}
      title={label}
      className="relative grid size-control shrink-0 place-items-center rounded-control text-ink-2 hover:bg-hover hover:text-ink"
    >
      <UserCheck aria-hidden className="size-4" />
      <span
        aria-hidden
        className="absolute -top-0.5 -right-0.5 grid h-4 min-w-4 place-items-center rounded-pill bg-warn-soft px-1 text-tiny font-semibold text-warn"
      >
        {data.waiting}
      </span>
    </Link>
  )
}
