import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { poll } from "../../process/poll.ts"
import { ProviderError, type SecretStore } from "../../providers/provider.ts"
import { aRequest, type TestOrganization } from "../../testing/a-house.ts"
import { aRemoteHouse, type RemoteHouse } from "../../testing/a-remote-house.ts"
import { aRemoteStore, type RemoteBackend } from "../../testing/a-remote-store.ts"
import type { PersonCaller } from "../caller.ts"
import { purgeDeleted } from "../purge.ts"
import { reconcile } from "../reconcile.ts"

const at = { scope: "acme.payments", vault: "default" }

let house: RemoteHouse
let acme: TestOrganization
let editor: PersonCaller
let lead: PersonCaller
let backend: RemoteBackend
let names = 0

beforeAll(async () => {
  house = await aRemoteHouse()
  acme = await house.inner.organization("acme")
  editor = await house.inner.person(acme, { role: "editor", at: "acme.payments", name: "Alice" })
  lead = await house.inner.person(acme, { role: "lead", at: "acme.payments" })
})
beforeEach(async () => {
  backend = aRemoteStore()
  await house.register(acme, backend.store)
})
afterAll(async () => house[Symbol.asyncDispose]())

describe("createSecret at a remote store", () => {
  it("keeps the value there and its binding here", async () => {
    const name = await created("one")
    expect(textsAt(name)).toEqual(["one"])
    const detail = await house.call("describeSecret", editor, { ...at, secret: name })
    expect(detail).toMatchObject({ keptAt: locationOf(name), currentVersion: 1, driftedAt: null })
    expect(await rowOf(name)).toMatchObject({ provider: "vault", location: locationOf(name) })
    expect(await house.inner.database.prisma.sealedValue.count({ where: { secretId: detail.id } })).toBe(0)
  })

  it("refuses a place where something lies that isn't ours, says what lies where, and leaves the name free", async () => {
    backend.others.write(locationOf("FOREIGN"), "theirs")
    const refused = house.call("createSecret", editor, { ...at, name: "FOREIGN", value: "ours" })
    await expect(refused).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringMatching(/lies at acme\/payments\/default\/FOREIGN.*Adopt it.*another name/),
    })
    expect(textsAt("FOREIGN")).toEqual(["theirs"])
    expect(await house.inner.database.prisma.secret.count({ where: { name: "FOREIGN" } })).toBe(0)
  })

  it("takes another place when a renamed secret still has the plain one", async () => {
    const name = await created("one")
    await house.call("changeSecret", lead, { ...at, secret: name, name: `${name}_OLD` })
    await house.call("createSecret", editor, { ...at, name, value: "two" })
    const { location } = await rowOf(name)
    expect(location).not.toBe(locationOf(name))
    expect(backend.at(location)?.map(({ text }) => text)).toEqual(["two"])
    expect(textsAt(name)).toEqual(["one"])
  })

  it("doesn't put anything where a destroyed secret is still being removed", async () => {
    const name = await created("one")
    backend.failing = "unavailable"
    await house.call("destroySecret", editor, { ...at, secret: name, confirm: name })
    backend.failing = undefined
    await house.call("createSecret", editor, { ...at, name, value: "two" })
    expect((await rowOf(name)).location).not.toBe(locationOf(name))
    await reconciled()
    expect(backend.at(locationOf(name))).toBeUndefined()
    expect(backend.at((await rowOf(name)).location)?.map(({ text }) => text)).toEqual(["two"])
  })
})

