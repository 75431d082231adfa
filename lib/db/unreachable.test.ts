import pg from "pg"
import { describe, expect, it } from "vitest"
import { postgresWire } from "../testing/postgres-wire.ts"
import { temporaryDatabase } from "../testing/temporary-database.ts"
import { openDatabase } from "./database.ts"
import { isDatabaseUnreachable } from "./unreachable.ts"

describe("a database that can't serve", () => {
  it("is known by its errors, whichever way it was asked", async () => {
    await using place = await temporaryDatabase()
    await using wire = await postgresWire(place.appUrl)
    await using database = openDatabase({ url: wire.url })
    await database.pool.query("SELECT 1")
    wire.become("cut")
    for (const ask of [
      () => database.pool.query("SELECT 1"),
      () => database.prisma.installation.findFirst(),
      () => database.prisma.$transaction((tx) => tx.installation.findFirst()),
    ]) {
      const error: unknown = await ask().catch((thrown: unknown) => thrown)
      expect([isDatabaseUnreachable(error), String(error)]).toEqual([true, expect.any(String)])
    }
  })

  it("isn't seen in errors of ours, nor in a refusal of a row", async () => {
    await using place = await temporaryDatabase()
    const client = new pg.Client({ connectionString: place.ownerUrl })
    await client.connect()
    const error: unknown = await client.query("SELECT 1 / 0").catch((thrown: unknown) => thrown)
    await client.end()
    expect([error, new Error("Connection"), { code: "P2002" }, null].map(isDatabaseUnreachable)).toEqual(
      Array.from({ length: 4 }, () => false),
    )
  })
})
