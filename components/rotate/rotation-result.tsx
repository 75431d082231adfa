import type { ReactNode } from "react"
import { progressRow, type RowRun } from "../secrets/row-runs"
import type { WriteResult } from "../secrets/secret-form"
import { Card } from "../ui/card"
import { CodeBlock } from "../ui/command-line"
import { ProgressBar, ProgressRows } from "../ui/progress"
import type { QueueItem } from "./queue-step"

/** How far the rotation is, a result per row, and the public halves of generated key pairs. */
export function RotationResult({
  ready,
  runs,
  written,
}: {
  ready: readonly QueueItem[]
  runs: ReadonlyMap<string, RowRun>
  written: ReadonlyMap<string, WriteResult>
}): ReactNode {
  const count = (state: RowRun["state"]): number => [...runs.values()].filter((run) => run.state === state).length
  const pairs = ready.flatMap(({ id, name }) => {
    const publicKey = written.get(id)?.publicKey
    return publicKey ? [{ id, name, publicKey }] : []
  })
  return (
    <>
      <Card title="Result">
        <div className="grid gap-2 p-4">
          <ProgressBar
            label="Rotated so far"
            of={ready.length}
            parts={[
              { count: count("done"), tone: "accent" },
              { count: count("failed"), tone: "bad" },
            ]}
          />
          <p role="status" className="text-ink-3">
            {count("done")} of {ready.length} made current{count("failed") > 0 && `, ${count("failed")} failed`}. From
            now on nobody can read them here.
          </p>
        </div>
        <ProgressRows
          label="Result of each secret"
          rows={ready.map(({ id, name }) => progressRow(id, name, runs.get(id), ""))}
        />
      </Card>
      {pairs.map(({ id, name, publicKey }) => (
        <Card
          key={id}
          title={
            <>
              Public half of <span className="font-mono">{name}</span>
            </>
          }
          padded
        >
          <CodeBlock code={publicKey} label={`Public key of ${name}`} />
        </Card>
      ))}
    </>
  )
}
