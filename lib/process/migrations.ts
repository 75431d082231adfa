/**
 * Brings the database to the shape that this version needs, before anything else uses it. Reads and keeps the table of
 * `prisma migrate` and takes its lock, so either can be used on one database; this one starts in milliseconds.
 */
import { createHash, randomUUID } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type pg from "pg"
import { onConnection } from "./connection.ts"
import { isFileError } from "./private-file.ts"

export interface MigrationOptions {
  /** The login that owns the tables. */
  ownerUrl: string
  /** Where the folders with a `migration.sql` are. */
  folder: string
}

/** Says which migration can't be applied, why, and what to do. The database is as it was before that migration. */
export class MigrationError extends Error {
  readonly migration: string

  constructor(migration: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = "MigrationError"
    this.migration = migration
  }
}

/**
 * Applies what is missing, each migration in a transaction of its own, and answers the names of what it applied.
 * Simultaneous starters wait for each other. Throws MigrationError, before it changes anything, when the database and
 * the migrations don't belong together: an applied one was edited, had failed, or is newer than this version.
 */
export async function runMigrations({ ownerUrl, folder }: MigrationOptions): Promise<string[]> {
  const migrations = readMigrations(folder)
  // Its end gives the lock back, too.
  return onConnection(ownerUrl, async (client) => {
    await lockMigrations(client)
    await refuseUnfinishedRestore(client)
    const missing = missingOf(migrations, await readApplied(client))
    if (missing.length > 0) await makeAppRole(client)
    for (const migration of missing) await apply(client, migration)
    return missing.map(({ name }) => name)
  })
}

/** Keeps others from changing the database's shape, for as long as this connection is open. */
export async function lockMigrations(client: pg.Client): Promise<void> {
  await client.query("SELECT pg_advisory_lock($1)", [lockOfPrismaMigrate])
}

const lockOfPrismaMigrate = 72_707_369

/** A database that a restore was about to fill is not an empty one, where an installation could begin anew. */
async function refuseUnfinishedRestore(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ isThere: boolean }>(
    `SELECT to_regclass('public."UnfinishedRestore"') IS NOT NULL AS "isThere"`,
  )
  if (rows[0]?.isThere !== true) return
  throw new Error(
    "A restore into this database did not come to its end, and nothing of it is there. Run npm run restore again. " +
      'Or, to begin with nothing, drop its table "UnfinishedRestore".',
  )
}

export interface Migration {
  name: string
  sql: string
  checksum: string
}

interface AppliedMigration {
  name: string
  checksum: string
  finished: boolean
}

/** The migrations of this version, in order. */
export function readMigrations(folder: string): Migration[] {
  const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return names
    .map(({ name }) => name)
    .sort()
    .map((name) => {
      const sql = readSql(join(folder, name, "migration.sql"))
      return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") }
    })
}

function readSql(file: string): string {
  try {
    return readFileSync(file, "utf8")
  } catch (error) {
    if (!isFileError(error, "ENOENT")) throw error
    throw new Error(`${file} is missing. Every folder of migrations has one: the checkout is not complete.`)
  }
}

async function makeTable(client: pg.Client): Promise<void> {
  await client.query(`CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    id varchar(36) PRIMARY KEY NOT NULL,
    checksum varchar(64) NOT NULL,
    finished_at timestamptz,
    migration_name varchar(255) NOT NULL,
    logs text,
    rolled_back_at timestamptz,
    started_at timestamptz NOT NULL DEFAULT now(),
    applied_steps_count integer NOT NULL DEFAULT 0
  )`)
}

async function readApplied(client: pg.Client): Promise<AppliedMigration[]> {
  await makeTable(client)
  const { rows } = await client.query<AppliedMigration>(
    `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished
       FROM "_prisma_migrations" WHERE rolled_back_at IS NULL ORDER BY migration_name`,
  )
  return rows
}

function missingOf(migrations: readonly Migration[], applied: readonly AppliedMigration[]): Migration[] {
  const known = new Map(migrations.map((migration) => [migration.name, migration]))
  for (const { name, checksum, finished } of applied) {
    const migration = known.get(name)
    if (!finished) {
      throw new MigrationError(
        name,
        `The migration "${name}" failed earlier. Repair what it left, then mark it with ` +
          `"npx prisma migrate resolve --rolled-back ${name}" (or --applied) and start again.`,
      )
    }
    if (!migration) {
      throw new MigrationError(
        name,
        `The database has the migration "${name}", which this version does not know: a newer Strongroom has used it. ` +
          `Start that version, or restore the backup from before the upgrade.`,
      )
    }
    if (migration.checksum !== checksum) {
      throw new MigrationError(
        name,
        `The migration "${name}" was edited after this database applied it. Restore the file as it was released; ` +
          `a change to the database is a new migration.`,
      )
    }
  }
  const names = new Set(applied.map(({ name }) => name))
  return migrations.filter(({ name }) => !names.has(name))
}

/** The migrations grant to this role. In a database of the operator's own it may not be there yet. */
export async function makeAppRole(client: pg.Client): Promise<void> {
  const { rowCount } = await client.query("SELECT 1 FROM pg_roles WHERE rolname = 'strongroom_app'")
  if (rowCount === 1) return
  try {
    await client.query("CREATE ROLE strongroom_app NOLOGIN")
  } catch (cause) {
    throw new Error(
      "The database has no role strongroom_app, and this login may not make one. " +
        "Ask its administrator to run: CREATE ROLE strongroom_app LOGIN PASSWORD '…';",
      { cause },
    )
  }
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  const { name } = migration
  try {
    await client.query("BEGIN")
    await applyWithin(client, migration)
    await client.query("COMMIT")
  } catch (cause) {
    await client.query("ROLLBACK")
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new MigrationError(name, `The migration "${name}" failed and was undone: ${reason}`, { cause })
  }
}

/** Applies one migration in the caller's transaction. */
export async function applyWithin(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  await makeTable(client)
  await client.query(sql)
  await client.query(
    `INSERT INTO "_prisma_migrations" (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
     VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`,
    [randomUUID(), checksum, name],
  )
}
