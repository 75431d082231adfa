/**
 * Two worlds: two installations that differ in their stored values alone get the same calls of people, and can't be told
 * apart by answers, audit events, or what is asked of Postgres. In one world all values are the same text, which people
 * write again and again; in the other each is another. What is told by design is the same in both: a value's class of
 * size, and whether it is text.
 */
import { afterAll, beforeAll, expect, inject, it } from "vitest"
import type { InputOf } from "../contract/api.ts"
import type { OperationName } from "../contract/routes.ts"
import type { PersonCaller } from "../core/caller.ts"
import { isAppError } from "../errors.ts"
import { aHouse, type TestHouse } from "../testing/a-house.ts"
import { openFigures } from "../testing/figures.ts"
import { statementsOf } from "../testing/sent-statements.ts"
import { type Random, randomOf } from "./fuzzed-requests.ts"

const isLong = inject("isLong")
const figures = openFigures("two-worlds")
const calls = isLong ? 2_000 : 250
const seed = 20_261_201

const scopes = ["acme", "acme.payments", "acme.payments.prod"] as const
const secrets = ["A_KEY", "B_KEY", "C_KEY", "D_KEY", "E_KEY"] as const

/** One and the same, of 26 bytes as the others are; people also look for it, and type it where names go. */
const known = "correct-horse-battery-stap"

interface World {
  house: TestHouse
  organizationId: string
  people: readonly PersonCaller[]
  /** The value of the nth write. */
  valueOf(write: number): string
}

let same: World
let different: World

beforeAll(async () => {
  same = await aWorld(() => known)
  different = await aWorld((write) => `${String(write).padStart(6, "0")}-another-world-value`)
})

afterAll(async () => {
  await same.house[Symbol.asyncDispose]()
  await different.house[Symbol.asyncDispose]()
})

it("answers the same calls alike, with the same events and the same statements, whatever is stored", {
  timeout: 900_000,
}, async () => {
  const random = randomOf(seed)
  const told: string[] = []
  const times = { same: [] as number[], different: [] as number[] }
  const asked = new Map<string, number>()
  for (let at = 0; at < calls; at++) {
    const call = aCall(random, at)
    const [one, other] = [await ask(same, call), await ask(different, call)]
    times.same.push(one.milliseconds)
    times.different.push(other.milliseconds)
    asked.set(`${call.name} ${one.outcome}`, (asked.get(`${call.name} ${one.outcome}`) ?? 0) + 1)
    if (one.answer !== other.answer) told.push(`${at} ${call.name}: ${difference(one.answer, other.answer)}`)
    // A refusal doesn't wait for what is looked up beside it.
    if (one.outcome !== "done") continue
    const [only, otherOnly] = [without(one.statements, other.statements), without(other.statements, one.statements)]
    if (only.length + otherOnly.length > 0)
      told.push(`${at} ${call.name}, statements: ${[...only, "against", ...otherOnly].join("; ")}`)
  }
  const [events, otherEvents] = [await eventsOf(same), await eventsOf(different)]
  const apart = events.filter((event, at) => event !== otherEvents[at])
  figures.tell("calls of people in both worlds", calls, "2,000")
  figures.tell(
    "of them that were carried out",
    [...asked].filter(([key]) => key.endsWith("done")).reduce((sum, [, n]) => sum + n, 0),
    "—",
  )
  figures.tell("answers or statements that differ", told.length, 0)
  figures.tell("audit events that differ", `${apart.length} of ${events.length}`, 0)
  const [median, otherMedian] = [medianOf(times.same), medianOf(times.different)]
  figures.tell("median time of a call, one world to the other", (median / otherMedian).toFixed(2), "about 1")
  expect(told.slice(0, 5).join("\n")).toBe("")
  expect(apart.slice(0, 5)).toEqual([])
  expect(otherEvents).toHaveLength(events.length)
  // The calls did something: each kind of write was carried out at some time.
  const done = [...asked.keys()].filter((key) => key.endsWith(" done")).map((key) => key.split(" ")[0])
  expect(done).toEqual(expect.arrayContaining(["createSecret", "writeVersion", "rollBack", "runImport", "moveSecret"]))
})

it("finds a world that tells of a value", async () => {
  const told = (value: string): string => plain(JSON.stringify({ size: value.length }))
  expect(told(known)).not.toBe(told(`${known}!`))
})

// --- calls

type Call = {
  [Name in OperationName]: { name: Name; who: number; input: (valueOf: World["valueOf"]) => InputOf<Name> }
}[OperationName]

