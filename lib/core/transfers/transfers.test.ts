import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { TransferDetail } from "../../contract/dto.ts"
import { type Place, ProviderError, type SecretStore } from "../../providers/provider.ts"
import { aHouse, aRequest, type TestHouse, type TestOrganization } from "../../testing/a-house.ts"
import { registerVault } from "../../testing/a-registered-vault.ts"
import { faultLayer } from "../../testing/fault-layer.ts"
import { faults } from "../../testing/faults.ts"
import type { KvV1, KvV2 } from "../../testing/openbao-client.ts"
import { aKvV1Mount, aKvV2Mount, type KvMount } from "../../testing/shared-openbao.ts"
import type { PersonCaller } from "../caller.ts"
import type { House } from "../context.ts"
import { openCore } from "../core.ts"
import type { StoreBinding, Stores } from "../stores.ts"
import { carryTransfers } from "./carry.ts"

const at = { scope: "acme.payments", vault: "default" }

let house: TestHouse
let acme: TestOrganization
let lead: PersonCaller
let token: string
let kv2: KvMount<KvV2>
let kv1: KvMount<KvV1>
let kv2Id: string

beforeAll(async () => {
  house = await aHouse()
  acme = await house.organization("acme")
  lead = await house.person(acme, { role: "lead", at: "acme.payments", name: "Lea" })
  token = (await house.machine(acme, { at: "acme.payments", grants: [{ at: "acme.payments" }] })).token
  kv2 = await aKvV2Mount()
  kv1 = await aKvV1Mount()
  kv2Id = await register("vault-two", kv2, 2)
  await register("vault-one", kv1, 1)
  await register("vault-two-again", kv2, 2)
})

afterAll(async () => {
  await house[Symbol.asyncDispose]()
  await kv2[Symbol.asyncDispose]()
  await kv1[Symbol.asyncDispose]()
})

