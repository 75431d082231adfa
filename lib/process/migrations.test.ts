import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import pg from "pg"
import { describe, expect, it } from "vitest"
import { temporaryDatabase } from "../testing/temporary-database.ts"
import { temporaryFolder } from "../testing/temporary-folder.ts"
import { MigrationError, runMigrations } from "./migrations.ts"

/** A database whose migrations are the test's own: by name, their SQL. */
async function aDatabaseWith(migrations: Record<string, string>) {
  const folder = temporaryFolder()
  const database = await temporaryDatabase()
  const ask = async (sql: string): Promise<Record<string, unknown>[]> => {
    const client = new pg.Client({ connectionString: database.ownerUrl })
    await client.connect()
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows
    } finally {
      await client.end()
    }
  }
  const write = (name: string, sql: string): void => {
    mkdirSync(join(folder.path, name), { recursive: true })
    writeFileSync(join(folder.path, name, "migration.sql"), sql)
  }
  await ask("DROP TABLE IF EXISTS _prisma_migrations")
  for (const [name, sql] of Object.entries(migrations)) write(name, sql)
  return {
    ask,
    write,
    remove: (name: string) => rmSync(join(folder.path, name), { recursive: true }),
    migrate: () => runMigrations({ ownerUrl: database.ownerUrl, folder: folder.path }),
    [Symbol.asyncDispose]: async () => {
      folder[Symbol.dispose]()
      await database[Symbol.asyncDispose]()
    },
  }
}

const first = { "001_first": "CREATE TABLE one (id integer)" }
const both = { ...first, "002_second": "CREATE TABLE two (id integer)" }

describe("runMigrations", () => {
  it("applies what is missing, in order and once", async () => {
    await using database = await aDatabaseWith(first)
    expect(await database.migrate()).toEqual(["001_first"])
    database.write("002_second", "ALTER TABLE one ADD COLUMN name text")
    expect(await database.migrate()).toEqual(["002_second"])
    expect(await database.migrate()).toEqual([])
    expect(await database.ask("SELECT id, name FROM one")).toEqual([])
  })

  it("applies each once when several start at once", async () => {
    await using database = await aDatabaseWith(both)
    const applied = await Promise.all([1, 2, 3, 4].map(() => database.migrate()))
    expect(applied.flat().toSorted()).toEqual(["001_first", "002_second"])
  })

  it("undoes a migration that fails, names it, and lets it be repaired", async () => {
    await using database = await aDatabaseWith({ ...first, "002_second": "CREATE TABLE two (id integer); SELECT 1/0" })
    await expect(database.migrate()).rejects.toThrow(
      'The migration "002_second" failed and was undone: division by zero',
    )
    await expect(database.ask("SELECT * FROM two")).rejects.toThrow("does not exist")
    database.write("002_second", "CREATE TABLE two (id integer)")
    expect(await database.migrate()).toEqual(["002_second"])
  })

  it("names a migration that was edited after it was applied, and applies nothing", async () => {
    await using database = await aDatabaseWith(first)
    await database.migrate()
    database.write("001_first", "CREATE TABLE one (id bigint)")
    database.write("002_second", "CREATE TABLE two (id integer)")
    await expect(database.migrate()).rejects.toMatchObject({
      constructor: MigrationError,
      migration: "001_first",
      message: expect.stringContaining("was edited") as string,
    })
    await expect(database.ask("SELECT * FROM two")).rejects.toThrow("does not exist")
  })

  it("names a migration that it does not know: the database is ahead of this version", async () => {
    await using database = await aDatabaseWith(both)
    await database.migrate()
    database.remove("002_second")
    await expect(database.migrate()).rejects.toThrow(/"002_second".*a newer Strongroom/)
  })

  it("names a migration that another tool left half-done", async () => {
    await using database = await aDatabaseWith(both)
    await database.migrate()
    await database.ask("UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name = '002_second'")
    await expect(database.migrate()).rejects.toThrow(/"002_second" failed earlier.*migrate resolve/)
  })

  it("leaves room for one that another tool rolled back", async () => {
    await using database = await aDatabaseWith(both)
    await database.migrate()
    await database.ask("UPDATE _prisma_migrations SET rolled_back_at = now() WHERE migration_name = '002_second'")
    await database.ask("DROP TABLE two")
    expect(await database.migrate()).toEqual(["002_second"])
  })
})
