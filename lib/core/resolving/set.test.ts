import { expect, it } from "vitest"
import type { AnswerOf, InputOf } from "../../contract/api.ts"
import { bumpGeneration } from "../../db/scopes.ts"
import { aHouse, aRequest, type TestHouse } from "../../testing/a-house.ts"
import { aSealedSecret, aVault } from "../../testing/a-sealed-secret.ts"

const prod = "acme.payments.prod"

function resolve(
  house: TestHouse,
  token: string,
  input: InputOf<"resolve"> = {},
  ifNoneMatch: string | null = null,
): Promise<AnswerOf<"resolve">> {
  return house.core.call("resolve", { kind: "bearer", token }, input, aRequest({ ifNoneMatch }))
}

it("gives the effective set: for each vault and name the narrowest scope's secret, and which scope won", async () => {
  await using house = await aHouse()
  const acme = await house.organization()
  const { token } = await house.machine(acme, { at: prod, grants: [{ at: prod }] })
  await aSealedSecret(house, acme, { at: "acme", name: "API-KEY", values: ["wide"] })
  await aSealedSecret(house, acme, { at: "acme", name: "DB", values: ["wide"] })
  await aSealedSecret(house, acme, { at: "acme.payments", name: "db", values: ["1", "middle"] })
  await aSealedSecret(house, acme, { at: prod, name: "DB", values: ["narrow"] })
  await aSealedSecret(house, acme, { at: prod, vault: "web", name: "DB", values: ["web"], envName: "WEB_DB" })
  await aSealedSecret(house, acme, { at: "acme.payments.dev", name: "DEV", values: ["not ours"] })
  await aVault(house, acme, { at: "acme", name: "inner", inheritable: false })
  await aSealedSecret(house, acme, { at: "acme", vault: "inner", name: "PRIVATE", values: ["not ours"] })
  const set = await resolve(house, token)
  const entry = { vault: "default", version: 1, provider: "built-in" }
  expect(set).toEqual({
    scope: prod,
    env: { API_KEY: "wide", DB: "narrow", WEB_DB: "web" },
    entries: [
      { ...entry, scope: "acme", name: "API-KEY", envName: "API_KEY", ref: `strongroom://${prod}/default/API-KEY` },
      { ...entry, scope: prod, name: "DB", envName: "DB", ref: `strongroom://${prod}/default/DB` },
      { ...entry, scope: prod, vault: "web", name: "DB", envName: "WEB_DB", ref: `strongroom://${prod}/web/DB` },
    ],
    unresolved: [],
    etag: set.etag,
  })
  const ofTeam = await house.machine(acme, { at: "acme.payments", grants: [{ at: "acme.payments" }] })
  expect(await resolve(house, ofTeam.token, { scope: prod, vault: ["web"] })).toMatchObject({
    env: { WEB_DB: "web" },
  })
  expect(await resolve(house, ofTeam.token)).toMatchObject({
    scope: "acme.payments",
    env: { DB: "middle" },
    entries: [
      { name: "API-KEY", scope: "acme" },
      { name: "db", scope: "acme.payments", version: 2 },
    ],
  })
})

it("leaves one event with every version in it, and a last fetch for each", async () => {
  await using house = await aHouse()
  const acme = await house.organization()
  const { token, caller } = await house.machine(acme, { at: prod, grants: [{ at: prod }] })
  const a = await aSealedSecret(house, acme, { at: "acme", name: "A", values: ["1", "2"] })
  const b = await aSealedSecret(house, acme, { at: prod, name: "B", values: ["1"] })
  await resolve(house, token)
  const { prisma } = house.database
  expect(await prisma.auditEvent.findMany({ where: { organizationId: acme.id } })).toMatchObject([
    {
      action: "secret.resolve",
      scope: prod,
      details: { count: 2, secrets: `acme/default/A@2 ${prod}/default/B@1`, secretIds: `${a} ${b}` },
    },
  ])
  const fetches = await prisma.lastFetch.findMany({
    where: { serviceAccountId: caller.id },
    orderBy: { version: "asc" },
  })
  expect(fetches).toMatchObject([
    { secretId: b, version: 1 },
    { secretId: a, version: 2 },
  ])
})

it("covers what the grants cover: a vault, a prefix, both of two grants", async () => {
  await using house = await aHouse()
  const acme = await house.organization()
  const { token } = await house.machine(acme, {
    at: "acme",
    grants: [
      { at: prod, vault: "default", prefix: "App_" },
      { at: "acme.payments", vault: "web" },
      { at: prod, vault: "tools", access: "write" },
    ],
  })
  for (const name of ["APP_A", "app_b", "OTHER"]) await aSealedSecret(house, acme, { at: prod, name, values: ["1"] })
  await aSealedSecret(house, acme, { at: prod, vault: "web", name: "W", values: ["1"] })
  await aSealedSecret(house, acme, { at: prod, vault: "tools", name: "T", values: ["1"] })
  expect(await resolve(house, token, { scope: prod })).toMatchObject({
    entries: [{ name: "APP_A" }, { name: "app_b" }, { name: "W" }],
  })
  for (const refused of [{}, { scope: "acme.data" }, { scope: "acme.nowhere" }, { scope: prod, vault: ["tools"] }]) {
    await expect(resolve(house, token, refused)).rejects.toMatchObject({ code: "not_found" })
  }
  const absent = await resolve(house, token, { scope: prod, vault: ["absent"] }).catch((error: unknown) => error)
  const hidden = await resolve(house, token, { scope: prod, vault: ["tools"] }).catch((error: unknown) => error)
  expect((absent as Error).message.replace("absent", "tools")).toBe((hidden as Error).message)
})

