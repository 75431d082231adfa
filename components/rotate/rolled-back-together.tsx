"use client"

import { type ReactNode, useEffect, useState } from "react"
import { counted } from "../secrets/phrases"
import { progressRow, useRowRuns } from "../secrets/row-runs"
import { addressForm, type WriteAction } from "../secrets/secret-form"
import { useSecretsChanged } from "../secrets/use-secret-pages"
import { Button } from "../ui/button"
import { ConfirmDialog } from "../ui/confirm-dialog"
import { Notice } from "../ui/notice"
import { ProgressRows } from "../ui/progress"
import { forgetRotated, type Rotated, rotatedToday } from "./rotated-today"

/** What was rotated here today, and one button that takes all of it back. It stays for the day, in this tab. */
export function RolledBackTogether({
  scope,
  rollBack,
  renewed,
  isBusy,
}: {
  scope: string
  rollBack: WriteAction
  /** Changes when something was rotated: then what is stored is read again. */
  renewed: number
  isBusy: boolean
}): ReactNode {
  const [rotated, setRotated] = useState<readonly Rotated[]>([])
  const work = useRowRuns()
  const changed = useSecretsChanged()
  useEffect(() => setRotated(rotatedToday(scope)), [scope, renewed, isBusy])
  if (isBusy || (rotated.length === 0 && work.runs.size === 0)) return null

  /**
   * Lets the dialog go, and begins after that: what is said within the dialog's transition is shown late, so a rollback
   * that goes on would look like one that is over.
   */
  function takeBack(): Promise<undefined> {
    queueMicrotask(() => void rollBackAll())
    return Promise.resolve(undefined)
  }

  async function rollBackAll(): Promise<void> {
    const failed = await work.start(
      rotated.map((one) => ({
        id: idOf(one),
        run: async () => {
          const form = addressForm(one, { version: String(one.from), expectedVersion: String(one.to) })
          const answer = await rollBack(form)
          if (answer.state === "failed") return answer
          return { state: "done", result: `Version ${answer.result.version} is current, same as ${one.from}` }
        },
      })),
    )
    forgetRotated(
      scope,
      rotated.filter((one) => !failed.includes(idOf(one))),
    )
    changed()
  }

  if (work.runs.size > 0) {
    const failed = [...work.runs.values()].filter((run) => run.state === "failed").length
    const [tone, title] = work.isRunning ? (["neutral", "Rolling back"] as const) : outcome(rotated.length, failed)
    return (
      <Notice tone={tone} title={title}>
        <ProgressRows
          label="Result of the rollback"
          rows={rotated.map((one) => progressRow(idOf(one), one.name, work.runs.get(idOf(one)), ""))}
        />
      </Notice>
    )
  }
  return (
    <Notice
      title={`${counted(rotated.length, "secret")} rotated here today`}
      action={
        <ConfirmDialog
          title={`${counted(rotated.length, "secret")} go back to the value from before`}
          confirm={`Roll back these ${rotated.length}`}
          trigger={<Button small>Roll back these {rotated.length}</Button>}
          onConfirm={takeBack}
        >
          <p>Each gets a new version with its earlier value; machines get it from their next read on.</p>
          <p>One that somebody changed since then is left as it is, and says so.</p>
        </ConfirmDialog>
      }
    >
      If something breaks, take all of it back at once.
    </Notice>
  )
}

/** What it came to: a row that failed is never told as rolled back. */
function outcome(of: number, failed: number): readonly ["ok" | "warn", string] {
  return failed === 0 ? ["ok", "Rolled back"] : ["warn", `${of - failed} of ${of} rolled back, ${failed} failed`]
}

function idOf({ scope, vault, name }: Rotated): string {
  return `${scope}/${vault}/${name}`
}
