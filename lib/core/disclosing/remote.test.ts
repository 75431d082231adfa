import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import type { ProviderErrorClass } from "../../providers/provider.ts"
import { aRequest, type TestOrganization } from "../../testing/a-house.ts"
import { aRemoteHouse, type RemoteHouse, type RemoteTerms } from "../../testing/a-remote-house.ts"
import { aRemoteStore, type RemoteBackend, type RemoteTraits } from "../../testing/a-remote-store.ts"
import type { PersonCaller } from "../caller.ts"
import { observe } from "../drift.ts"

const at = { scope: "acme.payments.prod", vault: "default" }
const canary = "canary-of-a-remote-value"

let house: RemoteHouse
let acme: TestOrganization
let lead: PersonCaller
let token: string
let backend: RemoteBackend
let providerId: string
let names = 0

beforeAll(async () => {
  house = await aRemoteHouse()
  acme = await house.inner.organization("acme")
  lead = await house.inner.person(acme, { role: "lead", at: "acme.payments" })
  const grants = [{ at: "acme.payments.prod", access: "read" as const }]
  ;({ token } = await house.inner.machine(acme, { at: "acme.payments.prod", grants }))
})
beforeEach(async () => {
  // What other tests left behind is none of this one's sets.
  await house.inner.database.prisma.secret.updateMany({ where: { state: "active" }, data: { state: "destroyed" } })
  await use()
})
afterAll(async () => house[Symbol.asyncDispose]())

describe("a machine that reads what a remote store keeps", () => {
  it("gets it, with an event, and the next one from memory for the provider's time-to-live", async () => {
    const name = await aSecret(canary)
    backend.calls.length = 0
    expect(await readOf(name)).toMatchObject({ value: canary, version: 1, name })
    expect(await readOf(name)).toMatchObject({ value: canary })
    expect(backend.calls).toEqual(["read"])
    house.clock.now += 60_000
    await readOf(name)
    expect(backend.calls).toEqual(["read", "read"])
    expect(await disclosuresOf(name)).toEqual([
      [1, {}],
      [1, {}],
      [1, {}],
    ])
  })

  it("makes one call with 500 others who ask for a cold secret", async () => {
    const name = await aSecret(canary)
    backend.calls.length = 0
    const read = await Promise.all(Array.from({ length: 500 }, () => readOf(name)))
    expect(new Set(read.map(({ value }) => value))).toEqual(new Set([canary]))
    expect(backend.calls).toEqual(["read"])
    expect(await disclosuresOf(name)).toHaveLength(500)
  })

  it("gets no more at once than an answer may hold, however large a backend makes its values", async () => {
    const huge = "x".repeat(1024 * 1024)
    for (let secret = 0; secret < 18; secret++) backend.others.write(locationOf(await aSecret("small")), huge)
    await expect(resolved()).rejects.toMatchObject({ code: "too_large" })
  })

  it("is refused from the next request on when its right, the secret or the provider's approval is gone", async () => {
    const name = await aSecret(canary)
    await readOf(name)
    await house.call("disableSecret", lead, { ...at, secret: name })
    await expect(readOf(name)).rejects.toMatchObject({ code: "conflict" })
    await house.call("enableSecret", lead, { ...at, secret: name })
    await house.inner.database.prisma.provider.updateMany({ where: { id: providerId }, data: { epoch: 2 } })
    await expect(readOf(name)).rejects.toMatchObject({ code: "unavailable" })
    await house.inner.database.prisma.provider.updateMany({ where: { id: providerId }, data: { epoch: 1 } })
    expect(await readOf(name)).toMatchObject({ value: canary })
  })

  it("gets a new version at once, whoever wrote it", async () => {
    const name = await aSecret("one")
    await readOf(name)
    await house.another().core.callAs("writeVersion", lead, { ...at, secret: name, value: "two" }, aRequest())
    expect(await readOf(name)).toMatchObject({ value: "two", version: 2 })
  })

  it("gets an earlier version by its number", async () => {
    const name = await aSecret("one")
    await write(name, "two")
    expect(await readOf(name, { version: 1 })).toMatchObject({ value: "one", version: 1 })
    expect(await readOf(name, { version: 2 })).toMatchObject({ value: "two", version: 2 })
  })
})

