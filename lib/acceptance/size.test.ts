/**
 * A large organization stays quick: everything that a person can look at is asked for, with each filter, and no answer
 * takes longer than is promised. Postgres is asked how it went about each list: by an index, and never by sorting all
 * that there is. A list that is new comes in by itself, since what is asked is taken from the table of operations.
 */
import pg from "pg"
import { afterAll, beforeAll, expect, inject, it } from "vitest"
import { operations } from "../contract/operations.ts"
import { type OperationName, routes } from "../contract/routes.ts"
import { auditClasses, categories, outcomes, secretMarks, secretStates } from "../contract/words.ts"
import type { PersonCaller } from "../core/caller.ts"
import { aHouse, type TestHouse } from "../testing/a-house.ts"
import { fullSize, growLarge, type LargeOrganization, quickSize } from "../testing/a-large-organization.ts"
import { openFigures } from "../testing/figures.ts"
import { type PlanNode, statementsOf, stepsOf } from "../testing/sent-statements.ts"

const isLong = inject("isLong")
const size = isLong ? fullSize : quickSize
const figures = openFigures("size")
const promisedMilliseconds = 200
/** Each is asked so often: a connection's plan for a statement changes at its sixth time. */
const rounds = isLong ? 9 : 3

let house: TestHouse
let owner: PersonCaller
let large: LargeOrganization
let asked: Question[]

interface Question {
  name: OperationName
  input: Record<string, unknown>
}

beforeAll(async () => {
  house = await aHouse()
  const acme = await house.organization("acme")
  owner = await house.person(acme, { role: "owner", at: "acme" })
  const begun = performance.now()
  large = await growLarge(house.ownerUrl, acme.id, size)
  figures.tell("seconds to make the organization", Math.round((performance.now() - begun) / 1000), "—")
  asked = questions(large)
}, 300_000)

afterAll(() => house[Symbol.asyncDispose]())

it("answers everything that a person can look at in time", { timeout: 600_000 }, async () => {
  const slow: string[] = []
  let slowest = { question: "", milliseconds: 0 }
  for (const question of asked) {
    const times: number[] = []
    for (let round = 0; round < rounds; round += 1) times.push(await timeOf(question))
    const milliseconds = median(times)
    const told = `${question.name} ${JSON.stringify(question.input)}`
    if (milliseconds > slowest.milliseconds) slowest = { question: told, milliseconds }
    if (milliseconds > promisedMilliseconds) slow.push(`${told}: ${milliseconds.toFixed(0)} ms`)
  }
  const organization = `${size.secrets.toLocaleString("en")} secrets, ${size.workspaces.toLocaleString("en")} workspaces, ${size.events.toLocaleString("en")} events`
  figures.tell("questions asked", asked.length, organization)
  figures.tell(`slowest answer in ms (${slowest.question})`, Math.round(slowest.milliseconds), promisedMilliseconds)
  expect(slow).toEqual([])
})

it("finds what it lists by an index, and never sorts all there is", { timeout: 600_000 }, async () => {
  const faults = new Set<string>()
  let statements = 0
  const client = new pg.Client({ connectionString: house.ownerUrl, options: "-c enable_seqscan=off -c jit=off" })
  await client.connect()
  for (const question of asked) {
    const sent = await statementsOf(() => house.call(question.name, owner, question.input)) // checked by core
    for (const statement of sent.filter(({ text }) => /^\s*(SELECT|WITH)\b(?!.*\bINSERT INTO\b)/s.test(text))) {
      statements += 1
      for (const step of await stepsOf(client, statement)) {
        const fault = faultOf(step)
        if (fault !== undefined) faults.add(`${question.name} ${JSON.stringify(question.input)}: ${fault}`)
      }
    }
  }
  await client.end()
  figures.tell("statements explained", statements, "—")
  figures.tell("of them that read a table from end to end, or sort it whole", faults.size, 0)
  expect([...faults]).toEqual([])
})

/**
 * What is sorted is a page of each of a few walks, or the names of one scope: nothing that grows with the organization.
 * Where only the first few are kept while all pass by (top-N), nothing is sorted whole.
 */
