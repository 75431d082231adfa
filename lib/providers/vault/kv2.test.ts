import { inspect } from "node:util"
import { describe, expect, it } from "vitest"
import { expose, Secret } from "../../secret.ts"
import { aKvV2Store, type TestVaultStore } from "../../testing/a-vault-store.ts"
import { type Fault, type FaultLayer, faultLayer } from "../../testing/fault-layer.ts"
import { faults } from "../../testing/faults.ts"
import type { KvV2 } from "../../testing/openbao-client.ts"
import { remoteHost } from "../../testing/remote-host.ts"
import { ownName } from "../../testing/shared-openbao.ts"
import type { Place, RemoteHost, SecretStore, VersionKey } from "../provider.ts"

const organizationId = crypto.randomUUID()

function aPlace(store: SecretStore, name = "DB_PASSWORD"): Place {
  const secretId = crypto.randomUUID()
  const location = store.locate({ secretId, scope: "acme.payments.prod", vault: "default", name })
  return { organizationId, secretId, location, field: null }
}

async function write(
  store: SecretStore,
  place: Place,
  value: string | Uint8Array,
  after: number | null,
): Promise<number> {
  const secret = typeof value === "string" ? Secret.fromText(value) : Secret.fromBytes(value)
  const operationId = crypto.randomUUID()
  const version = { number: 1, value: secret, operationId, after: after === null ? null : String(after) }
  return Number((await store.write(place, version)).backendVersion)
}

async function read(store: SecretStore, place: Place, version: number | "latest" = "latest"): Promise<string> {
  const { value } = await store.read(place, version === "latest" ? version : key(version))
  return Buffer.from(expose(value)).toString()
}

const key = (number: number): VersionKey => ({ number, backendVersion: String(number) })

describe("what another client sees in KV v2", () => {
  it("is names as people write them, one field with the value as it is, and our marker", async () => {
    await using at = await aKvV2Store()
    const host = remoteHost({ token: at.server.rootToken })
    const store = at.open(host)
    const names = ["DB_PASSWORD", "api-key", ".env", "Stripe.Key"]
    for (const name of names) await write(store, aPlace(store, name), `  ${name}\n "&<>" \0`, null)
    const folder = "team/app/acme.payments.prod/default"
    expect(await at.kv.listAll()).toEqual(names.map((name) => `${folder}/${name}`).toSorted())
    for (const name of names) expect(await at.kv.get(`${folder}/${name}`)).toEqual({ value: `  ${name}\n "&<>" \0` })

    const place = aPlace(store, "MARKED")
    await write(store, place, "x", null)
    expect((await at.kv.metadata(place.location))?.custom_metadata).toEqual({
      managed_by: "strongroom",
      strongroom_instance: host.instanceId,
      strongroom_organization: organizationId,
      strongroom_secret: place.secretId,
    })
  })

  it("is a place of its own for a name that can't stand there as it is, or that is taken", async () => {
    await using at = await aKvV2Store()
    const wanted = { secretId: "0190-id", scope: "acme", vault: "default" }
    expect(at.store.locate({ ...wanted, name: "a..b..." })).toBe("team/app/acme/default/a_b_~0190-id")
    expect(at.store.locate({ ...wanted, name: "KEY", isTaken: true })).toBe("team/app/acme/default/KEY~0190-id")
    expect(at.open(undefined, { prefix: "" }).locate({ ...wanted, name: "KEY" })).toBe("acme/default/KEY")
  })

  it("is base64 for bytes that aren't text", async () => {
    await using at = await aKvV2Store()
    const place = aPlace(at.store)
    await write(at.store, place, Uint8Array.of(0xff, 0, 0xfe), null)
    expect(await at.kv.get(place.location)).toEqual({ value: "/wD+", encoding: "base64" })
    await at.kv.put(place.location, { value: "not base64!", encoding: "base64" })
    await expect(at.store.read(place, "latest")).rejects.toMatchObject({ class: "damaged" })
  })

  it("is every version that we say is there, with its state, and nothing else", async () => {
    await using at = await aKvV2Store()
    const place = aPlace(at.store)
    for (const each of [0, 1, 2]) await write(at.store, place, `value ${each}`, each === 0 ? null : each)
    await at.store.trash?.deleteVersions(place, [key(1)])
    await at.store.remove(place, [key(2)])
    const seen = await at.kv.metadata(place.location)
    expect(seen?.versions["1"]).toMatchObject({ destroyed: false, deletion_time: expect.stringMatching(/./) })
    expect(seen?.versions["2"]).toMatchObject({ destroyed: true })
    expect(seen?.versions["3"]).toMatchObject({ destroyed: false, deletion_time: "" })
    expect(await at.kv.get(place.location, 3)).toEqual({ value: "value 2" })
    await at.store.remove(place, "all")
    expect(await at.kv.listAll()).toEqual([])
  })
})

