/**
 * Puts a backup into an empty database, all or nothing: tables, rows, checks, the end of all sessions and the events that
 * tell of it are one transaction. A table that says "not restored" is there from before it begins until it commits, so a
 * start after a crash knows, and refuses (`runMigrations`).
 */
import type pg from "pg"
import { type AfterRestore, endWhatWasHandedOut, type Restored } from "../../core/restored.ts"
import type { Keyring } from "../../crypto/keyring.ts"
import { onConnection } from "../connection.ts"
import { applyWithin, lockMigrations, type Migration, makeAppRole, readMigrations } from "../migrations.ts"
import { CommandError } from "../operator/command.ts"
import type { OpenedBackup } from "./file.ts"
import { loadRows } from "./load.ts"
import { type Contents, contentsForm } from "./snapshot.ts"

export interface RestoreOptions {
  ownerUrl: string
  /** Where the folders of migrations are. */
  migrations: string
  keyring: Keyring
  tell: (line: string) => void
}

/** Restores, and answers what was ended by it. Throws CommandError; then the database is as empty as it was. */
export async function restoreBackup(backup: OpenedBackup, options: RestoreOptions): Promise<Restored> {
  const { ownerUrl, keyring, tell } = options
  return onConnection(ownerUrl, async (client) => {
    await lockMigrations(client)
    await requireEmpty(client)
    await client.query(
      `CREATE TABLE IF NOT EXISTS "UnfinishedRestore" ("takenAt" text NOT NULL, "begunAt" timestamptz NOT NULL DEFAULT now())`,
    )
    await client.query(`INSERT INTO "UnfinishedRestore" ("takenAt") VALUES ($1)`, [backup.header.takenAt])
    try {
      await client.query("BEGIN")
      await fill(client, backup, options)
      tell("Ending sessions and tokens.")
      const { takenAt, instanceId } = backup.header
      const restored = await endWhatWasHandedOut(client, keyring, { takenAt, instanceId } satisfies AfterRestore)
      await client.query(`DROP TABLE "UnfinishedRestore"`)
      await client.query("COMMIT")
      await client.query("ANALYZE")
      return restored
    } catch (error) {
      await client.query("ROLLBACK")
      await client.query(`DROP TABLE IF EXISTS "UnfinishedRestore"`)
      throw error
    }
  })
}

/** Nothing may be there but what an earlier restore left that came to nothing. */
async function requireEmpty(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT tablename AS "name" FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'UnfinishedRestore'`,
  )
  if (rows.length === 0) return
  throw new CommandError(
    "notEmpty",
    "This database isn't empty, and a restore changes nothing that is there. Give it an empty one: another data folder " +
      "(STRONGROOM_DATA), or a new database (CREATE DATABASE) in DATABASE_URL and DATABASE_MIGRATION_URL.",
  )
}

async function fill(client: pg.Client, { lines }: OpenedBackup, { migrations, tell }: RestoreOptions): Promise<void> {
  const reading = lines[Symbol.asyncIterator]()
  const contents = await readContents(reading)
  const { then, later } = divide(readMigrations(migrations), contents)
  await makeAppRole(client)
  for (const migration of then) await applyWithin(client, migration)
  await loadRows(client, contents, reading, tell)
  for (const migration of later) await applyWithin(client, migration)
}

async function readContents(reading: AsyncIterator<string>): Promise<Contents> {
  const first = await reading.next()
  const parsed = first.done === true ? undefined : contentsForm.safeParse(JSON.parse(first.value))
  if (parsed?.success !== true) throw new CommandError("damaged", "This backup says nothing of what it holds.")
  return parsed.data
}

/** The migrations that the backup's database had, and those that came since. */
function divide(ours: Migration[], { migrations }: Contents): { then: Migration[]; later: Migration[] } {
  for (const { name, checksum } of migrations) {
    const own = ours.find((each) => each.name === name)
    if (own?.checksum === checksum) continue
    throw new Error(
      `The backup's database had the migration "${name}", which this version ${own === undefined ? "doesn't know: a newer Strongroom made it. Restore with that version" : "has in another form. Restore with the version that made the backup"}.`,
    )
  }
  const had = new Set(migrations.map(({ name }) => name))
  return { then: ours.filter(({ name }) => had.has(name)), later: ours.filter(({ name }) => !had.has(name)) }
}
