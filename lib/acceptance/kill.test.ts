/**
 * Real processes of the product, killed with SIGKILL at points that have names, of a write to a remote store and of a
 * move from one to another. A fresh process settles what they left. Then the product and an independent client of the
 * backend are held against each other: nothing lost, nothing there twice, nothing there that the product doesn't know.
 */
import { type ChildProcess, fork } from "node:child_process"
import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { join } from "node:path"
import pg from "pg"
import { afterAll, beforeAll, expect, inject, it } from "vitest"
import { Key } from "../crypto/key.ts"
import { Keyring } from "../crypto/keyring.ts"
import { poll } from "../process/poll.ts"
import type { Exchange, Fault } from "../testing/fault-layer.ts"
import type { DyingOrder, DyingWord, Task } from "../testing/fixture-dying-process.ts"
import { verifyChain } from "../testing/verify-chain.ts"
import { aScene, aStage, runOutLeases, type Scene, type Stage } from "./a-remote-scene.ts"

/** Where a write is killed, and whether its store has the value by then, or gets it afterwards. */
const writePoints = {
  "before the intent": "never there",
  "after the intent": "never there",
  "before the store is asked": "never there",
  "sent and lost": "never there",
  "sent and applied after the death": "there",
  "applied and not answered": "there",
  "the store has answered": "there",
  "in the commit": "there",
  "after the commit": "acknowledged",
  "before the answer": "acknowledged",
} as const
const movePoints = [
  "before a place is noted",
  "before the copy",
  "a copy sent and lost",
  "a copy applied and not answered",
  "after a copied version",
  "before the switch",
  "in the switch",
  "after the switch",
  "before the removal",
  "a removal applied and not answered",
  "after the removal",
] as const
/** What the database holds up: the organization's audit chain is locked there. */
const inTheDatabase: ReadonlySet<string> = new Set(["in the commit", "in the switch"])

const rounds = inject("isLong") ? 20 : 2
const vault = "default"
const keyBytes = randomBytes(32)
const otherProvider = "vault-next"

let stage: Stage
/** Everything but what is stopped in the database, which has an organization of its own. */
let main: Scene
let locked: Scene
const otherIds = new Map<Scene, string>()
const figures = { kills: 0, writes: 0, moves: 0, lost: 0, doubled: 0, orphaned: 0 }

beforeAll(async () => {
  stage = await aStage({ keyring: new Keyring([{ label: "test", key: Key.fromBytes(Buffer.from(keyBytes)) }]) })
  for (const scene of [(main = await aScene(stage)), (locked = await aScene(stage))]) {
    otherIds.set(scene, await scene.register(otherProvider, `${scene.prefix}-next`))
  }
})

afterAll(async () => {
  const { kills, writes, moves, lost, doubled, orphaned } = figures
  console.log(
    `killed ${kills} processes in ${writes} writes and ${moves} moves: ${lost} lost, ${doubled} doubled, ${orphaned} orphaned`,
  )
  await main[Symbol.asyncDispose]()
  await locked[Symbol.asyncDispose]()
  await stage[Symbol.asyncDispose]()
})

it.each(Array.from({ length: rounds }, (_, index) => index + 1))(
  "loses, doubles and orphans nothing when a process is killed at each of the points, round %i",
  async (round) => {
    const writes = await Promise.all(Object.keys(writePoints).map((point) => prepareWrite(round, point)))
    const moves = await Promise.all(movePoints.map((point) => prepareMove(round, point)))
    await killAtTheirPoints([...writes, ...moves])
    for (const scene of [main, locked]) await settle(scene)
    for (const write of writes) await expectWritten(write)
    for (const move of moves) await expectMoved(move)
    for (const scene of [main, locked]) await expectNothingElse(scene)
  },
  120_000,
)

// --- what is about to be interrupted

interface Prepared extends Task {
  scene: Scene
  /** What was acknowledged before, oldest first. */
  before: string[]
}

