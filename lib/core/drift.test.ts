import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import type { SecretStore } from "../providers/provider.ts"
import { aRequest, type TestOrganization } from "../testing/a-house.ts"
import { aRemoteHouse, type RemoteHouse } from "../testing/a-remote-house.ts"
import { aRemoteStore, type RemoteBackend, type RemoteTraits } from "../testing/a-remote-store.ts"
import type { PersonCaller } from "./caller.ts"
import { observe, observeDue } from "./drift.ts"

const at = { scope: "acme.payments", vault: "default" }

let house: RemoteHouse
let acme: TestOrganization
let editor: PersonCaller
let backend: RemoteBackend
let providerId: string
let names = 0

beforeAll(async () => {
  house = await aRemoteHouse()
  acme = await house.inner.organization("acme")
  editor = await house.inner.person(acme, { role: "editor", at: "acme.payments", name: "Alice" })
})
beforeEach(() => use())
afterAll(async () => house[Symbol.asyncDispose]())

describe("what others did at a backend", () => {
  it("is nothing while it is as we left it", async () => {
    const { name, look } = await aSecret("one", "two")
    expect(await look()).toBe("unchanged")
    expect(await statesOf(name)).toEqual(["2 typed enabled", "1 typed enabled"])
    expect(await driftEventsOf(name)).toEqual([])
    expect((await rowOf(name)).observedAt).not.toBeNull()
  })

  it("a version written there becomes the current one, by nobody of ours, with an event and a notice", async () => {
    const { name, look, location } = await aSecret("one")
    const before = await generationOf("acme.payments")
    backend.others.write(location, "theirs, and longer")
    expect(await look()).toBe("changed")
    expect(await statesOf(name)).toEqual(["2 changed_at_backend enabled", "1 typed enabled"])
    const detail = await house.call("describeSecret", editor, { ...at, secret: name })
    expect(detail).toMatchObject({
      currentVersion: 2,
      marks: expect.arrayContaining(["drifted"]),
      isText: true,
      updatedBy: { kind: "system" },
    })
    expect(detail.size).toEqual({ atLeast: 17, atMost: 24 })
    expect(detail.driftedAt).not.toBeNull()
    expect(await driftEventsOf(name)).toEqual([[2, { added: 1, from: 1 }]])
    expect(await generationOf("acme.payments")).toBe(before + 1n)
    expect(await openNoticesOf(name)).toBe(1)
    expect(await look()).toBe("unchanged")
    expect(await driftEventsOf(name)).toHaveLength(1)
  })

  it("several versions appear in their order, each under a number of ours that never was", async () => {
    const { name, look, location } = await aSecret("one", "two")
    await house.inner.database.prisma.secret.updateMany({ where: { name }, data: { nextVersion: 7 } })
    for (const text of ["three", "four"]) backend.others.write(location, text)
    await look()
    expect(await statesOf(name)).toEqual([
      "8 changed_at_backend enabled",
      "7 changed_at_backend enabled",
      "2 typed enabled",
      "1 typed enabled",
    ])
  })

  it("of thousands that a backend claims, the newest are taken down at once, and no connection is held up", async () => {
    await use({ keeps: 3_001 })
    const { name, look, location } = await aSecret("one")
    for (let claimed = 0; claimed < 3_000; claimed++) backend.others.write(location, "theirs")
    expect(await look()).toBe("changed")
    const { id: secretId, currentVersion } = await rowOf(name)
    const tokens = await house.inner.database.prisma.secretVersion.findMany({
      where: { secretId },
      orderBy: { number: "asc" },
      select: { number: true, backendVersion: true },
    })
    expect([tokens.length, currentVersion, tokens[1]?.backendVersion]).toEqual([101, 101, "2902"])
    expect(await look()).toBe("unchanged")
  })

  it("a version that was deleted, brought back or destroyed there is shown as that", async () => {
    const { name, look, location } = await aSecret("one", "two")
    backend.others.set(location, "1", "deleted")
    await look()
    expect(await statesOf(name)).toEqual(["2 typed enabled", "1 typed deleted"])
    backend.others.set(location, "1", "held")
    await look()
    expect(await statesOf(name)).toEqual(["2 typed enabled", "1 typed enabled"])
    backend.others.set(location, "1", "destroyed")
    await look()
    expect(await statesOf(name)).toEqual(["2 typed enabled", "1 typed destroyed"])
    expect(await driftEventsOf(name)).toEqual([
      [2, { deleted: 1 }],
      [2, { enabled: 1 }],
      [2, { destroyed: 1 }],
    ])
  })

  it("a version that somebody disabled here stays disabled, whatever is done there", async () => {
    const { name, look, location } = await aSecret("one", "two")
    await house.call("disableVersion", editor, { ...at, secret: name, version: 1 })
    backend.others.set(location, "1", "deleted")
    await look()
    backend.others.set(location, "1", "held")
    await look()
    expect(await statesOf(name)).toEqual(["2 typed enabled", "1 typed disabled"])
  })

  it("what the backend forgets by itself is no drift", async () => {
    await use({ keeps: 2 })
    const { name, look } = await aSecret("one", "two", "three")
    await look()
    expect(await statesOf(name)).toEqual(["3 typed enabled", "2 typed enabled", "1 typed forgotten"])
    expect((await rowOf(name)).driftedAt).toBeNull()
    expect(await driftEventsOf(name)).toEqual([])
  })

  it("a secret that was removed there stays here, with nothing to read, and is written anew", async () => {
    const { name, look, location } = await aSecret("one", "two")
    backend.others.removeAll(location)
    await look()
    expect(await statesOf(name)).toEqual(["2 typed forgotten", "1 typed forgotten"])
    expect((await rowOf(name)).driftedAt).not.toBeNull()
    await house.call("writeVersion", editor, { ...at, secret: name, value: "three" })
    expect(await statesOf(name)).toEqual(["3 typed enabled", "2 typed forgotten", "1 typed forgotten"])
    expect(await look()).toBe("unchanged")
    expect((await rowOf(name)).driftedAt).toBeNull()
    expect(await openNoticesOf(name)).toBe(0)
  })

  it.each([1, 2, 3])("a history that began anew there isn't taken for ours, with %i versions by now", async (count) => {
    let hours = 0
    await use({ now: () => new Date(Date.now() + hours * 3_600_000) })
    const { name, look, location } = await aSecret("one", "two")
    if (count > 2) hours = 1
    backend.others.removeAll(location)
    for (let each = 1; each <= count; each++) backend.others.write(location, `theirs ${each}`)
    await look({ closely: true })
    const states = await statesOf(name)
    expect(states.slice(-2)).toEqual(["2 typed forgotten", "1 typed forgotten"])
    expect(states.slice(0, -2)).toHaveLength(count)
    expect(await look({ closely: true })).toBe("unchanged")
  })

  it("what others change beside the one field that a secret is isn't a version of it", async () => {
    const { name, look, location } = await aSecret("one")
    await house.inner.database.prisma.secret.updateMany({ where: { name }, data: { field: "password" } })
    backend.others.write(location, "one")
    expect(await look()).toBe("unchanged")
    expect(await statesOf(name)).toEqual(["1 typed enabled"])
    expect((await rowOf(name)).driftedAt).toBeNull()
    expect(await look()).toBe("unchanged")
    await house.call("writeVersion", editor, { ...at, secret: name, value: "two" })
    expect(backend.at(location)?.map(({ text }) => text)).toEqual(["one", "one", "two"])
  })

  it("nothing is concluded while a write of ours is under way", async () => {
    const { name, look } = await aSecret("one")
    let isAt: () => void = () => undefined
    const reached = new Promise<void>((resolve) => {
      isAt = resolve
    })
    const dying = house.another((store: SecretStore) => ({
      ...store,
      write: async (place, version) => {
        await store.write(place, version)
        isAt()
        return new Promise<never>(() => undefined)
      },
    }))
    // Nobody hears how a call of a dead process ended.
    dying.core.callAs("writeVersion", editor, { ...at, secret: name, value: "two" }, aRequest()).catch(() => undefined)
    await reached
    expect(await look()).toBe("busy")
    expect(await statesOf(name)).toEqual(["1 typed enabled"])
  })

  it("is nothing of what another backend at the same address hasn't", async () => {
    const { name, look, location } = await aSecret("one", "two")
    await house.inner.database.prisma.provider.updateMany({ where: { id: providerId }, data: { clusterId: "ours" } })
    let cluster: string | null = "another"
    Object.assign(backend.store, { identity: () => Promise.resolve(cluster) })
    backend.others.removeAll(location)
    await expect(look()).rejects.toMatchObject({ class: "replaced" })
    cluster = null
    await expect(look()).rejects.toMatchObject({ class: "unavailable" })
    expect(await statesOf(name)).toEqual(["2 typed enabled", "1 typed enabled"])
    const { token } = await house.inner.machine(acme, { at: at.scope, grants: [{ at: at.scope }] })
    cluster = "another"
    for (const version of [1, 2]) {
      const read = house.read("readValue", token, { ...at, secret: name, version })
      await expect(read).rejects.toMatchObject({ code: "unavailable" })
    }
    cluster = "ours"
    expect(await look()).toBe("changed")
  })

  it("is written down once, however many look at once", async () => {
    const { name, look, location } = await aSecret("one")
    backend.others.write(location, "theirs")
    const sights = await Promise.all(Array.from({ length: 8 }, () => look()))
    expect(sights.filter((sight) => sight === "changed")).toHaveLength(1)
    expect(await statesOf(name)).toHaveLength(2)
    expect(await driftEventsOf(name)).toHaveLength(1)
  })
})