describe("moving a secret to another provider", () => {
  it("carries its versions with their numbers, there and back again, and takes them away at the source if asked", async () => {
    const id = await written("THERE_AND_BACK", "one", "two", "three")
    await house.call("disableVersion", lead, { ...at, secret: "THERE_AND_BACK", version: 2 })
    const there = await moved("vault-two", ["THERE_AND_BACK"], true)
    expect(there).toMatchObject({
      state: "done",
      total: 1,
      finished: 1,
      failed: 0,
      items: [{ state: "done", problem: null }],
    })
    expect(await valuesAt(kv2.kv, "acme.payments/default/THERE_AND_BACK")).toEqual(["one", "two", "three"])
    expect(await read("THERE_AND_BACK")).toBe("three")
    expect(await read("THERE_AND_BACK", 1)).toBe("one")
    expect(await statesOf("THERE_AND_BACK")).toEqual({ 1: "enabled", 2: "disabled", 3: "enabled" })
    expect(await house.database.prisma.sealedValue.count({ where: { secretId: id } })).toBe(0)

    await house.call("writeVersion", lead, { ...at, secret: "THERE_AND_BACK", value: "four" })
    expect(await moved("built-in", ["THERE_AND_BACK"], true)).toMatchObject({ state: "done", finished: 1 })
    expect(await kv2.kv.metadata("acme.payments/default/THERE_AND_BACK")).toBeUndefined()
    expect(await read("THERE_AND_BACK")).toBe("four")
    expect(await read("THERE_AND_BACK", 1)).toBe("one")
    expect(await statesOf("THERE_AND_BACK")).toEqual({ 1: "enabled", 2: "disabled", 3: "enabled", 4: "enabled" })
  })

  it("keeps what is at the source unless asked, and finds a free place when it comes again", async () => {
    const id = await written("COPIED", "one", "two")
    await moved("vault-two", ["COPIED"])
    expect(await house.database.prisma.sealedValue.count({ where: { secretId: id } })).toBe(2)
    await moved("built-in", ["COPIED"])
    expect(await read("COPIED", 1)).toBe("one")
    await moved("vault-two", ["COPIED"])
    await moved("built-in", ["COPIED"])
    expect(await moved("vault-two", ["COPIED"])).toMatchObject({ state: "done", finished: 1 })
    expect(await read("COPIED")).toBe("two")
    const copies = (await kv2.kv.list("acme.payments/default")).filter((name) => name.startsWith("COPIED"))
    expect(copies).toHaveLength(3)
    for (const copy of copies) expect(await valuesAt(kv2.kv, `acme.payments/default/${copy}`)).toEqual(["one", "two"])

    await house.call("destroySecret", lead, { ...at, secret: "COPIED", confirm: "COPIED" })
    expect(await house.database.prisma.sealedValue.count({ where: { secretId: id } })).toBe(0)
    expect((await kv2.kv.list("acme.payments/default")).filter((name) => name.startsWith("COPIED"))).toHaveLength(2)
  })

  it("says that earlier versions are forgotten where the new place keeps one", async () => {
    await written("TO_ONE", "one", "two")
    await moved("vault-two", ["TO_ONE"], true)
    expect(await moved("vault-one", ["TO_ONE"], true)).toMatchObject({ state: "done" })
    expect(await statesOf("TO_ONE")).toEqual({ 1: "forgotten", 2: "enabled" })
    expect(await kv1.kv.get("acme.payments/default/TO_ONE")).toMatchObject({ value: "two" })
    expect(await kv2.kv.metadata("acme.payments/default/TO_ONE")).toBeUndefined()
    expect(await read("TO_ONE")).toBe("two")
    const written3 = await house.call("writeVersion", lead, { ...at, secret: "TO_ONE", value: "three" })
    expect(written3.version.number).toBe(3)
  })

  it("says so of the versions that a new place pushes out", async () => {
    const values = Array.from({ length: 12 }, (_, index) => `value ${index + 1}`)
    await written("LONG", ...values)
    await moved("vault-two", ["LONG"], true)
    const states = await statesOf("LONG")
    expect(Object.values(states).filter((state) => state === "forgotten")).toHaveLength(2)
    expect(await read("LONG", 3)).toBe("value 3")
    expect(await read("LONG", 12)).toBe("value 12")
  })

  it("between two names of the same backend leaves the source whole, and takes away no more than the source", async () => {
    await written("SAME", "one", "two")
    await moved("vault-two", ["SAME"], true)
    expect(await moved("vault-two-again", ["SAME"], true)).toMatchObject({ state: "done" })
    expect(await kv2.kv.metadata("acme.payments/default/SAME")).toBeUndefined()
    expect(await read("SAME")).toBe("two")
    expect(await read("SAME", 1)).toBe("one")
  })

  it("never touches what others have at the place", async () => {
    await kv2.kv.put("acme.payments/default/OCCUPIED", { theirs: "untouched" })
    const id = await written("OCCUPIED", "ours")
    expect(await moved("vault-two", ["OCCUPIED"], true)).toMatchObject({ state: "done" })
    expect(await kv2.kv.get("acme.payments/default/OCCUPIED")).toEqual({ theirs: "untouched" })
    expect(await kv2.kv.get(`acme.payments/default/OCCUPIED~${id}`)).toEqual({ value: "ours" })
    expect(await read("OCCUPIED")).toBe("ours")
  })

  it("leaves an event of its own on each secret, under the name of who asked", async () => {
    const id = await written("TOLD", "one")
    await moved("vault-two", ["TOLD"], true)
    const events = await house.database.prisma.auditEvent.findMany({ where: { secretId: id }, orderBy: { seq: "asc" } })
    expect(events.map(({ action, actorName }) => [action, actorName])).toEqual([
      ["secret.create", "Lea"],
      ["secret.transfer", "Lea"],
      ["secret.remove_at_source", "Lea"],
    ])
  })

  it("brings along what was written at the backend and not seen yet", async () => {
    await written("DRIFTED", "one")
    await moved("vault-two", ["DRIFTED"], true)
    await kv2.kv.put("acme.payments/default/DRIFTED", { value: "changed there" })
    expect(await moved("built-in", ["DRIFTED"], true)).toMatchObject({ state: "done" })
    expect(await read("DRIFTED")).toBe("changed there")
    expect(await read("DRIFTED", 1)).toBe("one")
  })
})

