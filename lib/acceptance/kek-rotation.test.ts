/**
 * The key encryption key is rotated while eight machines write and eight read, over two real api processes, of which one
 * is killed at each step of it. No read fails, no acknowledged write is lost, every key lies under the new one at the
 * end, a key that is needed can't be retired, and processes with the new key alone serve everything.
 *
 * A reader whose process is killed asks the other one, as a load balancer has it; that is no failure, and is counted.
 */
import { randomBytes } from "node:crypto"
import pg from "pg"
import { afterAll, beforeAll, expect, inject, it } from "vitest"
import type { House } from "../core/context.ts"
import { activateKey, describeKeys, retireKey, stageKey } from "../core/key-rotation.ts"
import { openHouse } from "../core/open-house.ts"
import { makeOrganizationKey } from "../core/organization-keys.ts"
import { openSealed } from "../core/sealing.ts"
import { newKeyEncryptionKeyText, parseKeyEncryptionKeys } from "../crypto/configured-keys.ts"
import { Keyring } from "../crypto/keyring.ts"
import { type Database, openDatabase } from "../db/database.ts"
import { newId } from "../db/ids.ts"
import { poll } from "../process/poll.ts"
import { expose, Secret } from "../secret.ts"
import { aHouse, type TestHouse, type TestOrganization } from "../testing/a-house.ts"
import { type ApiProcess, anApiProcess } from "../testing/an-api-process.ts"
import { openFigures } from "../testing/figures.ts"
import { verifyChain } from "../testing/verify-chain.ts"

const rounds = inject("isLong") ? 50 : 1
const longestMinutes = inject("isLong") ? 20 : 2
const organizations = 60
const writers = 8
const readers = 8
const pace = 50

const keys = [newKey(0)]
const counts = { rounds: 0, kills: 0, reads: 0, failedReads: 0, otherProcess: 0, writes: 0, lostWrites: 0, refusals: 0 }
const failures: string[] = []

let inner: TestHouse
let acme: TestOrganization
let database: Database
let processes: ApiProcess[] = []
const tokens: string[] = []
/** What was acknowledged of each writer's secret, oldest first. */
const acknowledged = new Map<string, { version: number; value: string }[]>()

beforeAll(async () => {
  inner = await aHouse({ keyring: keyringOf(keys) })
  acme = await inner.organization("acme")
  const alice = await inner.person(acme, { role: "editor", at: "acme" })
  const grants = [{ at: "acme" }, { at: "acme", access: "write" as const }]
  for (let each = 0; each < Math.max(writers, readers); each += 1) {
    tokens.push((await inner.machine(acme, { at: "acme", grants })).token)
  }
  for (let each = 0; each < writers; each += 1) {
    const value = aValue()
    await inner.call("createSecret", alice, { scope: "acme", vault: "default", name: nameOf(each), value })
    acknowledged.set(nameOf(each), [{ version: 1, value }])
  }
  await addOrganizations(inner.house, organizations)
  database = openDatabase({ url: inner.appUrl })
  processes = await Promise.all([start(keys), start(keys)])
})

afterAll(async () => {
  const figures = openFigures("kek-rotation")
  figures.tell(`rotations under ${writers} writers and ${readers} readers`, counts.rounds, rounds)
  figures.tell("api processes killed meanwhile, at each step of it", counts.kills, `${rounds * 6} or more`)
  figures.tell("reads that failed", counts.failedReads, `0 of ${counts.reads}`)
  figures.tell("acknowledged writes that were lost", counts.lostWrites, `0 of ${counts.writes}`)
  figures.tell("retirements of a needed key that were refused", counts.refusals, rounds)
  for (const each of processes) await each.kill()
  await database[Symbol.asyncDispose]()
  await inner[Symbol.asyncDispose]()
})