it("names two secrets that meet in one environment variable instead of choosing", async () => {
  await using house = await aHouse()
  const acme = await house.organization()
  const { token } = await house.machine(acme, { at: prod, grants: [{ at: prod }] })
  await aSealedSecret(house, acme, { at: "acme", name: "api-key", values: ["1"] })
  await aSealedSecret(house, acme, { at: prod, name: "api.key", values: ["2"] })
  await expect(resolve(house, token)).rejects.toMatchObject({
    code: "conflict",
    message: expect.stringMatching(
      /^acme\/default\/api-key and acme\.payments\.prod\/default\/api\.key meet in .* API_KEY\./,
    ) as string,
  })
})

it("fails for what is disabled, puts no wider value in its place, and gives the others to who takes a part", async () => {
  await using house = await aHouse()
  const acme = await house.organization()
  const { token } = await house.machine(acme, { at: prod, grants: [{ at: prod }] })
  await aSealedSecret(house, acme, { at: "acme", name: "A", values: ["wide"] })
  await aSealedSecret(house, acme, { at: prod, name: "A", values: ["narrow"], state: "disabled" })
  await aSealedSecret(house, acme, { at: prod, name: "B", values: ["1"] })
  for (const name of ["c-c", "c.c"]) await aSealedSecret(house, acme, { at: prod, name, values: ["1"] })
  const unresolved = [
    { name: "A", ref: `strongroom://${prod}/default/A`, reason: "disabled" },
    { name: "c-c", ref: `strongroom://${prod}/default/c-c`, reason: "colliding" },
    { name: "c.c", ref: `strongroom://${prod}/default/c.c`, reason: "colliding" },
  ]
  await expect(resolve(house, token)).rejects.toMatchObject({ code: "conflict", unresolved })
  const part = await resolve(house, token, { partial: true })
  expect(part).toMatchObject({ env: { B: "1" }, entries: [{ name: "B" }], unresolved })
  const events = await house.database.prisma.auditEvent.findMany({ orderBy: { seq: "asc" } })
  expect(events).toMatchObject([
    { outcome: "conflict", details: {} },
    { outcome: "done", details: { count: 1, unresolved: expect.stringContaining("disabled strongroom://") as string } },
  ])
  expect(await resolve(house, token, { partial: true }, part.etag)).toMatchObject({ notModified: true })
  await expect(resolve(house, token, {}, part.etag)).rejects.toMatchObject({ code: "conflict" })
})

it("reads for the workspace that lists the project, where a grant covers it", async () => {
  await using house = await aHouse()
  const acme = await house.organization()
  const { prisma } = house.database
  await prisma.scope.updateMany({
    where: { path: { in: [prod, "acme.data.batch"] } },
    data: { projects: ["checkout"] },
  })
  await aSealedSecret(house, acme, { at: prod, name: "A", values: ["1"] })
  const { token, caller } = await house.machine(acme, { at: "acme", grants: [{ at: "acme.payments" }] })
  expect(await resolve(house, token, { project: "checkout" })).toMatchObject({ scope: prod, env: { A: "1" } })
  await expect(resolve(house, token, { project: "nobody's" })).rejects.toMatchObject({ code: "not_found" })
  await expect(resolve(house, token, { project: "checkout", scope: prod })).rejects.toMatchObject({ code: "invalid" })
  const scopeId = acme.scopes["acme.data"]!
  await prisma.grant.updateMany({ where: { serviceAccountId: caller.id }, data: { scopeId } })
  expect(await resolve(house, token, { project: "checkout" })).toMatchObject({ scope: "acme.data.batch" })
  await prisma.grant.updateMany({ where: { serviceAccountId: caller.id }, data: { scopeId: acme.id } })
  await expect(resolve(house, token, { project: "checkout" })).rejects.toMatchObject({
    code: "conflict",
    message: expect.stringContaining(`acme.data.batch and ${prod} list the project`) as string,
  })
})

it("says not modified until a generation on the path or the grants change, and records that too", async () => {
  await using house = await aHouse()
  const acme = await house.organization()
  const { token, caller } = await house.machine(acme, { at: prod, grants: [{ at: prod, prefix: "A" }] })
  await aSealedSecret(house, acme, { at: prod, name: "A", values: ["1"] })
  const { prisma } = house.database
  const bump = (path: string) => bumpGeneration(prisma, { organizationId: acme.id, id: acme.scopes[path]! })
  const tags = new Set<string>()
  const changed = async (): Promise<string> => {
    const answer = await resolve(house, token, {}, [...tags].join(", "))
    expect(answer).not.toHaveProperty("notModified")
    tags.add(answer.etag)
    return answer.etag
  }
  const first = await changed()
  expect(await resolve(house, token, {}, first)).toEqual({ notModified: true, etag: first })
  expect(await prisma.auditEvent.count({ where: { action: "secret.resolve", outcome: "done" } })).toBe(2)
  await bump("acme.data")
  await bump("acme.payments.dev")
  expect(await resolve(house, token, {}, first)).toMatchObject({ notModified: true })
  for (const path of ["acme", "acme.payments", prod]) {
    await bump(path)
    await changed()
  }
  await prisma.grant.updateMany({ where: { serviceAccountId: caller.id }, data: { revokedAt: new Date() } })
  await expect(resolve(house, token, {}, "*")).rejects.toMatchObject({ code: "not_found" })
})
