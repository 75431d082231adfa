/**
 * Folders that nobody else may look into: our data, and the unix sockets by which our processes talk. The temp folder
 * is shared with every user of the machine, so a folder there is used only after a look at what it really is.
 */
import { createHash } from "node:crypto"
import { chownSync, lstatSync, mkdirSync, realpathSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { isFileError } from "./private-file.ts"

/**
 * Where the sockets of the installation with this data folder live: those of our parts, or the one of Postgres, which
 * may run as another user. Named by a hash, since a socket's path has room for about a hundred bytes; the same for every
 * process of one installation.
 */
export function socketFolderOf(dataFolder: string, of: "parts" | "postgres"): string {
  const name = createHash("sha256").update(realpathSync(dataFolder)).digest("hex").slice(0, 16)
  return join(tmpdir(), `strongroom-${of}-${name}`)
}

/**
 * Makes the folder if it's missing, and checks it: a real folder, our own (or `owner`'s), closed to everyone else.
 * Throws an error that says what is wrong with it; nothing in it has been touched then.
 */
export function preparePrivateFolder(path: string, owner: number = ownUserId()): string {
  try {
    mkdirSync(path, { recursive: false, mode: 0o700 })
    if (owner !== ownUserId()) chownSync(path, owner, -1)
  } catch (error) {
    if (!isFileError(error, "EEXIST")) throw error
  }
  checkPrivateFolder(path, owner)
  return path
}

/** Throws unless `path` is a folder (no link), owned by this process's user (or `owner`), with mode 0700. */
export function checkPrivateFolder(path: string, owner: number = ownUserId()): void {
  const found = lstatSync(path)
  const mode = found.mode & 0o777
  const refuse = (what: string): never => {
    throw new Error(`${path} ${what}, so it is not used. Look at who made it, remove it, and start again.`)
  }
  if (found.isSymbolicLink()) refuse("is a link")
  if (!found.isDirectory()) refuse("is not a folder")
  if (found.uid !== owner) refuse(`belongs to another user (${found.uid})`)
  if (mode !== 0o700) refuse(`is open to others (mode ${mode.toString(8).padStart(4, "0")} instead of 0700)`)
}

export function ownUserId(): number {
  return process.geteuid?.() ?? 0
}
