/**
 * Commits the events of disclosures, and what is counted of them, before any value leaves. What is asked for while a
 * commit is under way shares the next one.
 */
import type { Link } from "../../db/audit-log.ts"
import type { Database } from "../../db/database.ts"
import { type CommitDisclosures, type Fetch, openDisclosureLog } from "../../db/disclosures.ts"
import { inBatches } from "../../db/in-batches.ts"
import { AppError } from "../../errors.ts"
import type { AuditEntry } from "../audit.ts"

/** What is about to be answered: its event, the values in it, and the database's time at which it was looked up. */
export interface Recorded {
  row: AuditEntry
  fetches: readonly Fetch[]
  at: Date
}

/** Resolves when the event and the fetches are durable. Throws `unavailable` when they can't be. */
export type RecordDisclosure = (recorded: Recorded) => Promise<void>

export function openRecorder(database: Database, link: Link): RecordDisclosure {
  const commit = openDisclosureLog(database, link)
  const record = inBatches<Recorded, undefined>((batch) => commitByChain(commit, batch))
  return async (recorded) => {
    try {
      await record(recorded)
    } catch (cause) {
      throw unavailable(cause)
    }
  }
}

/** Each organization has its own chain: one that can't be written to doesn't hold up the others. */
async function commitByChain(commit: CommitDisclosures, batch: readonly Recorded[]): Promise<(Error | undefined)[]> {
  const failures = new Map<string, Error>()
  const chains = Map.groupBy(batch, ({ row }) => row.organizationId)
  await Promise.all(
    [...chains].map(async ([organizationId, own]) => {
      try {
        await commit(organizationId, own, latest(own))
      } catch (cause) {
        failures.set(organizationId, new Error("The events couldn't be committed.", { cause }))
      }
    }),
  )
  return batch.map(({ row }) => failures.get(row.organizationId))
}

function latest(batch: readonly Recorded[]): Date {
  return new Date(Math.max(...batch.map(({ at }) => at.getTime())))
}

/** One text for whatever part of ours doesn't answer: a caller can't tell whether it is the audit log. */
export function unavailable(cause: unknown): AppError {
  return new AppError("unavailable", "Strongroom can't serve this now. Try again in a moment.", {
    cause,
    retryAfterSeconds: 1,
  })
}
