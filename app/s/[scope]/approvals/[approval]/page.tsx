import type { Metadata } from "next"
import { notFound } from "next/navigation"
import type { ReactNode } from "react"
import { ApprovalPage } from "@/components/approvals/approval-page"
import { titleOf } from "@/components/approvals/approval-words"
import { CrumbTitle } from "@/components/frame/crumbs"
import { forPage } from "@/lib/web/page"
import { knownScope } from "../../load"
import { acceptApproval, explainApproval, finishApproval, refuseApproval, withdrawApproval } from "../actions"

export const metadata: Metadata = { title: "A request for a second person" }

export default async function OneApprovalPage({
  params,
}: {
  params: Promise<{ scope: string; approval: string }>
}): Promise<ReactNode> {
  const texts = await params
  const scope = knownScope(texts.scope)
  if (!/^[0-9a-f-]{36}$/.test(texts.approval)) notFound()
  const approval = await forPage((api) => api.describeApproval({ scope, approval: texts.approval }))
  return (
    <>
      <CrumbTitle>{titleOf(approval)}</CrumbTitle>
      <ApprovalPage
        approval={approval}
        acts={{
          accept: acceptApproval,
          refuse: refuseApproval,
          withdraw: withdrawApproval,
          explain: explainApproval,
          finish: finishApproval,
        }}
      />
    </>
  )
}