describe("a secret that changes while it is copied", () => {
  it("is copied again when it was written, and loses nothing", async () => {
    await written("WRITTEN", "one")
    const during = once(() => house.call("writeVersion", lead, { ...at, secret: "WRITTEN", value: "two" }))
    const transfer = await start("vault-two", ["WRITTEN"], true)
    await carryOnce(
      houseWith(kv2Id, (store) => ({ ...store, write: async (...of) => (await during(), store.write(...of)) })),
    )
    expect(await described(transfer)).toMatchObject({
      state: "running",
      items: [{ state: "copying", problem: "It was changed while it was copied." }],
    })
    expect(await read("WRITTEN")).toBe("two")
    expect(await carried(transfer)).toMatchObject({ state: "done" })
    expect(await read("WRITTEN")).toBe("two")
    expect(await valuesAt(kv2.kv, "acme.payments/default/WRITTEN")).toEqual(["one", "two"])
  })

  it("keeps no value of a version that was destroyed meanwhile", async () => {
    await written("DESTROYED_ONE", "one", "two")
    const input = { ...at, secret: "DESTROYED_ONE", version: 1, confirm: "DESTROYED_ONE" }
    const during = once(() => house.call("destroyVersion", lead, input))
    const transfer = await start("vault-two", ["DESTROYED_ONE"], true)
    await carryOnce(
      houseWith(kv2Id, (store) => ({
        ...store,
        write: async (...of) => {
          const receipt = await store.write(...of)
          await during()
          return receipt
        },
      })),
    )
    expect(await carried(transfer)).toMatchObject({ state: "done" })
    expect(await valuesAt(kv2.kv, "acme.payments/default/DESTROYED_ONE")).toEqual(["two"])
    expect(await statesOf("DESTROYED_ONE")).toEqual({ 1: "destroyed", 2: "enabled" })
  })

  it.each<[string, () => Promise<unknown>]>([
    ["deleted", () => house.call("deleteSecret", lead, { ...at, secret: "GONE_deleted" })],
    [
      "destroyed",
      () => house.call("destroySecret", lead, { ...at, secret: "GONE_destroyed", confirm: "GONE_destroyed" }),
    ],
    [
      "moved",
      () =>
        house.call("moveSecret", lead, {
          ...at,
          secret: "GONE_moved",
          toScope: "acme.payments.dev",
          toVault: "default",
        }),
    ],
  ])("is left where it is when it was %s, and its copy is taken back", async (how, act) => {
    const name = `GONE_${how}`
    await written(name, "one")
    const during = once(act)
    const transfer = await start("vault-two", [name], true)
    await carryOnce(
      houseWith(kv2Id, (store) => ({
        ...store,
        write: async (...of) => {
          const receipt = await store.write(...of)
          await during()
          return receipt
        },
      })),
    )
    const { prisma } = house.database
    expect(await carried(transfer)).toMatchObject({ state: "done", finished: 1 })
    expect(await prisma.transferItem.findFirst({ where: { transferId: transfer.id } })).toMatchObject({
      state: "skipped",
      toLocation: null,
    })
    expect(await kv2.kv.metadata(`acme.payments/default/${name}`)).toBeUndefined()
  })

  it("takes no write that was on its way to the old place", async () => {
    await written("ON_ITS_WAY", "one")
    const core = house.house
    const stale = async (): Promise<void> => {
      await moved("vault-two", ["ON_ITS_WAY"], true)
    }
    const slow: House = {
      ...core,
      writes: {
        ...core.writes,
        find: async (name) => {
          const target = await core.writes.find(name)
          await once(stale)()
          return target
        },
      },
    }
    const write = openCore(slow).callAs("writeVersion", lead, { ...at, secret: "ON_ITS_WAY", value: "two" }, aRequest())
    await expect(write).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("another provider"),
    })
    expect(await read("ON_ITS_WAY")).toBe("one")
    await house.call("writeVersion", lead, { ...at, secret: "ON_ITS_WAY", value: "two" })
    expect(await read("ON_ITS_WAY")).toBe("two")
  })
})

