import { afterAll, beforeAll, expect, it } from "vitest"
import { newToken } from "../../crypto/tokens.ts"
import { newId } from "../../db/ids.ts"
import { aHouse, type TestHouse, type TestOrganization } from "../../testing/a-house.ts"
import type { Caller, Credential, PersonCaller } from "../caller.ts"
import { authenticate } from "./authenticate.ts"

let house: TestHouse
let acme: TestOrganization

beforeAll(async () => {
  house = await aHouse()
  acme = await house.organization()
})
afterAll(async () => {
  await house[Symbol.asyncDispose]()
})

function ask(credential: Credential, address: string | null = "192.0.2.1"): Promise<Caller> {
  return authenticate(house.house, credential, { address })
}

const bearer = (token: string): Credential => ({ kind: "bearer", token })
const session = (id: string): Credential => ({ kind: "session", id })
const soon = (): Date => new Date(Date.now() + 60_000)
const before = (): Date => new Date(Date.now() - 60_000)

async function aSession({ organizationId, id: personId }: PersonCaller, changes = {}) {
  const id = newId()
  const { token, hash } = newToken("ses", id)
  const row = { organizationId, id, personId, hash: Buffer.from(hash), method: "password", expiresAt: soon() }
  await house.database.prisma.session.create({ data: { ...row, ...changes } })
  return { id, token }
}

async function aPersonalToken({ organizationId, id: personId }: PersonCaller, changes = {}) {
  const id = newId()
  const { token, hash, prefix } = newToken("pat", id)
  const row = {
    organizationId,
    id,
    personId,
    name: "t",
    hash: Buffer.from(hash),
    prefix,
    signedInAt: before(),
    expiresAt: soon(),
  }
  await house.database.prisma.personalToken.create({ data: { ...row, ...changes } })
  return { id, token }
}

it("knows a person by a session, with their roles as they are now", async () => {
  const alice = await house.person(acme, { role: "lead", at: "acme.payments" })
  const { id, token } = await aSession(alice)
  expect(await ask(session(token))).toMatchObject({
    kind: "person",
    via: "session",
    credentialId: id,
    id: alice.id,
    roles: [{ role: "lead", scopePath: "acme.payments", scopeKind: "team" }],
    method: "password",
  })
  await house.database.prisma.roleAssignment.deleteMany({ where: { personId: alice.id } })
  expect(await ask(session(token))).toMatchObject({ roles: [] })
})

it("knows a person by a personal token, signed in when the sign-in was that made it", async () => {
  const alice = await house.person(acme)
  const signedInAt = new Date(Date.now() - 7_200_000)
  const { token } = await aPersonalToken(alice, { signedInAt })
  expect(await ask(bearer(token))).toMatchObject({
    kind: "person",
    via: "personal_token",
    id: alice.id,
    signedInAt,
    method: null,
  })
})

it("knows a machine by its access token", async () => {
  const { caller, token } = await house.machine(acme, { at: "acme.payments.prod" })
  expect(await ask(bearer(token))).toEqual(caller)
})

it("refuses what is no good with one answer, whatever is wrong with it", async () => {
  const alice = await house.person(acme)
  const disabled = await house.person(acme)
  const { caller: machine, token: accessToken } = await house.machine(acme, { at: "acme.payments" })
  const { caller: disabledMachine, token: disabledToken } = await house.machine(acme, { at: "acme.payments" })
  const { prisma } = house.database
  const good = await aSession(alice)
  const ofDisabled = [session((await aSession(disabled)).token), bearer((await aPersonalToken(disabled)).token)]
  await prisma.person.updateMany({ where: { id: disabled.id }, data: { disabledAt: new Date() } })
  await prisma.serviceAccount.updateMany({ where: { id: disabledMachine.id }, data: { disabledAt: new Date() } })
  await prisma.accessToken.updateMany({ where: { id: machine.credentialId }, data: { revokedAt: before() } })
  const noGood = [
    session(newToken("ses", newId()).token),
    session((await aSession(alice, { endedAt: before() })).token),
    session((await aSession(alice, { expiresAt: before() })).token),
    session((await aSession(alice, { lastSeenAt: new Date(Date.now() - 13 * 3_600_000) })).token),
    bearer((await aPersonalToken(alice, { revokedAt: before() })).token),
    bearer((await aPersonalToken(alice, { expiresAt: before() })).token),
    ...ofDisabled,
    bearer(accessToken),
    bearer(disabledToken),
    bearer(good.token), // a session is no bearer
    session((await aPersonalToken(alice)).token), // nor the other way around
    bearer(newToken("inv", newId()).token),
    bearer(`${good.token.slice(0, -1)}${good.token.endsWith("0") ? "1" : "0"}`),
    ...["", "%", "srm_", "srm_pat_x", "x".repeat(100_000), "srm_sat_\u0000"].map(bearer),
  ]
  const refusals = await Promise.all(noGood.map((credential) => ask(credential).catch((error: unknown) => error)))
  const [first] = refusals as Error[]
  for (const refusal of refusals) expect(refusal).toMatchObject({ code: "unauthenticated", message: first!.message })
})

it("takes an access token from its address ranges only", async () => {
  const { caller, token } = await house.machine(acme, { at: "acme.payments" })
  const cidrs = ["10.2.0.0/16", "2001:db8::/32"]
  await house.database.prisma.accessToken.updateMany({ where: { id: caller.credentialId }, data: { cidrs } })
  for (const address of ["10.2.3.4", "::ffff:10.2.3.4", "2001:db8:1::1"]) {
    expect(await ask(bearer(token), address)).toMatchObject({ id: caller.id })
  }
  for (const address of ["10.3.0.1", "::ffff:10.3.0.1", "2001:db9::1", "", "localhost", null]) {
    await expect(ask(bearer(token), address), String(address)).rejects.toMatchObject({ code: "unauthenticated" })
  }
})

it("answers many at once, each with its own", async () => {
  const people = await Promise.all(Array.from({ length: 20 }, () => house.person(acme)))
  const sessions = await Promise.all(people.map((person) => aSession(person)))
  const callers = await Promise.all(sessions.map(({ token }) => ask(session(token))))
  expect(callers.map((caller) => caller.kind === "person" && caller.id)).toEqual(people.map(({ id }) => id))
})

it("notes a use after more than a minute, and not again within one", async () => {
  const alice = await house.person(acme)
  const longAgo = new Date(Date.now() - 600_000)
  const { id, token } = await aSession(alice, { lastSeenAt: longAgo })
  const lastSeen = async (): Promise<Date> =>
    (await house.database.prisma.session.findFirstOrThrow({ where: { id } })).lastSeenAt
  await ask(session(token))
  await expect.poll(lastSeen).not.toEqual(longAgo)
  const noted = await lastSeen()
  await Promise.all([ask(session(token)), ask(session(token))])
  expect(await lastSeen()).toEqual(noted)
})

it("slows a flood of dead credentials, and no good one from the same address", async () => {
  const { caller, token } = await house.machine(acme, { at: "acme.payments" })
  const address = "198.51.100.77"
  const dead = await Promise.all(
    Array.from({ length: 1100 }, () =>
      ask(bearer(newToken("sat", newId()).token), address).catch((error: unknown) => error),
    ),
  )
  const slowed = dead.filter((error) => error instanceof Error && "code" in error && error.code === "rate_limited")
  expect(slowed.length).toBeGreaterThan(0)
  expect(await ask(bearer(token), address)).toMatchObject({ id: caller.id })
})