/** A call that people make, with the nth value where it takes one. */
function aCall(random: Random, at: number): Call {
  const who = random.of([0, 0, 0, 1, 1, 2])
  const scope = random.of(scopes)
  const secret = random.of(secrets)
  const vault = "default"
  const of = { scope, vault, secret }
  const version = 1 + random.below(2)
  const toScope = random.of(scopes)
  const effective = random.chance(0.5)
  const makers: (() => Call)[] = [
    () => ({ name: "createSecret", who, input: (value) => ({ scope, vault, name: secret, value: value(at) }) }),
    () => ({ name: "createSecret", who, input: (value) => ({ scope, vault, name: secret, value: value(at) }) }),
    () => ({ name: "writeVersion", who, input: (value) => ({ ...of, value: value(at), expectedVersion: version }) }),
    () => ({ name: "writeVersion", who, input: (value) => ({ ...of, value: value(at) }) }),
    () => ({ name: "rollBack", who, input: () => ({ ...of, version }) }),
    () => ({
      name: "runImport",
      who,
      input: (value) => ({
        scope,
        vault,
        rows: [
          { name: secret, value: value(at), key: `import-${at}-1` },
          { name: `I_${at}`, value: value(at), key: `import-${at}-2` },
        ],
      }),
    }),
    () => ({ name: "previewImport", who, input: () => ({ scope, vault, names: [...secrets] }) }),
    () => ({ name: "changeSecret", who, input: () => ({ ...of, description: `changed ${at}` }) }),
    () => ({ name: "moveSecret", who, input: () => ({ ...of, toScope, toVault: vault }) }),
    () => ({ name: "disableVersion", who, input: () => ({ ...of, version }) }),
    () => ({ name: "enableVersion", who, input: () => ({ ...of, version }) }),
    () => ({ name: "destroyVersion", who, input: () => ({ ...of, version, confirm: secret }) }),
    () => ({ name: "disableSecret", who, input: () => of }),
    () => ({ name: "enableSecret", who, input: () => of }),
    () => ({ name: "deleteSecret", who, input: () => of }),
    () => ({ name: "restoreSecret", who, input: () => of }),
    () => ({ name: "describeSecret", who, input: () => of }),
    () => ({ name: "listVersions", who, input: () => of }),
    () => ({ name: "listReaders", who, input: () => of }),
    () => ({ name: "listSecrets", who, input: () => ({ scope, effective }) }),
    // Looking for a value, in every place where a text can be looked for.
    () => ({ name: "listSecrets", who, input: () => ({ scope, text: known }) }),
    () => ({ name: "search", who, input: () => ({ text: known }) }),
    () => ({ name: "listAudit", who, input: () => ({ scope, limit: 20 }) }),
    () => ({ name: "describeSecret", who, input: () => ({ ...of, secret: known }) }),
  ]
  return random.of(makers)()
}

interface Heard {
  outcome: string
  answer: string
  statements: ReadonlySet<string>
  milliseconds: number
}

async function ask({ house, people, valueOf }: World, { name, who, input }: Call): Promise<Heard> {
  let answer = ""
  let outcome = "done"
  const given = input(valueOf)
  const begun = performance.now()
  const sent = await statementsOf(async () => {
    try {
      answer = JSON.stringify(await house.call(name, people[who]!, given))
    } catch (error) {
      if (!isAppError(error) || error.code === "internal") throw error
      outcome = error.code
      answer = `${error.code}: ${error.message} ${JSON.stringify(error.fields ?? {})}`
    }
  })
  const milliseconds = performance.now() - begun
  return {
    outcome,
    answer: plain(answer),
    statements: new Set(sent.map(({ text }) => text)),
    milliseconds,
  }
}

/** Without what is new in every installation: ids, times, and the links of its chain. */
function plain(text: string): string {
  return text
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "id")
    .replaceAll(/[0-9a-f]{64}/g, "hash")
    .replaceAll(/\d{4}-\d\d-\d\d[T ][\d:.]+(Z|\+00)?/g, "time")
}

function without(statements: ReadonlySet<string>, others: ReadonlySet<string>): string[] {
  return [...statements].filter((text) => !others.has(text))
}

/** Where two texts part. */
function difference(one: string, other: string): string {
  let at = 0
  while (at < one.length && one[at] === other[at]) at += 1
  return `…${one.slice(Math.max(0, at - 60), at + 60)}… against …${other.slice(at, at + 60)}…`
}

/** Rows of one import are written side by side, so the order of their events says nothing. */
async function eventsOf({ house, organizationId }: World): Promise<string[]> {
  const rows = await house.database.prisma.auditEvent.findMany({ where: { organizationId }, orderBy: { seq: "asc" } })
  return rows.map(({ previous: _, hash: __, seq: ___, ...row }) => plain(JSON.stringify(row))).sort()
}

function medianOf(all: readonly number[]): number {
  return all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0
}

async function aWorld(valueOf: World["valueOf"]): Promise<World> {
  const house = await aHouse()
  const acme = await house.organization()
  const people = [
    await house.person(acme, { role: "owner", at: "acme", name: "Ada" }),
    await house.person(acme, { role: "editor", at: "acme.payments", name: "Alice" }),
    await house.person(acme, { role: "viewer", at: "acme", name: "Vic" }),
  ]
  await house.machine(acme, { at: "acme.payments.prod", name: "reader", grants: [{ at: "acme.payments.prod" }] })
  return { house, organizationId: acme.id, people, valueOf }
}
