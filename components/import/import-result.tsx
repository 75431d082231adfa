"use client"

import type { ReactNode } from "react"
import { progressRow } from "../secrets/row-runs"
import { Button, ButtonLink } from "../ui/button"
import { Card } from "../ui/card"
import { Notice } from "../ui/notice"
import { ProgressBar, ProgressRows } from "../ui/progress"
import type { PlannedRow } from "./import-plan"
import type { ImportRun } from "./use-import-run"

/** How far the import is, and how each row ended. What failed can be sent again; what was done isn't done twice. */
export function ImportResult({
  scope,
  rows,
  run,
  onRetry,
  onAgain,
}: {
  scope: string
  rows: readonly PlannedRow[]
  run: ImportRun
  onRetry: (rows: readonly PlannedRow[]) => void
  onAgain: () => void
}): ReactNode {
  const sent = rows.filter(({ key }) => run.results.has(key))
  const inState = (state: string): PlannedRow[] => sent.filter(({ key }) => run.results.get(key)?.state === state)
  const done = inState("done")
  const failed = inState("failed")
  const skipped = rows.length - sent.length
  return (
    <>
      <Card title={run.isRunning ? "Importing" : "Imported"}>
        <div className="grid gap-2 p-4">
          <ProgressBar
            label="Imported so far"
            of={sent.length}
            parts={[
              { count: done.length, tone: "accent" },
              { count: failed.length, tone: "bad" },
            ]}
          />
          <p role="status" className="text-ink-3">
            {done.length.toLocaleString("en")} of {sent.length.toLocaleString("en")} done
            {failed.length > 0 && `, ${failed.length.toLocaleString("en")} failed`}
            {skipped > 0 && `, ${skipped.toLocaleString("en")} skipped`}. From now on nobody can read them here.
          </p>
        </div>
        <div className="max-h-scroll-table overflow-y-auto border-t border-line">
          <ProgressRows
            label="Result of each row"
            rows={sent.map(({ key, name }) => progressRow(key, name, run.results.get(key), ""))}
          />
        </div>
      </Card>
      {!run.isRunning && failed.length > 0 && (
        <Notice tone="warn" title={`${failed.length.toLocaleString("en")} failed`}>
          Their values are still here, in this page alone. Try again, or leave the page and they are forgotten.
        </Notice>
      )}
      {!run.isRunning && (
        <div className="flex flex-wrap gap-2">
          {failed.length > 0 && (
            <Button look="primary" onClick={() => onRetry(failed)}>
              Try the {failed.length.toLocaleString("en")} again that failed
            </Button>
          )}
          <ButtonLink look={failed.length > 0 ? "default" : "primary"} href={`/s/${scope}`}>
            Show the secrets
          </ButtonLink>
          <Button look="quiet" onClick={onAgain}>
            Import another file
          </Button>
        </div>
      )}
    </>
  )
}
