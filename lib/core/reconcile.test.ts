import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import type { InputOf } from "../contract/api.ts"
import { poll } from "../process/poll.ts"
import { memory } from "../providers/memory/memory.ts"
import { ProviderError, type ProviderErrorClass, type SecretStore } from "../providers/provider.ts"
import { expose, Secret } from "../secret.ts"
import { aHouse, aRequest, type TestHouse, type TestOrganization } from "../testing/a-house.ts"
import type { PersonCaller } from "./caller.ts"
import type { House } from "./context.ts"
import { type Core, openCore } from "./core.ts"
import { openHouse } from "./open-house.ts"
import { reconcile } from "./reconcile.ts"

const at = { scope: "acme.payments", vault: "default" }

let house: TestHouse
let acme: TestOrganization
let editor: PersonCaller
/** What all processes of a test keep their values in. */
let backend: SecretStore

beforeAll(async () => {
  house = await aHouse()
  acme = await house.organization("acme")
  editor = await house.person(acme, { role: "editor", at: "acme.payments", name: "Alice" })
})
beforeEach(() => {
  backend = memory.open(unneeded)
})
afterAll(async () => house[Symbol.asyncDispose]())

describe("a process that dies in the middle of a write", () => {
  it("before the store was asked: the version never was, and its number isn't given again", async () => {
    await created("BEFORE")
    await dieDuring(diesBeforeWriting, "writeVersion", { ...at, secret: "BEFORE", value: "two" })
    await reconciled()
    expect(await versionsOf("BEFORE")).toEqual([1])
    const next = await process().callAs("writeVersion", editor, { ...at, secret: "BEFORE", value: "three" }, aRequest())
    expect(next.version.number).toBe(3)
    expect(await valueOf("BEFORE", 3)).toBe("three")
  })

  it("after the store took it: the version is completed, under the name of who wrote it", async () => {
    await created("AFTER")
    await dieDuring(diesAfterWriting, "writeVersion", { ...at, secret: "AFTER", value: "two", note: "why" })
    await reconciled()
    expect(await versionsOf("AFTER")).toEqual([2, 1])
    expect(await valueOf("AFTER", 2)).toBe("two")
    const version = await house.database.prisma.secretVersion.findFirstOrThrow({
      where: { number: 2, secret: { name: "AFTER" } },
    })
    expect(version).toMatchObject({ note: "why", origin: "typed", createdById: editor.id, backendVersion: "memory-2" })
    expect(await eventsOf("AFTER")).toEqual([
      ["secret.create", "done", 1, "Alice", {}],
      ["version.write", "done", 2, "Alice", { reconciled: true }],
    ])
  })

  it("in the middle of the store's work: what isn't what was intended is removed", async () => {
    await created("TORN")
    await dieDuring(diesWithTornValue, "writeVersion", { ...at, secret: "TORN", value: "two" })
    await reconciled()
    expect(await versionsOf("TORN")).toEqual([1])
    expect(await heldBy("TORN")).toEqual([1])
  })

  it("before a new secret's first version: no secret is left, and its name is free", async () => {
    await dieDuring(diesBeforeWriting, "createSecret", { ...at, name: "UNBORN", value: "one" })
    expect(await listed("UNBORN")).toBe(false)
    const taken = process().callAs("createSecret", editor, { ...at, name: "UNBORN", value: "x" }, aRequest())
    await expect(taken).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining("being created") })
    await reconciled()
    expect(await house.database.prisma.secret.count({ where: { name: "UNBORN" } })).toBe(0)
    await created("UNBORN")
    expect(await valueOf("UNBORN", 1)).toBe("one")
  })

  it("after a new secret's first version: the secret appears whole", async () => {
    await dieDuring(diesAfterWriting, "createSecret", { ...at, name: "BORN", value: "one", description: "said" })
    expect(await listed("BORN")).toBe(false)
    const early = process().callAs("writeVersion", editor, { ...at, secret: "BORN", value: "x" }, aRequest())
    await expect(early).rejects.toMatchObject({ code: "not_found" })
    await reconciled()
    expect(await listed("BORN")).toBe(true)
    expect(await valueOf("BORN", 1)).toBe("one")
  })

  it("holds the secret for other writers only until it is settled", async () => {
    await created("HELD")
    await dieDuring(diesAfterWriting, "writeVersion", { ...at, secret: "HELD", value: "two" })
    const waiting = process().callAs("writeVersion", editor, { ...at, secret: "HELD", value: "three" }, aRequest())
    await reconciled()
    expect((await waiting).version.number).toBe(3)
  })

  it("after a value was marked as destroyed: the store is told", async () => {
    await created("SHRED")
    await process().callAs("writeVersion", editor, { ...at, secret: "SHRED", value: "two" }, aRequest())
    const failing = { ...backend, remove: fail("unavailable") }
    await process(failing).callAs(
      "destroyVersion",
      editor,
      { ...at, secret: "SHRED", version: 1, confirm: "SHRED" },
      aRequest(),
    )
    expect(await heldBy("SHRED")).toEqual([1, 2])
    await reconciled()
    expect(await heldBy("SHRED")).toEqual([2])
  })
})

