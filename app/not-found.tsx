import type { Metadata } from "next"
import type { ReactNode } from "react"
import { EntryPage } from "@/components/entry/entry-page"
import { ButtonLink } from "@/components/ui/button"

export const metadata: Metadata = { title: "Not here" }

export default function NotFound(): ReactNode {
  return (
    <EntryPage title="There is no such page" sub="The address may be mistyped, or from an older link.">
      <ButtonLink href="/" look="primary" className="justify-self-start">
        Go to your secrets
      </ButtonLink>
    </EntryPage>
  )
}