async function prepareWrite(round: number, point: string): Promise<Prepared> {
  const scene = inTheDatabase.has(point) ? locked : main
  const name = nameOf("W", round, point)
  const isNew = round % 2 === 0
  const before = isNew ? [] : [scene.value(`${name} 1`)]
  if (before[0] !== undefined) {
    await scene.call("createSecret", { scope: scene.prefix, vault, name, value: before[0] })
  }
  const kind = isNew ? "createSecret" : "writeVersion"
  return { scene, kind, name, point, before, value: scene.value(`${name} new`), scope: scene.prefix, vault }
}

async function prepareMove(round: number, point: string): Promise<Prepared> {
  const scene = inTheDatabase.has(point) ? locked : main
  const name = nameOf("M", round, point)
  const at = { scope: scene.prefix, vault }
  const before = [1, 2, 3].map((number) => scene.value(`${name} ${number}`))
  await scene.call("createSecret", { ...at, name, value: before[0] ?? "" })
  for (const value of before.slice(1)) await scene.call("writeVersion", { ...at, secret: name, value })
  return { scene, kind: "move", name, point, before, value: "", ...at, toProviderId: otherIds.get(scene) ?? "" }
}

function nameOf(what: string, round: number, point: string): string {
  return `${what}${round}_${point.replaceAll(" ", "_")}`
}

// --- killing

/** Everything is under way in one process when it is killed, and each thing is at its own point. */
async function killAtTheirPoints(tasks: readonly Prepared[]): Promise<void> {
  const reached = new Set<string>()
  const lateOnes: (() => Promise<unknown>)[] = []
  for (const scene of [main, locked]) await scene.layer.play(holdingAt(tasks, reached, lateOnes))
  const child = await startProcess((name) => reached.add(name))
  const [first, last] = [tasks.filter(({ scene }) => scene === main), tasks.filter(({ scene }) => scene === locked)]
  try {
    // Nothing can be asked for once the audit is locked; it waits until then.
    await startMoves(last)
    await delayMoves(locked, "1 day")
    await startMoves(first)
    begin(child, main, first)
    await waitFor("all points", first, () => first.every(({ name }) => reached.has(name)), reached)
    const unlock = await lockAudit(locked)
    await delayMoves(locked, "0")
    begin(child, locked, last)
    await waitFor("the locks", last, async () => (await waitingForLocks()) >= last.length, reached)
    child.kill("SIGKILL")
    await once(child, "exit")
    await unlock()
  } finally {
    child.kill("SIGKILL")
  }
  figures.kills += 1
  await Promise.all(lateOnes.map((apply) => apply()))
  for (const scene of [main, locked]) await scene.layer.clear()
  await poll(async () => (await openTransactions()) === 0, { forMs: 10_000 })
}

async function startMoves(tasks: readonly Prepared[]): Promise<void> {
  for (const { scene, kind, name } of tasks) {
    if (kind !== "move") continue
    const secrets = [{ vault, secret: name }]
    await scene.call("startTransfer", { scope: scene.prefix, to: otherProvider, secrets, removeAtSource: true })
  }
}

async function delayMoves({ house, organization }: Scene, by: string): Promise<void> {
  await house.database.pool.query(
    `UPDATE "Transfer" SET "leaseUntil" = now() + $2::interval WHERE "organizationId" = $1 AND "state" = 'running'`,
    [organization.id, by],
  )
}

function begin(child: ChildProcess, { admin }: Scene, tasks: readonly Prepared[]): void {
  const plain = tasks.map(({ scene: _, before: __, ...task }): Task => task)
  order(child, { order: "do", tasks: plain, caller: admin })
}

/** Holds the requests of those that are killed while one is on its way. */
function holdingAt(tasks: readonly Prepared[], reached: Set<string>, lateOnes: (() => Promise<unknown>)[]): Fault {
  const seen = new Map<string, number>()
  const react = async (exchange: Exchange): Promise<void> => {
    const task = tasks.find(({ name }) => exchange.path.endsWith(`/${name}`))
    const what = task === undefined ? undefined : requestOf(task, exchange)
    if (task === undefined || what === undefined) return void exchange.answer(await exchange.apply())
    const { name, point, kind } = task
    const nth = (seen.get(`${name} ${what}`) ?? 0) + 1
    seen.set(`${name} ${what}`, nth)
    const isIt = what === "removal" || kind !== "move" || nth === 2
    if (!isIt) return void exchange.answer(await exchange.apply())
    if (point === "sent and applied after the death") lateOnes.push(() => exchange.apply())
    else if (point.includes("applied")) await exchange.apply()
    reached.add(name)
    await exchange.hold()
  }
  return { name: "held at a point", react }
}