describe("at a backend without versions", () => {
  beforeEach(() => use({ keepsVersions: false }))

  it("another value is seen by its fingerprint, and only the newest can be read", async () => {
    const { name, look, location } = await aSecret("one")
    expect(await look()).toBe("unchanged")
    backend.others.write(location, "theirs")
    expect(await look()).toBe("changed")
    expect(await statesOf(name)).toEqual(["2 changed_at_backend enabled", "1 typed forgotten"])
    expect(await look()).toBe("unchanged")
  })

  it("what is gone is gone, and what comes back is new", async () => {
    const { name, look, location } = await aSecret("one")
    backend.others.removeAll(location)
    await look()
    expect(await statesOf(name)).toEqual(["1 typed forgotten"])
    backend.others.write(location, "one")
    await look()
    expect(await statesOf(name)).toEqual(["2 changed_at_backend enabled", "1 typed forgotten"])
  })
})

describe("what people do about it", () => {
  it("accept it, if it is still what they looked at", async () => {
    const { name, location } = await aSecret("one")
    backend.others.write(location, "theirs")
    const seen = await house.call("observeSecret", editor, { ...at, secret: name })
    expect(seen).toMatchObject({ currentVersion: 2, marks: expect.arrayContaining(["drifted"]) })
    const early = house.call("acceptDrift", editor, { ...at, secret: name, version: 1 })
    await expect(early).rejects.toMatchObject({ code: "conflict", message: /version 2 by now/ })
    const accepted = await house.call("acceptDrift", editor, { ...at, secret: name, version: 2 })
    expect(accepted).toMatchObject({
      currentVersion: 2,
      driftedAt: null,
      marks: expect.not.arrayContaining(["drifted"]),
    })
    expect(await openNoticesOf(name)).toBe(0)
    const again = house.call("acceptDrift", editor, { ...at, secret: name, version: 2 })
    await expect(again).rejects.toMatchObject({ code: "conflict" })
  })

  it("put it back by rolling back", async () => {
    const { name, look, location } = await aSecret("one")
    backend.others.write(location, "theirs")
    await look()
    await house.call("rollBack", editor, { ...at, secret: name, version: 1 })
    expect(backend.at(location)?.map(({ text }) => text)).toEqual(["one", "theirs", "one"])
    expect((await rowOf(name)).driftedAt).toBeNull()
    expect(await openNoticesOf(name)).toBe(0)
  })

  it("hear that the backend doesn't answer, instead of that all is well", async () => {
    const { name } = await aSecret("one")
    backend.failing = "sealed"
    const looked = house.call("observeSecret", editor, { ...at, secret: name })
    await expect(looked).rejects.toMatchObject({ code: "unavailable" })
    expect(await statesOf(name)).toEqual(["1 typed enabled"])
  })
})