describe("trouble on the way", () => {
  it("rests while a provider can't serve, says why, and goes on by itself", async () => {
    await using layer = await faultLayer(kv2.server.plainAddress, { root: kv2.server.root })
    await register("vault-ailing", { ...kv2, server: { ...kv2.server, address: layer.address } }, 2)
    const names = Array.from({ length: 6 }, (_, index) => `AILING_${index}`)
    for (const name of names) await written(name, name)
    const transfer = await start("vault-ailing", names, true)
    await layer.play(faults.sealed, { path: /AILING_[2345]/ })
    await carryOnce()
    const between = await described(transfer)
    expect(between).toMatchObject({ state: "running", failed: 0 })
    expect(between.items.filter(({ state }) => state === "switched" || state === "done")).toHaveLength(2)
    expect(between.items.some(({ problem }) => problem !== null)).toBe(true)
    for (const name of names) expect(await read(name)).toBe(name)
    await layer.clear()
    expect(await carried(transfer)).toMatchObject({ state: "done", finished: 6 })
    for (const name of names) expect(await read(name)).toBe(name)
  }, 30_000)

  it("fails what is refused, takes its copy back, and tries it again when it is resumed", async () => {
    await written("REFUSED", "one", "two")
    const transfer = await start("vault-two", ["REFUSED"], true)
    const refuse = once(() => Promise.reject(new ProviderError("permission_denied", "The test refuses it.")))
    const second = (store: SecretStore): SecretStore => ({
      ...store,
      write: async (place, version) => {
        if (version.number === 2) await refuse()
        return store.write(place, version)
      },
    })
    await carryOnce(houseWith(kv2Id, second))
    expect(await described(transfer)).toMatchObject({
      state: "failed",
      failed: 1,
      items: [{ state: "failed", problem: "The test refuses it." }],
    })
    expect(await kv2.kv.metadata("acme.payments/default/REFUSED")).toBeUndefined()
    await house.call("resumeTransfer", lead, { scope: at.scope, transfer: transfer.id })
    expect(await carried(transfer)).toMatchObject({ state: "done", failed: 0 })
    expect(await read("REFUSED", 1)).toBe("one")
  })

  it("says when the source doesn't let itself be cleared, serves from the new place, and clears it when it is resumed", async () => {
    await written("UNCLEARED", "one")
    await moved("vault-two", ["UNCLEARED"], true)
    const transfer = await start("built-in", ["UNCLEARED"], true)
    const refuse = once(() => Promise.reject(new ProviderError("permission_denied", "The test refuses it.")))
    const keeps = houseWith(kv2Id, (store) => ({
      ...store,
      remove: async (...of) => {
        await refuse()
        return store.remove(...of)
      },
    }))
    await carryOnce(keeps)
    await carryOnce(keeps)
    expect(await described(transfer)).toMatchObject({ state: "failed", items: [{ problem: "The test refuses it." }] })
    expect(await read("UNCLEARED")).toBe("one")
    expect(await valuesAt(kv2.kv, "acme.payments/default/UNCLEARED")).toEqual(["one"])
    await house.call("resumeTransfer", lead, { scope: at.scope, transfer: transfer.id })
    expect(await carried(transfer)).toMatchObject({ state: "done" })
    expect(await kv2.kv.metadata("acme.payments/default/UNCLEARED")).toBeUndefined()
    expect(await read("UNCLEARED")).toBe("one")
  })

  it("never clears a place that the secret is kept at again", async () => {
    const id = await written("BACK_AGAIN", "one")
    const transfer = await start("vault-two", ["BACK_AGAIN"], true)
    const refuse = (): Promise<never> => Promise.reject(new ProviderError("permission_denied", "The test refuses it."))
    const keeps = houseWith(null, (store) => ({ ...store, remove: refuse }))
    await carryOnce(keeps)
    await carryOnce(keeps)
    expect(await described(transfer)).toMatchObject({ state: "failed" })
    expect(await moved("built-in", ["BACK_AGAIN"], true)).toMatchObject({ state: "done" })
    await house.call("resumeTransfer", lead, { scope: at.scope, transfer: transfer.id })
    expect(await carried(transfer)).toMatchObject({
      state: "done",
      items: [{ problem: expect.stringContaining("in use") }],
    })
    expect(await read("BACK_AGAIN")).toBe("one")
    expect(await house.database.prisma.sealedValue.count({ where: { secretId: id } })).toBe(1)
  })

  it("can be paused, and goes on when it is resumed", async () => {
    await written("PAUSED", "one")
    const transfer = await start("vault-two", ["PAUSED"])
    expect(await house.call("pauseTransfer", lead, { scope: at.scope, transfer: transfer.id })).toMatchObject({
      state: "paused",
    })
    await carryOnce()
    expect(await described(transfer)).toMatchObject({ state: "paused", items: [{ state: "waiting" }] })
    await house.call("resumeTransfer", lead, { scope: at.scope, transfer: transfer.id })
    expect(await carried(transfer)).toMatchObject({ state: "done" })
  })

  it("gives its turn to another after a while, and goes on after that", async () => {
    await written("LONG_1", "one")
    await written("LONG_2", "two")
    const transfer = await start("vault-two", ["LONG_1", "LONG_2"])
    await carryTransfers(house.house, 0)
    expect(await described(transfer)).toMatchObject({ state: "running", finished: 1, total: 2 })
    expect(await carried(transfer)).toMatchObject({ state: "done", finished: 2 })
  })

  it("doesn't go on once the approval of the address was taken back", async () => {
    const id = await register("vault-changed", kv2, 2)
    await written("UNAPPROVED", "one")
    const transfer = await start("vault-changed", ["UNAPPROVED"])
    await house.database.prisma.provider.updateMany({ where: { id }, data: { epoch: 2 } })
    await carryOnce()
    expect(await described(transfer)).toMatchObject({
      state: "failed",
      items: [{ problem: expect.stringContaining("approved") }],
    })
    expect(await kv2.kv.metadata("acme.payments/default/UNAPPROVED")).toBeUndefined()
  })

  it("holds up the deletion of its scope, so that no copy is left that nobody knows of", async () => {
    const scope = "acme.payments.dev"
    await house.call("createSecret", lead, { scope, vault: "default", name: "BETWEEN", value: "one" })
    const transfer = await house.call("startTransfer", lead, {
      scope,
      to: "vault-two",
      secrets: [{ vault: "default", secret: "BETWEEN" }],
      removeAtSource: true,
    })
    await carryOnce(
      houseWith(kv2Id, (store) => ({
        ...store,
        write: () => Promise.reject(new ProviderError("sealed", "The test has sealed it.")),
      })),
    )
    expect(await described(transfer)).toMatchObject({
      items: [{ state: "copying", problem: "The test has sealed it." }],
    })
    const deletion = house.call("deleteScope", lead, { scope, confirm: scope })
    await expect(deletion).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining("on their way") })
    expect(await carried(transfer)).toMatchObject({ state: "done" })
  })

  it("is refused for a secret that another transfer has, and for one that isn't there", async () => {
    await written("TWICE", "one")
    const transfer = await start("vault-two", ["TWICE"])
    await expect(start("vault-one", ["TWICE"])).rejects.toMatchObject({ code: "conflict" })
    await expect(start("vault-one", ["NOWHERE"])).rejects.toMatchObject({ code: "not_found" })
    await expect(start("nowhere", ["TWICE"])).rejects.toMatchObject({ code: "not_found" })
    expect(await carried(transfer)).toMatchObject({ state: "done" })
  })
})

