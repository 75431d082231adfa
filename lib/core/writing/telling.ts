/**
 * Writes of one transaction whose outcome couldn't be looked up: when Postgres answers again, it is. A write that came
 * about has its event with it. One that didn't gets an event that says so, since its writer was told that nobody knew.
 */
import { appendEvents } from "../../db/audit-log.ts"
import { inTransaction } from "../../db/in-transaction.ts"
import type { IntendedVersion } from "../../db/operations.ts"
import { findCommitted } from "../../db/whole-writes.ts"
import { describeError, log } from "../../log.ts"
import type { AuditEntry } from "../audit.ts"
import type { House } from "../context.ts"

const pauseMilliseconds = { first: 250, longest: 30_000 }

/** Answers at once; what is told in the end is told by this process, as soon as it can, or as it closes. */
export function tellInTheEnd(
  house: Pick<House, "database" | "writes">,
  write: IntendedVersion,
  event: AuditEntry,
): void {
  let isTold = false
  let timer: NodeJS.Timeout | undefined

  async function tell(nextPause: number): Promise<void> {
    if (isTold) return
    clearTimeout(timer)
    try {
      await tellOf(house, write, event)
      isTold = true
    } catch (error) {
      log.warn("a write's outcome still isn't known", { operation: write.operationId, error: describeError(error) })
      timer = setTimeout(() => void tell(Math.min(2 * nextPause, pauseMilliseconds.longest)), nextPause).unref()
    }
  }

  timer = setTimeout(() => void tell(2 * pauseMilliseconds.first), pauseMilliseconds.first).unref()
  house.database.beforeClosing(() => tell(pauseMilliseconds.longest))
}

async function tellOf(
  { database, writes }: Pick<House, "database" | "writes">,
  write: IntendedVersion,
  event: AuditEntry,
): Promise<void> {
  if ((await findCommitted(database, write)) !== undefined) return
  const failed: AuditEntry = { ...event, outcome: "failed", reason: "abandoned" }
  await inTransaction(database, (client) => appendEvents(client, [failed], writes.link))
}