describe("looking by the clock", () => {
  beforeEach(async () => {
    // Those of other tests are nobody's business here.
    await house.inner.database.prisma.provider.updateMany({
      where: { id: { not: providerId } },
      data: { status: "sealed" },
    })
  })

  it("looks at each secret whose time it is, once among all processes", async () => {
    const secrets = [await aSecret("one"), await aSecret("one"), await aSecret("one")]
    for (const { location } of secrets) backend.others.write(location, "theirs")
    await unseen()
    backend.calls.length = 0
    const looked = await Promise.all([observeDue(house.house), observeDue(house.another().house)])
    expect(looked[0] + looked[1]).toBe(3)
    expect(backend.calls.filter((call) => call === "describe")).toHaveLength(3)
    for (const { name } of secrets) expect((await rowOf(name)).currentVersion).toBe(2)
    expect(await observeDue(house.house)).toBe(0)
  })

  it("asks a provider that can't serve once, and looks at its secrets as soon as it can again", async () => {
    const secrets = [await aSecret("one"), await aSecret("one"), await aSecret("one")]
    for (const { location } of secrets) backend.others.write(location, "theirs")
    await unseen()
    backend.failing = "sealed"
    backend.calls.length = 0
    await observeDue(house.house)
    expect(backend.calls.length).toBeLessThanOrEqual(4)
    await house.inner.database.prisma.provider.updateMany({ where: { id: providerId }, data: { status: "sealed" } })
    backend.calls.length = 0
    expect(await observeDue(house.house)).toBe(0)
    expect(backend.calls).toEqual([])
    backend.failing = undefined
    await house.inner.database.prisma.provider.updateMany({ where: { id: providerId }, data: { status: "up" } })
    expect(await observeDue(house.house)).toBe(3)
    for (const { name } of secrets) expect((await rowOf(name)).currentVersion).toBe(2)
  })

  it("goes on with other providers while one is slow", async () => {
    const slow = { id: providerId, backend, secret: await aSecret("one") }
    await use()
    const fast = await aSecret("one")
    fast.backend.others.write(fast.location, "theirs")
    await house.inner.database.prisma.secret.updateMany({
      where: { providerId: { in: [slow.id, providerId] } },
      data: { observedAt: null },
    })
    let release: () => void = () => undefined
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    slow.backend.gate = () => released
    const looking = observeDue(house.house)
    await expect.poll(async () => (await rowOf(fast.name)).currentVersion).toBe(2)
    release()
    expect(await looking).toBe(2)
  })
})

