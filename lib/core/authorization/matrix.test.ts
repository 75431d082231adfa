/**
 * The authorization matrix: every operation x every role x every relation of scopes x every kind of credential, held
 * against the oracle. Inputs are such that a permitted call meets something harmless (a name that is taken, a version
 * that isn't current), so the organization stays as it is while thousands of calls go by.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { operations } from "../../contract/operations.ts"
import type { OperationName } from "../../contract/routes.ts"
import type { Role, ScopeKind } from "../../contract/words.ts"
import { newToken } from "../../crypto/tokens.ts"
import { newId } from "../../db/ids.ts"
import { isAppError } from "../../errors.ts"
import { aHouse, aRequest, type TestHouse, type TestOrganization } from "../../testing/a-house.ts"
import type { Credential, PersonCaller } from "../caller.ts"
import { alsoForMachines, atScope, forMachines, forNobody, onOneself, onPerson, type Rule } from "./oracle.ts"

const positions = [
  { role: "owner", at: "acme" },
  { role: "admin", at: "acme" },
  { role: "auditor", at: "acme" },
  { role: "lead", at: "acme.payments" },
  { role: "editor", at: "acme.payments" },
  { role: "viewer", at: "acme.payments" },
  { role: "editor", at: "acme.payments.prod" },
  { role: "viewer", at: "acme.payments.prod" },
] as const satisfies readonly { role: Role; at: string }[]

/** The organization, a team and a workspace; a sibling of each; and another organization. */
const targets = [
  "acme",
  "acme.payments",
  "acme.payments.prod",
  "acme.payments.dev",
  "acme.data",
  "acme.data.batch",
  "globex",
  "globex.payments",
  "globex.payments.prod",
  "acme.nowhere",
]

type Answer = "may" | "forbidden" | "not_found" | "unauthenticated"

let house: TestHouse
let acme: TestOrganization
let globex: TestOrganization
let colleague: PersonCaller
const people = new Map<
  string,
  { caller: PersonCaller; session: Credential; token: Credential; expired: Credential; revoked: Credential }
>()
let machine: { good: Credential; ungranted: Credential; expired: Credential; revoked: Credential; foreign: Credential }

beforeAll(async () => {
  house = await aHouse()
  acme = await house.organization("acme")
  globex = await house.organization("globex")
  for (const organization of [acme, globex]) await furnish(organization)
  colleague = await house.person(acme, { role: "viewer", at: "acme.payments.prod" })
  for (const position of positions) people.set(keyOf(position), await aPerson(position))
  machine = await machines()
})

afterAll(async () => {
  await house[Symbol.asyncDispose]()
})

it("has an expectation for every operation of the table", () => {
  const known = [...Object.keys(atScope), ...onPerson, ...Object.keys(onOneself), ...forNobody, ...forMachines].sort()
  expect(known).toEqual(Object.keys(operations).sort())
})

describe.each(Object.keys(atScope) as (keyof typeof atScope)[])("%s", (name) => {
  it("answers each role at each scope as the oracle says, by session and by personal token alike", async () => {
    const wrong: string[] = []
    await each(positions, async (position) => {
      for (const target of targets) {
        const expected = expectedAt(atScope[name], position, target)
        const { session, token } = personAt(position)
        for (const [kind, credential] of [
          ["session", session],
          ["personal token", token],
        ] as const) {
          const actual = await answerTo(name, credential, inputAt(name, target))
          if (actual !== expected) wrong.push(`${keyOf(position)} by ${kind} at ${target}: ${actual}, not ${expected}`)
        }
      }
    })
    expect(wrong.join("\n")).toBe("")
  })

  it("answers no machine, but where a grant covers it, and no credential that is expired, revoked or none", async () => {
    const wrong: string[] = []
    const dead = [...people.values()].flatMap(({ expired, revoked }) => [expired, revoked])
    for (const credential of [...dead, machine.expired, machine.revoked, none]) {
      const actual = await answerTo(name, credential, inputAt(name, "acme.payments.prod"))
      if (actual !== "unauthenticated") wrong.push(`${credential.kind}: ${actual}`)
    }
    for (const credential of [machine.good, machine.ungranted, machine.foreign]) {
      const actual = await answerTo(name, credential, inputAt(name, "acme.payments.prod"))
      const expected = !alsoForMachines.includes(name) ? "forbidden" : credential === machine.good ? "may" : "not_found"
      if (actual !== expected) wrong.push(`machine: ${actual}, not ${expected}`)
    }
    expect(wrong.join("\n")).toBe("")
  })
})

