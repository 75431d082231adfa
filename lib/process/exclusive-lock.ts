/**
 * One holder at a time, over processes. The lock is the operating system's, taken through SQLite, since Node offers no
 * file locks of its own: it ends with its holder, however that ends, so there are no stale locks to take over and no
 * process ids to mistake.
 */
import { chmodSync, readFileSync, writeFileSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { poll } from "./poll.ts"
import { isFileError } from "./private-file.ts"

export interface ExclusiveLock extends Disposable {
  release(): void
}

/** Thrown when another process keeps the lock for longer than we were ready to wait. */
export class LockHeldError extends Error {
  /** The holder's process id, if it left one. */
  readonly holder: number | undefined

  constructor(path: string, holder: number | undefined) {
    super(`${path} is held by ${holder === undefined ? "another process" : `process ${holder}`}.`)
    this.name = "LockHeldError"
    this.holder = holder
  }
}

/** Takes the lock named by a file, which is made beside nothing else. Waits up to `waitMs`, then throws LockHeldError. */
export async function takeLock(path: string, { waitMs = 0 }: { waitMs?: number } = {}): Promise<ExclusiveLock> {
  const database = new DatabaseSync(path)
  chmodSync(path, 0o600)
  if (!(await poll(() => tryToLock(database), { forMs: waitMs, everyMs: 50 }))) {
    database.close()
    throw new LockHeldError(path, holderOf(path))
  }
  writeFileSync(`${path}.pid`, String(process.pid), { mode: 0o600 })
  const release = (): void => {
    if (database.isOpen) database.close()
  }
  return { release, [Symbol.dispose]: release }
}

function tryToLock(database: DatabaseSync): boolean {
  try {
    database.exec("BEGIN EXCLUSIVE")
    return true
  } catch (error) {
    if (error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY) return false
    throw error
  }
}

const SQLITE_BUSY = 5

function holderOf(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(`${path}.pid`, "utf8"))
    return Number.isInteger(pid) && pid > 0 ? pid : undefined
  } catch (error) {
    if (isFileError(error, "ENOENT")) return undefined
    throw error
  }
}