describe("processes that die, and several at once", () => {
  const points = [
    "source.describe",
    "target.describe",
    "source.read",
    "target.write before",
    "target.write after",
    "target.read",
    "target.describe at the end",
    "source.remove before",
    "source.remove after",
    "target.remove",
  ] as const

  it.each(points)("at %s: nothing is lost, doubled or left behind unlisted", async (point) => {
    const name = `KILLED_${points.indexOf(point)}`
    const id = await written(name, "one", "two")
    const transfer = await start("vault-two", [name], true)
    if (point === "target.remove") await died("target.write after")
    if (point.startsWith("source.remove")) await carryOnce()
    await died(point)
    expect(await read(name)).toBe("two")
    expect(await carried(transfer)).toMatchObject({ state: "done", finished: 1, failed: 0 })
    expect(await read(name)).toBe("two")
    expect(await read(name, 1)).toBe("one")
    expect((await kv2.kv.list("acme.payments/default")).filter((leaf) => leaf.startsWith(name))).toEqual([name])
    expect(await valuesAt(kv2.kv, `acme.payments/default/${name}`)).toEqual(["one", "two"])
    expect(await house.database.prisma.sealedValue.count({ where: { secretId: id } })).toBe(0)
  })

  it("a process that comes back after another took over changes nothing", async () => {
    await written("ZOMBIE", "one")
    const transfer = await start("vault-two", ["ZOMBIE"], true)
    const gate = Promise.withResolvers<undefined>()
    const reached = Promise.withResolvers<undefined>()
    const slow = houseWith(kv2Id, (store) => ({
      ...store,
      write: async (...of) => {
        const receipt = await store.write(...of)
        reached.resolve(undefined)
        await gate.promise
        return receipt
      },
    }))
    const zombie = carryOnce(slow)
    await reached.promise
    expect(await carried(transfer)).toMatchObject({ state: "done" })
    gate.resolve(undefined)
    await zombie
    expect(await read("ZOMBIE")).toBe("one")
    expect(await valuesAt(kv2.kv, "acme.payments/default/ZOMBIE")).toEqual(["one"])
  })

  it("four processes carry forty secrets once", async () => {
    const scope = "acme.data"
    const owner = await house.person(acme, { role: "owner", at: "acme" })
    const names = Array.from({ length: 40 }, (_, index) => `MANY_${index}`)
    await Promise.all(
      names.map((name) =>
        house.call("createSecret", owner, { scope, vault: "default", name, value: `value of ${name}` }),
      ),
    )
    const transfer = await house.call("startTransfer", owner, { scope, to: "vault-two", removeAtSource: true })
    await Promise.all(Array.from({ length: 4 }, () => carryTransfers(house.house)))
    await rested()
    await Promise.all(Array.from({ length: 4 }, () => carryTransfers(house.house)))
    expect(await house.call("describeTransfer", owner, { scope, transfer: transfer.id })).toMatchObject({
      state: "done",
      finished: 40,
    })
    expect(await kv2.kv.list("acme.data/default")).toHaveLength(40)
    expect(await valuesAt(kv2.kv, "acme.data/default/MANY_17")).toEqual(["value of MANY_17"])
    const events = await house.database.prisma.auditEvent.count({ where: { action: "secret.transfer", scope } })
    expect(events).toBe(40)
  })
})

