import type { Metadata } from "next"
import { redirect } from "next/navigation"
import type { ReactNode } from "react"
import { EntryPage } from "@/components/entry/entry-page"
import { SetupForm } from "@/components/entry/setup-form"
import { nobodysApi } from "@/lib/web/api"
import { setUp } from "./actions"

export const metadata: Metadata = { title: "Set up" }

/** The first day. Once there is an owner, this page is closed for good. */
export default async function SetupPage(): Promise<ReactNode> {
  const { done } = await (await nobodysApi()).describeSetup({})
  if (done) redirect("/")
  return (
    <EntryPage
      title="Set up Strongroom"
      sub="You become the first owner of a new organization. What people put in is read by machines alone: nobody reads a value here, you neither."
    >
      <SetupForm setUp={setUp} />
    </EntryPage>
  )
}