it(
  "rotates the key under load, killed at each step, and loses and fails nothing",
  async () => {
    const stopping = new AbortController()
    const load = [
      ...Array.from({ length: writers }, (_, each) => write(each, stopping.signal)),
      ...Array.from({ length: readers }, (_, each) => read(each, stopping.signal)),
    ]
    const until = performance.now() + longestMinutes * 60_000
    try {
      while (counts.rounds < rounds && performance.now() < until) {
        await rotate()
        counts.rounds += 1
      }
    } finally {
      stopping.abort()
      await Promise.all(load)
    }
    expect(failures.slice(0, 5)).toEqual([])
    expect(counts.failedReads).toBe(0)
    await expectEverythingThere()
    expect(counts.lostWrites).toBe(0)
  },
  (longestMinutes + 2) * 60_000,
)

// --- one rotation

async function rotate(): Promise<void> {
  const [old] = keys
  const next = newKey(counts.rounds + 1)
  keys.unshift(next)
  const both = keys.slice(0, 2)
  const oldLabel = old?.label ?? ""
  // Every process gets the new key, which is staged meanwhile. Until the last one has it, nobody may rely on it.
  await replace(0, both)
  const house = await aHouseWith(both)
  await stageKey(house, next.label)
  await expect(activateKey(house)).rejects.toThrow(/serve without the key/)
  await replace(1, both)
  await activateKey(house)
  await addOrganizations(house, 1)

  // While rows are being replaced.
  await killWhileHeld(`LOCK TABLE "OrganizationKey" IN SHARE MODE`, 0, both, async () => {
    expect(await poll(isAnyWaiting, { forMs: 20_000 })).toBe(true)
    await expect(retireKey(house, oldLabel)).rejects.toThrow(/still needed/)
    counts.refusals += 1
  })
  expect(await poll(async () => (await rowsUnder(house, oldLabel)) === 0, { forMs: 30_000 })).toBe(true)
  await retireKey(house, oldLabel)

  keys.length = 1
  await replace(0, keys)
  await replace(1, keys)
  const { keys: known } = await describeKeys(house)
  const byLabel = Object.fromEntries(known.map(({ label, state, rows }) => [label, `${state} ${rows}`]))
  // Three of the installation's own, acme's, those that were made before, and one for each rotation.
  const all = 3 + 1 + organizations + counts.rounds + 1
  expect(byLabel).toMatchObject({ [next.label]: `active ${all}`, [oldLabel]: "retired 0" })
}

/** Kills a process and starts it again with these keys. */
async function replace(index: number, withKeys: typeof keys): Promise<void> {
  await kill(index)
  processes[index] = await start(withKeys)
}

/** It can't say that it is gone: that is believed after half a minute, and here at once. */
async function kill(index: number): Promise<void> {
  const { pid = 0 } = processes[index] ?? {}
  await processes[index]?.kill()
  counts.kills += 1
  await database.pool.query(`UPDATE "ApiProcess" SET "seenAt" = "seenAt" - interval '1 minute' WHERE "pid" = $1`, [pid])
}

/** Holds up what the job does in the database, kills a process there, and lets go. */
async function killWhileHeld(
  hold: string,
  index: number,
  withKeys: typeof keys,
  meanwhile: () => Promise<void>,
): Promise<void> {
  const client = new pg.Client({ connectionString: inner.ownerUrl })
  await client.connect()
  try {
    await client.query("BEGIN")
    await client.query(hold)
    // One that comes up is at it at once.
    await replace(index, withKeys)
    await meanwhile()
    await kill(index)
  } finally {
    await client.query("ROLLBACK")
    await client.end()
  }
  processes[index] = await start(withKeys)
}

