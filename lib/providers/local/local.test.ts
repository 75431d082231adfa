import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { openHouse } from "../../core/open-house.ts"
import { openStores } from "../../core/stores.ts"
import { openDatabase } from "../../db/database.ts"
import { expose, Secret } from "../../secret.ts"
import { aHouse, type TestHouse, type TestOrganization } from "../../testing/a-house.ts"
import type { Place, SecretStore, VersionKey } from "../provider.ts"
import { describeProvider } from "../provider-contract.ts"
import { localEncrypted } from "./local.ts"

describeProvider("local", localEncrypted.capabilities, async () => {
  const house = await aHouse()
  const { id: organizationId } = await house.organization()
  return {
    store: await house.house.stores.of({ organizationId, providerId: null }),
    reopen: async () => {
      const { publicUrl, keyring } = house.house
      const options = { publicUrl, keyring, identityProviders: [], production: false, database: house.database }
      return (await openHouse(options)).stores.of({ organizationId, providerId: null })
    },
    organizationId,
    end: async () => house[Symbol.asyncDispose](),
  }
})

describe("the built-in store", () => {
  let house: TestHouse
  let acme: TestOrganization
  let store: SecretStore
  beforeAll(async () => {
    house = await aHouse()
    acme = await house.organization()
    store = await house.house.stores.of({ organizationId: acme.id, providerId: null })
  })
  afterAll(async () => house[Symbol.asyncDispose]())

  const aPlace = (organizationId: string = acme.id): Place => {
    const secretId = crypto.randomUUID()
    return { organizationId, secretId, location: secretId, field: null }
  }
  const key = (number: number): VersionKey => ({ number, backendVersion: null })
  const write = (place: Place, number: number, text: string) =>
    store.write(place, { number, value: Secret.fromText(text), operationId: crypto.randomUUID(), after: null })

  it("leaves nothing of a value in its row, whatever the encoding", async () => {
    const place = aPlace()
    await write(place, 1, "a canary that nobody should find")
    const row = await house.database.prisma.sealedValue.findFirstOrThrow({ where: { secretId: place.secretId } })
    const stored = Buffer.concat([row.sealed, row.wrappedKey])
    expect(stored.includes("canary")).toBe(false)
    expect(stored.includes(Buffer.from("canary").toString("base64"))).toBe(false)
  })

  it("refuses a ciphertext that was moved to another version, secret or organization, or changed by a bit", async () => {
    const other = await house.organization("other")
    const [from, to, foreign] = [aPlace(), aPlace(), aPlace(other.id)]
    await write(from, 1, "one")
    const { sealedValue } = house.database.prisma
    const row = await sealedValue.findFirstOrThrow({ where: { secretId: from.secretId } })
    const flipped = Buffer.from(row.sealed)
    flipped.writeUInt8(flipped.readUInt8(40) ^ 1, 40)
    await sealedValue.createMany({
      data: [
        { ...row, version: 2 },
        { ...row, secretId: to.secretId },
        { ...row, organizationId: foreign.organizationId, secretId: foreign.secretId },
        { ...row, version: 3, sealed: flipped },
        { ...row, version: 4, sealed: flipped.subarray(0, 50) },
      ],
    })
    const damaged = { name: "ProviderError", class: "damaged" }
    await expect(store.read(from, key(2))).rejects.toMatchObject(damaged)
    await expect(store.read(to, key(1))).rejects.toMatchObject(damaged)
    await expect(store.read(foreign, key(1))).rejects.toMatchObject(damaged)
    await expect(store.read(from, key(3))).rejects.toMatchObject(damaged)
    await expect(store.read(from, key(4))).rejects.toMatchObject(damaged)
    expect(Buffer.from(expose((await store.read(from, key(1))).value)).toString()).toBe("one")
  })

  it("writes and reads many values at once", async () => {
    const places = Array.from({ length: 300 }, () => aPlace())
    await Promise.all(places.map((place, index) => write(place, 1, `value ${index}`)))
    const values = await Promise.all(places.map((place) => store.read(place, key(1))))
    expect(values.map(({ value }) => Buffer.from(expose(value)).toString())).toEqual(
      places.map((_, index) => `value ${index}`),
    )
  })

  it("says that it can't be reached when the database is gone, not that there is nothing", async () => {
    const database = openDatabase({ url: house.ownerUrl.replace(/\/test_[0-9a-f]+/, "/no_such_database") })
    const stores = openStores({ ...house.house, database })
    const place = aPlace()
    const builtIn = await stores.of({ ...place, providerId: null })
    await expect(builtIn.describe(place)).rejects.toThrow()
    await database.close()
  })
})
