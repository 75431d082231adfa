import type { Metadata } from "next"
import { notFound } from "next/navigation"
import type { ReactNode } from "react"
import { CrumbTitle } from "@/components/frame/crumbs"
import { TransferProgress } from "@/components/transfers/transfer-progress"
import { forPage } from "@/lib/web/page"
import { knownScope, loadScope, may } from "../../load"
import { pauseTransfer, resumeTransfer } from "../actions"

export const metadata: Metadata = { title: "Move between providers" }

export default async function TransferPage({
  params,
}: {
  params: Promise<{ scope: string; transfer: string }>
}): Promise<ReactNode> {
  const texts = await params
  const path = knownScope(texts.scope)
  if (!/^[0-9a-f-]{36}$/.test(texts.transfer)) notFound()
  const [scope, transfer] = await Promise.all([
    loadScope(path),
    forPage((api) => api.describeTransfer({ scope: path, transfer: texts.transfer })),
  ])
  return (
    <>
      <CrumbTitle>{`Move to ${transfer.to.name}`}</CrumbTitle>
      <TransferProgress
        first={transfer}
        mayChange={may(scope, "delegate")}
        pause={pauseTransfer}
        resume={resumeTransfer}
      />
    </>
  )
}
