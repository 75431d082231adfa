import type { Metadata } from "next"
import { notFound } from "next/navigation"
import type { ReactNode } from "react"
import { CrumbTitle } from "@/components/frame/crumbs"
import { EffectiveRights } from "@/components/people/effective-rights"
import { KnownSecrets } from "@/components/people/known-secrets"
import { PersonActs } from "@/components/people/person-acts"
import { PersonRoles } from "@/components/people/person-roles"
import { rolesToGive } from "@/components/people/role-words"
import { SessionList } from "@/components/people/session-list"
import { signInWords } from "@/components/people/sign-in-words"
import { maxQueue } from "@/components/secrets/rotate-address"
import { Card } from "@/components/ui/card"
import { Fact, Facts } from "@/components/ui/facts"
import { PageHead, TwoColumns } from "@/components/ui/page-head"
import { RelativeTime } from "@/components/ui/relative-time"
import { Tag } from "@/components/ui/tag"
import type { PersonDetail } from "@/lib/contract/dto"
import { action } from "@/lib/web/action"
import { currentPerson } from "@/lib/web/current-person"
import { forPage } from "@/lib/web/page"
import { knownScope } from "../../load"
import { assignRole, disablePerson, enablePerson, endAllSessions, endSession, removeRole } from "../actions"

interface Props {
  params: Promise<{ scope: string; person: string }>
}

export const metadata: Metadata = { title: "Person" }

export default async function PersonPage({ params }: Props): Promise<ReactNode> {
  const { scope: scopeText, person: id } = await params
  const scope = knownScope(scopeText)
  if (!/^[0-9a-f-]{36}$/i.test(id)) notFound()
  const [me, person, { items: scopes }, known, sessions] = await Promise.all([
    currentPerson(),
    forPage((api) => api.describePerson({ person: id })),
    forPage((api) => api.listScopes({})),
    forPage((api) => api.listKnownSecrets({ person: id, limit: maxQueue })),
    // Who doesn't manage this person everywhere may see them, but not where they are signed in.
    action((api) => api.listSessions({ person: id, limit: 50 })),
  ])
  const giveable = scopes
    .filter(({ visible }) => visible)
    .map((one) => ({ path: one.path, roles: rolesToGive(me.roles, one) }))
    .filter(({ roles }) => roles.length > 0)
  const isMe = me.id === person.id
  const mayManage = sessions.state === "done" && !isMe
  return (
    <>
      <CrumbTitle>{person.name}</CrumbTitle>
      <PageHead
        title={person.name}
        sub={person.email}
        views={
          <>
            {isMe && <Tag tone="accent">You</Tag>}
            {person.disabled && <Tag tone="warn">Disabled</Tag>}
          </>
        }
        actions={
          <PersonActs
            id={person.id}
            name={person.name}
            isMe={isMe}
            isDisabled={person.disabled}
            mayManage={mayManage}
            auditHref={`/s/${scope}/audit?actor=${person.id}`}
            disable={disablePerson}
            enable={enablePerson}
          />
        }
      />
      <TwoColumns aside={<PersonFacts person={person} />}>
        <PersonRoles
          person={{ id: person.id, name: person.name, roles: person.roles }}
          here={scope}
          giveable={giveable}
          assign={assignRole}
          remove={removeRole}
        />
        <EffectiveRights rights={person.effective} isDisabled={person.disabled} />
        <KnownSecrets
          person={{ name: person.name, isMe }}
          here={scope}
          known={known.items}
          hasMore={known.nextCursor !== null}
        />
        <SessionList
          person={{ id: person.id, name: person.name }}
          isMe={isMe}
          sessions={sessions.state === "done" ? sessions.result.items : sessions.message}
          end={endSession}
          endAll={endAllSessions}
        />
      </TwoColumns>
    </>
  )
}

function PersonFacts({ person }: { person: PersonDetail }): ReactNode {
  return (
    <Card title="About">
      <Facts>
        <Fact name="Last seen">{person.lastSeenAt === null ? "never" : <RelativeTime at={person.lastSeenAt} />}</Fact>
        <Fact name="Joined">
          <RelativeTime at={person.createdAt} />
        </Fact>
        <Fact name="Signs in by">{signInWords(person.signsInBy)}</Fact>
      </Facts>
    </Card>
  )
}
