import type { Metadata } from "next"
import type { ReactNode } from "react"
import { endAllSessions, endSession } from "@/app/s/[scope]/people/actions"
import { PasswordCard } from "@/components/account/password-card"
import { PersonalTokens } from "@/components/account/personal-tokens"
import { SessionList } from "@/components/people/session-list"
import { signInWords } from "@/components/people/sign-in-words"
import { Card, CardLine, CardList } from "@/components/ui/card"
import { Fact, Facts } from "@/components/ui/facts"
import { PageHead, TwoColumns } from "@/components/ui/page-head"
import { currentPerson } from "@/lib/web/current-person"
import { forPage } from "@/lib/web/page"
import { changePassword, createPersonalToken, revokePersonalToken } from "./actions"

export const metadata: Metadata = { title: "Your account" }

export default async function AccountPage(): Promise<ReactNode> {
  const me = await currentPerson()
  const [person, sessions, tokens] = await Promise.all([
    forPage((api) => api.describePerson({ person: me.id })),
    forPage((api) => api.listSessions({ person: me.id, limit: 50 })),
    forPage((api) => api.listPersonalTokens({ limit: 50 })),
  ])
  return (
    <>
      <PageHead title="Your account" sub={`${me.name}, ${person.email}`} />
      <TwoColumns
        aside={
          <>
            <Card title="About">
              <Facts>
                <Fact name="Organization">{me.organization.name}</Fact>
                <Fact name="Signs in by">{signInWords(person.signsInBy)}</Fact>
              </Facts>
            </Card>
            <Card title="Roles">
              <CardList label="Roles">
                {me.roles.map(({ role, scope }) => (
                  <CardLine key={`${role} ${scope}`} aside={<code>{scope}</code>}>
                    {role}
                  </CardLine>
                ))}
              </CardList>
            </Card>
          </>
        }
      >
        <SessionList
          person={{ id: me.id, name: me.name }}
          isMe
          sessions={sessions.items}
          end={endSession}
          endAll={endAllSessions}
        />
        <PersonalTokens tokens={tokens.items} create={createPersonalToken} revoke={revokePersonalToken} />
        {person.signsInBy.includes("password") && <PasswordCard email={person.email} change={changePassword} />}
      </TwoColumns>
    </>
  )
}