// --- doing

function register(
  name: string,
  { server, mount }: Pick<KvMount<unknown>, "server" | "mount">,
  kvVersion: 1 | 2,
): Promise<string> {
  return registerVault(house, acme, { name, address: server.address, token: server.rootToken, mount, kvVersion })
}

async function written(name: string, ...values: string[]): Promise<string> {
  const [first = "", ...more] = values
  const { secret } = await house.call("createSecret", lead, { ...at, name, value: first })
  for (const value of more) await house.call("writeVersion", lead, { ...at, secret: name, value })
  return secret.id
}

function start(to: string, secrets: readonly string[], removeAtSource = false): Promise<TransferDetail> {
  const named = secrets.map((secret) => ({ vault: at.vault, secret }))
  return house.call("startTransfer", lead, { scope: at.scope, to, secrets: named, removeAtSource })
}

async function moved(to: string, secrets: readonly string[], removeAtSource = false): Promise<TransferDetail> {
  return carried(await start(to, secrets, removeAtSource))
}

function described({ id, scope }: TransferDetail): Promise<TransferDetail> {
  return house.call("describeTransfer", lead, { scope, transfer: id })
}

/** One run of the job, in a process whose time has come. */
async function carryOnce(inHouse = house.house): Promise<void> {
  await rested()
  await carryTransfers(inHouse)
}