describe("a mount that was KV v1", () => {
  it("has our old marker beside a value, and not in it", async () => {
    await using at = await aKvV2Store()
    const place = aPlace(at.store)
    const mark = [remoteHost({}).instanceId, organizationId, place.secretId, crypto.randomUUID()].join("/")
    await at.kv.put(place.location, { value: "x", strongroom: mark })
    expect(await read(at.store, place)).toBe("x")
    await at.store.adoption?.mark(place)
    expect(await write(at.store, place, "y", 1)).toBe(2)
    expect(await at.kv.get(place.location)).toEqual({ value: "y" })
    await at.kv.put(place.location, { value: "x", strongroom: "a field of theirs" })
    expect(await read(at.store, place)).toBe('{"strongroom":"a field of theirs","value":"x"}')
  })
})

describe("what somebody changes in KV v2", () => {
  it("is seen as it is: written, deleted, destroyed, brought back, gone", async () => {
    await using at = await aKvV2Store()
    const place = aPlace(at.store)
    await write(at.store, place, "ours", null)
    const states = async () =>
      (await at.store.describe(place)).versions.map(({ backendVersion, state }) => `${backendVersion ?? ""} ${state}`)
    await at.kv.put(place.location, { value: "theirs" })
    expect(await states()).toEqual(["1 held", "2 held"])
    expect(await read(at.store, place)).toBe("theirs")
    await at.kv.delete(place.location)
    expect(await states()).toEqual(["1 held", "2 deleted"])
    await at.kv.undelete(place.location, 2)
    expect(await states()).toEqual(["1 held", "2 held"])
    await at.kv.destroy(place.location, 1)
    expect(await states()).toEqual(["1 destroyed", "2 held"])
    await expect(write(at.store, place, "three", 1)).rejects.toMatchObject({ class: "conflict" })
    await at.kv.purge(place.location)
    expect(await at.store.describe(place)).toEqual({ managedBy: "nobody", versions: [] })
    await expect(write(at.store, place, "three", 2)).rejects.toMatchObject({ class: "conflict" })
    await at.kv.put(place.location, { value: "theirs again" })
    // The number is one that we know, but what is there isn't ours any more.
    await expect(write(at.store, place, "three", 1)).rejects.toMatchObject({ class: "not_managed" })
  })

  it("is taken over when its mark is ours, however many versions the engine forgets", async () => {
    await using at = await aKvV2Store()
    await at.kv.configure({ max_versions: 2 })
    const place = aPlace(at.store)
    for (const each of [0, 1, 2]) await write(at.store, place, `value ${each}`, each === 0 ? null : each)
    const { versions } = await at.store.describe(place)
    expect(versions.map(({ backendVersion }) => backendVersion)).toEqual(["2", "3"])
    await expect(at.store.read(place, key(1))).rejects.toMatchObject({ class: "not_found" })
    await expect(at.store.trash?.restoreVersions(place, [key(1)])).rejects.toMatchObject({ class: "not_found" })
  })

  it("isn't deleted before the time that the engine has set for it", async () => {
    await using at = await aKvV2Store()
    await at.kv.configure({ delete_version_after: "1h" })
    const place = aPlace(at.store)
    await write(at.store, place, "x", null)
    expect((await at.kv.metadata(place.location))?.versions["1"]?.deletion_time).not.toBe("")
    expect((await at.store.describe(place)).versions).toMatchObject([{ state: "held" }])
    expect(await read(at.store, place)).toBe("x")
  })

  it("may ask for a compare-and-set: we always do", async () => {
    await using at = await aKvV2Store()
    await at.kv.configure({ cas_required: true })
    const place = aPlace(at.store)
    await write(at.store, place, "one", null)
    await write(at.store, place, "two", 1)
    expect(await read(at.store, place)).toBe("two")
  })

  it("is no obstacle when it is an empty place with a mark of ours: a write that broke off has left it", async () => {
    await using at = await aKvV2Store()
    const [first, second] = [aPlace(at.store), aPlace(at.store)]
    await write(at.store, first, "x", null)
    const { custom_metadata } = (await at.kv.metadata(first.location)) ?? expect.unreachable()
    await at.kv.purge(first.location)
    await at.kv.setMetadata(first.location, { custom_metadata })
    expect(await at.store.describe(second)).toEqual({ managedBy: "others", markedFor: first.secretId, versions: [] })
    await write(at.store, second, "y", null)
    expect(await at.store.describe(second)).toMatchObject({ managedBy: "us", versions: [{ backendVersion: "1" }] })
  })

  it("is a secret and a folder of one name", async () => {
    await using at = await aKvV2Store()
    for (const name of ["x", "x/y", "x-z", "x/y/z"]) await at.kv.put(`team/app/${name}`, { value: name })
    const found: string[] = []
    let cursor: string | null = null
    do {
      const page = await at.store.list(organizationId, { cursor, limit: 1 })
      found.push(...page.items.map(({ location }) => location))
      cursor = page.nextCursor
    } while (cursor !== null)
    expect(found).toEqual(["team/app/x", "team/app/x-z", "team/app/x/y", "team/app/x/y/z"])
  })

  it("is left out of lists when another organization of ours keeps it", async () => {
    await using at = await aKvV2Store()
    const place = { ...aPlace(at.store), organizationId: crypto.randomUUID() }
    await write(at.store, place, "x", null)
    expect((await at.store.list(organizationId, { cursor: null, limit: 9 })).items).toEqual([])
    expect((await at.store.list(place.organizationId, { cursor: null, limit: 9 })).items).toHaveLength(1)
  })
})

