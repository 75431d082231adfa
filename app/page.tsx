import { redirect } from "next/navigation"
import type { ReactNode } from "react"
import { signOut } from "@/app/s/[scope]/actions"
import { EntryPage } from "@/components/entry/entry-page"
import { LeaveButton } from "@/components/entry/leave-button"
import { scopePage } from "@/components/frame/addresses"
import { signInAddress } from "@/lib/web/addresses"
import { nobodysApi } from "@/lib/web/api"
import { findCurrentPerson } from "@/lib/web/current-person"
import { forPage } from "@/lib/web/page"

/** Leads on: to the first setup, to signing in, or to the first scope that the person may see. */
export default async function Home(): Promise<ReactNode> {
  const person = await findCurrentPerson()
  if (person === undefined) {
    const { done } = await (await nobodysApi()).describeSetup({})
    redirect(done ? signInAddress() : "/setup")
  }
  const { items } = await forPage((api) => api.listScopes({}))
  const first = items.find(({ visible }) => visible)
  if (first !== undefined) redirect(scopePage(first.path))
  return (
    <EntryPage
      title="You have no role yet"
      sub={`You are signed in as ${person.name}, and there is no scope of ${person.organization.name} that you may see. Ask an owner or an admin for a role, then reload this page.`}
    >
      <LeaveButton signOut={signOut} />
    </EntryPage>
  )
}
