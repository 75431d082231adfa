import clsx from "clsx"
import type { ReactNode } from "react"
import type { RowRun } from "../secrets/row-runs"
import { Card } from "../ui/card"
import { Tag, type Tone } from "../ui/tag"
import type { QueueItem, Taken } from "./queue-step"

/** The queue at the side: whose turn it is, what is ready, what was skipped; a click goes there. */
export function QueueList({
  queue,
  taken,
  runs,
  at,
  onGo,
}: {
  queue: readonly QueueItem[]
  taken: ReadonlyMap<string, Taken>
  runs: ReadonlyMap<string, RowRun>
  at: number
  /** Left out once the queue runs. */
  onGo: ((step: number) => void) | undefined
}): ReactNode {
  return (
    <Card title="Queue" tag={<span className="text-ink-3">{taken.size} ready</span>}>
      <ol aria-label="Queue" className="max-h-scroll-table divide-y divide-line overflow-y-auto">
        {queue.map(({ id, name }, index) => {
          const { words, tone } = stateOf(taken.get(id), runs.get(id), index < at)
          return (
            <li key={id} className={clsx(index === at && "bg-accent-soft")}>
              <button
                type="button"
                disabled={onGo === undefined}
                aria-current={index === at ? "step" : undefined}
                onClick={() => onGo?.(index)}
                className="flex min-h-row w-full items-center gap-2 px-4 py-1 text-left -outline-offset-2 enabled:hover:bg-hover"
              >
                <span className="min-w-0 flex-1 truncate font-mono text-small">{name}</span>
                {words !== "" && <Tag tone={tone}>{words}</Tag>}
              </button>
            </li>
          )
        })}
      </ol>
    </Card>
  )
}

function stateOf(taken: Taken | undefined, run: RowRun | undefined, isPast: boolean): { words: string; tone: Tone } {
  if (run?.state === "done") return { words: "done", tone: "ok" }
  if (run?.state === "failed") return { words: "failed", tone: "bad" }
  if (taken !== undefined) return { words: taken.how, tone: "accent" }
  return { words: isPast ? "skipped" : "", tone: "neutral" }
}
