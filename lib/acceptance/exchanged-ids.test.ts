/**
 * Ids of another organization: every operation is asked by everybody of one organization with what belongs to another
 * in the place of one field, of several, of all. Nothing of the other organization is told or changed, and the answer is
 * the one for something that doesn't exist at all. What is asked comes from the table of operations, so one that is new
 * comes in by itself, or fails here for want of a value to fill a field with.
 */
import pg from "pg"
import { afterAll, beforeAll, expect, inject, it } from "vitest"
import { type JsonSchema, jsonSchemaOf } from "../contract/json-schema.ts"
import { operations } from "../contract/operations.ts"
import type { OperationName } from "../contract/routes.ts"
import type { Role } from "../contract/words.ts"
import type { Credential } from "../core/caller.ts"
import { newToken } from "../crypto/tokens.ts"
import { newId } from "../db/ids.ts"
import { isAppError } from "../errors.ts"
import { aHouse, aRequest, type TestHouse, type TestOrganization } from "../testing/a-house.ts"
import { aSealedSecret } from "../testing/a-sealed-secret.ts"
import { openFigures } from "../testing/figures.ts"

const isLong = inject("isLong")
const figures = openFigures("exchanged-ids")
/** How many ids are exchanged, in calls that take every combination in turn. */
const promised = isLong ? 20_000 : 1_000

type Fields = Record<string, unknown>

/** What belongs to one organization, by the input's field that takes it. */
interface Belongings {
  organization: TestOrganization
  fields: Fields
  askers: readonly { who: string; credential: Credential }[]
}

let house: TestHouse
let ours: Belongings
let theirs: Belongings

beforeAll(async () => {
  house = await aHouse()
  ours = await furnish("ours")
  theirs = await furnish("theirs")
})

afterAll(async () => {
  await house[Symbol.asyncDispose]()
})

it("fills every field that an operation asks for", () => {
  const lacking = names().flatMap((name) => {
    const { properties = {}, required = [] } = inputOf(name)
    const given = { ...fillings, ...ours.fields }
    return required.filter((field) => field in properties && !(field in given)).map((field) => `${name}.${field}`)
  })
  expect(lacking).toEqual([])
})

it("tells and changes nothing of another organization, whoever asks with whichever of its ids", {
  timeout: 900_000,
}, async () => {
  const before = await rowsOf(theirs.organization.id)
  const wrong: string[] = []
  let exchanged = 0
  let calls = 0
  const combinations = names().flatMap((name) => exchangesOf(name).map((fields) => ({ name, fields })))
  // Spread over all combinations and askers, however many are asked.
  for (let at = 0; exchanged < promised; at++) {
    const { name, fields } = combinations[(at * 37) % combinations.length]!
    const asker = ours.askers[Math.floor((at * 37) / combinations.length + at) % ours.askers.length]!
    const fault = await faultOf(name, fields, asker.credential)
    if (fault !== undefined) wrong.push(`${name} with their ${fields.join(", ")} by ${asker.who}: ${fault}`)
    exchanged += fields.length
    calls += 1
  }
  figures.tell("ids of another organization in calls", `${exchanged} in ${calls}`, "20,000")
  figures.tell("answers that differ from those for what doesn't exist, or tell of it", wrong.length, 0)
  expect([...new Set(wrong)].slice(0, 10).join("\n")).toBe("")
  const after = await rowsOf(theirs.organization.id)
  const changed = Object.keys(before).filter((table) => before[table] !== after[table])
  figures.tell("tables of the other organization that changed", changed.length, 0)
  expect(changed).toEqual([])
})

it("finds an answer that tells of another organization, and a change in it", async () => {
  const asker = theirs.askers.find(({ who }) => who.startsWith("owner"))
  const answer = await answerTo("describeSecret", { ...ours.fields, ...theirs.fields }, asker!.credential)
  expect(tells(answer)).toBe(true)
  const before = await rowsOf(theirs.organization.id)
  await answerTo("disableSecret", { ...ours.fields, ...theirs.fields }, asker!.credential)
  const after = await rowsOf(theirs.organization.id)
  expect(after.Secret).not.toBe(before.Secret)
})

// --- what is asked

/** Those whose callers are known by then: what nobody may ask has codes of its own, and streams are asked elsewhere. */
function names(): OperationName[] {
  return (Object.keys(operations) as OperationName[]).filter((name) => {
    const { callers } = operations[name]
    return !callers.some((caller) => caller === "nobody") && !endsTheAsker.has(name)
  })
}

/** Of one's own credential, and none of another's id. */
const endsTheAsker: ReadonlySet<OperationName> = new Set(["signOut", "changePassword", "confirmSignIn"])

function inputOf(name: OperationName): JsonSchema {
  return jsonSchemaOf(operations[name].input, "input", {})
}

