/**
 * Faults of our own Postgres under load: gone, dead, slow, without a free connection, without room, killed. The real api
 * process serves writers and readers all the while. What it can't do it refuses with a clear 503; what it answers is
 * right; what it acknowledged is there afterwards; and it heals by itself as soon as its database does.
 */
import { execFileSync } from "node:child_process"
import { randomBytes } from "node:crypto"
import { readFileSync, rmSync, statfsSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import pg from "pg"
import { afterAll, beforeAll, expect, inject, it, vi } from "vitest"
import { parseKeyEncryptionKeys } from "../crypto/configured-keys.ts"
import { Keyring } from "../crypto/keyring.ts"
import { fails, onConnection } from "../process/connection.ts"
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../process/embedded-postgres.ts"
import { runMigrations } from "../process/migrations.ts"
import { poll } from "../process/poll.ts"
import { socketFolderOf } from "../process/private-folder.ts"
import { aHouse, type TestHouse } from "../testing/a-house.ts"
import { openFigures } from "../testing/figures.ts"
import { type PostgresWire, postgresWire } from "../testing/postgres-wire.ts"
import { temporaryFolder } from "../testing/temporary-folder.ts"
import { type Answered, aRunningProduct, type RunningProduct } from "./a-running-product.ts"

const isLong = inject("isLong")
const figures = openFigures("postgres-faults")
const migrations = join(import.meta.dirname, "..", "..", "prisma", "migrations")
const vault = "default"
/** How long a fault lasts, and how often one comes back. */
const lastsMs = isLong ? 15_000 : 2_500
const rounds = isLong ? 20 : 2

if (isLong) vi.setConfig({ testTimeout: 300_000 })

const stage = new AsyncDisposableStack()
let folder: string
let postgres: EmbeddedPostgres
let wire: PostgresWire
let house: TestHouse
let product: RunningProduct
let organizationId: string
let writerToken: string
let readerToken: string
/** The data folder is a file system of its own, that a test may fill. */
let isSmall = false

beforeAll(async () => {
  folder = stage.use(temporaryFolder()).path
  isSmall = mountSmallFileSystem()
  postgres = await start()
  stage.defer(async () => {
    await postgres.stop()
    rmSync(socketFolderOf(folder, "postgres"), { recursive: true, force: true })
  })
  await runMigrations({ ownerUrl: postgres.ownerUrl, folder: migrations })
  wire = stage.use(await postgresWire(postgres.appUrl))
  const kek = randomBytes(32).toString("base64url")
  const { ownerUrl, appUrl } = postgres
  const place = { ownerUrl, appUrl, [Symbol.asyncDispose]: () => Promise.resolve() }
  house = stage.use(await aHouse({ place, keyring: new Keyring(parseKeyEncryptionKeys(kek)) }))
  const acme = await house.organization("acme")
  organizationId = acme.id
  const owner = await house.person(acme, { role: "owner", at: "acme" })
  writerToken = (await house.call("createPersonalToken", owner, { name: "writer" })).token ?? ""
  readerToken = (await house.machine(acme, { at: "acme", grants: [{ at: "acme" }] })).token
  product = stage.use(await aRunningProduct({ house, kek, databaseUrl: () => wire.url }))
}, 120_000)

afterAll(() => stage.disposeAsync())

function start(): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({
    folder,
    settings: { max_connections: "40", max_wal_size: "64MB", min_wal_size: "32MB" },
  })
}

it("serves under load when nothing is wrong", async () => {
  const seen = await underLoad("nothing wrong", () => pause(1_000))
  expect([seen.written > 0, seen.read > 0, seen.refused]).toEqual([true, true, 0])
})

it("says 503 while the database is gone, and heals when it is back", async () => {
  const seen = await underLoad("gone", async () => {
    wire.become("cut")
    await expectNotReady()
    await pause(lastsMs)
    wire.become("open")
    await tellRecovery("gone")
  })
  expect(seen.refused).toBeGreaterThan(0)
})