describe("what lies outside of the prefix", () => {
  it("isn't asked for, whatever a binding says", async () => {
    await using at = await aKvV2Store()
    await at.kv.put("team/other/x", { value: "theirs" })
    await at.kv.put("team/app2", { value: "theirs" })
    const outside = [
      "team/other/x",
      "team/app2",
      "team/app",
      "team",
      "team/app/../other/x",
      "team/app//x",
      "",
      "/team/app/x",
    ]
    for (const location of outside) {
      const place = { ...aPlace(at.store), location }
      await expect(at.store.read(place, "latest")).rejects.toMatchObject({ class: "misconfigured" })
      await expect(write(at.store, place, "x", null)).rejects.toMatchObject({ class: "misconfigured" })
      await expect(at.store.adoption?.fieldsOf(location)).rejects.toMatchObject({ class: "misconfigured" })
      expect(at.store.adoption?.isInside(location, "")).toBe(false)
    }
    for (const folder of ["..", "../other", "a/../../other"]) {
      await expect(at.store.adoption?.browse(folder, { cursor: null, limit: 9 })).rejects.toMatchObject({
        class: "invalid",
      })
    }
    expect(await at.kv.listAll()).toEqual(["team/app2", "team/other/x"])
  })
})

describe("one field of others' secret", () => {
  const config = { user: "app", password: "old", port: 5432, nested: { a: [1] }, empty: "" }

  async function adopted(at: TestVaultStore<KvV2>, store: SecretStore = at.store): Promise<Place> {
    const location = "team/app/config"
    await at.kv.put(location, config)
    await at.kv.setMetadata(location, { custom_metadata: { owner: "payments" }, max_versions: 7 })
    const place = { ...aPlace(store), location, field: "password" }
    await store.adoption?.mark(place)
    return place
  }

  it("is changed by itself: the other fields and their metadata stay as they are", async () => {
    await using at = await aKvV2Store()
    const place = await adopted(at)
    expect((await at.store.describe(place)).managedBy).toBe("us")
    expect(await read(at.store, place)).toBe("old")
    expect(await write(at.store, place, "new", 1)).toBe(2)
    expect(await at.kv.get(place.location)).toEqual({ ...config, password: "new" })
    expect(await read(at.store, place, 1)).toBe("old")
    const metadata = await at.kv.metadata(place.location)
    expect(metadata).toMatchObject({ max_versions: 7, custom_metadata: { owner: "payments" } })
    expect(metadata?.custom_metadata).not.toHaveProperty("managed_by")
  })

  it("is changed just so where the policy knows no patch", async () => {
    await using at = await aKvV2Store()
    const policy = ownName("policy")
    const { mount } = at.settings
    const all = `["create", "read", "update", "list"]`
    await at.root.writePolicy(
      policy,
      ["data", "metadata"].map((kind) => `path "${mount}/${kind}/*" { capabilities = ${all} }`).join("\n"),
    )
    const { token } = await at.root.createToken({ policies: [policy] })
    const store = at.open(remoteHost({ token }))
    const place = await adopted(at, store)
    expect(await store.adoption?.fieldsOf(place.location)).toEqual(Object.keys(config).toSorted())
    await write(store, place, "new", 1)
    expect(await at.kv.get(place.location)).toEqual({ ...config, password: "new" })
    expect(await at.kv.metadata(place.location)).toMatchObject({
      max_versions: 7,
      custom_metadata: { owner: "payments" },
    })
    await store.remove(place, "all")
    expect(await at.kv.get(place.location)).toEqual({ user: "app", port: 5432, nested: { a: [1] }, empty: "" })
  })

  it("isn't written over what came after the version that we know of", async () => {
    await using at = await aKvV2Store()
    const place = await adopted(at)
    await at.kv.patch(place.location, { user: "other" })
    for (const after of [1, null, 9])
      await expect(write(at.store, place, "new", after)).rejects.toMatchObject({ class: "conflict" })
    await write(at.store, place, "new", 2)
    expect(await at.kv.get(place.location)).toEqual({ ...config, user: "other", password: "new" })
  })

  it("is read as JSON where it isn't text, and takes text alone", async () => {
    await using at = await aKvV2Store()
    const place = await adopted(at)
    const read = async (field: string) =>
      Buffer.from(expose((await at.store.read({ ...place, field }, "latest")).value)).toString()
    expect([await read("port"), await read("nested"), await read("empty")]).toEqual(["5432", '{"a":[1]}', ""])
    await expect(write(at.store, place, Uint8Array.of(0xff), 1)).rejects.toMatchObject({ class: "invalid" })
  })

  it("is one secret's: another can't take it, and another field is free", async () => {
    await using at = await aKvV2Store()
    const place = await adopted(at)
    const another = { ...place, secretId: crypto.randomUUID() }
    expect((await at.store.describe(another)).managedBy).toBe("others")
    await expect(at.store.adoption?.mark(another)).rejects.toMatchObject({ class: "not_managed" })
    await expect(write(at.store, another, "x", 1)).rejects.toMatchObject({ class: "not_managed" })
    const whole = { ...another, field: null }
    await expect(at.store.adoption?.mark(whole)).rejects.toMatchObject({ class: "not_managed" })
    const user = { ...another, field: "user" }
    await at.store.adoption?.mark(user)
    await write(at.store, user, "other", 1)
    expect((await at.store.describe(place)).managedBy).toBe("us")
  })

  it("is taken away without the others, whose earlier versions aren't ours to destroy", async () => {
    await using at = await aKvV2Store()
    const place = await adopted(at)
    await write(at.store, place, "new", 1)
    for (const refused of [at.store.remove(place, [key(1)]), at.store.trash?.deleteVersions(place, [key(1)])]) {
      await expect(refused).rejects.toMatchObject({ class: "unsupported" })
    }
    await at.store.remove(place, "all")
    expect(await at.kv.get(place.location)).toEqual({ user: "app", port: 5432, nested: { a: [1] }, empty: "" })
    expect((await at.kv.metadata(place.location))?.custom_metadata).toEqual({ owner: "payments" })
    expect((await at.store.describe(place)).managedBy).toBe("nobody")
  })

  it("isn't taken over where somebody else's tool has marked the whole", async () => {
    await using at = await aKvV2Store()
    const location = "team/app/config"
    await at.kv.put(location, config)
    await at.kv.setMetadata(location, { custom_metadata: { managed_by: "external-secrets" } })
    for (const field of ["password", null]) {
      const place = { ...aPlace(at.store), location, field }
      expect((await at.store.describe(place)).managedBy).toBe("others")
      await expect(at.store.adoption?.mark(place)).rejects.toMatchObject({ class: "not_managed" })
    }
  })
})

