import { afterAll, beforeAll, expect, it } from "vitest"
import { hashPassword } from "../../crypto/passwords.ts"
import { Secret } from "../../secret.ts"
import { aHouse, aRequest, type TestHouse, type TestOrganization } from "../../testing/a-house.ts"
import type { Credential, PersonCaller } from "../caller.ts"

const nobody = { kind: "nobody" } as const
const password = "correct horse battery staple"

let house: TestHouse
let acme: TestOrganization
let passwordHash: string

beforeAll(async () => {
  house = await aHouse()
  acme = await house.organization()
  passwordHash = await hashPassword(Secret.fromText(password))
})
afterAll(async () => {
  await house[Symbol.asyncDispose]()
})

/** A person with the password above. */
async function aPersonWithPassword(): Promise<PersonCaller> {
  const person = await house.person(acme, { role: "viewer", at: "acme.payments" })
  await house.database.prisma.person.update({ where: keyOf(person), data: { passwordHash } })
  return person
}

function keyOf({ organizationId, id }: PersonCaller) {
  return { organizationId_id: { organizationId, id } }
}

let addresses = 0
/** An address that no other test comes from. */
function anAddress(): string {
  addresses += 1
  return `203.0.113.${String(addresses)}`
}

function signIn(email: string, typed: string, address: string) {
  return house.call("signIn", nobody, { email, password: typed }, { address, userAgent: "Test" })
}

function asks(session: string): Promise<unknown> {
  return house.core.call("describeMe", { kind: "session", id: session }, {}, aRequest())
}

async function codeOf(answer: Promise<unknown>): Promise<string> {
  return answer.then(
    () => "ok",
    (error: unknown) => (error instanceof Error && "code" in error ? String(error.code) : String(error)),
  )
}

it("opens a session that works, and says whose it is", async () => {
  const alice = await aPersonWithPassword()
  const { session, person } = await signIn(alice.email.toUpperCase(), password, anAddress())
  expect(person).toEqual({ id: alice.id, name: alice.name, email: alice.email })
  expect(await asks(session)).toMatchObject({ id: alice.id, session: { method: "password" } })
})

it("gives one answer for an unknown account, a wrong password, no password and a disabled account", async () => {
  const alice = await aPersonWithPassword()
  const disabled = await aPersonWithPassword()
  await house.database.prisma.person.update({ where: keyOf(disabled), data: { disabledAt: new Date() } })
  const withoutPassword = await house.person(acme)
  const address = anAddress()
  const refusals = await Promise.all(
    [
      signIn(alice.email, "wrong", address),
      signIn("nobody@example.com", password, address),
      signIn(disabled.email, password, address),
      signIn(withoutPassword.email, password, address),
      signIn("", "", address),
    ].map((answer) => answer.catch((error: unknown) => error)),
  )
  const [first] = refusals as (Error & { code?: string })[]
  expect(first).toMatchObject({ code: "unauthenticated" })
  for (const refusal of refusals)
    expect(refusal).toMatchObject({ code: first!.code, message: first!.message, fields: undefined })
})

it("takes as long for an unknown account as for a known one", async () => {
  const alice = await aPersonWithPassword()
  const times: Record<"known" | "unknown", number[]> = { known: [], unknown: [] }
  // Interleaved, so that whatever else the machine does meets both alike.
  for (let round = 0; round < 9; round += 1) {
    const address = anAddress()
    times.known.push(await timeOf(signIn(alice.email, "wrong", address)))
    times.unknown.push(await timeOf(signIn(`nobody-${String(round)}@example.com`, "wrong", address)))
  }
  const ratio = median(times.known) / median(times.unknown)
  expect(ratio).toBeGreaterThan(0.6)
  expect(ratio).toBeLessThan(1.67)
})

it("evaluates no more guesses than the limit, of 40 spellings of one account, at once", async () => {
  const alice = await aPersonWithPassword()
  const address = anAddress()
  const guesses = Array.from({ length: 5 }, () => spellingsOf(alice.email)).flat()
  expect(guesses).toHaveLength(200)
  const codes = await Promise.all(guesses.map((email) => codeOf(signIn(email, "wrong", address))))
  expect(codes.filter((code) => code === "unauthenticated")).toHaveLength(10)
  expect(codes.filter((code) => code === "rate_limited")).toHaveLength(190)
})

it("says when to try again, in seconds", async () => {
  const address = anAddress()
  const email = "slowed@example.com"
  await Promise.all(Array.from({ length: 10 }, () => codeOf(signIn(email, "wrong", address))))
  const refusal: unknown = await signIn(email, "wrong", address).catch((error: unknown) => error)
  expect(refusal).toMatchObject({ code: "rate_limited" })
  const { retryAfterSeconds } = refusal as { retryAfterSeconds: number }
  expect(retryAfterSeconds).toBeGreaterThan(0)
  expect(retryAfterSeconds).toBeLessThanOrEqual(30)
})

it("lets the owner in from where they came in before, while strangers guess from everywhere", async () => {
  const alice = await aPersonWithPassword()
  const home = anAddress()
  await signIn(alice.email, password, home)
  const guesses = Array.from({ length: 40 }, (_, index) => signIn(alice.email, "wrong", `198.51.100.${String(index)}`))
  const codes = await Promise.all(guesses.map(codeOf))
  expect(codes.filter((code) => code === "unauthenticated")).toHaveLength(30)
  expect(await codeOf(signIn(alice.email, password, anAddress()))).toBe("rate_limited")
  expect(await codeOf(signIn(alice.email, password, home))).toBe("ok")
})