it("says 503 in bounded time while the database is silent, and heals when it speaks again", async () => {
  const seen = await underLoad("silent", async () => {
    wire.become("dead")
    await expectNotReady()
    await pause(lastsMs)
    wire.become("open")
    await tellRecovery("silent")
  })
  figures.tell(
    "longest wait for an answer while the database was silent",
    `${(seen.longestMs / 1000).toFixed(1)} s`,
    "45 s",
  )
  expect(seen.longestMs).toBeLessThan(45_000)
})

it("serves on, slower, while the database is slow", async () => {
  const seen = await underLoad("slow", async () => {
    wire.become({ delayMs: 150 })
    await pause(lastsMs)
    wire.become("open")
    await tellRecovery("slow")
  })
  expect(seen.written).toBeGreaterThan(0)
})

it("says 503 while others have every connection, and heals when they leave", async () => {
  const seen = await underLoad("out of connections", async () => {
    const others = await takeEveryConnection()
    await expectNotReady()
    await pause(lastsMs)
    for (const client of others) await client.end()
    await tellRecovery("out of connections")
  })
  expect(seen.refused).toBeGreaterThan(0)
})

it("loses nothing that it acknowledged when Postgres is killed or restarted under load, again and again", async () => {
  await underLoad("killed and restarted", async () => {
    for (let round = 1; round <= rounds; round++) {
      if (round % 2 === 0) await postgres.stop()
      else {
        process.kill(Number(readFileSync(join(folder, "postgres", "postmaster.pid"), "utf8").split("\n")[0]), "SIGKILL")
        await postgres.ended
      }
      postgres = await start()
      await tellRecovery(`${round % 2 === 0 ? "restarted" : "killed"}, round ${round}`)
    }
  })
})

it("discloses nothing while no event can be written, and says 503 as it does for everything else", async () => {
  const before = await read(names[0] ?? "")
  expect(before.status).toBe(200)
  await onConnection(postgres.ownerUrl, async (owner) => {
    await owner.query(`ALTER TABLE "AuditEvent" ADD CONSTRAINT "full" CHECK (false) NOT VALID`)
    for (const name of names) {
      const { status, body, headers } = await read(name)
      expect([status, headers["retry-after"], body.includes(name)]).toEqual([503, "1", false])
    }
    expect((await product.ask("GET", "/api/v1/scopes/acme/secrets", { token: writerToken })).status).toBe(503)
    await owner.query(`ALTER TABLE "AuditEvent" DROP CONSTRAINT "full"`)
  })
  expect((await read(names[0] ?? "")).status).toBe(200)
})

it("says 503 while there is no room on the disk, and heals when there is", async () => {
  if (!isSmall) {
    const why = "NOT MEASURED: no small file system can be mounted here (it takes root on Linux)"
    console.warn(`postgres-faults: the disk that is full is ${why}`)
    figures.tell("disk full", why, "503, then heals")
    return
  }
  const filler = join(folder, "filler")
  const seen = await underLoad("disk full", async () => {
    fill(filler)
    // What is free inside the files takes the first writes.
    const large = { value: randomBytes(30_000).toString("base64") }
    const isFull = async (): Promise<boolean> => (await write("FILLING", large)).status === 503
    expect(await poll(isFull, { forMs: 60_000, everyMs: 1 })).toBe(true)
    await pause(lastsMs)
    truncateSync(filler, 0)
    await whenPostgresIsBack()
    await tellRecovery("disk full")
  })
  expect(seen.refused).toBeGreaterThan(0)
})

it("has no gap among its audit events after all that, and every version that it acknowledged", async () => {
  let lost = 0
  let checked = 0
  for (const [name, versions] of acknowledged) {
    const some = isLong ? [...versions] : [...versions].filter((_, at) => at % 7 === 0).concat([...versions].slice(-1))
    for (const [version, value] of some) {
      const { status, body } = await read(name, version)
      checked += 1
      if (status !== 200 || (JSON.parse(body) as { value: string }).value !== value) lost += 1
    }
  }
  figures.tell("acknowledged writes lost", `${lost} of ${checked} looked at`, 0)
  expect(lost).toBe(0)
  const { rows } = await onConnection(postgres.ownerUrl, (owner) =>
    owner.query<{ gaps: number }>(
      `SELECT count(*)::int AS gaps FROM (SELECT "seq" - lag("seq") OVER (ORDER BY "seq") AS step
       FROM "AuditEvent" WHERE "organizationId" = $1) AS s WHERE step <> 1`,
      [organizationId],
    ),
  )
  expect(rows).toEqual([{ gaps: 0 }])
  expect([product.api.exitCode, product.api.signalCode]).toEqual([null, null])
})