/** Every set of the fields in which the two organizations differ: up to three of them, and all. */
function exchangesOf(name: OperationName): string[][] {
  const fields = Object.keys(inputOf(name).properties ?? {}).filter((field) => field in theirs.fields)
  const sets = fields.reduce<string[][]>((all, field) => [...all, ...all.map((set) => [...set, field])], [[]])
  return sets.filter((set) => set.length > 0 && (set.length <= 3 || set.length === fields.length))
}

/** What is wrong with the answer, if anything is. */
async function faultOf(name: OperationName, exchanged: string[], credential: Credential): Promise<string | undefined> {
  const given = { ...ours.fields, ...Object.fromEntries(exchanged.map((field) => [field, theirs.fields[field]])) }
  const answer = await answerTo(name, given, credential)
  // What was sent may come back in a refusal.
  const echoed = exchanged.map((field) => theirs.fields[field])
  if (tells(answer, echoed)) return `tells ${answer.slice(0, 300)}`
  const missing = { ...given, ...Object.fromEntries(exchanged.map((field) => [field, nowhere[field]])) }
  const expected = await answerTo(name, missing, credential)
  const same = longestFirst(exchanged).reduce(
    (text, field) => text.replaceAll(String(nowhere[field]), String(given[field])),
    expected,
  )
  return shapeOf(answer) === shapeOf(same)
    ? undefined
    : `${answer.slice(0, 200)}, and for what isn't there ${same.slice(0, 200)}`
}

/** An address holds a scope: what is longer goes first. */
function longestFirst(fields: readonly string[]): string[] {
  return fields.toSorted((one, other) => String(nowhere[other]).length - String(nowhere[one]).length)
}

/** An answer's ids and times are new each time, and each call is an event more. */
function shapeOf(answer: string): string {
  return answer
    .replaceAll(/"seq":\d+/g, "seq")
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "id")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "time")
}

let networks = 0

async function answerTo(name: OperationName, given: Fields, credential: Credential): Promise<string> {
  const { properties = {}, required = [] } = inputOf(name)
  const all = { ...fillings, ...given }
  const fields = Object.keys(properties).filter((field) => field in given || required.includes(field))
  const input = Object.fromEntries(fields.map((field) => [field, all[field]]))
  networks += 1
  const address = `10.${networks >> 16}.${(networks >> 8) & 255}.${networks & 255}`
  try {
    const output: unknown = await house.core.call(name, credential, input, aRequest({ address }))
    if (name === "exportAudit") return await textOf(output as AsyncIterable<string>)
    return JSON.stringify(output)
  } catch (error) {
    if (!isAppError(error) || error.code === "internal" || error.code === "unavailable") throw error
    return `${error.code}: ${error.message} ${JSON.stringify(error.fields ?? {})}`
  }
}

async function textOf(parts: AsyncIterable<string>): Promise<string> {
  let text = ""
  for await (const part of parts) text += part
  return text
}

/** Whether it holds anything by which the other organization could be known, but for what was sent. */
function tells(answer: string, sent: readonly unknown[] = []): boolean {
  const texts = sent.map(String).sort((one, other) => other.length - one.length)
  const rest = texts.reduce((text, own) => text.replaceAll(own, ""), answer)
  return rest.includes("theirs") || Object.values(theirs.fields).some((field) => rest.includes(String(field)))
}

// --- what there is

/** For fields that belong to nobody. */
const fillings: Fields = {
  name: "made-here",
  slug: "made",
  code: "x",
  confirm: "no",
  text: "theirs",
  value: "exchanged",
  names: ["NOWHERE"],
  rows: [{ name: "ROW", value: "x", key: "a-row-of-it" }],
  version: 1,
  kind: "aws_sm",
  settings: {},
  credential: { token: "x" },
  consents: [],
  adminToken: "x",
  target: "x",
  location: "x",
  ownership: "external",
  secrets: [{ location: "x", name: "ADOPTED", vault: "default", secret: "NOWHERE" }],
  url: "http://hooks.example.com/",
  events: ["provider.sealed"],
  role: "viewer",
  access: "read",
  to: "nowhere",
  reason: "x",
  issuer: "https://git.example.com",
  audience: "x",
  conditions: [{ claim: "sub", match: "exact", values: ["x"] }],
}

/** The same fields, of nothing that there is. */
const nowhere: Fields = {
  scope: "nowhere.payments.prod",
  toScope: "nowhere.payments.prod",
  grantScope: "nowhere.payments.prod",
  vault: "vault-of-nowhere",
  toVault: "vault-of-nowhere",
  secret: "SECRET_OF_NOWHERE",
  account: "account-of-nowhere",
  provider: "provider-of-nowhere",
  refs: ["strongroom://nowhere.payments.prod/vault-of-nowhere/SECRET_OF_NOWHERE"],
  ...Object.fromEntries(
    [
      "person",
      "owner",
      "actor",
      "session",
      "token",
      "invitation",
      "grant",
      "rule",
      "transfer",
      "webhook",
      "approval",
      "check",
    ].map((field) => [field, newId()]),
  ),
}