/** A request at which its task is to be killed. */
function requestOf({ point }: Task, { method, path }: Exchange): "write" | "removal" | undefined {
  const isWrite = method === "POST" && path.includes("/data/")
  const isRemoval = method === "DELETE" && path.includes("/metadata/")
  if (point === "a removal applied and not answered") return isRemoval ? "removal" : undefined
  return isWrite && /sent and|applied and/.test(point) ? "write" : undefined
}

async function startProcess(reached: (name: string) => void): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, "..", "testing", "fixture-dying-process.ts"), {
    serialization: "advanced",
    execArgv: [],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  })
  child.on("message", (message) => {
    const word = message as DyingWord // it says nothing else
    if (word.said === "reached") reached(word.name)
    if (word.said === "failed") console.log(`${word.name} ended before it was killed: ${word.how ?? ""}`)
  })
  order(child, { order: "open", databaseUrl: stage.inner.appUrl, key: Buffer.from(keyBytes) })
  await said(child, "ready")
  return child
}

function order(child: ChildProcess, order: DyingOrder): void {
  child.send(order)
}

async function said(child: ChildProcess, what: DyingWord["said"]): Promise<void> {
  for (;;) {
    const [word] = (await once(child, "message", { signal: AbortSignal.timeout(30_000) })) as [DyingWord]
    if (word.said === what) return
  }
}

async function waitFor(
  what: string,
  tasks: readonly Prepared[],
  isSo: () => boolean | Promise<boolean>,
  reached: ReadonlySet<string>,
): Promise<void> {
  const isThere = await poll(
    async () => {
      // What a transfer leaves at its source is removed in a later turn.
      await main.house.database.pool.query(
        `UPDATE "Transfer" t SET "leaseUntil" = now() WHERE "leaseUntil" < now() + interval '12 seconds' AND "state" = 'running'`,
      )
      return isSo()
    },
    { forMs: 45_000, everyMs: 50 },
  )
  if (isThere) return
  const missing = tasks.filter(({ name }) => !reached.has(name)).map(({ name }) => name)
  const items = await main.house.database.pool.query(
    `SELECT s."name", i."state", i."problem" FROM "TransferItem" i JOIN "Secret" s ON s."id" = i."secretId" WHERE s."name" = ANY($1)`,
    [missing],
  )
  throw new Error(`Waited for ${what} in vain: ${missing.join(", ")}. ${JSON.stringify(items.rows)}`)
}

/** Keeps an organization's audit chain to ourselves: whoever commits there stops in the middle of their transaction. */
async function lockAudit({ organization }: Scene): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: stage.inner.ownerUrl })
  await client.connect()
  client.on("error", () => undefined) // its database goes when a round failed
  await client.query("BEGIN")
  await client.query(`SELECT 1 FROM "AuditHead" WHERE "organizationId" = $1 FOR UPDATE`, [organization.id])
  return async () => {
    await client.query("ROLLBACK")
    await client.end()
  }
}

async function waitingForLocks(): Promise<number> {
  const { rows } = await main.house.database.pool.query<{ count: number }>(
    `SELECT count(DISTINCT pid)::int AS "count" FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()`,
  )
  return rows[0]?.count ?? 0
}

async function openTransactions(): Promise<number> {
  const { rows } = await main.house.database.pool.query<{ count: number }>(
    `SELECT count(*)::int AS "count" FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL`,
  )
  return rows[0]?.count ?? 0
}

// --- afterwards

/** As the jobs of a process that comes up do, with all leases over. */
async function settle(scene: Scene): Promise<void> {
  const child = await startProcess(() => undefined)
  for (let turn = 0; turn < 4; turn++) {
    await runOutLeases(scene.house, scene.organization.id)
    order(child, { order: "settle" })
    await said(child, "settled")
  }
  child.disconnect()
  await once(child, "exit")
}