async function isAnyWaiting(): Promise<boolean> {
  const { rows } = await database.pool.query<{ some: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS "some"`,
  )
  return rows[0]?.some === true
}

async function rowsUnder(house: House, label: string): Promise<number> {
  return (await describeKeys(house)).keys.find((key) => key.label === label)?.rows ?? -1
}

async function addOrganizations(house: House, count: number): Promise<void> {
  for (let each = 0; each < count; each += 1) {
    await house.database.prisma.$transaction((tx) => makeOrganizationKey(tx, house, newId()))
  }
}

// --- the load

async function write(each: number, signal: AbortSignal): Promise<void> {
  const name = nameOf(each)
  const path = `/api/v1/scopes/acme/vaults/default/secrets/${name}/versions`
  while (!signal.aborted) {
    const value = aValue()
    const init = { method: "POST", body: JSON.stringify({ value }), headers: { "content-type": "application/json" } }
    const answer = await ask(each, path, init, "once")
    if (answer?.status === 200 || answer?.status === 201) {
      counts.writes += 1
      acknowledged.get(name)?.push({ version: numberOf(answer.body.version), value })
    } else if (answer !== undefined && answer.status !== 409)
      failures.push(`a write was answered with ${answer.status}`)
    await pause()
  }
}

async function read(each: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const name = nameOf(Math.floor(Math.random() * writers))
    const least = acknowledged.get(name)?.at(-1)
    const answer = await ask(each, `/api/v1/vaults/default/secrets/${name}/value`, {}, "until it is answered")
    counts.reads += 1
    const isRight = answer?.status === 200 && Number(answer.body.version) >= (least?.version ?? 0)
    const known = acknowledged.get(name)?.find(({ version }) => version === answer?.body.version)
    if (!isRight || (known !== undefined && known.value !== answer.body.value)) {
      counts.failedReads += 1
      failures.push(`a read was answered with ${answer?.status ?? "nothing"}`)
    }
    await pause()
  }
}

interface Answer {
  status: number
  body: Record<string, unknown>
}

/**
 * Asks one process and, where that one is gone, the other. One always serves; but while one of them was being asked, it
 * may have come back and the other been killed, so each is asked twice. Undefined when none of that was answered.
 */
async function ask(
  each: number,
  path: string,
  init: { method?: string; body?: string; headers?: Record<string, string> },
  how: "once" | "until it is answered",
): Promise<Answer | undefined> {
  const headers = { ...init.headers, authorization: `Bearer ${tokens[each] ?? ""}` }
  const first = Math.floor(Math.random() * 2)
  for (const index of [first, 1 - first, first, 1 - first]) {
    try {
      const response = await fetch(`${processes[index]?.url ?? ""}${path}`, { ...init, headers })
      return { status: response.status, body: (await response.json()) as Answer["body"] }
    } catch {
      counts.otherProcess += 1
      if (how === "once") return undefined
    }
  }
  return undefined
}

/** A write answers with the version, and its number is part of that. */
function numberOf(version: unknown): number {
  return (version as { number: number }).number
}

// --- afterwards

/** Each acknowledged version is there with its value, what is current is served, and the chain is whole. */
async function expectEverythingThere(): Promise<void> {
  const house = await aHouseWith(keys)
  for (const [name, versions] of acknowledged) {
    const { id } = await database.prisma.secret.findFirstOrThrow({ where: { organizationId: acme.id, name } })
    const rows = await database.prisma.sealedValue.findMany({ where: { organizationId: acme.id, secretId: id } })
    const opened = await openSealed(house, rows)
    const values = new Map(rows.map(({ version }, index) => [version, textOf(opened[index])]))
    counts.lostWrites += versions.filter(({ version, value }) => values.get(version) !== value).length
  }
  expect(await verifyChain(house, acme.id)).toMatchObject({ events: expect.any(Number) })
}

function textOf(opened: unknown): string {
  return opened instanceof Secret ? Buffer.from(expose(opened)).toString("utf8") : ""
}

// --- odds and ends

function newKey(number: number): { label: string; text: string } {
  return { label: `k${number}`, text: `k${number}:${newKeyEncryptionKeyText()}` }
}

function keyringOf(some: typeof keys): Keyring {
  return new Keyring(parseKeyEncryptionKeys(textsOf(some)))
}

function textsOf(some: typeof keys): string {
  return some.map(({ text }) => text).join(",")
}

function aHouseWith(some: typeof keys): Promise<House> {
  const { publicUrl } = inner.house
  return openHouse({ database, keyring: keyringOf(some), publicUrl, identityProviders: [], production: false })
}

function start(withKeys: typeof keys): Promise<ApiProcess> {
  return anApiProcess({ databaseUrl: inner.appUrl, kek: textsOf(withKeys) })
}

function nameOf(each: number): string {
  return `SECRET_${each}`
}

function aValue(): string {
  return randomBytes(24).toString("base64url")
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, pace))
}