// --- doing

async function use(traits: RemoteTraits = {}): Promise<void> {
  backend = aRemoteStore(traits)
  providerId = await house.register(acme, backend.store)
}

async function aSecret(first: string, ...more: string[]) {
  names += 1
  const name = `DRIFT_${names}`
  const { secret } = await house.call("createSecret", editor, { ...at, name, value: first })
  for (const value of more) await house.call("writeVersion", editor, { ...at, secret: name, value })
  const key = { organizationId: acme.id, id: secret.id }
  return {
    name,
    location: secret.keptAt,
    backend,
    look: (options?: { closely: boolean }) => observe(house.house, key, options),
  }
}

async function unseen(): Promise<void> {
  await house.inner.database.prisma.secret.updateMany({ where: { providerId }, data: { observedAt: null } })
}

// --- what can be seen afterwards

function rowOf(name: string) {
  return house.inner.database.prisma.secret.findFirstOrThrow({ where: { name } })
}

async function statesOf(secret: string): Promise<string[]> {
  const { items } = await house.call("listVersions", editor, { ...at, secret })
  return items.map(({ number, origin, state }) => `${number} ${origin} ${state}`)
}

async function driftEventsOf(secretName: string): Promise<unknown[][]> {
  const events = await house.inner.database.prisma.auditEvent.findMany({
    where: { secretName, action: "secret.drift" },
    orderBy: { seq: "asc" },
  })
  return events.map(({ version, details }) => [version, details])
}

async function openNoticesOf(name: string): Promise<number> {
  const { id } = await rowOf(name)
  return house.inner.database.prisma.notice.count({ where: { subject: `secret:${id}`, resolvedAt: null } })
}

async function generationOf(path: string): Promise<bigint> {
  return (await house.inner.database.prisma.scope.findFirstOrThrow({ where: { path } })).generation
}