const positions: readonly { role: Role; at: string }[] = [
  { role: "owner", at: "" },
  { role: "admin", at: "" },
  { role: "auditor", at: "" },
  { role: "lead", at: ".payments" },
  { role: "editor", at: ".payments" },
  { role: "viewer", at: ".payments.prod" },
]

/** An organization with one of everything, each under a name of its own. */
async function furnish(slug: "ours" | "theirs"): Promise<Belongings> {
  const organization = await house.organization(slug)
  const { id: organizationId, scopes } = organization
  const { prisma } = house.database
  const scope = `${slug}.payments.prod`
  const scopeId = scopes[scope]!
  const owner = await house.person(organization, { role: "owner", at: slug, name: `${slug} owner` })
  const person = await house.person(organization, { role: "viewer", at: scope, name: `${slug} person` })
  const vault = `vault-of-${slug}`
  const secret = `SECRET_OF_${slug.toUpperCase()}`
  await aSealedSecret(house, organization, { at: scope, vault, name: secret, values: [`${slug} 1`, `${slug} 2`] })
  const account = `account-of-${slug}`
  const machine = await house.machine(organization, { at: scope, name: account, grants: [{ at: scope }] })
  const { grants, tokens } = await house.call("describeServiceAccount", owner, { scope, account })
  const rule = await house.call("createTrustRule", owner, {
    scope,
    account,
    name: `rule of ${slug}`,
    issuer: `https://git-of-${slug}.example.com`,
    audience: slug,
    conditions: [{ claim: "sub", match: "exact", values: [slug] }],
  })
  const { invitation } = await house.call("invite", owner, { scope, role: "viewer" })
  const { webhook } = await house.call("createWebhook", owner, {
    scope,
    url: `https://hooks-of-${slug}.example.com/`,
    events: ["provider.sealed"],
  })
  const [transfer, check, approval] = [newId(), newId(), newId()]
  const byId = owner.id
  await prisma.transfer.create({
    data: { organizationId, id: transfer, scopeId, removeAtSource: false, state: "paused", byId, requestId: newId() },
  })
  const draft = {
    kind: "vault",
    name: `draft-of-${slug}`,
    settings: {},
    checkedHash: Buffer.alloc(32),
    lines: [],
    byId,
  }
  await prisma.providerDraft.create({ data: { organizationId, id: check, scopeId, ...draft } })
  await prisma.approval.create({
    data: {
      organizationId,
      id: approval,
      scopeId,
      operation: "changeScope",
      input: { scope, protection: "recorded" },
      requestHash: Buffer.alloc(32),
      facts: { scopes: [{ id: scopeId, path: scope }], protectedScopes: [scope], readers: [], place: null },
      requestedById: owner.id,
      via: "session",
      credentialId: owner.credentialId,
      expiresAt: new Date(Date.now() + 86_400_000),
    },
  })
  const askers: Belongings["askers"][number][] = [
    { who: "a machine", credential: { kind: "bearer", token: machine.token } },
  ]
  for (const { role, at } of positions) {
    const asker = await house.person(organization, { role, at: `${slug}${at}`, name: `${slug} ${role}` })
    askers.push({ who: `${role} at ${slug}${at}`, credential: await aPersonalToken(asker.organizationId, asker.id) })
  }
  return {
    organization,
    askers: askers.toReversed(),
    fields: {
      scope,
      toScope: scope,
      grantScope: scope,
      vault,
      toVault: vault,
      secret,
      account,
      provider: `provider-of-${slug}`,
      refs: [`strongroom://${scope}/${vault}/${secret}`],
      person: person.id,
      owner: person.id,
      actor: person.id,
      session: person.credentialId,
      token: tokens[0]!.id,
      invitation: invitation.id,
      grant: grants[0]!.id,
      rule: rule.id,
      transfer,
      webhook: webhook.id,
      approval,
      check,
    },
  }
}

async function aPersonalToken(organizationId: string, personId: string): Promise<Credential> {
  const id = newId()
  const { token, hash, prefix } = newToken("pat", id)
  await house.database.prisma.personalToken.create({
    data: {
      organizationId,
      id,
      personId,
      name: "asker",
      hash: Buffer.from(hash),
      prefix,
      signedInAt: new Date(),
      expiresAt: new Date(Date.now() + 3_600_000),
    },
  })
  return { kind: "bearer", token }
}

/** Every row of an organization, by table; but for when a credential was last used. */
async function rowsOf(organizationId: string): Promise<Record<string, string>> {
  const client = new pg.Client({ connectionString: house.ownerUrl })
  await client.connect()
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'organizationId'`,
    )
    const found: Record<string, string> = {}
    for (const { name } of tables) {
      const { rows } = await client.query<{ text: string | null }>(
        `SELECT string_agg(t::text, E'\\n' ORDER BY t::text) AS text FROM "${name}" AS t WHERE "organizationId" = $1`,
        [organizationId],
      )
      found[name] = rows[0]?.text ?? ""
    }
    return found
  } finally {
    await client.end()
  }
}