describe.each(onPerson)("%s", (name) => {
  it("reaches oneself where that makes sense, those one manages, and nobody else", async () => {
    const wrong: string[] = []
    const mates = positions.map((position) => ({ position, id: personAt(position).caller.id }))
    const stranger = await house.person(globex, { role: "viewer", at: "globex.payments" })
    const others = [...mates, { position: { role: "viewer", at: "globex.payments" } as const, id: stranger.id }]
    for (const position of positions) {
      for (const other of others) {
        const expected = expectedOn(name, position, other.position)
        const session = await anotherSession(personAt(position).caller) // some of these calls end sessions
        const actual = await answerTo(name, session, inputOn(name, other.id))
        if (actual !== expected)
          wrong.push(`${keyOf(position)} on ${keyOf(other.position)}: ${actual}, not ${expected}`)
      }
    }
    expect(wrong.join("\n")).toBe("")
  })

  it("answers no machine and no dead credential", async () => {
    for (const credential of [machine.good, machine.foreign]) {
      expect(await answerTo(name, credential, inputOn(name, colleague.id))).toBe("forbidden")
    }
    for (const credential of [none, machine.expired, personAt(positions[0]).expired, personAt(positions[0]).revoked]) {
      expect(await answerTo(name, credential, inputOn(name, colleague.id))).toBe("unauthenticated")
    }
  })
})

describe.each(Object.keys(onOneself) as (keyof typeof onOneself)[])("%s", (name) => {
  it("is for every person themselves, and for nobody without a credential", async () => {
    for (const position of positions) {
      const { caller } = personAt(position)
      // Calls above and below end what a person had.
      const session = await anotherSession(caller)
      const token = await aToken(caller, {})
      expect(await answerTo(name, session, inputOnOneself[name])).toBe("may")
      expect(await answerTo(name, token, inputOnOneself[name])).toBe(onOneself[name] === "token" ? "may" : "forbidden")
    }
    for (const credential of [none, machine.revoked, personAt(positions[0]).expired]) {
      expect(await answerTo(name, credential, inputOnOneself[name])).toBe("unauthenticated")
    }
    expect(await answerTo(name, machine.good, inputOnOneself[name])).toBe(name === "describeMe" ? "may" : "forbidden")
  })
})

describe.each(forMachines)("%s", (name) => {
  it("refuses every person, owner included, whatever their credential", async () => {
    for (const { caller } of people.values()) {
      // The calls above ended those that were.
      const session = await anotherSession(caller)
      const token = await aToken(caller, {})
      for (const target of targets) {
        expect(await answerTo(name, session, inputAt(name, target))).toBe("forbidden")
        expect(await answerTo(name, token, inputAt(name, target))).toBe("forbidden")
      }
    }
  })

  it("answers a machine only where it was granted to read, and no dead token", async () => {
    expect(await answerTo(name, machine.good, inputAt(name, "acme.payments.prod"))).toBe("may")
    for (const target of targets.filter((target) => target !== "acme.payments.prod")) {
      expect(await answerTo(name, machine.good, inputAt(name, target)), target).toBe("not_found")
    }
    for (const credential of [machine.ungranted, machine.foreign]) {
      expect(await answerTo(name, credential, inputAt(name, "acme.payments.prod"))).toBe("not_found")
    }
    for (const credential of [machine.expired, machine.revoked, none]) {
      expect(await answerTo(name, credential, inputAt(name, "acme.payments.prod"))).toBe("unauthenticated")
    }
  })
})

// --- what is expected

function expectedAt(rule: Rule, position: { role: Role; at: string }, target: string): Answer {
  const exists = target !== "acme.nowhere"
  const holds = exists && (target === position.at || target.startsWith(`${position.at}.`))
  if (!holds) return "not_found"
  const may = Array.isArray(rule) ? rule : (rule as Record<ScopeKind, readonly Role[]>)[kindOf(target)]
  return may.includes(position.role) ? "may" : "forbidden"
}

