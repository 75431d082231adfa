import type { ReactNode } from "react"
import { ButtonLink } from "@/components/ui/button"
import { PageHead } from "@/components/ui/page-head"
import { EmptyState } from "@/components/ui/states"

/** Absent and not for this person look alike, on purpose. */
export default function NotFound(): ReactNode {
  return (
    <>
      <PageHead title="Not found" />
      <EmptyState
        title="There is nothing here that you may see"
        action={<ButtonLink href="/">Go to your secrets</ButtonLink>}
      >
        It may have been renamed, moved or destroyed, or it belongs to a scope where you have no role.
      </EmptyState>
    </>
  )
}