describe("a store that fails", () => {
  it("with a refusal leaves nothing behind, and the secret can be written at once", async () => {
    await created("REFUSED")
    const refused = process({ ...backend, write: fail("permission_denied") }).callAs(
      "writeVersion",
      editor,
      { ...at, secret: "REFUSED", value: "two" },
      aRequest(),
    )
    await expect(refused).rejects.toMatchObject({ code: "unavailable" })
    await process().callAs("writeVersion", editor, { ...at, secret: "REFUSED", value: "three" }, aRequest())
    expect(await versionsOf("REFUSED")).toEqual([3, 1])
  })

  it("without an answer makes the outcome unknown, never a guess, until the reconciler has looked", async () => {
    await created("UNKNOWN")
    const lost: SecretStore = {
      ...backend,
      write: async (place, version) => {
        await backend.write(place, version)
        return fail("outcome_unknown")()
      },
    }
    const written = await process(lost).callAs(
      "writeVersion",
      editor,
      { ...at, secret: "UNKNOWN", value: "two" },
      aRequest(),
    )
    expect(written).toMatchObject({ outcome: "unknown", version: { number: 2, isCurrent: false } })
    expect(await versionsOf("UNKNOWN")).toEqual([1])
    await reconcile(houseOver(backend))
    expect(await versionsOf("UNKNOWN")).toEqual([2, 1])
    expect((await eventsOf("UNKNOWN")).map(([, outcome]) => outcome)).toEqual(["done", "failed", "done"])
  })

  it("when the reconciler asks it, is asked again later: unreachable is no proof of absence", async () => {
    await created("LATER")
    await dieDuring(diesAfterWriting, "writeVersion", { ...at, secret: "LATER", value: "two" })
    await expireLeases()
    await reconcile(houseOver({ ...backend, describe: fail("unavailable") }))
    await reconcile(houseOver({ ...backend, read: fail("sealed") }))
    expect(await versionsOf("LATER")).toEqual([1])
    await reconciled()
    expect(await versionsOf("LATER")).toEqual([2, 1])
  })
})

describe("several reconcilers", () => {
  it("settle each write once", async () => {
    const names = Array.from({ length: 12 }, (_, index) => `MANY_${index}`)
    for (const name of names) await created(name)
    for (const secret of names) await dieDuring(diesAfterWriting, "writeVersion", { ...at, secret, value: "two" })
    await expireLeases()
    const settled = await Promise.all(Array.from({ length: 4 }, () => reconcile(houseOver(backend))))
    expect(settled.reduce((sum, count) => sum + count, 0)).toBe(names.length)
    for (const name of names) {
      expect(await versionsOf(name)).toEqual([2, 1])
      expect(await eventsOf(name)).toHaveLength(2)
    }
  })

  it("and a slow writer end a write once: who comes late hears what became of it", async () => {
    await created("SLOW")
    let proceed: () => void = () => undefined
    const slow: SecretStore = {
      ...backend,
      write: async (place, version) => {
        await new Promise<void>((resolve) => {
          proceed = resolve
        })
        return backend.write(place, version)
      },
    }
    const write = process(slow).callAs("writeVersion", editor, { ...at, secret: "SLOW", value: "two" }, aRequest())
    await expectUnderWay("SLOW")
    await reconciled()
    proceed()
    await expect(write).rejects.toMatchObject({ code: "unavailable", message: expect.stringContaining("given up") })
    expect(await heldBy("SLOW")).toEqual([1])
    expect(await versionsOf("SLOW")).toEqual([1])
  })
})

describe("a start after a crash", () => {
  it("opens the same house again and completes what the dead process left", async () => {
    await house.call("createSecret", editor, { ...at, name: "RESTART", value: "one" })
    // One that is asked to write: what it seals would be written in one transaction, with nothing for a crash to hit.
    const { seal: _, ...local } = await house.house.stores.of({ organizationId: acme.id, providerId: null })
    const dying = openCore({
      ...house.house,
      stores: { ...house.house.stores, of: () => Promise.resolve(diesAfterWriting(local)) },
    })
    dying.callAs("writeVersion", editor, { ...at, secret: "RESTART", value: "two" }, aRequest()).catch(() => undefined)
    await expectUnderWay("RESTART")
    await expectWritten("RESTART", 2)
    await expireLeases()
    const { publicUrl, keyring, database } = house.house
    const again = await openHouse({ publicUrl, keyring, database, identityProviders: [], production: false })
    await reconcile(again)
    expect(await versionsOf("RESTART")).toEqual([2, 1])
  })
})