function kindOf(path: string): ScopeKind {
  return (["organization", "team", "workspace"] as const)[path.split(".").length - 1] ?? "workspace"
}

const rank: Readonly<Record<Role, number>> = { owner: 5, admin: 4, lead: 3, auditor: 2, editor: 2, viewer: 1 }

/** One's own page and sessions are one's own. Others are seen by overseers around them, and managed by who is not below. */
function expectedOn(
  name: (typeof onPerson)[number],
  caller: { role: Role; at: string },
  other: { role: Role; at: string },
): Answer {
  const isSelf = caller.role === other.role && caller.at === other.at
  if (isSelf && name !== "changePerson") return "may"
  const oversees = ["owner", "admin", "auditor", "lead"].includes(caller.role)
  const around = isWithin(other.at, caller.at) || isWithin(caller.at, other.at)
  // Whoever sees the scope where somebody has a role knows that there is somebody, and may not know more.
  if (!isSelf && !(oversees && around)) return isWithin(other.at, caller.at) ? "forbidden" : "not_found"
  if (name === "describePerson" || name === "listKnownSecrets") return "may"
  const manages =
    ["owner", "admin", "lead"].includes(caller.role) &&
    isWithin(other.at, caller.at) &&
    rank[caller.role] >= rank[other.role]
  return manages || isSelf ? "may" : "forbidden"
}

function isWithin(path: string, outer: string): boolean {
  return path === outer || path.startsWith(`${outer}.`)
}

// --- what is asked

const none: Credential = { kind: "none" }
const someId = "01900000-0000-7000-8000-000000000000"

