import pg from "pg"
import { describe, expect, it } from "vitest"
import { temporaryDatabase } from "./temporary-database.ts"

describe("temporaryDatabase", () => {
  it("gives each test a database that the others don't see", async () => {
    await using first = await temporaryDatabase()
    await using second = await temporaryDatabase()
    await query(first.ownerUrl, "CREATE TABLE mine (id integer)")
    await expect(query(second.ownerUrl, "SELECT * FROM mine")).rejects.toThrow("does not exist")
  })

  it("is dropped at the end of its block, even while someone is connected", async () => {
    const { client, url } = await (async () => {
      await using database = await temporaryDatabase()
      const client = new pg.Client({ connectionString: database.appUrl })
      client.on("error", () => undefined)
      await client.connect()
      return { client, url: database.appUrl }
    })()
    await expect(client.query("SELECT 1")).rejects.toThrow()
    await expect(query(url, "SELECT 1")).rejects.toThrow("does not exist")
  })

  it("signs the application in without the right to make tables", async () => {
    await using database = await temporaryDatabase()
    await expect(query(database.appUrl, "CREATE TABLE mine (id integer)")).rejects.toThrow("permission denied")
  })
})

async function query(connectionString: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