it("lets the owner in from where they came in before, while somebody there guesses at others", async () => {
  const alice = await aPersonWithPassword()
  const office = anAddress()
  await signIn(alice.email, password, office)
  const guesses = Array.from({ length: 80 }, (_, index) =>
    signIn(`guess-${String(index)}@example.com`, "wrong", office),
  )
  const codes = await Promise.all(guesses.map(codeOf))
  expect(codes).toContain("rate_limited")
  expect(await codeOf(signIn(alice.email, password, office))).toBe("ok")
})

it("counts no right password as a guess", async () => {
  const alice = await aPersonWithPassword()
  const address = anAddress()
  for (let round = 0; round < 15; round += 1) expect(await codeOf(signIn(alice.email, password, address))).toBe("ok")
})

it("ends a session for its next request: by signing out", async () => {
  const alice = await aPersonWithPassword()
  const { session } = await signIn(alice.email, password, anAddress())
  const credential: Credential = { kind: "session", id: session }
  await house.core.call("signOut", credential, {}, aRequest())
  expect(await codeOf(asks(session))).toBe("unauthenticated")
})

it("confirms a sign-in by the password, and keeps the session when it is wrong", async () => {
  const alice = await aPersonWithPassword()
  const { session } = await signIn(alice.email, password, anAddress())
  const credential: Credential = { kind: "session", id: session }
  await house.database.prisma.session.updateMany({
    where: { personId: alice.id },
    data: { signedInAt: new Date(Date.now() - 3_600_000) },
  })
  const wrong = house.core.call("confirmSignIn", credential, { password: "wrong" }, aRequest())
  await expect(wrong).rejects.toMatchObject({ code: "forbidden", fields: { password: expect.any(String) } })
  const { freshUntil } = await house.core.call("confirmSignIn", credential, { password }, aRequest())
  expect(Date.parse(freshUntil)).toBeGreaterThan(Date.now() + 9 * 60_000)
  expect(await asks(session)).toMatchObject({ session: { freshUntil } })
})

it("ends every other session and every personal token when the password is changed", async () => {
  const alice = await aPersonWithPassword()
  const here = await signIn(alice.email, password, anAddress())
  const there = await signIn(alice.email, password, anAddress())
  const credential: Credential = { kind: "session", id: here.session }
  const { token } = await house.core.call("createPersonalToken", credential, { name: "laptop" }, aRequest())
  const next = "another battery staple horse"
  await house.core.call("changePassword", credential, { current: password, next }, aRequest())
  expect(await codeOf(asks(here.session))).toBe("ok")
  expect(await codeOf(asks(there.session))).toBe("unauthenticated")
  const byToken = house.core.call("describeMe", { kind: "bearer", token: token! }, {}, aRequest())
  expect(await codeOf(byToken)).toBe("unauthenticated")
  expect(await codeOf(signIn(alice.email, password, anAddress()))).toBe("unauthenticated")
  expect(await codeOf(signIn(alice.email, next, anAddress()))).toBe("ok")
})

it("slows who guesses the password of an open session", async () => {
  const alice = await aPersonWithPassword()
  const codes = await Promise.all(
    Array.from({ length: 20 }, () => codeOf(house.call("confirmSignIn", alice, { password: "wrong" }))),
  )
  expect(codes.filter((code) => code === "forbidden")).toHaveLength(10)
})

it("records a refusal in the log of the account's organization, and one of an unknown account in the system's", async () => {
  const alice = await aPersonWithPassword()
  await codeOf(signIn(alice.email, "wrong", anAddress()))
  const address = anAddress()
  await codeOf(signIn("unknown@example.com", "wrong", address))
  const known = await house.database.prisma.auditEvent.findFirstOrThrow({ where: { targetId: alice.id } })
  expect(known).toMatchObject({
    action: "session.create",
    outcome: "denied",
    organizationId: acme.id,
    actorKind: "nobody",
  })
  const unknown = await house.database.prisma.auditEvent.findFirstOrThrow({ where: { address } })
  expect(unknown).toMatchObject({ outcome: "denied", organizationId: "00000000-0000-0000-0000-000000000000" })
})

/** Forty ways to write one address: case, width, blanks and invisible characters at every place. */
function spellingsOf(email: string): string[] {
  const upper = email.toUpperCase()
  const wide = (from: string): string =>
    from.replace(/[!-~]/g, (sign) => String.fromCodePoint(sign.codePointAt(0)! + 0xfee0))
  const bases = [email, upper, wide(email), wide(upper), email.replace("@", "＠")]
  const around = (base: string): string[] => [
    base,
    ` ${base}`,
    `${base} `,
    `\t${base}\n`,
    `\u200b${base}`,
    `${base}\u00a0`,
    `\ufeff${base}`,
    base.replace("e", "\u00ade").replace("E", "\u00adE"),
  ]
  return bases.flatMap(around)
}

async function timeOf(answer: Promise<unknown>): Promise<number> {
  const start = performance.now()
  await codeOf(answer)
  return performance.now() - start
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!
}