function inputAt(name: OperationName, scope: string): object {
  const fixed = { scope, vault: "default", secret: "FIXED" }
  const robot = { scope, account: "robot" }
  const trustEverybody = {
    ...robot,
    name: "everybody",
    issuer: "https://gitlab.com",
    audience: "x",
    conditions: [{ claim: "ref", match: "exact", values: ["main"] }],
  }
  const provider = { scope, provider: "built-in" }
  // A kind that this version doesn't know: nothing is asked.
  const newProvider = { scope, kind: "aws_sm", name: "aws", settings: {} }
  const inputs: Partial<Record<OperationName, object>> = {
    describeProvider: provider,
    describeProviderHealth: provider,
    checkProvider: newProvider,
    describeProviderCheck: { scope, check: someId },
    listProviderChecks: { scope },
    registerProvider: { ...newProvider, check: someId },
    planBootstrap: newProvider,
    bootstrapProvider: { ...newProvider, adminToken: "x" },
    changeProvider: { ...provider, cacheSeconds: 1 },
    replaceCredential: { ...provider, credential: { token: "x" } },
    recheckProvider: provider,
    approveProvider: { ...provider, target: "x" },
    unregisterProvider: provider,
    setDefaultProvider: { scope, provider: "no-provider" },
    browseProvider: provider,
    listBackendFields: { ...provider, location: "x" },
    adoptSecrets: {
      scope,
      vault: "default",
      provider: "no-provider",
      ownership: "external",
      secrets: [{ location: "x", name: "FIXED" }],
    },
    startTransfer: { scope, to: "no-provider" },
    describeTransfer: { scope, transfer: someId },
    pauseTransfer: { scope, transfer: someId },
    resumeTransfer: { scope, transfer: someId },
    // An address that is refused once the permission is there.
    createWebhook: { scope, url: "http://hooks.example.com/", events: ["provider.sealed"] },
    changeWebhook: { scope, webhook: someId, disabled: true },
    deleteWebhook: { scope, webhook: someId },
    testWebhook: { scope, webhook: someId },
    describeScope: { scope },
    createScope: { scope, slug: kindOf(scope) === "organization" ? "payments" : "prod" },
    changeScope: { scope },
    deleteScope: { scope, confirm: "no" },
    listApprovals: { scope },
    describeApproval: { scope, approval: someId },
    explainApproval: { scope, approval: someId, reason: "x" },
    acceptApproval: { scope, approval: someId },
    refuseApproval: { scope, approval: someId },
    withdrawApproval: { scope, approval: someId },
    listVaults: { scope },
    listAudit: { scope },
    exportAudit: { scope },
    createVault: { scope, name: "default" },
    changeVault: { scope, vault: "default" },
    deleteVault: { scope, vault: "default" },
    listSecrets: { scope },
    createSecret: { scope, vault: "default", name: "FIXED", value: "x" },
    changeSecret: fixed,
    moveSecret: { ...fixed, toScope: scope, toVault: "default" },
    disableSecret: { ...fixed, secret: "OFF" },
    restoreSecret: fixed,
    deleteSecret: { ...fixed, secret: "GONE" },
    destroySecret: { ...fixed, confirm: "no" },
    writeVersion: { ...fixed, value: "x", expectedVersion: 999 },
    rollBack: { ...fixed, version: 1, expectedVersion: 999 },
    disableVersion: { ...fixed, version: 999 },
    enableVersion: { ...fixed, version: 1 },
    destroyVersion: { ...fixed, version: 1, confirm: "no" },
    deleteVersion: { ...fixed, version: 1 },
    restoreVersion: { ...fixed, version: 1 },
    acceptDrift: { ...fixed, version: 999 },
    previewImport: { scope, vault: "default", names: ["FIXED"] },
    runImport: { scope, vault: "default", rows: [{ name: "FIXED", value: "x", key: "a-row-key" }] },
    assignRole: { scope, person: colleague.id, role: kindOf(scope) === "organization" ? "auditor" : "viewer" },
    removeRole: { scope, person: colleague.id, role: kindOf(scope) === "organization" ? "auditor" : "editor" },
    invite: { scope, role: kindOf(scope) === "organization" ? "auditor" : "viewer" },
    revokeInvitation: { scope, invitation: someId },
    createServiceAccount: { scope, name: "robot" },
    changeServiceAccount: robot,
    deleteServiceAccount: { scope, account: "no-robot" },
    describeServiceAccount: robot,
    grantAccess: { ...robot, access: "read", vault: "unused" },
    revokeGrant: { ...robot, grant: someId },
    issueToken: { ...robot, name: "t", expiresInDays: 1 },
    revokeToken: { ...robot, token: someId },
    rotateToken: { ...robot, token: someId },
    listTrustRules: robot,
    // A rule that takes everybody's tokens is refused once the permission is there.
    createTrustRule: trustEverybody,
    describeTrustRule: { ...robot, rule: someId },
    changeTrustRule: { ...trustEverybody, rule: someId },
    deleteTrustRule: { ...robot, rule: someId },
    readValue: fixed,
    readValues: { scope, vault: "default", names: ["FIXED"] },
    resolve: { scope, vault: "default" },
    resolveReferences: { scope, refs: ["strongroom:///default/FIXED"] },
  }
  return inputs[name] ?? ("secret" in operationInput(name) ? fixed : { scope })
}

function operationInput(name: OperationName): object {
  const { input } = operations[name]
  return "shape" in input ? input.shape : {}
}

function inputOn(name: (typeof onPerson)[number], person: string): object {
  if (name === "endSession") return { person, session: someId }
  return { person }
}

const inputOnOneself: Record<keyof typeof onOneself, object> = {
  describeMe: {},
  listScopes: {},
  search: { text: "fixed" },
  listPersonalTokens: {},
  revokePersonalToken: { token: someId },
  createPersonalToken: { name: "another" },
  confirmSignIn: { password: "not the password" },
  changePassword: { current: "not the password", next: "a new password of mine" },
  signOut: {},
}

async function answerTo(name: OperationName, credential: Credential, input: object): Promise<Answer> {
  try {
    await house.core.call(name, credential, input, aRequest({ address: anotherNetwork() }))
    return "may"
  } catch (error) {
    if (!isAppError(error) || error.code === "internal") throw error
    if (error.code === "unauthenticated" && error.fields === undefined) return "unauthenticated"
    if (error.code === "forbidden" && error.fields === undefined) return "forbidden"
    // A scope or a person that one may not know of; anything else that isn't found was looked for with permission.
    if (error.code === "not_found" && /^There is no (scope|such person)/.test(error.message)) return "not_found"
    if (error.code === "not_found" && (forMachines as readonly string[]).includes(name)) return "not_found"
    // Bad input, a conflict and the like are told to those who may; trouble of ours tells nothing about rights.
    if (error.code === "unavailable" || error.code === "rate_limited") throw error
    return "may"
  }
}