describe("writeVersion at a remote store", () => {
  it("goes after the newest version that we know of, and keeps the backend's token beside ours", async () => {
    const name = await created("one")
    await write(name, "two")
    expect(textsAt(name)).toEqual(["one", "two"])
    expect(await tokensOf(name)).toEqual([
      [1, "1"],
      [2, "2"],
    ])
  })

  it("is a conflict when it was changed there meanwhile, and its history then tells", async () => {
    const name = await created("one")
    backend.others.write(locationOf(name), "theirs")
    await expect(write(name, "two")).rejects.toMatchObject({ code: "conflict", message: /changed where it is kept/ })
    expect(textsAt(name)).toEqual(["one", "theirs"])
    expect(await originsOf(name)).toEqual(["changed_at_backend", "typed"])
    await write(name, "two")
    expect(textsAt(name)).toEqual(["one", "theirs", "two"])
    expect(await house.call("describeSecret", editor, { ...at, secret: name })).toMatchObject({ driftedAt: null })
  })

  it("refuses what its store doesn't take, before anything is done", async () => {
    const name = await created("one")
    await expect(write(name, "x".repeat(33_000))).rejects.toMatchObject({ code: "too_large", message: /32768 bytes/ })
    const fresh = house.call("createSecret", editor, { ...at, name: "LARGE", value: "x".repeat(33_000) })
    await expect(fresh).rejects.toMatchObject({ code: "too_large" })
    expect(
      await house.inner.database.prisma.operation.count({
        where: { kind: "writeVersion", secretId: (await rowOf(name)).id },
      }),
    ).toBe(0)
  })

  it("is refused once our marker is gone there, and says how it becomes ours again", async () => {
    const name = await created("one")
    backend.others.removeAll(locationOf(name))
    backend.others.write(locationOf(name), "theirs")
    await expect(write(name, "two")).rejects.toMatchObject({ code: "conflict", message: /Take it over/ })
    expect(textsAt(name)).toEqual(["theirs"])
    expect(await house.call("describeSecret", editor, { ...at, secret: name })).toMatchObject({
      ownership: "external",
      // The refused write took a number, which is never given again.
      currentVersion: 3,
      marks: ["external", "drifted"],
      abilities: { versions: "native", trash: "native", keepsVersions: 10 },
    })
  })

  it("never writes to what isn't ours", async () => {
    const name = await created("one")
    await house.inner.database.prisma.secret.updateMany({ where: { name }, data: { ownership: "external" } })
    const inputs = { ...at, secret: name }
    const calls = [
      () => write(name, "two"),
      () => house.call("rollBack", editor, { ...inputs, version: 1 }),
      () => house.call("destroyVersion", editor, { ...inputs, version: 1, confirm: name }),
      () => house.call("destroySecret", editor, { ...inputs, confirm: name }),
      () => house.call("deleteVersion", editor, { ...inputs, version: 1 }),
    ]
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: "conflict" })
    await house.call("deleteSecret", editor, inputs)
    await house.inner.database.prisma.secret.updateMany({ where: { name }, data: { purgeAfter: new Date(0) } })
    await purgeDeleted(house.house)
    expect(textsAt(name)).toEqual(["one"])
    expect(backend.calls.filter((call) => ["write", "remove", "delete"].includes(call))).toEqual(["write"])
  })

  it("waits for somebody's approval of where the provider points", async () => {
    const name = await created("one")
    const { providerId } = await rowOf(name)
    await house.inner.database.prisma.provider.updateMany({ where: { id: providerId ?? "" }, data: { epoch: 2 } })
    await expect(write(name, "two")).rejects.toMatchObject({ code: "forbidden" })
    expect(textsAt(name)).toEqual(["one"])
  })

  it("keeps one winner per version among many writers", async () => {
    const name = await created("one")
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, (_, each) =>
        house.call("writeVersion", editor, { ...at, secret: name, value: `by ${each}`, expectedVersion: 1 }),
      ),
    )
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1)
    expect(textsAt(name)).toHaveLength(2)
  })
})

