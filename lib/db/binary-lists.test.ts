import { randomUUID } from "node:crypto"
import { expect, it } from "vitest"
import { temporaryDatabase } from "../testing/temporary-database.ts"
import { bigints, byteas, ints, texts, times, uuids } from "./binary-lists.ts"
import { type Database, openDatabase } from "./database.ts"

/** What Postgres makes of a list: its elements as text. */
async function takenBy({ pool }: Database, list: Buffer, type: string): Promise<(string | null)[]> {
  const { rows } = await pool.query<{ taken: (string | null)[] }>(`SELECT $1::${type}[]::text[] AS taken`, [list])
  return rows[0]?.taken ?? []
}

it("arrives as it was given, whatever repeats in it and whatever is absent", async () => {
  await using temporary = await temporaryDatabase()
  await using database = openDatabase({ url: temporary.appUrl })
  const [one, two] = [randomUUID(), randomUUID()]
  const ids = [one, one, null, one, two, two, two, one, null, null, two]
  expect(await takenBy(database, uuids(ids), "uuid")).toEqual(ids)
  const words = ["a", "a", null, "", "ü€😀", "a", "ü€😀"]
  expect(await takenBy(database, texts(words), "text")).toEqual(words)
  expect(await takenBy(database, ints([1, null, -1, 1]), "int4")).toEqual(["1", null, "-1", "1"])
  expect(await takenBy(database, bigints([1n, 2n ** 62n]), "int8")).toEqual(["1", String(2n ** 62n)])
  expect(await takenBy(database, byteas([Uint8Array.of(), Uint8Array.of(0, 255)]), "bytea")).toEqual(["\\x", "\\x00ff"])
  const at = times([new Date("2026-11-22T10:20:30.456Z")])
  expect(await takenBy(database, at, "timestamptz")).toEqual(["2026-11-22 10:20:30.456+00"])
  expect(await takenBy(database, uuids([]), "uuid")).toEqual([])
})

it("has no UUID in it that isn't one, also where it stands twice", async () => {
  await using temporary = await temporaryDatabase()
  await using database = openDatabase({ url: temporary.appUrl })
  for (const wrong of ["", "x", randomUUID().replace(/.$/, "g")]) {
    await expect(takenBy(database, uuids([wrong, wrong]), "uuid")).rejects.toThrow("insufficient data left in message")
  }
})
