/** Secrets in a real OpenBao, through the real provider; an independent client says what is there. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { aHouse, aRequest, type TestHouse, type TestOrganization } from "../testing/a-house.ts"
import { registerVault } from "../testing/a-registered-vault.ts"
import { type FaultLayer, faultLayer } from "../testing/fault-layer.ts"
import { faults } from "../testing/faults.ts"
import type { KvV1, KvV2 } from "../testing/openbao-client.ts"
import { aKvV1Mount, aKvV2Mount, type KvMount } from "../testing/shared-openbao.ts"
import type { PersonCaller } from "./caller.ts"
import { observe } from "./drift.ts"
import { reconcile } from "./reconcile.ts"

let house: TestHouse
let acme: TestOrganization
let lead: PersonCaller
let token: string
let kv2: KvMount<KvV2>
let kv1: KvMount<KvV1>

const two = { scope: "acme.payments", vault: "default" }
const one = { scope: "acme.data", vault: "default" }

beforeAll(async () => {
  house = await aHouse()
  acme = await house.organization("acme")
  lead = await house.person(acme, { role: "admin", at: "acme", name: "Lea" })
  const grants = [{ at: two.scope }, { at: one.scope }]
  ;({ token } = await house.machine(acme, { at: "acme", grants }))
  kv2 = await aKvV2Mount()
  kv1 = await aKvV1Mount()
  await useFor(two.scope, "vault-two", kv2, 2)
  await useFor(one.scope, "vault-one", kv1, 1)
})

afterAll(async () => {
  await house[Symbol.asyncDispose]()
  await kv2[Symbol.asyncDispose]()
  await kv1[Symbol.asyncDispose]()
})

describe("a team's secret in KV v2", () => {
  it("is written, read, rolled back, deleted, restored and destroyed there, as the page says", async () => {
    const secret = "LIFE"
    const made = await house.call("createSecret", lead, { ...two, name: secret, value: "one" })
    expect(made.secret.keptAt).toBe("acme.payments/default/LIFE")
    await house.call("writeVersion", lead, { ...two, secret, value: "two" })
    await house.call("rollBack", lead, { ...two, secret, version: 1 })
    expect(await valueAt(secret)).toBe("one")
    expect(await readOf(two, secret)).toMatchObject({ value: "one", version: 3 })
    await house.call("deleteVersion", lead, { ...two, secret, version: 3 })
    expect(await valueAt(secret)).toBeUndefined()
    await expect(readOf(two, secret)).rejects.toMatchObject({ code: "gone" })
    await house.call("restoreVersion", lead, { ...two, secret, version: 3 })
    expect(await valueAt(secret)).toBe("one")
    await house.call("destroyVersion", lead, { ...two, secret, version: 2, confirm: secret })
    const metadata = await kv2.kv.metadata(`acme.payments/default/${secret}`)
    const isDestroyed = Object.values(metadata?.versions ?? {}).map(({ destroyed }) => destroyed)
    expect(isDestroyed).toEqual([false, true, false])
    expect(await look(made.secret.id)).toBe("unchanged")
    await house.call("destroySecret", lead, { ...two, secret, confirm: secret })
    expect(await kv2.kv.metadata(`acme.payments/default/${secret}`)).toBeUndefined()
  })

  it("shows what others did there, and its machines get what they rotated", async () => {
    const secret = "ROTATED"
    const made = await house.call("createSecret", lead, { ...two, name: secret, value: "one" })
    await kv2.kv.put(`acme.payments/default/${secret}`, { value: "rotated" })
    expect(await readOf(two, secret)).toMatchObject({ value: "rotated", version: 2 })
    expect(await house.call("describeSecret", lead, { ...two, secret })).toMatchObject({
      currentVersion: 2,
      ownership: "managed",
      marks: expect.arrayContaining(["drifted"]),
    })
    await kv2.kv.delete(`acme.payments/default/${secret}`, 1)
    expect(await look(made.secret.id)).toBe("changed")
    expect(await statesOf(two, secret)).toEqual(["2 changed_at_backend enabled", "1 typed deleted"])
    await kv2.kv.purge(`acme.payments/default/${secret}`)
    expect(await look(made.secret.id)).toBe("changed")
    expect(await statesOf(two, secret)).toEqual(["2 changed_at_backend forgotten", "1 typed forgotten"])
    await house.call("writeVersion", lead, { ...two, secret, value: "anew" })
    expect(await readOf(two, secret)).toMatchObject({ value: "anew", version: 3 })
    expect(await look(made.secret.id)).toBe("unchanged")
  })

  it("isn't written over what somebody wrote there meanwhile, nor created where somebody's lies", async () => {
    await house.call("createSecret", lead, { ...two, name: "CAS", value: "one" })
    await kv2.kv.put("acme.payments/default/CAS", { value: "theirs" })
    const written = house.call("writeVersion", lead, { ...two, secret: "CAS", value: "two" })
    await expect(written).rejects.toMatchObject({ code: "conflict", message: /changed where it is kept/ })
    await kv2.kv.put("acme.payments/default/THEIRS", { value: "theirs" })
    const created = house.call("createSecret", lead, { ...two, name: "THEIRS", value: "ours" })
    await expect(created).rejects.toMatchObject({ code: "conflict", message: /Adopt it/ })
    expect(await valueAt("THEIRS")).toBe("theirs")
  })

  it("keeps what the mount keeps, and says which versions are gone", async () => {
    const secret = "MANY"
    const made = await house.call("createSecret", lead, { ...two, name: secret, value: "1" })
    for (let number = 2; number <= 12; number++) {
      await house.call("writeVersion", lead, { ...two, secret, value: String(number) })
    }
    await look(made.secret.id)
    const states = await statesOf(two, secret)
    expect(states.slice(-3)).toEqual(["3 typed enabled", "2 typed forgotten", "1 typed forgotten"])
    expect(await house.call("describeSecret", lead, { ...two, secret })).toMatchObject({ driftedAt: null })
    await expect(readOf(two, secret, 1)).rejects.toMatchObject({ code: "gone" })
  })
})

describe("a team's secret in KV v1", () => {
  it("has a history of writes, and the newest value alone", async () => {
    const secret = "LIFE"
    const made = await house.call("createSecret", lead, { ...one, name: secret, value: "one" })
    await house.call("writeVersion", lead, { ...one, secret, value: "two" })
    expect(await readOf(one, secret)).toMatchObject({ value: "two", version: 2 })
    await expect(readOf(one, secret, 1)).rejects.toMatchObject({ code: "gone" })
    const rolled = house.call("rollBack", lead, { ...one, secret, version: 1 })
    await expect(rolled).rejects.toMatchObject({ code: "unsupported" })
    expect(await look(made.secret.id)).toBe("unchanged")
    expect(await statesOf(one, secret)).toEqual(["2 typed enabled", "1 typed forgotten"])
  })

  it("is external once somebody replaced it there, and its machines get what is there", async () => {
    const secret = "REPLACED"
    const made = await house.call("createSecret", lead, { ...one, name: secret, value: "one" })
    await kv1.kv.put(`acme.data/default/${secret}`, { value: "theirs" })
    expect(await look(made.secret.id)).toBe("changed")
    expect(await look(made.secret.id)).toBe("unchanged")
    expect(await readOf(one, secret)).toMatchObject({ value: "theirs", version: 2 })
    const written = house.call("writeVersion", lead, { ...one, secret, value: "two" })
    await expect(written).rejects.toMatchObject({ code: "conflict", message: /Take it over/ })
    expect(await statesOf(one, secret)).toEqual(["2 changed_at_backend enabled", "1 typed forgotten"])
  })

  it("is seen as changed also by who kept our marker beside the value", async () => {
    const secret = "MARKED"
    const made = await house.call("createSecret", lead, { ...one, name: secret, value: "one" })
    const kept = (await kv1.kv.get(`acme.data/default/${secret}`)) ?? {}
    await kv1.kv.put(`acme.data/default/${secret}`, { ...kept, value: "theirs" })
    expect(await look(made.secret.id)).toBe("changed")
    expect(await look(made.secret.id)).toBe("unchanged")
    expect(await readOf(one, secret)).toMatchObject({ value: "theirs", version: 2 })
    await house.call("writeVersion", lead, { ...one, secret, value: "ours" })
    expect(await readOf(one, secret)).toMatchObject({ value: "ours", version: 3 })
  })
})

describe("an ailing Vault", () => {
  const ailing = { scope: "acme.payments.prod", vault: "default" }
  let layer: FaultLayer

  beforeAll(async () => {
    layer = await faultLayer(kv2.server.plainAddress, { root: kv2.server.root })
    await useFor(ailing.scope, "vault-ailing", { ...kv2, server: { ...kv2.server, address: layer.address } }, 2)
    await house.database.prisma.provider.updateMany({ where: { name: "vault-ailing" }, data: { cacheSeconds: 0 } })
  })
  afterEach(() => layer.clear())
  afterAll(() => layer[Symbol.asyncDispose]())

  it("that took a value and said nothing has it found again, once and under its writer's name", async () => {
    const secret = "TAKEN"
    await house.call("createSecret", lead, { ...ailing, name: secret, value: "one" })
    await layer.play(faults.resetAfter, { method: "POST", path: /\/data\// })
    const written = await house.call("writeVersion", lead, { ...ailing, secret, value: "two" })
    expect(written.outcome).toBe("unknown")
    await layer.clear()
    await reconcile(house.house)
    expect(await statesOf(ailing, secret)).toEqual(["2 typed enabled", "1 typed enabled"])
    expect(await readOf(ailing, secret)).toMatchObject({ value: "two", version: 2 })
    expect(Object.keys((await kv2.kv.metadata(`acme.payments.prod/default/${secret}`))?.versions ?? {})).toHaveLength(2)
  })

  it("that never got a value has the write given up, and the next one goes through", async () => {
    const secret = "LOST"
    await house.call("createSecret", lead, { ...ailing, name: secret, value: "one" })
    await layer.play(faults.resetBefore, { method: "POST", path: /\/data\// })
    const written = await house.call("writeVersion", lead, { ...ailing, secret, value: "two" })
    expect(written.outcome).toBe("unknown")
    await layer.clear()
    await house.database.prisma.$executeRaw`UPDATE "Operation" SET "createdAt" = now() - interval '1 minute'`
    await reconcile(house.house)
    expect(await statesOf(ailing, secret)).toEqual(["1 typed enabled"])
    await house.call("writeVersion", lead, { ...ailing, secret, value: "three" })
    expect(await readOf(ailing, secret)).toMatchObject({ value: "three", version: 3 })
  })

  it("is told apart: what was read goes on while it is sealed, marked, and ends when it refuses us", async () => {
    const secret = "STALE"
    await house.call("createSecret", lead, { ...ailing, name: secret, value: "one" })
    expect(await readOf(ailing, secret)).not.toHaveProperty("staleSince")
    await layer.play(faults.sealed)
    expect(await readOf(ailing, secret)).toMatchObject({ value: "one", staleSince: expect.any(String) })
    await layer.play(faults.refused)
    expect(await readOf(ailing, secret)).toMatchObject({ value: "one", staleSince: expect.any(String) })
    await layer.clear()
    await expect.poll(() => readOf(ailing, secret)).not.toHaveProperty("staleSince")
  })

  it("gets one call from 500 clients who ask for one cold secret", async () => {
    const secret = "COLD"
    await house.database.prisma.provider.updateMany({ where: { name: "vault-ailing" }, data: { cacheSeconds: 60 } })
    await house.call("createSecret", lead, { ...ailing, name: secret, value: "one" })
    layer.forget()
    const read = await Promise.all(Array.from({ length: 500 }, () => readOf(ailing, secret)))
    expect(read).toHaveLength(500)
    expect(layer.calls({ path: /\/data\/.*COLD/ })).toHaveLength(1)
  })
})

// --- doing

async function useFor(
  scope: string,
  name: string,
  { server, mount }: KvMount<KvV1 | KvV2>,
  kvVersion: 1 | 2,
): Promise<void> {
  const { address, rootToken } = server
  const id = await registerVault(house, acme, { name, address, token: rootToken, mount, kvVersion })
  await house.database.prisma.scope.updateMany({
    where: { organizationId: acme.id, path: scope },
    data: { defaultProviderId: id },
  })
}

async function readOf(at: typeof two, secret: string, version?: number) {
  const input = { ...at, secret, ...(version !== undefined && { version }) }
  return house.core.call("readValue", { kind: "bearer", token }, input, aRequest())
}

function look(id: string) {
  return observe(house.house, { organizationId: acme.id, id })
}

async function statesOf(at: typeof two, secret: string): Promise<string[]> {
  const { items } = await house.call("listVersions", lead, { ...at, secret })
  return items.map(({ number, origin, state }) => `${number} ${origin} ${state}`)
}

async function valueAt(name: string): Promise<unknown> {
  return (await kv2.kv.get(`acme.payments/default/${name}`))?.value
}
