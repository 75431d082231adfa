/**
 * Commits the events of disclosures, and what is counted of them, before any value leaves. What is asked for while a
 * commit is under way shares the next one.
 */
import { appendEvents, type Link } from "../../db/audit-log.ts"
import type { Database } from "../../db/database.ts"
import { type Fetch, noteFetches } from "../../db/disclosures.ts"
import { inBatches } from "../../db/in-batches.ts"
import { inTransaction } from "../../db/in-transaction.ts"
import { AppError } from "../../errors.ts"
import type { AuditEntry } from "../audit.ts"

/** Resolves when the event and the fetches are durable. Throws `unavailable` when they can't be. */
export type RecordDisclosure = (entry: AuditEntry, fetches: readonly Fetch[]) => Promise<void>

interface Disclosing {
  entry: AuditEntry
  fetches: readonly Fetch[]
}

export function openRecorder(database: Database, link: Link): RecordDisclosure {
  const commit = inBatches<Disclosing, undefined>(async (batch) => {
    await inTransaction(database, async (client) => {
      await noteFetches(
        client,
        batch.flatMap(({ fetches }) => fetches),
      )
      await appendEvents(
        client,
        batch.map(({ entry }) => entry),
        link,
      )
    })
    return batch.map(() => undefined)
  })
  return async (entry, fetches) => {
    try {
      await commit({ entry, fetches })
    } catch (cause) {
      throw unavailable(cause)
    }
  }
}

/** One text for whatever part of ours doesn't answer: a caller can't tell whether it is the audit log. */
export function unavailable(cause: unknown): AppError {
  return new AppError("unavailable", "Strongroom can't serve this now. Try again in a moment.", {
    cause,
    retryAfterSeconds: 1,
  })
}
