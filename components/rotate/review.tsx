import type { ReactNode } from "react"
import { counted } from "../secrets/phrases"
import { Button } from "../ui/button"
import { Card, CardLine, CardList } from "../ui/card"
import type { QueueItem, Taken } from "./queue-step"

/** What will be made current, before it is. */
export function Review({
  ready,
  taken,
  onBack,
  onRun,
}: {
  ready: readonly QueueItem[]
  taken: ReadonlyMap<string, Taken>
  onBack: () => void
  onRun: () => void
}): ReactNode {
  return (
    <Card title="Review">
      {ready.length === 0 ? (
        <p className="px-4 py-3 text-ink-2">Every secret was skipped, so there is nothing to make current.</p>
      ) : (
        <CardList label="What becomes current">
          {ready.map(({ id, name, scope, vault, currentVersion }) => (
            <CardLine
              key={id}
              aside={
                <>
                  version {(currentVersion ?? 0) + 1}, {takenWords(taken.get(id))}
                </>
              }
            >
              <span className="font-mono text-small font-semibold break-all">{name}</span>{" "}
              <span className="text-small text-ink-3">
                {scope}/{vault}
              </span>
            </CardLine>
          ))}
        </CardList>
      )}
      <div className="flex flex-wrap gap-2 border-t border-line p-4">
        {ready.length > 0 && (
          <Button look="primary" autoFocus onClick={onRun}>
            Make {ready.length.toLocaleString("en")} current
          </Button>
        )}
        <Button look={ready.length > 0 ? "quiet" : "default"} onClick={onBack}>
          Back
        </Button>
      </div>
    </Card>
  )
}

function takenWords(taken: Taken | undefined): string {
  if (taken === undefined || taken.how === "generated") return "generated, known by nobody"
  return `${counted(taken.bytes ?? 0, "byte")}, typed`
}
