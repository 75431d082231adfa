import { expect, it } from "vitest"
import type { InputOf } from "../../contract/api.ts"
import { aHouse, aRequest, type TestHouse } from "../../testing/a-house.ts"
import { newSetupCode } from "./setup.ts"

const nobody = { kind: "nobody" } as const
const alice = { name: "Alice", email: "alice@example.com", password: "correct horse battery", organization: "acme" }

async function setUp(house: TestHouse, code: string, changes: Partial<InputOf<"setUp">> = {}) {
  return house.call("setUp", nobody, { ...alice, ...changes, code })
}

async function codeOf({ house }: TestHouse): Promise<string> {
  const code = await newSetupCode(house)
  if (code === undefined) throw new Error("Setup is done already.")
  return code
}

it("makes the owner, the organization with its default vault, and a token that works for an hour", async () => {
  await using house = await aHouse()
  expect(await house.call("describeSetup", nobody, {})).toEqual({ done: false })
  const { token, organization, tokenExpiresAt } = await setUp(house, await codeOf(house), {
    organizationName: "Acme Inc.",
  })
  expect(organization).toBe("acme")
  const minutes = (Date.parse(tokenExpiresAt) - Date.now()) / 60_000
  expect(minutes).toBeGreaterThan(59)
  expect(minutes).toBeLessThan(61)
  const me = await house.core.call("describeMe", { kind: "bearer", token: token! }, {}, aRequest())
  expect(me).toMatchObject({
    name: "Alice",
    organization: { path: "acme", name: "Acme Inc." },
    roles: [{ scope: "acme", role: "owner" }],
    session: null,
  })
  const vaults = await house.database.prisma.vault.findMany({
    select: { name: true, scope: { select: { path: true } } },
  })
  expect(vaults).toEqual([{ name: "default", scope: { path: "acme" } }])
  expect(await house.call("describeSetup", nobody, {})).toEqual({ done: true })
})

it("makes one owner of two setups at once", async () => {
  await using house = await aHouse()
  const code = await codeOf(house)
  const results = await Promise.allSettled([
    setUp(house, code),
    setUp(house, code, { email: "mallory@example.com", organization: "evil" }),
  ])
  expect(results.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"])
  expect(results.find((result) => result.status === "rejected")?.reason).toMatchObject({ code: "gone" })
  expect(await house.database.prisma.person.count()).toBe(1)
  expect(await house.database.prisma.scope.count()).toBe(1)
})

it("takes the code of the newest start only, once, however it is spelled", async () => {
  await using house = await aHouse()
  const older = await codeOf(house)
  const code = await codeOf(house)
  await expect(setUp(house, older)).rejects.toMatchObject({ code: "forbidden", fields: { code: expect.any(String) } })
  await expect(setUp(house, "0000-0000-0000-0000")).rejects.toMatchObject({ code: "forbidden" })
  await setUp(house, code.toLowerCase().replaceAll("-", " "))
  await expect(setUp(house, code, { email: "b@example.com", organization: "other" })).rejects.toMatchObject({
    code: "gone",
  })
  expect(await newSetupCode(house.house)).toBeUndefined()
})

it("stays closed when every person is gone: a row closes it, not a count of people", async () => {
  await using house = await aHouse()
  const code = await codeOf(house)
  await setUp(house, code)
  await house.database.prisma.person.deleteMany()
  await expect(setUp(house, code)).rejects.toMatchObject({ code: "gone" })
  expect(await newSetupCode(house.house)).toBeUndefined()
})

it("slows who guesses the code, and nobody who comes from elsewhere with the right one", async () => {
  await using house = await aHouse()
  const code = await codeOf(house)
  const guesses = Array.from({ length: 40 }, () =>
    setUp(house, "0000-0000-0000-0000-0000-0000-0000").catch(codeOfError),
  )
  const answers = await Promise.all(guesses)
  expect(answers.filter((answer) => answer === "forbidden")).toHaveLength(20)
  expect(answers.filter((answer) => answer === "rate_limited")).toHaveLength(20)
  await house.call("setUp", nobody, { ...alice, code }, { address: "198.51.100.7" })
})

it("leaves an event in the organization's log that names the owner, and none of what was typed", async () => {
  await using house = await aHouse()
  const code = await codeOf(house)
  const { person } = await setUp(house, code)
  const events = await house.database.prisma.auditEvent.findMany({ where: { action: "setup.complete" } })
  expect(events).toMatchObject([{ outcome: "done", actorId: person, actorName: "Alice", scope: "acme" }])
  expect(
    JSON.stringify(events, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value)),
  ).not.toContain(alice.password)
})

it("keeps the code, the password and the token nowhere as they are", async () => {
  await using house = await aHouse()
  const code = await codeOf(house)
  const stored = await house.database.prisma.installation.findFirstOrThrow()
  expect(Buffer.from(stored.setupCodeHash!).toString("utf8")).not.toContain(code)
  const { token } = await setUp(house, code)
  const rows = JSON.stringify(
    await Promise.all([house.database.prisma.person.findMany(), house.database.prisma.personalToken.findMany()]),
  )
  expect(rows).not.toContain(alice.password)
  expect(rows).not.toContain(token!)
  expect((await house.database.prisma.installation.findFirstOrThrow()).setupCodeHash).toBeNull()
})

function codeOfError(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error)
}