describe("what was changed at the backend", () => {
  it("reaches machines after the time-to-live, under its own number, with the drift written down first", async () => {
    const name = await aSecret("one")
    await readOf(name)
    backend.others.write(locationOf(name), "rotated")
    expect(await readOf(name)).toMatchObject({ value: "one", version: 1 })
    house.clock.now += 60_000
    expect(await readOf(name)).toMatchObject({ value: "rotated", version: 2 })
    expect((await rowOf(name)).driftedAt).not.toBeNull()
    expect(await actionsOf(name)).toEqual([
      "secret.create",
      "secret.read",
      "secret.read",
      "secret.drift",
      "secret.read",
    ])
  })

  it("is written down once, when many ask at once", async () => {
    const name = await aSecret("one")
    backend.others.write(locationOf(name), "rotated")
    const read = await Promise.all(Array.from({ length: 50 }, () => readOf(name)))
    expect(new Set(read.map(({ value, version }) => `${value}@${version}`))).toEqual(new Set(["rotated@2"]))
    expect((await actionsOf(name)).filter((action) => action === "secret.drift")).toHaveLength(1)
  })

  it("fails as gone when the current version was deleted there, and nothing wider is uncovered", async () => {
    const name = await aSecret("narrow")
    const owner = await house.inner.person(acme, { role: "owner", at: "acme" })
    await house.call("createSecret", owner, { scope: "acme", vault: "default", name, value: "wide" })
    backend.others.set(locationOf(name), "1", "deleted")
    await expect(readOf(name)).rejects.toMatchObject({ code: "gone", message: expect.stringContaining("restores it") })
    backend.others.removeAll(locationOf(name))
    await look(name)
    await expect(readOf(name)).rejects.toMatchObject({ code: "gone" })
    const { unresolved } = await resolved()
    expect(unresolved).toContainEqual(expect.objectContaining({ name, reason: "gone" }))
  })

  it("is seen by its value where the backend keeps no versions", async () => {
    await use({ keepsVersions: false })
    const name = await aSecret("one")
    await readOf(name)
    backend.others.write(locationOf(name), "rotated")
    house.clock.now += 60_000
    expect(await readOf(name)).toMatchObject({ value: "rotated", version: 2 })
    await expect(readOf(name, { version: 1 })).rejects.toMatchObject({ code: "gone" })
  })

  it("isn't taken for a version of ours when the history there began anew", async () => {
    const name = await aSecret("one")
    await readOf(name)
    backend.others.removeAll(locationOf(name))
    backend.others.write(locationOf(name), "another's first")
    house.clock.now += 60_000
    expect(await readOf(name)).toMatchObject({ value: "another's first", version: 2 })
  })
})

describe("a 304", () => {
  it("for a value is given while the store's word is younger than the time-to-live, and then after asking again", async () => {
    const name = await aSecret("one")
    const { etag } = await readOf(name)
    backend.calls.length = 0
    expect(await readOf(name, {}, etag)).toMatchObject({ notModified: true })
    expect(backend.calls).toEqual([])
    house.clock.now += 60_000
    expect(await readOf(name, {}, etag)).toMatchObject({ notModified: true })
    expect(backend.calls).toEqual(["read"])
    backend.others.write(locationOf(name), "rotated")
    house.clock.now += 60_000
    expect(await readOf(name, {}, etag)).toMatchObject({ value: "rotated", version: 2 })
  })

  it("for a set asks no store within the time-to-live, and finds a rotation after it", async () => {
    const name = await aSecret("one")
    const { etag } = await resolved()
    backend.calls.length = 0
    expect(await resolved(etag)).toMatchObject({ notModified: true })
    expect(backend.calls).toEqual([])
    backend.others.write(locationOf(name), "rotated")
    house.clock.now += 60_000
    const after = await resolved(etag)
    expect(after.entries.find((entry) => entry.name === name)).toMatchObject({ version: 2 })
    expect(after.env[name]).toBe("rotated")
    expect(after.etag).not.toBe(etag)
    expect(await resolved(after.etag)).toMatchObject({ notModified: true })
  })
})