function faultOf(step: PlanNode): string | undefined {
  if (step["Node Type"] === "Seq Scan") return `reads ${step["Relation Name"] ?? "a table"} from end to end`
  const [beneath] = step.Plans ?? []
  if (step["Node Type"] !== "Sort" || step["Sort Method"] === "top-N heapsort" || beneath === undefined)
    return undefined
  const sorted = beneath["Actual Rows"] * beneath["Actual Loops"]
  return sorted > size.inOneVault * 1.5 ? `sorts ${sorted} rows` : undefined
}

async function timeOf({ name, input }: Question): Promise<number> {
  const begun = performance.now()
  await house.call(name, owner, input) // checked by core, as what comes over the wire is
  return performance.now() - begun
}

// --- what is asked

/** They ask a backend, or give a stream; and what an invitation's code, or the id of a check, a request or a rule opens isn't a list. */
const leftOut: ReadonlySet<OperationName> = new Set([
  "describeSetup",
  "browseProvider",
  "listBackendFields",
  "describeProviderCheck",
  "describeApproval",
  "describeTrustRule",
  "exportAudit",
])

function questions(place: LargeOrganization): Question[] {
  const plain = (Object.keys(operations) as OperationName[]) // the keys of that very table
    .filter((name) => routes[name][0] === "GET" && !leftOut.has(name))
    .filter((name) => (operations[name].callers as readonly string[]).includes("session"))
    .flatMap((name) => inputsOf(name, place).map((input) => ({ name, input })))
  return [...plain, ...secretFilters(place), ...auditFilters(place), ...searches()]
}

/** What a path's parameters are filled in with: at each of the three scopes where it asks for a scope alone. */
function inputsOf(name: OperationName, place: LargeOrganization): Record<string, unknown>[] {
  if (name === "search") return []
  if (name === "explain") return [place.team, place.workspace].map((scope) => ({ scope }))
  const wanted = [...routes[name][1].matchAll(/\{(\w+)\}/g)].map(([, parameter = ""]) => parameter)
  const known: Record<string, string> = {
    scope: place.scope,
    vault: "default",
    secret: place.secret,
    person: place.person,
    account: place.account,
    provider: place.provider,
    transfer: place.transfer,
  }
  const input = Object.fromEntries(wanted.map((parameter) => [parameter, known[parameter]]))
  if (wanted.includes("provider") || wanted.includes("transfer")) return [{ ...input, scope: place.team }]
  if (wanted.includes("account")) return [input, { scope: place.workspace, account: "machine" }]
  if (wanted.length !== 1 || wanted[0] !== "scope") return [input]
  return [place.scope, place.team, place.workspace].map((scope) => ({ scope }))
}

function secretFilters(place: LargeOrganization): Question[] {
  const filters: Record<string, unknown>[] = [
    { sort: "updated" },
    { vault: ["default"] },
    { owner: [place.person] },
    { provider: ["built-in"] },
    { provider: ["store-1"] },
    ...categories.map((category) => ({ category: [category] })),
    ...[...secretStates, ...secretMarks].filter((state) => state !== "expired").map((state) => ({ state: [state] })),
    ...["a", "key_9", "no such name"].map((text) => ({ text })),
  ]
  return [false, true].flatMap((effective) =>
    filters.map((filter): Question => {
      const scope = effective ? place.workspace : place.scope
      return { name: "listSecrets", input: { scope, effective, ...filter } }
    }),
  )
}

function auditFilters(place: LargeOrganization): Question[] {
  const dayAgo = new Date(Date.now() - 86_400_000).toISOString()
  const filters: Record<string, unknown>[] = [
    { actor: place.person },
    { actor: place.accountId },
    ...["secret.read", "secret.resolve", "version.write", "secret.destroy"].map((action) => ({ action })),
    ...auditClasses.map((each) => ({ class: [each] })),
    ...outcomes.map((outcome) => ({ outcome: [outcome] })),
    { secret: place.secretId },
    { secret: place.commonName },
    { from: dayAgo },
    { to: dayAgo },
    { after: Math.floor(size.events / 2) },
    { actor: place.person, class: ["view"], outcome: ["failed"] },
  ]
  return (isLong ? [place.scope, place.team, place.workspace] : [place.scope, place.team]).flatMap((scope) =>
    filters.map((filter): Question => ({ name: "listAudit", input: { scope, ...filter } })),
  )
}

/** What the palette asks for as somebody types. */
function searches(): Question[] {
  return ["a", "db", "api_key_1", "no such name", "work-1", "person 9", "machine"].map((text) => ({
    name: "search",
    input: { text },
  }))
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
