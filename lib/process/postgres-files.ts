/** What the embedded Postgres has on the disk: its data, its passwords, and the folder of its socket. */

import type { ChildProcess } from "node:child_process"
import { randomBytes } from "node:crypto"
import { chmodSync, chownSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { text as textOf } from "node:stream/consumers"
import { findPostgresProgram, type PostgresProgram } from "./postgres-program.ts"
import { keepPrivateFile } from "./private-file.ts"
import { ownUserId, preparePrivateFolder, socketFolderOf } from "./private-folder.ts"

export interface PostgresFiles {
  program: PostgresProgram
  data: string
  sockets: string
  lock: string
  passwords: PostgresPasswords
}

export interface PostgresPasswords {
  admin: string
  owner: string
  app: string
}

/** Makes or checks everything in the data folder but the database itself, which `makeDatabaseFiles` makes. */
export function preparePostgresFiles(folder: string): PostgresFiles {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const program = findPostgresProgram()
  // Another user must be able to pass through, though not to look: each file in it is closed by its own mode.
  if (program.owner !== ownUserId()) chmodSync(folder, 0o711)
  return {
    program,
    data: join(folder, "postgres"),
    sockets: preparePrivateFolder(socketFolderOf(folder, "postgres"), program.owner),
    lock: join(folder, "postgres.lock"),
    passwords: keepPasswords(folder),
  }
}

/** True once `makeDatabaseFiles` has finished, ever. */
export function hasDatabaseFiles(data: string): boolean {
  return existsSync(join(data, "PG_VERSION"))
}

/** Made in a folder of its own and renamed when complete: a start that was killed halfway leaves no half database. */
export async function makeDatabaseFiles({ program, data, sockets, passwords }: PostgresFiles): Promise<void> {
  const draft = `${data}.init`
  const passwordFile = join(sockets, "initdb-password")
  for (const old of [draft, passwordFile]) rmSync(old, { recursive: true, force: true })
  mkdirSync(draft, { mode: 0o700 })
  writeFileSync(passwordFile, passwords.admin, { mode: 0o600, flag: "wx" })
  if (program.owner !== ownUserId()) for (const path of [draft, passwordFile]) chownSync(path, program.owner, -1)
  try {
    const access = ["--username=postgres", "--auth=scram-sha-256", `--pwfile=${passwordFile}`]
    const locale = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    await finish(program.run("initdb", ["-D", draft, ...access, ...locale, "--no-instructions"]))
  } finally {
    rmSync(passwordFile, { force: true })
  }
  renameSync(draft, data)
}

function keepPasswords(folder: string): PostgresPasswords {
  const path = join(folder, "postgres-passwords.json")
  if (!existsSync(path) && hasDatabaseFiles(join(folder, "postgres"))) {
    throw new Error(`${path} is missing. Restore it from the backup that the folder "postgres" beside it came from.`)
  }
  const fresh = (): string => randomBytes(32).toString("base64url")
  const { text } = keepPrivateFile(path, () => JSON.stringify({ admin: fresh(), owner: fresh(), app: fresh() }))
  return JSON.parse(text) as PostgresPasswords // only we write it
}

async function finish(initdb: ChildProcess): Promise<void> {
  const ended = new Promise<number | null>((resolve, reject) => initdb.once("close", resolve).once("error", reject))
  const [code, ...output] = await Promise.all([ended, ...[initdb.stdout, initdb.stderr].map((it) => it && textOf(it))])
  if (code !== 0) throw new Error(`The embedded Postgres could not be set up.\n${output.join("").trim()}`)
}
