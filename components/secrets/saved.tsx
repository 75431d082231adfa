import type { ReactNode } from "react"
import { ButtonLink } from "../ui/button"
import { Notice } from "../ui/notice"
import type { WriteResult } from "./secret-form"

/** Carries to a secret's page what a write did: a version's number, or that nobody knows yet. */
export function savedQuery({ outcome, version }: WriteResult): string {
  return `?saved=${outcome === "written" || outcome === "unchanged" ? version : outcome}`
}

/** What happened, at the top of the secret's page. */
export function Saved({
  saved,
  currentVersion,
  newHref,
}: {
  /** The query's `saved`, as it came. */
  saved: string | undefined
  currentVersion: number | null
  /** Where the next secret is made. */
  newHref: string
}): ReactNode {
  if (saved === undefined) return null
  if (saved === "unknown") {
    return (
      <Notice tone="warn" title="The store gave no answer">
        Strongroom finds out whether the version was written, and shows it in the history. Don&apos;t type it again yet.
      </Notice>
    )
  }
  if (saved === "pending_approval") {
    return (
      <Notice title="A second person has to confirm">The version takes effect when somebody else confirms it.</Notice>
    )
  }
  if (saved !== String(currentVersion)) return null
  return (
    <Notice
      tone="ok"
      title={`Version ${saved} is current`}
      action={
        saved === "1" && (
          <ButtonLink small href={newHref}>
            Add another
          </ButtonLink>
        )
      }
    >
      From now on nobody can read it here.
    </Notice>
  )
}
