/** What the write path shares between requests: its batches, and who writes which secret in this process now. */
import type { Link } from "../../db/audit-log.ts"
import type { Database } from "../../db/database.ts"
import { type Operations, openOperations } from "../../db/operations.ts"
import { openWholeWrites, type WholeWrites } from "../../db/whole-writes.ts"
import { type FindTarget, openWriteTargets } from "../../db/write-targets.ts"

export interface Writes extends Operations, WholeWrites {
  find: FindTarget
  /** Makes the links of the audit chain. */
  link: Link
  /** Runs a write that was begun, so that others of the secret can wait for its end. */
  during<Result>(secretId: string, write: () => Promise<Result>): Promise<Result>
  /** Resolves when the secret's write in this process ends, and soon in any case: another process may have it. */
  turn(secretId: string): Promise<void>
}

/** How long to wait before asking again: for a write of this process that doesn't end, and for another process's. */
const pauseMilliseconds = { here: 250, elsewhere: 25 }

export function openWrites(database: Database, link: Link): Writes {
  const underWay = new Map<string, Promise<unknown>>()
  return {
    ...openOperations(database, link),
    ...openWholeWrites(database, link),
    find: openWriteTargets(database),
    link,
    during: async (secretId, write) => {
      const running = write()
      underWay.set(secretId, running)
      try {
        return await running
      } finally {
        underWay.delete(secretId)
      }
    },
    turn: (secretId) => {
      const running = underWay.get(secretId)
      return running === undefined ? pause(pauseMilliseconds.elsewhere) : endOf(running, pauseMilliseconds.here)
    },
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

/** How it ends is its caller's business. */
function endOf(running: Promise<unknown>, atMostMilliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, atMostMilliseconds)
    const end = (): void => {
      clearTimeout(timer)
      resolve()
    }
    running.then(end, end)
  })
}
