import type { Metadata } from "next"
import type { ReactNode } from "react"
import { EntryPage } from "@/components/entry/entry-page"
import { JoinForm } from "@/components/entry/join-form"
import { roleWords } from "@/components/people/role-words"
import { ButtonLink } from "@/components/ui/button"
import { Notice } from "@/components/ui/notice"
import { RelativeTime } from "@/components/ui/relative-time"
import { answering } from "@/lib/web/action"
import { nobodysApi } from "@/lib/web/api"
import { findCurrentPerson } from "@/lib/web/current-person"
import { identityProviders } from "@/lib/web/sign-in"
import { signInElsewhere } from "../../sign-in/actions"
import { accept } from "./actions"

export const metadata: Metadata = { title: "Join" }

export default async function JoinPage({ params }: { params: Promise<{ code: string }> }): Promise<ReactNode> {
  const { code } = await params
  const found = await answering(async () => (await nobodysApi()).describeInvitation({ code }))
  if (found.state === "failed") return <NoInvitation message={found.message} />
  const { organization, scope, role, email, invitedBy, expiresAt } = found.result
  const person = await findCurrentPerson()
  return (
    <EntryPage
      title={`Join ${organization}`}
      sub={
        <>
          {invitedBy} invites you to <code>{scope}</code> as {role}: {roleWords[role]} The link works once, and ends{" "}
          <RelativeTime at={expiresAt} />.
        </>
      }
    >
      {person !== undefined && (
        <Notice tone="warn">You are signed in as {person.name}. This invitation makes another account.</Notice>
      )}
      <JoinForm
        code={code}
        email={email}
        next={`/s/${scope}`}
        providers={identityProviders()}
        accept={accept}
        signInElsewhere={signInElsewhere}
      />
    </EntryPage>
  )
}

function NoInvitation({ message }: { message: string }): ReactNode {
  return (
    <EntryPage title="This invitation can't be used" sub={message}>
      <ButtonLink href="/sign-in" className="justify-self-start">
        Sign in
      </ButtonLink>
    </EntryPage>
  )
}
