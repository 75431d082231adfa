import type { Metadata } from "next"
import type { ReactNode } from "react"
import { CrumbTitle } from "@/components/frame/crumbs"
import { TransferTable } from "@/components/transfers/transfer-table"
import { ButtonLink } from "@/components/ui/button"
import { NextPage } from "@/components/ui/next-page"
import { PageHead } from "@/components/ui/page-head"
import { EmptyState } from "@/components/ui/states"
import { forPage } from "@/lib/web/page"
import { knownScope } from "../load"

export const metadata: Metadata = { title: "Moves between providers" }

export default async function TransfersPage({
  params,
  searchParams,
}: {
  params: Promise<{ scope: string }>
  searchParams: Promise<{ cursor?: string }>
}): Promise<ReactNode> {
  const scope = knownScope((await params).scope)
  const { cursor } = await searchParams
  const transfers = await forPage((api) =>
    api.listTransfers({ scope, limit: 50, ...(cursor !== undefined && { cursor }) }),
  )
  return (
    <>
      <CrumbTitle>Moves</CrumbTitle>
      <PageHead title="Moves between providers" sub={`Secrets of ${scope} that went from one provider to another.`} />
      {transfers.items.length === 0 && cursor === undefined ? (
        <EmptyState
          title="Nothing was moved yet"
          action={<ButtonLink href={`/s/${scope}`}>Choose secrets</ButtonLink>}
          command={moveCommand(scope)}
        >
          Secrets move from one provider to another on the server, with nobody seeing a value. Choose some in the list
          of secrets, or move all of them from a provider&apos;s page.
        </EmptyState>
      ) : (
        <TransferTable transfers={transfers.items} />
      )}
      <NextPage cursor={transfers.nextCursor} isFirst={cursor === undefined} path={`/s/${scope}/transfers`} />
    </>
  )
}

function moveCommand(scope: string): string {
  const address = `$STRONGROOM_URL/api/v1/scopes/${scope}/transfers`
  return `curl --json '{"to": "vault"}' -H "Authorization: Bearer $STRONGROOM_TOKEN" "${address}"`
}
