import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type TemporaryDatabase, temporaryDatabase } from "../testing/temporary-database.ts"
import { type Database, openDatabase } from "./database.ts"
import { inTransaction } from "./in-transaction.ts"

let temporary: TemporaryDatabase
let database: Database
beforeAll(async () => {
  temporary = await temporaryDatabase()
  database = openDatabase({ url: temporary.ownerUrl })
  await database.pool.query("CREATE TABLE noted (what text PRIMARY KEY)")
})
afterAll(async () => {
  await database.close()
  await temporary[Symbol.asyncDispose]()
})

const note = (what: string) => ({ text: "INSERT INTO noted VALUES ($1)", values: [what] })
const isNoted = async (what: string): Promise<boolean> =>
  (await database.pool.query("SELECT 1 FROM noted WHERE what = $1", [what])).rowCount === 1

describe("a transaction", () => {
  it("commits what was done in it and its last statement, and answers what its work did", async () => {
    const answer = await inTransaction(database, async (client, atEnd) => {
      await client.query(note("first"))
      atEnd(note("last"))
      return "done"
    })
    expect([answer, await isNoted("first"), await isNoted("last")]).toEqual(["done", true, true])
  })

  it("leaves nothing when its last statement fails, though the commit is sent with it", async () => {
    const work = inTransaction(database, async (client, atEnd) => {
      await client.query(note("before a failure"))
      atEnd({ text: "SELECT 1 / 0" })
    })
    await expect(work).rejects.toThrow("division by zero")
    expect(await isNoted("before a failure")).toBe(false)
  })

  it("leaves nothing when its work throws or one of several statements at once fails, and its connection serves on", async () => {
    const thrown = inTransaction(database, async (client) => {
      await client.query(note("before an error"))
      throw new Error("no more")
    })
    await expect(thrown).rejects.toThrow("no more")
    const several = inTransaction(database, (client) =>
      Promise.all([client.query(note("one of several")), client.query("SELECT 1 / 0"), client.query(note("another"))]),
    )
    await expect(several).rejects.toThrow("division by zero")
    expect([await isNoted("before an error"), await isNoted("one of several")]).toEqual([false, false])
  })
})

describe("connections", () => {
  it("wait at a commit as the server says, and don't wait only for steps that lead to one", async () => {
    const settingOf = async (pool: Database["pool"]): Promise<unknown> => {
      const { rows } = await pool.query(
        `SELECT "setting" = 'off' AND "source" = 'client' AS "switchedOffByUs" FROM pg_settings WHERE "name" = 'synchronous_commit'`,
      )
      return rows[0]
    }
    expect(await settingOf(database.pool)).toEqual({ switchedOffByUs: false })
    expect(await settingOf(database.steps)).toEqual({ switchedOffByUs: true })
  })
})
