"use client"

import type { ReactNode } from "react"
import { EntryPage } from "@/components/entry/entry-page"
import { Button } from "@/components/ui/button"

/** What happened is in the operator's log, under the number shown here. */
export default function PageError({
  error,
  reset,
}: {
  error: Error & { digest?: string }
  reset: () => void
}): ReactNode {
  return (
    <EntryPage title="This page could not be read" sub="Strongroom gave no answer for it. Nothing was changed.">
      <Button look="primary" onClick={reset} className="justify-self-start">
        Try again
      </Button>
      {error.digest !== undefined && <p className="text-small text-ink-3">Request {error.digest}</p>}
    </EntryPage>
  )
}
