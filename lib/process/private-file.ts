/** Files with a key or a password in them: opened without following links, and refused when others may read them. */

import { randomUUID } from "node:crypto"
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from "node:fs"

/** The text of a private file, or undefined when there is none. Throws when it is a link, no file, or open to others. */
export function readPrivateFile(path: string): string | undefined {
  const file = openPrivateFile(path)
  if (file === undefined) return undefined
  try {
    const found = fstatSync(file)
    if (!found.isFile()) throw new Error(`${path} is not a regular file. Put the key into a file of its own.`)
    if ((found.mode & 0o077) !== 0) {
      throw new Error(`${path} can be read by others. Run: chmod 600 '${path}' (and consider what it holds as seen).`)
    }
    return readFileSync(file, "utf8")
  } finally {
    closeSync(file)
  }
}

/**
 * The text of a private file that is made when it's missing. Of several processes that make it at once one wins, and
 * all get the winner's text. It is on the disk before this returns, as what it protects will be.
 */
export function keepPrivateFile(path: string, make: () => string): { text: string; made: boolean } {
  const kept = readPrivateFile(path)
  if (kept !== undefined) return { text: kept, made: false }
  const made = writeOnce(path, make())
  const text = readPrivateFile(path)
  if (text === undefined) throw new Error(`${path} vanished while it was being made.`)
  return { text, made }
}

/** Writes beside the file and links it into place: it is complete from its first moment, and never overwritten. */
function writeOnce(path: string, text: string): boolean {
  const draft = `${path}.${randomUUID()}`
  const file = openSync(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600)
  try {
    writeSync(file, text)
    fsyncSync(file)
    linkSync(draft, path)
    return true
  } catch (error) {
    if (isFileError(error, "EEXIST")) return false
    throw error
  } finally {
    closeSync(file)
    rmSync(draft, { force: true })
  }
}

function openPrivateFile(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (isFileError(error, "ENOENT")) return undefined
    if (isFileError(error, "ELOOP")) {
      throw new Error(`${path} is a link, which is not followed for a key. Name the file itself.`, { cause: error })
    }
    throw error
  }
}

/** Whether an error is the file system's, with this code. */
export function isFileError(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code
}
