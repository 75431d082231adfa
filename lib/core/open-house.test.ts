import pg from "pg"
import { describe, expect, it } from "vitest"
import { Key } from "../crypto/key.ts"
import { Keyring, WrongKeyError } from "../crypto/keyring.ts"
import { openDatabase } from "../db/database.ts"
import { newId } from "../db/ids.ts"
import { expose, Secret } from "../secret.ts"
import { temporaryDatabase } from "../testing/temporary-database.ts"
import type { House } from "./context.ts"
import { openHouse } from "./open-house.ts"
import { makeOrganizationKey } from "./organization-keys.ts"
import { openSealed } from "./sealing.ts"

const options = { publicUrl: "http://localhost:3000", identityProviders: [], production: false }

describe("openHouse", () => {
  it("gives an installation one id, however many processes start it at once", async () => {
    await using temporary = await temporaryDatabase()
    await using database = openDatabase({ url: temporary.appUrl })
    const keyring = new Keyring([{ label: "main", key: Key.random() }])
    const houses = await Promise.all(Array.from({ length: 4 }, () => openHouse({ ...options, database, keyring })))
    expect(new Set(houses.map(({ instanceId }) => instanceId)).size).toBe(1)
  })

  it("refuses a wrong key, names the right one and writes nothing", async () => {
    await using temporary = await temporaryDatabase()
    await using database = openDatabase({ url: temporary.appUrl })
    await openHouse({ ...options, database, keyring: new Keyring([{ label: "main", key: Key.random() }]) })
    const before = await contents(temporary.ownerUrl)

    const wrong = new Keyring([{ label: "main", key: Key.random() }])
    const start = openHouse({ ...options, database, keyring: wrong })
    await expect(start).rejects.toThrow(WrongKeyError)
    await expect(start).rejects.toThrow(/expected key main \(check value [0-9a-f]{8}…\), got main \([0-9a-f]{8}…\)/)
    expect(await contents(temporary.ownerUrl)).toEqual(before)
  })

  it("lets one of two different keys win when two processes start an empty database", async () => {
    await using temporary = await temporaryDatabase()
    await using database = openDatabase({ url: temporary.appUrl })
    const start = async (label: string): Promise<House> =>
      openHouse({ ...options, database, keyring: new Keyring([{ label, key: Key.random() }]) })
    const outcomes = await Promise.allSettled([start("one"), start("two")])
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"])
  })

  it("keeps working under the database's key when another is configured in front of it", async () => {
    await using temporary = await temporaryDatabase()
    await using database = openDatabase({ url: temporary.appUrl })
    const old = { label: "old", key: Key.random() }
    await openHouse({ ...options, database, keyring: new Keyring([old]) })
    const house = await openHouse({
      ...options,
      database,
      keyring: new Keyring([
        { label: "new", key: Key.random() },
        { ...old, label: "renamed" },
      ]),
    })
    expect(house.keyring.active).toEqual(old)
  })
})

describe("an organization's key", () => {
  it("opens in every process that has the key encryption key, and seals for this place alone", async () => {
    await using temporary = await temporaryDatabase()
    await using database = openDatabase({ url: temporary.appUrl })
    const keyring = new Keyring([{ label: "main", key: Key.random() }])
    const house = await openHouse({ ...options, database, keyring })
    const organizationId = newId()
    await database.prisma.$transaction((tx) => makeOrganizationKey(tx, house, organizationId))
    const place = { organizationId, secretId: newId(), location: "here", field: null }
    const store = await house.stores.of({ organizationId, providerId: null })
    await store.write(place, { number: 1, value: Secret.fromText("canary"), operationId: newId(), after: null })

    const other = await openHouse({ ...options, database, keyring })
    const otherStore = await other.stores.of({ organizationId, providerId: null })
    const { value } = await otherStore.read(place, { number: 1, backendVersion: null })
    expect(new TextDecoder().decode(expose(value))).toBe("canary")
    const row = await database.prisma.sealedValue.findFirstOrThrow()
    const moved = await openSealed(other, [row, { ...row, version: 2 }, { ...row, secretId: newId() }])
    expect(moved.map((each) => each instanceof Secret)).toEqual([true, false, false])
  })

  it("is no other organization's", async () => {
    await using temporary = await temporaryDatabase()
    await using database = openDatabase({ url: temporary.appUrl })
    const house = await openHouse({
      ...options,
      database,
      keyring: new Keyring([{ label: "main", key: Key.random() }]),
    })
    await expect(house.organizationKeys.current(newId())).rejects.toThrow("has no key")
  })
})

async function contents(url: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const installation = await client.query(`SELECT * FROM "Installation"`)
    const keys = await client.query(`SELECT * FROM "KeyEncryptionKey"`)
    return [installation.rows, keys.rows]
  } finally {
    await client.end()
  }
}
