import type { Metadata } from "next"
import type { ReactNode } from "react"
import { CrumbTitle } from "@/components/frame/crumbs"
import { NoticeList } from "@/components/notices/notice-list"
import { ButtonLink } from "@/components/ui/button"
import { NextPage } from "@/components/ui/next-page"
import { PageHead } from "@/components/ui/page-head"
import { EmptyState } from "@/components/ui/states"
import { forPage } from "@/lib/web/page"
import { knownScope } from "../load"

interface Props {
  params: Promise<{ scope: string }>
  searchParams: Promise<{ cursor?: string }>
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `Notices of ${(await params).scope}` }
}

export default async function NoticesPage({ params, searchParams }: Props): Promise<ReactNode> {
  const scope = knownScope((await params).scope)
  const { cursor } = await searchParams
  const notices = await forPage((api) => api.listNotices({ scope, limit: 50, ...(cursor !== undefined && { cursor }) }))
  return (
    <>
      <CrumbTitle>Notices</CrumbTitle>
      <PageHead title="Notices" sub={`What to know of at ${scope} and beneath it.`} />
      {notices.items.length === 0 && cursor === undefined ? (
        <EmptyState
          title="Nothing to know of"
          action={<ButtonLink href={`/s/${scope}/settings`}>Tell a webhook of them</ButtonLink>}
          command={listCommand(scope)}
        >
          A provider that is sealed or can&apos;t be reached, a credential that ends, a secret that was changed at its
          backend, a rotation that is due: such things appear here, and go away by themselves when they are over.
        </EmptyState>
      ) : (
        <NoticeList notices={notices.items} />
      )}
      <NextPage cursor={notices.nextCursor} isFirst={cursor === undefined} path={`/s/${scope}/notices`} />
    </>
  )
}

function listCommand(scope: string): string {
  return `curl -H "Authorization: Bearer $STRONGROOM_TOKEN" "$STRONGROOM_URL/api/v1/scopes/${scope}/notices?open=true"`
}