/** So many dead credentials from one network would be slowed down, which tells nothing about rights. */
function anotherNetwork(): string {
  networks += 1
  return `10.${networks >> 8}.${networks & 255}.1`
}

let networks = 0

// --- what there is

/** In every scope's default vault: FIXED with one version, OFF that is disabled, GONE that is deleted; and a robot. */
async function furnish(organization: TestOrganization): Promise<void> {
  const { prisma } = house.database
  const organizationId = organization.id
  const owner = await house.person(organization, { role: "owner", at: organization.slug })
  for (const [path, scopeId] of Object.entries(organization.scopes)) {
    for (const name of ["FIXED", "OFF", "GONE"]) {
      await house.call("createSecret", owner, { scope: path, vault: "default", name, value: "matrix" })
    }
    await house.call("disableSecret", owner, { scope: path, vault: "default", secret: "OFF" })
    await house.call("deleteSecret", owner, { scope: path, vault: "default", secret: "GONE" })
    await prisma.serviceAccount.create({ data: { organizationId, id: newId(), scopeId, name: "robot" } })
  }
}

async function aPerson(position: { role: Role; at: string }) {
  const caller = await house.person(acme, position)
  return {
    caller,
    session: await anotherSession(caller),
    token: await aToken(caller, {}),
    expired: await aToken(caller, { expiresAt: new Date(Date.now() - 1000) }),
    revoked: await aToken(caller, { revokedAt: new Date() }),
  }
}

async function anotherSession({ organizationId, id: personId }: PersonCaller): Promise<Credential> {
  const id = newId()
  const { token, hash } = newToken("ses", id)
  const expiresAt = new Date(Date.now() + 3_600_000)
  await house.database.prisma.session.create({
    data: { organizationId, id, personId, hash: Buffer.from(hash), method: "password", expiresAt },
  })
  return { kind: "session", id: token }
}

async function aToken(
  { organizationId, id: personId }: PersonCaller,
  state: { expiresAt?: Date; revokedAt?: Date },
): Promise<Credential> {
  const id = newId()
  const { token, hash, prefix } = newToken("pat", id)
  await house.database.prisma.personalToken.create({
    data: {
      organizationId,
      id,
      personId,
      name: "matrix",
      hash: Buffer.from(hash),
      prefix,
      signedInAt: new Date(),
      expiresAt: new Date(Date.now() + 3_600_000),
      ...state,
    },
  })
  return { kind: "bearer", token }
}

async function machines() {
  const at = "acme.payments.prod"
  const grants = [
    { at, access: "read" as const },
    { at, access: "write" as const },
  ]
  const bearer = ({ token }: { token: string }): Credential => ({ kind: "bearer", token })
  const expired = await house.machine(acme, { at, grants })
  const revoked = await house.machine(acme, { at, grants })
  const { prisma } = house.database
  const { id: organizationId } = acme
  await prisma.accessToken.update({
    where: { organizationId_id: { organizationId, id: expired.caller.credentialId } },
    data: { expiresAt: new Date(Date.now() - 1000) },
  })
  await prisma.accessToken.update({
    where: { organizationId_id: { organizationId, id: revoked.caller.credentialId } },
    data: { revokedAt: new Date() },
  })
  return {
    good: bearer(await house.machine(acme, { at, grants })),
    ungranted: bearer(await house.machine(acme, { at })),
    foreign: bearer(
      await house.machine(globex, { at: "globex.payments.prod", grants: [{ at: "globex.payments.prod" }] }),
    ),
    expired: bearer(expired),
    revoked: bearer(revoked),
  }
}

function personAt(position: { role: Role; at: string }) {
  const found = people.get(keyOf(position))
  if (found === undefined) throw new Error(`Nobody is ${keyOf(position)}.`)
  return found
}

function keyOf({ role, at }: { role: Role; at: string }): string {
  return `${role} of ${at}`
}

async function each<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  await Promise.all(items.map(work))
}