// --- load

const names = ["W0", "W1", "W2", "W3"]
/** What each version that was acknowledged holds, by secret. */
const acknowledged = new Map<string, Map<number, string>>(names.map((name) => [name, new Map()]))
let attempt = 0

interface Seen {
  written: number
  read: number
  refused: number
  /** Writes whose outcome the product said it doesn't know. */
  unknown: number
  longestMs: number
  wrong: string[]
}

/** Writers and readers until `meanwhile` is over. Nothing wrong may have been seen. */
async function underLoad(fault: string, meanwhile: () => Promise<unknown>): Promise<Seen> {
  const seen: Seen = { written: 0, read: 0, refused: 0, unknown: 0, longestMs: 0, wrong: [] }
  for (const name of [...names, "FILLING"]) {
    const body = JSON.stringify({ name, value: `${name} first` })
    await product.ask("POST", `/api/v1/scopes/acme/vaults/${vault}/secrets`, {
      token: writerToken,
      headers: json,
      body,
    })
  }
  let isOver = false
  const again = async (act: () => Promise<boolean>): Promise<void> => {
    while (!isOver) {
      const from = performance.now()
      const isServed = await act().catch((error: unknown) => {
        seen.wrong.push(`no answer: ${String(error)}`)
        return false
      })
      if (!isServed) await pause(25) // whoever is refused comes again a little later
      seen.longestMs = Math.max(seen.longestMs, performance.now() - from)
    }
  }
  const load = names.flatMap((name) => [again(() => writeOnce(name, seen)), again(() => readOnce(name, seen))])
  try {
    await meanwhile()
  } finally {
    isOver = true
    await Promise.all(load)
  }
  const { written, read, refused, unknown, wrong } = seen
  const asked = written + read + refused + unknown + wrong.length
  figures.tell(
    `${fault}: answers that were neither right nor a clear 503`,
    `${wrong.length} of ${asked} (${refused} refused, ${unknown} unknown)`,
    0,
  )
  expect(wrong.slice(0, 5).join("\n")).toBe("")
  return seen
}

async function writeOnce(name: string, seen: Seen): Promise<boolean> {
  const value = `${name} attempt ${++attempt}`
  const answer = await write(name, { value })
  if (answer.status !== 200) return refusal(answer, "a write", seen)
  const { outcome, version } = JSON.parse(answer.body) as { outcome: string; version: { number: number } } // the contract
  // Its writer is told to look: that is no promise, and no refusal either.
  if (outcome === "unknown") seen.unknown += 1
  if (outcome !== "written") return false
  if (acknowledged.get(name)?.has(version.number) === true) seen.wrong.push(`${name}@${version.number} was given twice`)
  acknowledged.get(name)?.set(version.number, value)
  seen.written += 1
  return true
}

async function readOnce(name: string, seen: Seen): Promise<boolean> {
  const latest = Math.max(0, ...(acknowledged.get(name)?.keys() ?? []))
  const answer = await read(name)
  if (answer.status !== 200) return refusal(answer, "a read", seen)
  const { value, version } = JSON.parse(answer.body) as { value: string; version: number } // as the contract says
  const known = acknowledged.get(name)?.get(version)
  if (version < latest || !value.startsWith(`${name} `) || (known !== undefined && known !== value)) {
    seen.wrong.push(`read ${name}@${version} as "${value}" after ${latest} was acknowledged`)
  }
  seen.read += 1
  return true
}

