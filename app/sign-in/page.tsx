import type { Metadata } from "next"
import { redirect } from "next/navigation"
import type { ReactNode } from "react"
import { EntryPage } from "@/components/entry/entry-page"
import { SignInForm } from "@/components/entry/sign-in-form"
import { Notice } from "@/components/ui/notice"
import { ownPath } from "@/lib/web/addresses"
import { nobodysApi } from "@/lib/web/api"
import { findCurrentPerson } from "@/lib/web/current-person"
import { describeRefusal, identityProviders } from "@/lib/web/sign-in"
import { signIn, signInElsewhere } from "./actions"

export const metadata: Metadata = { title: "Sign in" }

interface Props {
  searchParams: Promise<{ next?: string; refused?: string; error?: string; again?: string }>
}

/** `?again=1`: for somebody who is signed in and must prove it anew. */
export default async function SignInPage({ searchParams }: Props): Promise<ReactNode> {
  const { next, refused, error, again } = await searchParams
  const person = await findCurrentPerson()
  if (person !== undefined && again === undefined) redirect(ownPath(next))
  if (person === undefined && !(await (await nobodysApi()).describeSetup({})).done) redirect("/setup")
  const refusal = describeRefusal(refused ?? error)
  return (
    <EntryPage
      title={again === undefined ? "Sign in" : "Sign in again"}
      {...(again !== undefined && { sub: "Then close this tab, and go on where you were." })}
    >
      {refusal !== undefined && <Notice tone="bad">{refusal}</Notice>}
      <SignInForm
        next={ownPath(next)}
        email={person?.email ?? ""}
        providers={identityProviders()}
        signIn={signIn}
        signInElsewhere={signInElsewhere}
      />
    </EntryPage>
  )
}
