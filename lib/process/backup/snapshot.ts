/**
 * Everything that is in the database, as lines of JSON, of one moment: one transaction sees the same state from its
 * first statement to its last (REPEATABLE READ), whatever is written meanwhile. Rows come out of Postgres as JSON and go
 * back into it as JSON, so no type of a column passes through ours. Memory holds some rows at a time.
 *
 *   {"migrations":[{"name":…,"checksum":…}],"tables":[{"name":…,"rows":…}]}   then, for each table in that order,
 *   its rows, one line each                                                   and at last {"end":true}
 */
import pg from "pg"
import { z } from "zod"

export const contentsForm = z.strictObject({
  migrations: z.array(z.strictObject({ name: z.string(), checksum: z.string() })),
  tables: z.array(z.strictObject({ name: z.string(), rows: z.int().min(0) })),
})

/** What a backup holds, in its first line. */
export type Contents = z.output<typeof contentsForm>

export const lastLine = '{"end":true}'

/** What is of this moment alone, and of processes that won't be there. */
const leftOut = ["_prisma_migrations", "ApiProcess", "UnfinishedRestore"]
const rowsAtOnce = 200

export interface Snapshot {
  takenAt: Date
  instanceId: string
  /** The keys that something lies under, and the active one. */
  needs: { label: string; checkValue: Uint8Array }[]
  contents: Contents
  /** Each line with its end. `tell` hears how many rows of a table were read. */
  lines(tell: (table: string, rows: number) => void): AsyncGenerator<string, void, void>
}

/** Begins a snapshot on a connection that is for it alone. Undefined when no Strongroom was ever started there. */
export async function takeSnapshot(client: pg.Client): Promise<Snapshot | undefined> {
  await client.query("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
  await client.query("SET LOCAL timezone = 'UTC'")
  const names = await tableNames(client)
  if (!names.includes("Installation")) return undefined
  const found = await client.query<{ instanceId: string; takenAt: Date }>(
    `SELECT "instanceId", now() AS "takenAt" FROM "Installation"`,
  )
  const [installation] = found.rows
  if (installation === undefined) return undefined
  const migrations = await client.query<Contents["migrations"][number]>(
    `SELECT migration_name AS "name", checksum FROM "_prisma_migrations"
     WHERE rolled_back_at IS NULL AND finished_at IS NOT NULL ORDER BY migration_name`,
  )
  const tables: Contents["tables"] = []
  for (const name of names) tables.push({ name, rows: await countRows(client, name) })
  const contents = { migrations: migrations.rows, tables }
  return {
    ...installation,
    needs: await neededKeys(client),
    contents,
    lines: (tell) => linesOf(client, contents, tell),
  }
}

async function tableNames(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT tablename AS "name" FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL($1) ORDER BY tablename`,
    [leftOut],
  )
  return rows.map(({ name }) => name)
}

async function countRows(client: pg.Client, table: string): Promise<number> {
  const { rows } = await client.query<{ count: string }>(
    `SELECT count(*)::text AS "count" FROM ${pg.escapeIdentifier(table)}`,
  )
  return Number(rows[0]?.count)
}

async function neededKeys(client: pg.Client): Promise<Snapshot["needs"]> {
  const { rows } = await client.query<Snapshot["needs"][number]>(
    `SELECT kek."id" AS "label", kek."checkValue" FROM "KeyEncryptionKey" kek WHERE kek."state" = 'active'
       OR EXISTS (SELECT FROM "OrganizationKey" WHERE "kekId" = kek."id")
       OR EXISTS (SELECT FROM "InstallationKey" WHERE "kekId" = kek."id") ORDER BY kek."id"`,
  )
  return rows
}

async function* linesOf(
  client: pg.Client,
  contents: Contents,
  tell: (table: string, rows: number) => void,
): AsyncGenerator<string, void, void> {
  yield `${JSON.stringify(contents)}\n`
  for (const { name } of contents.tables) {
    let read = 0
    await client.query(
      `DECLARE "each" NO SCROLL CURSOR FOR SELECT row_to_json(t)::text AS "row" FROM ${pg.escapeIdentifier(name)} AS t`,
    )
    for (;;) {
      const { rows } = await client.query<{ row: string }>(`FETCH ${rowsAtOnce} FROM "each"`)
      if (rows.length === 0) break
      for (const { row } of rows) yield `${row}\n`
      read += rows.length
      tell(name, read)
    }
    await client.query(`CLOSE "each"`)
  }
  yield `${lastLine}\n`
}
