/**
 * A process of the product that does what a test tells it and stops for good at a point that has a name, so that the
 * test can kill it there. It says when it is there. It speaks by its parent's channel: `DyingOrder` in, `DyingWord` out.
 */
import type { PersonCaller } from "../core/caller.ts"
import type { House } from "../core/context.ts"
import { openCore } from "../core/core.ts"
import { openHouse } from "../core/open-house.ts"
import { reconcile } from "../core/reconcile.ts"
import { carryTransfers } from "../core/transfers/carry.ts"
import { Key } from "../crypto/key.ts"
import { Keyring } from "../crypto/keyring.ts"
import { openDatabase } from "../db/database.ts"
import { newId } from "../db/ids.ts"
import { type Egress, type Fetch, openEgress } from "../net/egress.ts"
import type { SecretStore } from "../providers/provider.ts"

/** The points that this process stops at by itself; others are in the network, or in the database. */
export const ownPoints = [
  "before the intent",
  "after the intent",
  "before the store is asked",
  "the store has answered",
  "after the commit",
  "before the answer",
  "before a place is noted",
  "before the copy",
  "after a copied version",
  "before the switch",
  "after the switch",
  "before the removal",
  "after the removal",
] as const
type OwnPoint = (typeof ownPoints)[number]

export interface Task {
  kind: "createSecret" | "writeVersion" | "move"
  /** The secret's name, which no other task has. */
  name: string
  /** For a move: what it will be bound to. */
  toProviderId?: string
  scope: string
  vault: string
  value: string
  point: string
}

export type DyingOrder =
  | { order: "open"; databaseUrl: string; key: Uint8Array }
  | { order: "do"; tasks: Task[]; caller: PersonCaller }
  | { order: "settle" }
export type DyingWord =
  | { said: "ready" }
  | { said: "reached" | "failed"; name: string; how?: string }
  | { said: "settled" }

let house: House | undefined
const tasks = new Map<string, Task>()
const namesById = new Map<string, string>()

process.on("message", (message) => {
  void obey(message as DyingOrder) // nobody else speaks to it
})
process.on("disconnect", () => process.exit())

async function obey(order: DyingOrder): Promise<void> {
  if (order.order === "open") {
    house = await open(order.databaseUrl, order.key)
    say({ said: "ready" })
    return
  }
  if (house === undefined) throw new Error("It isn't open.")
  if (order.order === "settle") {
    await reconcile(house)
    await carryTransfers(house)
    say({ said: "settled" })
    return
  }
  for (const task of order.tasks) {
    tasks.set(task.name, task)
    void perform(house, task, order.caller)
  }
}

async function perform(house: House, task: Task, caller: PersonCaller): Promise<void> {
  const { kind, name, scope, vault, value } = task
  if (kind === "move") {
    // As many at it as there are moves: each has one transfer at a time, and stays at the point of one.
    for (;;) await carryTransfers(house).then(() => pause())
  }
  const input = kind === "createSecret" ? { scope, vault, name, value } : { scope, vault, secret: name, value }
  const request = { id: newId(), address: "192.0.2.1", userAgent: null, idempotencyKey: null, ifNoneMatch: null }
  try {
    await openCore(house).callAs(kind, caller, input, request)
  } catch (error) {
    say({ said: "failed", name, how: String(error) })
    return
  }
  await stopAt("before the answer", name)
}

async function open(url: string, key: Uint8Array): Promise<House> {
  const opened = await openHouse({
    database: openDatabase({ url }),
    keyring: new Keyring([{ label: "test", key: Key.fromBytes(key) }]),
    publicUrl: "http://localhost:3000",
    identityProviders: [],
    production: false,
    egress: patient(openEgress({ allow: [], own: [], loopback: true })),
  })
  return withPoints(opened)
}

/** Nothing that is held may end before the process does. */
function patient(egress: Egress): Egress {
  const slower =
    (fetch: Fetch): Fetch =>
    (request) =>
      fetch({ ...request, timeoutMs: 120_000 })
  return { ...egress, fetch: slower(egress.fetch), fetchFor: (owner) => slower(egress.fetchFor(owner)) }
}

