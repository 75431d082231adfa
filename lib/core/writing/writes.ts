/** What the write path shares between requests: its batches, and who writes which secret in this process now. */
import type { Link } from "../../db/audit-log.ts"
import type { Database } from "../../db/database.ts"
import { openOperations, type Operations } from "../../db/operations.ts"
import { type FindTarget, openWriteTargets } from "../../db/write-targets.ts"

export interface Writes extends Operations {
  find: FindTarget
  /** Makes the links of the audit chain. */
  link: Link
  /** Runs a write that was begun, so that others of the secret can wait for its end. */
  during<Result>(secretId: string, write: () => Promise<Result>): Promise<Result>
  /** Resolves when the secret's write in this process ends; soon, when another process has it. */
  turn(secretId: string): Promise<void>
}

/** How long to wait before asking again whether another process is done. */
const pauseMilliseconds = 25

export function openWrites(database: Database, link: Link): Writes {
  const underWay = new Map<string, Promise<unknown>>()
  return {
    ...openOperations(database, link),
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
    turn: async (secretId) => {
      const pause = new Promise<void>((resolve) => setTimeout(resolve, pauseMilliseconds))
      const running = underWay.get(secretId)
      // How that write ended is its caller's business.
      await (running === undefined ? pause : running.then(nothing, nothing))
    },
  }
}

function nothing(): void {
  // A wait has no result.
}
