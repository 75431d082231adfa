import { describe, expect, it } from "vitest"
import { expose, Secret } from "../../secret.ts"
import { aKvV1Store } from "../../testing/a-vault-store.ts"
import { faultLayer } from "../../testing/fault-layer.ts"
import { faults } from "../../testing/faults.ts"
import { remoteHost } from "../../testing/remote-host.ts"
import type { Place, SecretStore } from "../provider.ts"

const organizationId = crypto.randomUUID()

function aPlace(store: SecretStore, name = "DB_PASSWORD"): Place {
  const secretId = crypto.randomUUID()
  const location = store.locate({ secretId, scope: "acme.payments.prod", vault: "default", name })
  return { organizationId, secretId, location, field: null }
}

/** Answers the write's id, which stands for the version. */
async function write(store: SecretStore, place: Place, text: string, after: string | null): Promise<string> {
  const operationId = crypto.randomUUID()
  const receipt = await store.write(place, { number: 1, value: Secret.fromText(text), operationId, after })
  expect(receipt).toEqual({ backendVersion: operationId })
  return operationId
}

async function read(store: SecretStore, place: Place): Promise<string> {
  return Buffer.from(expose((await store.read(place, "latest")).value)).toString()
}

describe("KV v1", () => {
  it("has the value in one field and our marker in another, for every client to see", async () => {
    await using at = await aKvV1Store()
    const host = remoteHost({ token: at.server.rootToken })
    const store = at.open(host)
    const place = aPlace(store)
    const operationId = await write(store, place, " verbatim\n", null)
    expect(place.location).toBe("team/app/acme.payments.prod/default/DB_PASSWORD")
    expect(await at.kv.get(place.location)).toEqual({
      value: " verbatim\n",
      strongroom: `${host.instanceId}/${organizationId}/${place.secretId}/${operationId}`,
    })
    await store.remove(place, "all")
    expect(await at.kv.get(place.location)).toBeUndefined()
  })

  it("keeps the newest value alone: an earlier version is gone, and removing it touches nothing", async () => {
    await using at = await aKvV1Store()
    const place = aPlace(at.store)
    const first = { number: 1, backendVersion: await write(at.store, place, "one", null) }
    const second = { number: 2, backendVersion: await write(at.store, place, "two", first.backendVersion) }
    await expect(at.store.read(place, first)).rejects.toMatchObject({ class: "not_found" })
    await at.store.remove(place, [first])
    expect(await read(at.store, place)).toBe("two")
    await at.store.remove(place, [second])
    expect(await at.kv.get(place.location)).toBeUndefined()
  })

  it("isn't written over when somebody changed it, as far as the marker tells", async () => {
    await using at = await aKvV1Store()
    const place = aPlace(at.store)
    const first = await write(at.store, place, "one", null)
    await at.kv.put(place.location, { value: "theirs" })
    expect(await at.store.describe(place)).toMatchObject({
      managedBy: "nobody",
      versions: [{ operationId: null, backendVersion: null }],
    })
    await expect(write(at.store, place, "two", first)).rejects.toMatchObject({ class: "not_managed" })
    await at.kv.delete(place.location)
    await expect(write(at.store, place, "two", first)).rejects.toMatchObject({ class: "conflict" })
    expect(await at.kv.list("team/app")).toEqual([])
  })

  it("says that it doesn't know when it couldn't look whether a write stayed", async () => {
    await using at = await aKvV1Store()
    await using layer = await faultLayer(at.server.plainAddress)
    const store = at.open(undefined, { address: layer.address })
    const place = aPlace(store)
    await layer.play(faults.internalError, { method: "GET", path: /DB_PASSWORD/, nth: 2 })
    await expect(write(store, place, "one", null)).rejects.toMatchObject({ class: "outcome_unknown" })
    await layer.clear()
    expect((await store.describe(place)).versions).toHaveLength(1)
  })

  it("notices that somebody else wrote at the same moment", async () => {
    await using at = await aKvV1Store()
    await using layer = await faultLayer(at.server.plainAddress)
    const store = at.open(undefined, { address: layer.address })
    const place = aPlace(store)
    const inBetween = {
      name: "in between",
      react: async (exchange: Parameters<NonNullable<typeof faults.resetAfter.react>>[0]) => {
        await at.kv.put(place.location, { value: "theirs" })
        exchange.answer(await exchange.apply())
      },
    }
    await layer.play(inBetween, { method: "GET", path: /DB_PASSWORD/, nth: 2 })
    await expect(write(store, place, "one", null)).rejects.toMatchObject({ class: "conflict" })
    expect(await at.kv.get(place.location)).toEqual({ value: "theirs" })
  })

  it("lets one field of others' secret be read, and not be written", async () => {
    await using at = await aKvV1Store()
    const location = "team/app/config"
    await at.kv.put(location, { user: "app", password: "x" })
    const place = { ...aPlace(at.store), location, field: "password" }
    expect(await read(at.store, place)).toBe("x")
    await expect(at.store.adoption?.mark(place)).rejects.toMatchObject({ class: "unsupported" })
    await expect(write(at.store, place, "y", null)).rejects.toMatchObject({ class: "unsupported" })
    await expect(at.store.remove(place, "all")).rejects.toMatchObject({ class: "unsupported" })
    expect(await at.kv.get(location)).toEqual({ user: "app", password: "x" })
  })

  it("keeps the value of what is adopted, with the marker beside it", async () => {
    await using at = await aKvV1Store()
    const place = { ...aPlace(at.store), location: "team/app/theirs" }
    await at.kv.put(place.location, { value: "AAEC", encoding: "base64" })
    await at.store.adoption?.mark(place)
    expect(await at.kv.get(place.location)).toMatchObject({
      value: "AAEC",
      encoding: "base64",
      strongroom: expect.any(String),
    })
    expect(Buffer.from(expose((await at.store.read(place, "latest")).value))).toEqual(Buffer.of(0, 1, 2))
    const [version] = (await at.store.describe(place)).versions
    await write(at.store, place, "ours", version?.backendVersion ?? null)
    expect(await read(at.store, place)).toBe("ours")
  })
})
