/** Commits events that stand alone (looks, refusals) many at a time. A disclosure brings its own rows along. */
import { endWithEvents, type Link } from "../db/audit-log.ts"
import type { Database } from "../db/database.ts"
import { inBatches } from "../db/in-batches.ts"
import { inTransaction } from "../db/in-transaction.ts"
import { together } from "../db/together.ts"
import { AppError } from "../errors.ts"
import type { AuditEntry } from "./audit.ts"

export interface AuditWriter {
  /** Resolves when the event is durable. Throws `unavailable` when it can't be: then nothing may be answered. */
  record(entry: AuditEntry): Promise<void>
}

export function openAuditWriter(database: Database, link: Link): AuditWriter {
  const commit = inBatches((entries: AuditEntry[]) =>
    together(entries, async (some) => {
      await inTransaction(database, (client, atEnd) => endWithEvents(client, atEnd, some, link))
      return some.map(() => true)
    }),
  )
  return {
    record: async (entry) => {
      try {
        await commit(entry)
      } catch (cause) {
        throw new AppError("unavailable", "Strongroom can't serve this now. Try again in a moment.", {
          cause,
          retryAfterSeconds: 1,
        })
      }
    },
  }
}