// --- processes that share the database and the backend

const unneeded = {
  now: () => new Date(),
  sealing: { seal: notNeeded, open: notNeeded },
  sealedValues: { add: notNeeded, find: notNeeded, versionsOf: notNeeded, remove: notNeeded, secretIds: notNeeded },
}

function notNeeded(): never {
  throw new Error("Memory needs nothing of the host.")
}

function houseOver(store: SecretStore): House {
  return { ...house.house, stores: { ...house.house.stores, of: () => Promise.resolve(store) } }
}

function process(store: SecretStore = backend): Core {
  return openCore(houseOver(store))
}

function diesBeforeWriting(store: SecretStore): SecretStore {
  return { ...store, write: () => never }
}

function diesAfterWriting(store: SecretStore): SecretStore {
  return {
    ...store,
    write: async (place, version) => {
      await store.write(place, version)
      return never
    },
  }
}

function diesWithTornValue(store: SecretStore): SecretStore {
  return {
    ...store,
    write: async (place, version) => {
      await store.write(place, { ...version, value: Secret.fromText("half of") })
      return never
    },
  }
}

const never = new Promise<never>(() => undefined)

function fail(errorClass: ProviderErrorClass): () => Promise<never> {
  return async () => {
    throw new ProviderError(errorClass, "as the test wants it")
  }
}

/** Calls in a process that dies at the store, and resolves when it is dead. */
async function dieDuring(
  dying: (store: SecretStore) => SecretStore,
  name: "writeVersion" | "createSecret",
  input: InputOf<"writeVersion"> | InputOf<"createSecret">,
): Promise<void> {
  let reached: () => void = () => undefined
  const dead = new Promise<void>((resolve) => {
    reached = resolve
  })
  const store = dying({
    ...backend,
    write: async (place, version) => {
      const receipt = await backend.write(place, version)
      reached()
      return receipt
    },
  })
  const watched: SecretStore = dying === diesBeforeWriting ? { ...store, write: () => (reached(), never) } : store
  // Nobody hears how a call of a dead process ended.
  process(watched)
    .callAs(name, editor, input, aRequest())
    .catch(() => undefined)
  await dead
}

async function created(name: string): Promise<void> {
  await process().callAs("createSecret", editor, { ...at, name, value: "one" }, aRequest())
}

async function reconciled(): Promise<void> {
  await expireLeases()
  await reconcile(houseOver(backend))
}

async function expireLeases(): Promise<void> {
  await house.database.prisma.$executeRaw`UPDATE "Operation" SET "leaseUntil" = now() - interval '1 second'`
}

// --- what can be seen afterwards

async function versionsOf(secret: string): Promise<number[]> {
  const { items } = await house.call("listVersions", editor, { ...at, secret })
  return items.map(({ number }) => number)
}

async function listed(name: string): Promise<boolean> {
  const { items } = await house.call("listSecrets", editor, { scope: at.scope, text: name.toLowerCase() })
  return items.some((item) => item.name === name)
}

async function placeOf(name: string) {
  const { organizationId, id, location, field } = await house.database.prisma.secret.findFirstOrThrow({
    where: { name },
  })
  return { organizationId, secretId: id, location, field }
}

async function heldBy(name: string): Promise<number[]> {
  const { versions } = await backend.describe(await placeOf(name))
  return versions.flatMap(({ number }) => number ?? [])
}

async function valueOf(name: string, number: number): Promise<string> {
  return new TextDecoder().decode(
    expose((await backend.read(await placeOf(name), { number, backendVersion: null })).value),
  )
}

async function eventsOf(secretName: string): Promise<unknown[][]> {
  const events = await house.database.prisma.auditEvent.findMany({
    where: { organizationId: acme.id, secretName, class: "change" },
    orderBy: { seq: "asc" },
  })
  return events.map(({ action, outcome, version, actorName, details }) => [
    action,
    outcome,
    version,
    actorName,
    details,
  ])
}

async function expectUnderWay(name: string): Promise<void> {
  const isUnderWay = async (): Promise<boolean> => {
    const { secretId } = await placeOf(name)
    return (await house.database.prisma.operation.count({ where: { secretId, state: "intended" } })) === 1
  }
  expect(await poll(isUnderWay, { forMs: 20_000 })).toBe(true)
}

async function expectWritten(name: string, version: number): Promise<void> {
  const { secretId } = await placeOf(name)
  const isThere = async (): Promise<boolean> =>
    (await house.database.prisma.sealedValue.count({ where: { secretId, version } })) === 1
  expect(await poll(isThere, { forMs: 20_000 })).toBe(true)
}