async function carried(transfer: TransferDetail): Promise<TransferDetail> {
  for (let run = 0; run < 20; run++) {
    await carryOnce()
    const now = await described(transfer)
    if (now.state !== "running") return now
  }
  return described(transfer)
}

/** Whoever had a transfer has had it long enough. */
async function rested(): Promise<void> {
  await house.database.prisma.$executeRaw`UPDATE "Transfer" SET "leaseUntil" = NULL WHERE "leaseUntil" IS NOT NULL`
}

function once<Result>(act: () => Promise<Result>): () => Promise<Result | undefined> {
  let isDone = false
  return async () => {
    if (isDone) return undefined
    isDone = true
    return act()
  }
}

/** The house of a process whose calls to one store go another way. */
function houseWith(providerId: string | null, change: (store: SecretStore) => SecretStore): House {
  const { stores } = house.house
  const of: Stores["of"] = async (binding: StoreBinding) => {
    const store = await stores.of(binding)
    return binding.providerId === providerId ? change(store) : store
  }
  return { ...house.house, stores: { ...stores, of } }
}

/** Runs the job until it gets to a point, and never gets further. */
async function died(point: string): Promise<void> {
  await rested()
  const dead = Promise.withResolvers<undefined>()
  const [whose = "", call = ""] = point.split(/[. ]/)
  const isLate = point.endsWith("after")
  let writes = 0
  const dying = houseWith(whose === "source" ? null : kv2Id, (store) => {
    const die = async (act: () => Promise<unknown>): Promise<never> => {
      if (isLate) await act()
      dead.resolve(undefined)
      return new Promise<never>(() => undefined)
    }
    const describe = async (place: Place): ReturnType<SecretStore["describe"]> => {
      const isIt = call === "describe" && (!point.endsWith("end") || writes > 0)
      return isIt ? die(() => store.describe(place)) : store.describe(place)
    }
    const write: SecretStore["write"] = async (place, version) => {
      writes += 1
      return call === "write" && writes === 2 ? die(() => store.write(place, version)) : store.write(place, version)
    }
    const read: SecretStore["read"] = async (...of) =>
      call === "read" ? die(() => store.read(...of)) : store.read(...of)
    const remove: SecretStore["remove"] = async (...of) =>
      call === "remove" ? die(() => store.remove(...of)) : store.remove(...of)
    return { ...store, describe, write, read, remove }
  })
  void carryTransfers(dying)
  await dead.promise
}

// --- seeing

async function read(secret: string, version?: number): Promise<string> {
  const input = { scope: at.scope, vault: at.vault, secret, ...(version !== undefined && { version }) }
  const answer = await house.core.call("readValue", { kind: "bearer", token }, input, aRequest())
  return answer.notModified === true ? "not modified" : answer.value
}

async function statesOf(secret: string): Promise<Record<number, string>> {
  const { items } = await house.call("listVersions", lead, { ...at, secret, limit: 200 })
  return Object.fromEntries(items.map(({ number, state }) => [number, state]))
}

/** What the backend holds at a path, oldest first, as the test's own client sees it. */
async function valuesAt(kv: KvV2, path: string): Promise<unknown[]> {
  const metadata = await kv.metadata(path)
  const numbers = Object.keys(metadata?.versions ?? {})
    .map(Number)
    .toSorted((a, b) => a - b)
  return Promise.all(numbers.map(async (number) => (await kv.get(path, number))?.value))
}