describe("rollBack at a remote store", () => {
  it("writes the earlier value as a new version there", async () => {
    const name = await created("one")
    await write(name, "two")
    const rolled = await house.call("rollBack", editor, { ...at, secret: name, version: 1 })
    expect(rolled.version).toMatchObject({ number: 3, origin: "rolled_back", sourceVersion: 1 })
    expect(textsAt(name)).toEqual(["one", "two", "one"])
  })

  it("says that a version is gone which the backend has forgotten", async () => {
    backend = aRemoteStore({ keeps: 2 })
    await house.register(acme, backend.store)
    const name = await created("one")
    await write(name, "two")
    await write(name, "three")
    const asked = house.call("rollBack", editor, { ...at, secret: name, version: 1 })
    await expect(asked).rejects.toMatchObject({ code: "gone" })
    await house.call("observeSecret", editor, { ...at, secret: name })
    const again = house.call("rollBack", editor, { ...at, secret: name, version: 1 })
    await expect(again).rejects.toMatchObject({ code: "gone", message: /isn't kept any more/ })
    expect(await house.call("describeSecret", editor, { ...at, secret: name })).toMatchObject({ driftedAt: null })
  })
})

describe("a store without versions", () => {
  beforeEach(async () => {
    backend = aRemoteStore({ keepsVersions: false })
    await house.register(acme, backend.store)
  })

  it("holds the newest value; the earlier ones are history alone", async () => {
    const name = await created("one")
    await write(name, "two")
    expect(textsAt(name)).toEqual(["two"])
    const { items } = await house.call("listVersions", editor, { ...at, secret: name })
    expect(items.map(({ number, state }) => [number, state])).toEqual([
      [2, "enabled"],
      [1, "forgotten"],
    ])
    const rolled = house.call("rollBack", editor, { ...at, secret: name, version: 1 })
    await expect(rolled).rejects.toMatchObject({ code: "unsupported", message: /keeps no earlier values/ })
    const deleted = house.call("deleteVersion", editor, { ...at, secret: name, version: 2 })
    await expect(deleted).rejects.toMatchObject({ code: "unsupported", message: /Disable the version/ })
  })

  it("is looked at before a write, so that what others wrote isn't lost unseen", async () => {
    const name = await created("one")
    backend.others.write(locationOf(name), "theirs")
    await expect(write(name, "two")).rejects.toMatchObject({ code: "conflict", message: /changed where it is kept/ })
    expect(textsAt(name)).toEqual(["theirs"])
    await write(name, "two")
    expect(textsAt(name)).toEqual(["two"])
  })

  it("keeps its value when a version of before is destroyed", async () => {
    const name = await created("one")
    await write(name, "two")
    await house.call("destroyVersion", editor, { ...at, secret: name, version: 1, confirm: name })
    expect(textsAt(name)).toEqual(["two"])
  })

  it.each(["before", "after"] as const)("settles a write that died %s the store took it", async (moment) => {
    const name = await created("one")
    await dieDuring(moment, name, "two")
    await reconciled()
    expect(textsAt(name)).toEqual([moment === "after" ? "two" : "one"])
    expect(await originsOf(name)).toHaveLength(moment === "after" ? 2 : 1)
    expect(await house.call("observeSecret", editor, { ...at, secret: name })).toMatchObject({ driftedAt: null })
  })
})

describe("a process that dies in the middle of a remote write", () => {
  it("before the store was asked: nothing of it is there, and the next write follows what was", async () => {
    const name = await created("one")
    await dieDuring("before", name, "two")
    await reconciled()
    expect(await tokensOf(name)).toEqual([[1, "1"]])
    await write(name, "three")
    expect(await tokensOf(name)).toEqual([
      [1, "1"],
      [3, "2"],
    ])
  })

  it("after the store took it: the version is found by its value, and committed under its writer's name", async () => {
    const name = await created("one")
    await dieDuring("after", name, "two")
    await reconciled()
    expect(await tokensOf(name)).toEqual([
      [1, "1"],
      [2, "2"],
    ])
    expect(await originsOf(name)).toEqual(["typed", "typed"])
    expect(await house.call("describeSecret", editor, { ...at, secret: name })).toMatchObject({
      currentVersion: 2,
      driftedAt: null,
      updatedBy: { name: "Alice" },
    })
  })

  it.each(["before", "after"] as const)(
    "%s the store took a new secret: it is there whole or not at all",
    async (moment) => {
      const name = aName()
      await dieCreating(moment, name, "one")
      await reconciled()
      expect(await house.inner.database.prisma.secret.count({ where: { name } })).toBe(moment === "after" ? 1 : 0)
      if (moment === "after") expect(await tokensOf(name)).toEqual([[1, "1"]])
      else expect((await house.call("createSecret", editor, { ...at, name, value: "again" })).outcome).toBe("written")
    },
  )

  it("while somebody else wrote there: theirs is kept, seen as changed there, and nothing of it is removed", async () => {
    const name = await created("one")
    await dieDuring("before", name, "two")
    backend.others.write(locationOf(name), "theirs")
    await reconciled()
    expect(textsAt(name)).toEqual(["one", "theirs"])
    expect(await originsOf(name)).toEqual(["changed_at_backend", "typed"])
    expect(backend.calls).not.toContain("remove")
  })

  it("isn't given up while a request of it could still arrive", async () => {
    const name = await created("one")
    await dieDuring("before", name, "two")
    await expireLeases({ old: false })
    await reconcile(house.house)
    expect(await stateOf(name)).toBe("intended")
    await reconciled()
    expect(await stateOf(name)).toBe("abandoned")
  })
})

describe("a remote store that doesn't say whether it took a value", () => {
  it("makes the outcome unknown, and the reconciler finds it as soon as the store answers", async () => {
    const name = await created("one")
    const { core } = house.another((store) => ({
      ...store,
      write: async (place, version) => {
        await store.write(place, version)
        throw new ProviderError("outcome_unknown", "as the test wants it")
      },
    }))
    const written = await core.callAs("writeVersion", editor, { ...at, secret: name, value: "two" }, aRequest())
    expect(written).toMatchObject({ outcome: "unknown", version: { isCurrent: false } })
    backend.failing = "sealed"
    await expireLeases()
    await reconcile(house.house)
    expect(await tokensOf(name)).toEqual([[1, "1"]])
    backend.failing = undefined
    await reconciled()
    expect(await tokensOf(name)).toEqual([
      [1, "1"],
      [2, "2"],
    ])
  })
})

describe("versions in the backend's trash", () => {
  it("are deleted there, fail to be read, and come back", async () => {
    const name = await created("one")
    await write(name, "two")
    const deleted = await house.call("deleteVersion", editor, { ...at, secret: name, version: 2 })
    expect(deleted).toMatchObject({ state: "deleted", isCurrent: true })
    expect(backend.at(locationOf(name))?.map(({ state }) => state)).toEqual(["held", "deleted"])
    const again = house.call("deleteVersion", editor, { ...at, secret: name, version: 2 })
    await expect(again).rejects.toMatchObject({ code: "conflict" })
    const restored = await house.call("restoreVersion", editor, { ...at, secret: name, version: 2 })
    expect(restored).toMatchObject({ state: "enabled" })
    expect(backend.at(locationOf(name))?.map(({ state }) => state)).toEqual(["held", "held"])
  })
})

describe("a process that dies while a version is deleted there", () => {
  it("leaves what the backend then has, seen by the next look, and nothing under way", async () => {
    const name = await created("one")
    await write(name, "two")
    let tell: () => void = () => undefined
    const dead = new Promise<void>((resolve) => {
      tell = resolve
    })
    const { core } = house.another((store) => ({
      ...store,
      trash: {
        restoreVersions: () => never,
        deleteVersions: async (place, keys) => {
          await store.trash?.deleteVersions(place, keys)
          tell()
          return never
        },
      },
    }))
    abandon(core.callAs("deleteVersion", editor, { ...at, secret: name, version: 1 }, aRequest()))
    await dead
    await expect(house.call("observeSecret", editor, { ...at, secret: name })).rejects.toMatchObject({
      code: "conflict",
    })
    await reconciled()
    const { items } = await house.call("listVersions", editor, { ...at, secret: name })
    expect(items.map(({ number, state }) => [number, state])).toEqual([
      [2, "enabled"],
      [1, "deleted"],
    ])
    await write(name, "three")
  })
})

describe("destroying at a remote store", () => {
  it("removes one version there by its own token, and all of a secret at its end", async () => {
    const name = await created("one")
    await write(name, "two")
    await house.call("destroyVersion", editor, { ...at, secret: name, version: 1, confirm: name })
    expect(backend.at(locationOf(name))?.map(({ state }) => state)).toEqual(["destroyed", "held"])
    await house.call("destroySecret", editor, { ...at, secret: name, confirm: name })
    expect(backend.at(locationOf(name))).toBeUndefined()
  })

  it("is finished by the reconciler when the store was down", async () => {
    const name = await created("one")
    await write(name, "two")
    backend.failing = "sealed"
    await house.call("destroyVersion", editor, { ...at, secret: name, version: 1, confirm: name })
    backend.failing = undefined
    expect(backend.at(locationOf(name))?.map(({ state }) => state)).toEqual(["held", "held"])
    await reconciled()
    expect(backend.at(locationOf(name))?.map(({ state }) => state)).toEqual(["destroyed", "held"])
  })
})

// --- doing

function aName(): string {
  names += 1
  return `REMOTE_${names}`
}

async function created(value: string): Promise<string> {
  const name = aName()
  await house.call("createSecret", editor, { ...at, name, value })
  return name
}

function write(secret: string, value: string) {
  return house.call("writeVersion", editor, { ...at, secret, value })
}

const never = new Promise<never>(() => undefined)

/** A process that dies at the store, and who is told when it is dead. */
function dying(moment: "before" | "after") {
  let tell: () => void = () => undefined
  const dead = new Promise<void>((resolve) => {
    tell = resolve
  })
  const change = (store: SecretStore): SecretStore => ({
    ...store,
    write: async (place, version) => {
      if (moment === "after") await store.write(place, version)
      tell()
      return never
    },
  })
  return { ...house.another(change), dead }
}

async function dieDuring(moment: "before" | "after", secret: string, value: string): Promise<void> {
  const { core, dead } = dying(moment)
  abandon(core.callAs("writeVersion", editor, { ...at, secret, value }, aRequest()))
  await dead
}

async function dieCreating(moment: "before" | "after", name: string, value: string): Promise<void> {
  const { core, dead } = dying(moment)
  abandon(core.callAs("createSecret", editor, { ...at, name, value }, aRequest()))
  await dead
}

/** Nobody hears how a call of a dead process ended. */
function abandon(call: Promise<unknown>): void {
  call.catch(() => undefined)
}

async function reconciled(): Promise<void> {
  await expireLeases()
  await reconcile(house.house)
}

async function expireLeases({ old } = { old: true }): Promise<void> {
  await house.inner.database.prisma.$executeRaw`
    UPDATE "Operation" SET "leaseUntil" = now() - interval '1 second',
      "createdAt" = CASE WHEN ${old} THEN now() - interval '1 minute' ELSE "createdAt" END`
}

// --- what can be seen afterwards

function locationOf(name: string): string {
  return `acme/payments/default/${name}`
}

function textsAt(name: string): (string | null)[] | undefined {
  return backend.at(locationOf(name))?.map(({ text }) => text)
}

function rowOf(name: string) {
  return house.inner.database.prisma.secret.findFirstOrThrow({ where: { name, state: { not: "destroyed" } } })
}

async function tokensOf(name: string): Promise<[number, string | null][]> {
  const { id: secretId } = await rowOf(name)
  const rows = await house.inner.database.prisma.secretVersion.findMany({
    where: { secretId },
    orderBy: { number: "asc" },
  })
  return rows.map(({ number, backendVersion }) => [number, backendVersion])
}

async function originsOf(name: string): Promise<string[]> {
  const { items } = await house.call("listVersions", editor, { ...at, secret: name })
  return items.map(({ origin }) => origin)
}

async function stateOf(name: string): Promise<string> {
  const { id: secretId } = await rowOf(name)
  let state = ""
  await poll(
    async () => {
      const newest = await house.inner.database.prisma.operation.findFirst({
        where: { secretId },
        orderBy: { id: "desc" },
      })
      state = newest?.state ?? ""
      return state !== ""
    },
    { forMs: 20_000 },
  )
  return state
}
