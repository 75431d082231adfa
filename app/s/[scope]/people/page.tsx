import type { Metadata } from "next"
import type { ReactNode } from "react"
import { Invitations } from "@/components/people/invitations"
import { InvitePerson, type InviteScope } from "@/components/people/invite-person"
import { PeopleTable } from "@/components/people/people-table"
import { rolesToGive } from "@/components/people/role-words"
import { NextPage } from "@/components/ui/next-page"
import { PageHead } from "@/components/ui/page-head"
import { EmptyState } from "@/components/ui/states"
import type { ScopeDetail } from "@/lib/contract/dto"
import { currentPerson } from "@/lib/web/current-person"
import { forPage } from "@/lib/web/page"
import { knownScope, loadScope, loadScopesWithin, may } from "../load"
import { invite, revokeInvitation } from "./actions"

interface Props {
  params: Promise<{ scope: string }>
  searchParams: Promise<{ cursor?: string }>
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `People of ${(await params).scope}` }
}

export default async function PeoplePage({ params, searchParams }: Props): Promise<ReactNode> {
  const path = knownScope((await params).scope)
  const scope = await loadScope(path)
  if (!may(scope, "people.read")) return <NotForYou scope={path} />
  const { cursor } = await searchParams
  const mayManage = may(scope, "people.manage")
  const [me, people, invitations, inviteScopes] = await Promise.all([
    currentPerson(),
    forPage((api) => api.listPeople({ scope: path, limit: 100, ...(cursor !== undefined && { cursor }) })),
    mayManage ? forPage((api) => api.listInvitations({ scope: path, limit: 100 })) : undefined,
    mayManage ? loadInviteScopes(scope) : [],
  ])
  return (
    <>
      <PageHead
        title="People"
        sub={`Everybody with a role in ${path}, above it or beneath it.`}
        actions={mayManage && <InvitePerson scopes={inviteScopes} here={path} invite={invite} />}
      />
      <PeopleTable scope={path} me={me.id} people={people.items} />
      <NextPage cursor={people.nextCursor} isFirst={cursor === undefined} path={`/s/${path}/people`} />
      {invitations && <Invitations invitations={invitations.items} revoke={revokeInvitation} />}
    </>
  )
}

/** The scopes that somebody may invite people to from here, with the roles that they may give there. */
async function loadInviteScopes({ path: here }: ScopeDetail): Promise<InviteScope[]> {
  const [me, scopes] = await Promise.all([currentPerson(), loadScopesWithin(here)])
  return scopes
    .map((scope) => ({ path: scope.path, roles: rolesToGive(me.roles, scope) }))
    .filter(({ roles }) => roles.length > 0)
}

function NotForYou({ scope }: { scope: string }): ReactNode {
  return (
    <>
      <PageHead title="People" />
      <EmptyState title="You may not see people here">
        Owners, admins and auditors see who has a role in {scope}, and so do the leads of its team. Ask one of them.
      </EmptyState>
    </>
  )
}