function refusal({ status, headers, body }: Answered, what: string, seen: Seen): false {
  const isClear =
    status === 503 && Number(headers["retry-after"]) >= 1 && /"code":"unavailable","message":"[^"]{20,}/.test(body)
  // One before it, whose end couldn't be written down, holds its place until it is settled: the next is told so.
  const isBehindUnsettled = status === 409 && body.includes("is under way. Try again")
  if (isClear || isBehindUnsettled) seen.refused += 1
  else seen.wrong.push(`${what}: ${status} ${body.slice(0, 200)}`)
  return false
}

const json = { "content-type": "application/json" }

function write(name: string, body: { value: string }): Promise<Answered> {
  const target = `/api/v1/scopes/acme/vaults/${vault}/secrets/${name}/versions`
  return product.ask("POST", target, { token: writerToken, headers: json, body: JSON.stringify(body) })
}

function read(name: string, version?: number): Promise<Answered> {
  const query = version === undefined ? "?scope=acme" : `?scope=acme&version=${version}`
  return product.ask("GET", `/api/v1/vaults/${vault}/secrets/${name}/value${query}`, { token: readerToken })
}

async function expectNotReady(): Promise<void> {
  const saysSo = async (): Promise<boolean> => (await product.ask("GET", "/health/ready")).status === 503
  const from = performance.now()
  expect(await poll(saysSo, { forMs: 30_000 })).toBe(true)
  expect(performance.now() - from).toBeLessThan(20_000)
  expect((await product.ask("GET", "/health/live")).status).toBe(200)
}

/** How long after its end a fault is still felt. */
async function tellRecovery(fault: string): Promise<void> {
  const from = performance.now()
  const healed = async (): Promise<boolean> => {
    const [ready, reading, writing] = await Promise.all([
      product.ask("GET", "/health/ready"),
      read(names[0] ?? ""),
      write("FILLING", { value: "small" }),
    ])
    return [ready, reading, writing].every(({ status }) => status === 200)
  }
  expect(await poll(healed, { forMs: 60_000 })).toBe(true)
  figures.tell(`${fault}: healed after its end in`, `${((performance.now() - from) / 1000).toFixed(1)} s`, "60 s")
}

// --- faults

/** As the superuser too, whose few reserved ones an operator would have. The product's own are ended. */
async function takeEveryConnection(): Promise<pg.Client[]> {
  const taken: pg.Client[] = []
  const first = await connected(postgres.adminUrl)
  taken.push(first)
  const fillUp = async (): Promise<number> => {
    for (let added = 0; ; added++) {
      const client = await connected(postgres.ownerUrl).catch(() => undefined)
      if (client === undefined) return added
      taken.push(client)
    }
  }
  // One that was told to end holds its place for a while, and whoever comes first has it then.
  const isFull = async (): Promise<boolean> => {
    await first.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'strongroom_app'`)
    if ((await fillUp()) > 0) return false
    const { rows } = await first.query<{ left: number }>(
      `SELECT count(*)::int AS left FROM pg_stat_activity WHERE usename = 'strongroom_app'`,
    )
    return rows[0]?.left === 0
  }
  expect(await poll(isFull, { forMs: 20_000 })).toBe(true)
  return taken
}

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  client.on("error", fails)
  await client.connect()
  return client
}

function mountSmallFileSystem(): boolean {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=300m,mode=0700", "tmpfs", folder], { stdio: "pipe" })
    stage.defer(() => void execFileSync("umount", ["-l", folder], { stdio: "pipe" }))
    return true
  } catch {
    return false
  }
}

function fill(file: string): void {
  writeFileSync(file, "")
  for (const size of [2 ** 20, 4096]) {
    const block = Buffer.alloc(size)
    while (statfsSync(folder).bavail * statfsSync(folder).bsize >= size) writeFileSync(file, block, { flag: "a" })
  }
}

/** Without room for its log it may have ended itself. */
async function whenPostgresIsBack(): Promise<void> {
  const hasEnded = await Promise.race([postgres.ended.then(() => true), pause(500, false)])
  if (hasEnded) postgres = await start()
}