function withPoints(house: House): House {
  const { writes, stores, database } = house
  return {
    ...house,
    writes: {
      ...writes,
      begin: async (write) => {
        await stopAt("before the intent", await nameOf(house, write.secretId))
        const begun = await writes.begin(write)
        await stopAt("after the intent", await nameOf(house, write.secretId))
        return begun
      },
      beginSecret: async (secret) => {
        namesById.set(secret.secretId, secret.name)
        await stopAt("before the intent", secret.name)
        const begun = await writes.beginSecret(secret)
        await stopAt("after the intent", secret.name)
        return begun
      },
      commit: async (write) => {
        const committed = await writes.commit(write)
        await stopAt("after the commit", await nameOf(house, write.secretId))
        return committed
      },
    },
    stores: {
      ...stores,
      of: async (binding) => storeWithPoints(house, await stores.of(binding)),
      forNew: async (scope, who) => {
        const chosen = await stores.forNew(scope, who)
        return { ...chosen, store: storeWithPoints(house, chosen.store) }
      },
    },
    database: {
      ...database,
      prisma: new Proxy(database.prisma, {
        get: (prisma, name) => {
          if (name !== "$transaction") return Reflect.get(prisma, name) as unknown // what Prisma has
          return (work: unknown, ...rest: unknown[]) => transactionWithPoint(prisma, work, rest)
        },
      }),
    },
  }
}

function storeWithPoints(house: House, store: SecretStore): SecretStore {
  const written = new Map<string, number>()
  const at = async (point: OwnPoint, secretId: string): Promise<void> => stopAt(point, await nameOf(house, secretId))
  const isMove = async (secretId: string): Promise<boolean> => tasks.get(await nameOf(house, secretId))?.kind === "move"
  return {
    ...store,
    describe: async (place) => {
      const { secretId, location } = place
      // The target is looked at before and after; the source, where the secret is bound, doesn't count.
      const bound = await house.database.prisma.secret.findFirst({
        where: { id: secretId },
        select: { location: true },
      })
      if ((await isMove(secretId)) && bound?.location !== location) {
        await at(written.has(secretId) ? "before the switch" : "before a place is noted", secretId)
      }
      return store.describe(place)
    },
    write: async (place, version) => {
      const { secretId } = place
      const isFirst = !written.has(secretId)
      await at((await isMove(secretId)) ? "before the copy" : "before the store is asked", secretId)
      const receipt = await store.write(place, version)
      written.set(secretId, (written.get(secretId) ?? 0) + 1)
      if (!(await isMove(secretId))) await at("the store has answered", secretId)
      else if (isFirst) await at("after a copied version", secretId)
      return receipt
    },
    remove: async (place, versions) => {
      const { secretId } = place
      const isAtSource = written.size === 0
      if (isAtSource) await at("before the removal", secretId)
      await store.remove(place, versions)
      if (isAtSource) await at("after the removal", secretId)
    },
  }
}

type Prisma = House["database"]["prisma"]

/** Stops after the transaction that has bound a secret to its new place: the first that sees it there. */
async function transactionWithPoint(prisma: Prisma, work: unknown, rest: unknown[]): Promise<unknown> {
  const transaction = prisma.$transaction.bind(prisma) as (...of: unknown[]) => Promise<unknown> // as it is called
  if (typeof work !== "function") return transaction(work, ...rest)
  const run = work as (tx: Pick<Prisma, "secret">) => Promise<unknown> // as Prisma calls it
  let bound: Task | undefined
  const result = await transaction(
    async (tx: Pick<Prisma, "secret">) => {
      const done = await run(tx)
      bound = await newlyBound(tx)
      return done
    },
    ...rest,
  )
  if (bound !== undefined) await stopAt("after the switch", bound.name)
  return result
}

const seen = new Set<string>()

async function newlyBound(tx: Pick<Prisma, "secret">): Promise<Task | undefined> {
  for (const task of tasks.values()) {
    const { name, point, toProviderId: providerId } = task
    if (point !== "after the switch" || providerId === undefined || seen.has(name)) continue
    if ((await tx.secret.count({ where: { name, providerId } })) === 0) continue
    seen.add(name)
    return task
  }
  return undefined
}

async function nameOf({ database: { prisma } }: House, secretId: string): Promise<string> {
  const known = namesById.get(secretId)
  if (known !== undefined) return known
  const found = await prisma.secret.findFirst({ where: { id: secretId }, select: { name: true } })
  const name = found?.name ?? ""
  namesById.set(secretId, name)
  return name
}

async function stopAt(point: OwnPoint, name: string): Promise<void> {
  if (tasks.get(name)?.point !== point) return
  say({ said: "reached", name })
  await new Promise(() => undefined)
}

function say(word: DyingWord): void {
  process.send?.(word)
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50))
}
