import type { Metadata } from "next"
import type { ReactNode } from "react"
import { ApprovalTable } from "@/components/approvals/approval-table"
import { approvalPage, scopePage } from "@/components/frame/addresses"
import { CrumbTitle } from "@/components/frame/crumbs"
import { ButtonLink } from "@/components/ui/button"
import { NextPage } from "@/components/ui/next-page"
import { PageHead } from "@/components/ui/page-head"
import { EmptyState } from "@/components/ui/states"
import { SegmentedLinks } from "@/components/ui/tabs"
import { forPage } from "@/lib/web/page"
import { knownScope } from "../load"

export const metadata: Metadata = { title: "Requests for a second person" }

export default async function ApprovalsPage({
  params,
  searchParams,
}: {
  params: Promise<{ scope: string }>
  searchParams: Promise<{ cursor?: string; show?: string }>
}): Promise<ReactNode> {
  const scope = knownScope((await params).scope)
  const { cursor, show } = await searchParams
  const isAll = show === "all"
  const found = await forPage((api) =>
    api.listApprovals({ scope, state: isAll ? "all" : "open", limit: 50, ...(cursor !== undefined && { cursor }) }),
  )
  const page = approvalPage(scope)
  return (
    <>
      <CrumbTitle>Requests</CrumbTitle>
      <PageHead
        title="Requests for a second person"
        sub={`What lets a machine read more in ${scope} and beneath it, where two people are asked for.`}
        views={
          <SegmentedLinks
            label="Which requests"
            links={[
              { href: page, label: "Open", isCurrent: !isAll },
              { href: `${page}?show=all`, label: "All", isCurrent: isAll },
            ]}
          />
        }
      />
      {found.items.length === 0 && cursor === undefined ? (
        <EmptyState
          title={isAll ? "Nothing was asked for yet" : "Nothing waits"}
          action={<ButtonLink href={scopePage(scope, "settings")}>Protection</ButtonLink>}
        >
          Where a scope asks for two people, whatever lets a machine read more waits here until somebody else who may
          delegate has accepted it.
        </EmptyState>
      ) : (
        <ApprovalTable approvals={found.items} />
      )}
      <NextPage cursor={found.nextCursor} isFirst={cursor === undefined} path={isAll ? `${page}?show=all` : page} />
    </>
  )
}