describe("trouble between us and KV v2", () => {
  const soon = (host: RemoteHost): RemoteHost => ({
    ...host,
    fetch: (request) => host.fetch({ ...request, timeoutMs: 300 }),
  })

  async function withTrouble(
    work: (at: TestVaultStore<KvV2>, layer: FaultLayer, store: SecretStore) => Promise<void>,
  ): Promise<void> {
    await using at = await aKvV2Store()
    await using layer = await faultLayer(at.server.plainAddress, { root: at.server.root })
    const store = at.open(soon(remoteHost({ token: at.server.rootToken })), { address: layer.address })
    await work(at, layer, store)
  }

  const cases: [string, Fault, { write: string; read: string; written: number }][] = [
    ["refused", faults.refused, { write: "unavailable", read: "unavailable", written: 0 }],
    ["reset before", faults.resetBefore, { write: "outcome_unknown", read: "unavailable", written: 0 }],
    ["reset after", faults.resetAfter, { write: "outcome_unknown", read: "unavailable", written: 1 }],
    ["hang before", faults.hangBefore, { write: "outcome_unknown", read: "timeout", written: 0 }],
    ["hang after", faults.hangAfter, { write: "outcome_unknown", read: "timeout", written: 1 }],
    ["slow body", faults.slowBody(), { write: "outcome_unknown", read: "timeout", written: 1 }],
    ["truncated", faults.truncated, { write: "outcome_unknown", read: "unavailable", written: 1 }],
    ["a page with 200", faults.html(200), { write: "outcome_unknown", read: "unavailable", written: 0 }],
    ["a page with 502", faults.html(502), { write: "outcome_unknown", read: "unavailable", written: 0 }],
    ["429", faults.throttled, { write: "rate_limited", read: "rate_limited", written: 0 }],
    ["500", faults.internalError, { write: "outcome_unknown", read: "unavailable", written: 0 }],
    ["500 after", faults.internalErrorAfter, { write: "outcome_unknown", read: "unavailable", written: 1 }],
    ["503 sealed", faults.sealed, { write: "sealed", read: "sealed", written: 0 }],
    ["307", faults.redirected, { write: "misconfigured", read: "misconfigured", written: 0 }],
    ["412", faults.indexMissing, { write: "unavailable", read: "unavailable", written: 0 }],
    ["11 MB", faults.tooBig(), { write: "outcome_unknown", read: "unavailable", written: 1 }],
  ]

  it.each(cases)(
    "%s: a write and a read end as documented, and nothing is written twice",
    async (_, fault, expected) => {
      await withTrouble(async (at, layer, store) => {
        const kept = aPlace(store, "KEPT")
        await write(store, kept, "canary-kept", null)
        const place = aPlace(store, "WRITTEN")
        const when = fault.port === undefined ? { method: "POST", path: /\/data\// } : undefined
        await layer.play(fault, when)
        const failed: unknown = await write(store, place, "canary-written", null).catch((reason: unknown) => reason)
        expect(failed).toMatchObject({ name: "ProviderError", class: expected.write })
        await layer.clear()
        const { versions } = await store.describe(place)
        expect(versions).toHaveLength(expected.written)
        expect(Object.keys((await at.kv.metadata(place.location))?.versions ?? {})).toHaveLength(expected.written)

        await layer.play(fault)
        const unread: unknown = await store.read(kept, "latest").catch((reason: unknown) => reason)
        expect(unread).toMatchObject({ name: "ProviderError", class: expected.read })
        const undescribed: unknown = await store.describe(kept).catch((reason: unknown) => reason)
        expect(undescribed).toMatchObject({ name: "ProviderError", class: expected.read })
        const unlisted: unknown = await store
          .list(organizationId, { cursor: null, limit: 9 })
          .catch((reason: unknown) => reason)
        expect(unlisted).toMatchObject({ name: "ProviderError", class: expected.read })
        await layer.clear()
        expect(await read(store, kept)).toBe("canary-kept")
        expect(inspect([failed, unread, undescribed, unlisted], { depth: 9, showHidden: true })).not.toMatch(
          /canary|root-/,
        )
      })
    },
  )

  it("says when to try again, and isn't made to wait for longer than five minutes", async () => {
    await withTrouble(async (_, layer, store) => {
      const place = aPlace(store)
      for (const [said, seconds] of [
        ["7", 7],
        ["86400", 300],
        ["soon", undefined],
      ] as const) {
        await layer.play(faults.throttledWith(said))
        const error: unknown = await store.describe(place).catch((reason: unknown) => reason)
        expect(error).toMatchObject({ class: "rate_limited", retryAfterSeconds: seconds })
        await layer.clear()
      }
    })
  })

  it("waits for a server that lags behind our last write", async () => {
    await withTrouble(async (_, layer, store) => {
      const place = aPlace(store)
      await layer.play(faults.indexMissing, { times: 2 })
      await write(store, place, "x", null)
      expect(await read(store, place)).toBe("x")
    })
  })

  it("is no absence when the mount is gone, or the namespace", async () => {
    await using at = await aKvV2Store({ inNamespace: true })
    const place = aPlace(at.store)
    await write(at.store, place, "x", null)
    const lost = [at.open(undefined, { mount: "nowhere" }), at.open(undefined, { namespace: "nowhere" })]
    for (const store of lost) {
      await expect(store.describe(place)).rejects.toMatchObject({ class: "misconfigured" })
      await expect(store.read(place, key(1))).rejects.toMatchObject({ class: "misconfigured" })
      await expect(store.list(organizationId, { cursor: null, limit: 9 })).rejects.toMatchObject({
        class: "misconfigured",
      })
      await expect(store.adoption?.fieldsOf(place.location)).rejects.toMatchObject({ class: "misconfigured" })
      await expect(store.remove(place, "all")).rejects.toMatchObject({ class: "misconfigured" })
      await expect(write(store, place, "x", null)).rejects.toMatchObject({ class: "misconfigured" })
    }
  })

  it("judges a deletion by the server's clock, not by ours", async () => {
    await withTrouble(async (_, layer, store) => {
      const place = aPlace(store)
      await write(store, place, "x", null)
      await store.trash?.deleteVersions(place, [key(1)])
      await layer.play(faults.clockSkew(-3600))
      expect((await store.describe(place)).versions).toMatchObject([{ state: "held" }])
      await layer.clear()
      expect((await store.describe(place)).versions).toMatchObject([{ state: "deleted" }])
    })
  })

  it("never takes another version's answer for the one that it asked for", async () => {
    await withTrouble(async (_, layer, store) => {
      const place = aPlace(store)
      await write(store, place, "one", null)
      await write(store, place, "two", 1)
      // A cache in between that forgets the query.
      const withoutQuery: Fault = {
        name: "without query",
        react: async (exchange) => exchange.answer(replaceVersion(await exchange.apply())),
      }
      await layer.play(withoutQuery)
      await expect(store.read(place, key(1))).rejects.toMatchObject({ class: "damaged" })
    })
  })
})

function replaceVersion<Reply extends { body: Buffer; headers: unknown }>(reply: Reply): Reply {
  const body = Buffer.from(reply.body.toString().replace('"version":1', '"version":2'))
  return { ...reply, body }
}