async function expectWritten({ scene, name, point, kind, before, value }: Prepared): Promise<void> {
  figures.writes += 1
  const found = await valuesThere(scene, name)
  const times = found.filter((each) => each === value).length
  const shouldBeThere = writePoints[point as keyof typeof writePoints] !== "never there"
  if (times > 1) figures.doubled += 1
  const expected = shouldBeThere ? [...before, value] : before
  if (expected.some((each) => !found.includes(each))) figures.lost += 1
  expect({ name, found }).toEqual({ name, found: expected })
  const at = { scope: scene.prefix, vault }
  if (expected.length === 0) {
    // Its name is free, and so is its place.
    await scene.call("createSecret", { ...at, name, value: scene.value(`${name} again`) })
    return
  }
  const read = await scene.read("readValue", { ...at, secret: name })
  expect(read).toMatchObject({ value: expected.at(-1) })
  const { versions } = await rowOf(scene, name)
  expect(versions.map(({ backendVersion }) => backendVersion)).toEqual(expected.map((_, index) => String(index + 1)))
  // Nobody else did anything there.
  expect({ name, driftedAt: (await rowOf(scene, name)).driftedAt }).toEqual({ name, driftedAt: null })
  const next = await scene.call("writeVersion", { ...at, secret: name, value: scene.value(`${name} next`) })
  expect(next.outcome).toBe("written")
  void kind
}

async function expectMoved({ scene, name, before }: Prepared): Promise<void> {
  figures.moves += 1
  const secret = await rowOf(scene, name)
  expect({ name, providerId: secret.providerId }).toEqual({ name, providerId: otherIds.get(scene) })
  expect(secret.location.startsWith(`${scene.prefix}-next/`)).toBe(true)
  const there = await scene.kv.metadata(secret.location)
  const held = await Promise.all(
    Object.keys(there?.versions ?? {}).map(
      async (number) => (await scene.kv.get(secret.location, Number(number)))?.value,
    ),
  )
  if (before.some((value) => !held.includes(value))) figures.lost += 1
  if (new Set(held).size !== held.length) figures.doubled += 1
  expect({ name, held }).toEqual({ name, held: before })
  expect({ name, left: await valuesThere(scene, name) }).toEqual({ name, left: [] })
  const read = await scene.read("readValue", { scope: scene.prefix, vault, secret: name })
  expect(read).toMatchObject({ value: before.at(-1), version: 3 })
}

/** What lies at the backend is what the product knows, nothing is open, and the audit is whole. */
async function expectNothingElse(scene: Scene): Promise<void> {
  const { organization, house, prefix } = scene
  const { prisma } = house.database
  const kept = await prisma.secret.findMany({ where: { organizationId: organization.id, state: { not: "destroyed" } } })
  const there = [...(await scene.kv.listAll(prefix)), ...(await scene.kv.listAll(`${prefix}-next`))]
  const unknown = there.filter((location) => !kept.some((secret) => secret.location === location))
  figures.orphaned += unknown.length
  expect(unknown).toEqual([])
  expect(there.toSorted()).toEqual(kept.map(({ location }) => location).toSorted())
  const open = await prisma.operation.count({
    where: { organizationId: organization.id, state: { in: ["intended", "applied", "unknown"] } },
  })
  expect(open).toBe(0)
  const transfers = await prisma.transfer.findMany({ where: { organizationId: organization.id } })
  expect(transfers.filter(({ state }) => state !== "done")).toEqual([])
  expect(await verifyChain(house, organization.id)).toMatchObject({ events: expect.any(Number) })
}

/** Every value at its place in the first provider, oldest first. */
async function valuesThere(scene: Scene, name: string): Promise<unknown[]> {
  const path = `${scene.prefix}/${scene.prefix}/${vault}/${name}`
  const there = await scene.kv.metadata(path)
  const numbers = Object.keys(there?.versions ?? {}).map(Number)
  return Promise.all(numbers.map(async (number) => (await scene.kv.get(path, number))?.value))
}

async function rowOf({ house, organization }: Scene, name: string) {
  return house.database.prisma.secret.findFirstOrThrow({
    where: { organizationId: organization.id, name },
    include: { versions: { orderBy: { number: "asc" } } },
  })
}