describe("a store that can't answer", () => {
  it("leaves what was cached, marked in the answer and in the event, for the provider's bound", async () => {
    const name = await aSecret(canary)
    await readOf(name)
    const readAt = new Date(house.clock.now).toISOString()
    house.clock.now += 60_000
    backend.failing = "sealed"
    expect(await readOf(name)).toMatchObject({ value: canary, staleSince: readAt })
    expect((await disclosuresOf(name)).at(-1)).toEqual([1, { stale: `${at.scope}/${at.vault}/${name}` }])
    house.clock.now += 86_400_000
    await expect(readOf(name)).rejects.toMatchObject({ code: "unavailable", message: /sealed/ })
    backend.failing = undefined
    house.clock.now += 60_000
    expect(await readOf(name)).not.toHaveProperty("staleSince")
  })

  it.each(["permission_denied", "unauthenticated", "misconfigured", "damaged"] as ProviderErrorClass[])(
    "is another thing than one that says no: %s ends what was cached",
    async (errorClass) => {
      const name = await aSecret(canary)
      await readOf(name)
      house.clock.now += 60_000
      backend.failing = errorClass
      await expect(readOf(name)).rejects.toMatchObject({ code: "unavailable" })
      backend.failing = "unavailable"
      house.clock.now += 60_000
      await expect(readOf(name)).rejects.toMatchObject({ code: "unavailable" })
    },
  )

  it("isn't confirmed by a 304: what is served is marked", async () => {
    const name = await aSecret(canary)
    const { etag } = await readOf(name)
    house.clock.now += 60_000
    backend.failing = "unavailable"
    expect(await readOf(name, {}, etag)).toMatchObject({ value: canary, staleSince: expect.any(String) })
  })

  it("fails several values as a whole, and names those that it fails for; an outage is no absence", async () => {
    const here = await aSecret("from memory")
    await readOf(here)
    const cold = [await aSecret("one"), await aSecret("two")]
    backend.failing = "unavailable"
    const read = house.read("readValues", token, { ...at, names: [here, ...cold] })
    const [first, second] = cold.map((name) => `${at.scope}/${at.vault}/${name}`)
    await expect(read).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining(`${first ?? ""}, ${second ?? ""} can't be read now`),
    })
    const { unresolved } = await resolved()
    expect(unresolved.filter(({ name }) => cold.includes(name))).toMatchObject([
      { reason: "unavailable", detail: expect.stringContaining("Its store") },
      { reason: "unavailable" },
    ])
  })

  it("holds up no read of other providers and none of the built-in store, however slow it is", async () => {
    const slow = await aSecret("slow")
    let release: () => void = () => undefined
    backend.gate = () =>
      new Promise<void>((resolve) => {
        release = resolve
      })
    await use()
    const fast = await aSecret("fast")
    await house.inner.database.prisma.scope.updateMany({ where: { path: "acme" }, data: { defaultProviderId: null } })
    const builtIn = await aSecret("built in")
    const waiting = Array.from({ length: 40 }, () => readOf(slow))
    const others = await Promise.all([fast, builtIn, fast, builtIn].map((name) => readOf(name)))
    expect(others.map(({ value }) => value)).toEqual(["fast", "built in", "fast", "built in"])
    release()
    expect((await Promise.all(waiting)).map(({ value }) => value)).toEqual(Array.from({ length: 40 }, () => "slow"))
  })
})

describe("while a write of the secret is under way", () => {
  it("the version that is current by now is served", async () => {
    const name = await aSecret("one")
    let proceed: () => void = () => undefined
    let isThere: () => void = () => undefined
    const reached = new Promise<void>((resolve) => {
      isThere = resolve
    })
    const writer = house.another((store) => ({
      ...store,
      write: async (place, version) => {
        const receipt = await store.write(place, version)
        isThere()
        await new Promise<void>((resolve) => {
          proceed = resolve
        })
        return receipt
      },
    }))
    const written = writer.core.callAs("writeVersion", lead, { ...at, secret: name, value: "two" }, aRequest())
    await reached
    expect(await readOf(name)).toMatchObject({ value: "one", version: 1 })
    proceed()
    await written
    expect(await readOf(name)).toMatchObject({ value: "two", version: 2 })
    expect((await rowOf(name)).driftedAt).toBeNull()
  })
})

// --- doing

async function use(traits: RemoteTraits & RemoteTerms = {}): Promise<void> {
  backend = aRemoteStore(traits)
  providerId = await house.register(acme, backend.store)
}

async function aSecret(value: string): Promise<string> {
  names += 1
  const name = `READ_${names}`
  await house.call("createSecret", lead, { ...at, name, value })
  return name
}

function write(secret: string, value: string) {
  return house.call("writeVersion", lead, { ...at, secret, value })
}

async function readOf(secret: string, more: { version?: number } = {}, etag?: string) {
  return house.read("readValue", token, { ...at, secret, ...more }, etag) as Promise<{
    value: string
    version: number
    etag: string
  }>
}

/** Without what earlier tests left unreadable. */
async function resolved(etag?: string) {
  const answer = await house.read("resolve", token, { scope: at.scope, partial: true }, etag)
  return answer as Exclude<typeof answer, { notModified: true }>
}

async function look(name: string): Promise<void> {
  await observe(house.house, { organizationId: acme.id, id: (await rowOf(name)).id })
}

// --- what can be seen afterwards

function locationOf(name: string): string {
  return `acme/payments/prod/default/${name}`
}

function rowOf(name: string) {
  return house.inner.database.prisma.secret.findFirstOrThrow({ where: { name }, orderBy: { id: "asc" } })
}

async function actionsOf(secretName: string): Promise<string[]> {
  const events = await eventsOf(secretName)
  return events.map(({ action }) => action)
}

async function disclosuresOf(secretName: string): Promise<unknown[][]> {
  const events = await eventsOf(secretName)
  return events
    .filter(({ action, outcome }) => action === "secret.read" && outcome === "done")
    .map(({ version, details }) => [version, details])
}

function eventsOf(secretName: string) {
  return house.inner.database.prisma.auditEvent.findMany({ where: { secretName }, orderBy: { seq: "asc" } })
}
