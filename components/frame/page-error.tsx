"use client"

import type { ReactNode } from "react"
import { Button } from "../ui/button"
import { PageHead } from "../ui/page-head"
import { ErrorState } from "../ui/states"

/**
 * In place of a page of the console that failed. What happened is in the operator's log, under the number shown here;
 * the page can be asked for again.
 */
export function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }): ReactNode {
  return (
    <>
      <PageHead title="No answer" />
      <ErrorState
        title="This page could not be read"
        requestId={error.digest}
        action={<Button onClick={reset}>Try again</Button>}
      >
        Strongroom gave no answer for it. Nothing was changed.
      </ErrorState>
    </>
  )
}
