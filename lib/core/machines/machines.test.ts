import pg from "pg"
import { describe, expect, it } from "vitest"
import { aHouse, aRequest, type TestHouse, type TestOrganization } from "../../testing/a-house.ts"
import { aSealedSecret, aVault } from "../../testing/a-sealed-secret.ts"
import type { PersonCaller } from "../caller.ts"

const team = "acme.payments"
const prod = "acme.payments.prod"
const ofCi = { scope: prod, account: "ci" }

/** acme, with a lead of payments who made the service account `ci` at payments.prod. */
async function aLead(): Promise<{ house: TestHouse; acme: TestOrganization; lead: PersonCaller }> {
  const house = await aHouse()
  const acme = await house.organization()
  const lead = await house.person(acme, { role: "lead", at: team, name: "Alice" })
  await house.call("createServiceAccount", lead, { scope: prod, name: "ci", description: "Deploys" })
  return { house, acme, lead }
}

function longAgo(person: PersonCaller): PersonCaller {
  return { ...person, signedInAt: new Date(Date.now() - 11 * 60_000) }
}

async function readBy({ core }: TestHouse, token: string, secret: string): Promise<unknown> {
  const input = { vault: "default", secret }
  return core.call("readValue", { kind: "bearer", token }, input, aRequest())
}

describe("a service account", () => {
  it("is made, granted, given a token, and then reads; each undone fails the next read", async () => {
    const { house, acme, lead } = await aLead()
    await using _ = house
    await aSealedSecret(house, acme, { at: prod, name: "DB", values: ["1"] })
    const made = await house.call("describeServiceAccount", lead, ofCi)
    expect(made).toMatchObject({ name: "ci", description: "Deploys", disabled: false, grants: [], readableCount: 0 })
    const { token = "", accessToken } = await house.call("issueToken", lead, { ...ofCi, name: "runner", cidrs: [] })
    expect(token).toMatch(/^srm_sat_/)
    expect(accessToken).toMatchObject({ name: "runner", issuedBy: { name: "Alice" }, revokedAt: null })
    await expect(readBy(house, token, "DB")).rejects.toMatchObject({ code: "not_found" })
    const { outcome, grant } = await house.call("grantAccess", lead, { ...ofCi, access: "read", vault: "default" })
    expect(outcome).toBe("granted")
    expect(grant).toMatchObject({ scope: prod, vault: "default", grantedBy: { name: "Alice" }, selfGranted: true })
    expect(await readBy(house, token, "DB")).toMatchObject({ value: "1" })
    expect(await house.call("describeServiceAccount", lead, ofCi)).toMatchObject({
      activeTokens: 1,
      grantCount: 1,
      readable: [{ scope: prod, vault: "default", name: "DB", currentVersion: 1, grant: grant.id }],
      readableCount: 1,
    })

    await house.call("changeServiceAccount", lead, { ...ofCi, disabled: true })
    await expect(readBy(house, token, "DB")).rejects.toMatchObject({ code: "unauthenticated" })
    await house.call("changeServiceAccount", lead, { ...ofCi, disabled: false })
    expect(await readBy(house, token, "DB")).toMatchObject({ value: "1" })

    await house.call("revokeGrant", lead, { ...ofCi, grant: grant.id })
    await expect(readBy(house, token, "DB")).rejects.toMatchObject({ code: "not_found" })
    await house.call("revokeToken", lead, { ...ofCi, token: accessToken.id })
    await expect(readBy(house, token, "DB")).rejects.toMatchObject({ code: "unauthenticated" })
    expect(await house.database.prisma.delegation.findMany({ orderBy: { createdAt: "asc" } })).toMatchObject([
      { act: "issueToken", state: "ended", accessTokenId: accessToken.id },
      { act: "grantAccess", state: "ended", grantId: grant.id },
      { act: "changeServiceAccount", state: "effective", byId: lead.id },
    ])
    await house.call("deleteServiceAccount", lead, ofCi)
    await expect(house.call("describeServiceAccount", lead, ofCi)).rejects.toMatchObject({ code: "not_found" })
    expect(await house.database.prisma.lastFetch.count()).toBe(0)
  })

  it("keeps its name to itself at its scope, and lists come page by page", async () => {
    const { house, lead } = await aLead()
    await using _ = house
    await expect(house.call("createServiceAccount", lead, { scope: prod, name: "ci" })).rejects.toMatchObject({
      code: "conflict",
    })
    for (const name of ["web", "batch"]) await house.call("createServiceAccount", lead, { scope: prod, name })
    const first = await house.call("listServiceAccounts", lead, { scope: prod, limit: 2 })
    expect(first.items.map(({ name }) => name)).toEqual(["batch", "ci"])
    const cursor = first.nextCursor ?? ""
    const second = await house.call("listServiceAccounts", lead, { scope: prod, limit: 2, cursor })
    expect(second).toMatchObject({ items: [{ name: "web", createdBy: { name: "Alice" } }], nextCursor: null })
  })

  it("is shown with what it can read now: what it inherits, and not what something narrower stands before", async () => {
    const { house, acme, lead } = await aLead()
    await using _ = house
    await aSealedSecret(house, acme, { at: "acme", name: "A", values: ["1"] })
    await aSealedSecret(house, acme, { at: "acme", name: "B", values: ["1"] })
    await aSealedSecret(house, acme, { at: prod, name: "b", values: ["1", "2"] })
    await aSealedSecret(house, acme, { at: "acme.payments.dev", name: "C", values: ["1"] })
    await aSealedSecret(house, acme, { at: prod, name: "OFF", values: ["1"], state: "disabled" })
    await aVault(house, acme, { at: "acme", name: "inner", inheritable: false })
    await aSealedSecret(house, acme, { at: "acme", vault: "inner", name: "D", values: ["1"] })
    await house.call("grantAccess", lead, { ...ofCi, access: "read" })
    expect(await house.call("describeServiceAccount", lead, ofCi)).toMatchObject({
      readableCount: 2,
      readable: [
        { scope: "acme", name: "A" },
        { scope: prod, name: "b", currentVersion: 2 },
      ],
    })
  })
})

describe("delegating", () => {
  it("needs the permission, which no editor has, and a sign-in of the last ten minutes", async () => {
    const { house, acme, lead } = await aLead()
    await using _ = house
    const editor = await house.person(acme, { role: "editor", at: team })
    const grant = { ...ofCi, access: "read" as const }
    const token = { ...ofCi, name: "t" }
    await expect(house.call("grantAccess", editor, grant)).rejects.toMatchObject({ code: "forbidden" })
    await expect(house.call("issueToken", editor, token)).rejects.toMatchObject({ code: "forbidden" })
    const stale = { code: "forbidden", fields: { signIn: "Confirm that it is you." } }
    await expect(house.call("grantAccess", longAgo(lead), grant)).rejects.toMatchObject(stale)
    await expect(house.call("issueToken", longAgo(lead), token)).rejects.toMatchObject(stale)
    expect(await house.database.prisma.grant.count()).toBe(0)
    expect(await house.database.prisma.accessToken.count()).toBe(0)
    await house.call("grantAccess", lead, grant)
    await house.call("changeServiceAccount", longAgo(lead), { ...ofCi, disabled: true })
    await expect(house.call("changeServiceAccount", longAgo(lead), { ...ofCi, disabled: false })).rejects.toMatchObject(
      stale,
    )
  })

  it("stays within the account's scope", async () => {
    const { house, lead } = await aLead()
    await using _ = house
    await expect(house.call("grantAccess", lead, { ...ofCi, grantScope: team, access: "read" })).rejects.toMatchObject({
      code: "invalid",
      fields: { grantScope: expect.any(String) as string },
    })
    await house.call("createServiceAccount", lead, { scope: team, name: "all" })
    const { grant } = await house.call("grantAccess", lead, {
      scope: team,
      account: "all",
      grantScope: prod,
      access: "read",
    })
    expect(grant.scope).toBe(prod)
    await expect(
      house.call("grantAccess", lead, { scope: team, account: "all", grantScope: prod, access: "read" }),
    ).rejects.toMatchObject({ code: "conflict" })
  })

  it("is refused for an account that also reads outside of the caller's scope", async () => {
    const { house, acme, lead } = await aLead()
    await using _ = house
    const admin = await house.person(acme, { role: "admin", at: "acme" })
    const both = await house.person(acme, { role: "lead", at: team })
    await house.call("createServiceAccount", admin, { scope: "acme", name: "wide" })
    await house.call("grantAccess", admin, { scope: "acme", account: "wide", grantScope: "acme.data", access: "read" })
    // An auditor of acme who leads payments sees the account and may delegate in payments, but not in data.
    const seeing = {
      ...both,
      roles: [
        ...both.roles,
        { role: "auditor" as const, scopeId: acme.id, scopePath: "acme", scopeKind: "organization" as const },
      ],
    }
    const grant = { scope: "acme", account: "wide", grantScope: team, access: "read" as const }
    await expect(house.call("grantAccess", seeing, grant)).rejects.toMatchObject({
      code: "forbidden",
      message: expect.stringContaining("also reads in scopes where you may not delegate") as string,
    })
    await expect(house.call("grantAccess", lead, grant)).rejects.toMatchObject({ code: "not_found" })
    await house.call("grantAccess", admin, grant)
  })

  it("raises the generation of its scope and leaves an event of its own class", async () => {
    const { house, acme, lead } = await aLead()
    await using _ = house
    const { prisma } = house.database
    const generation = async () => (await prisma.scope.findFirstOrThrow({ where: { path: prod } })).generation
    const { grant } = await house.call("grantAccess", lead, { ...ofCi, access: "read", prefix: "APP_" })
    expect(await generation()).toBe(1n)
    const [event] = await prisma.auditEvent.findMany({ where: { organizationId: acme.id }, orderBy: { seq: "desc" } })
    expect(event).toMatchObject({
      action: "grant.create",
      class: "delegation",
      scope: prod,
      targetKind: "service_account",
      targetName: "ci",
      details: { access: "read", prefix: "APP_" },
    })
    await house.call("revokeGrant", lead, { ...ofCi, grant: grant.id })
    expect(await generation()).toBe(2n)
  })

  it("answers a repeated issueToken without the token", async () => {
    const { house, lead } = await aLead()
    await using _ = house
    const once = { idempotencyKey: "issue-once-1" }
    const first = await house.call("issueToken", lead, { ...ofCi, name: "t" }, once)
    const second = await house.call("issueToken", lead, { ...ofCi, name: "t" }, once)
    expect(first.token).toBeDefined()
    expect(second).toEqual({ accessToken: first.accessToken })
  })

  it("issues no second token after a crash that took the first one's answer", async () => {
    const { house, lead } = await aLead()
    await using _ = house
    // Answers are objects, so none can be kept.
    const owner = new pg.Client({ connectionString: house.ownerUrl })
    await owner.connect()
    await owner.query(`ALTER TABLE "IdempotencyKey" ADD CONSTRAINT "lost" CHECK (jsonb_typeof("response") <> 'object')`)
    await owner.end()
    const once = { idempotencyKey: "issue-once-2" }
    await house.call("issueToken", lead, { ...ofCi, name: "t" }, once)
    const again = (): Promise<unknown> => house.call("issueToken", lead, { ...ofCi, name: "t" }, once)
    await expect(again()).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("still under way"),
    })
    await house.database.prisma.idempotencyKey.updateMany({ data: { leaseUntil: new Date(0) } })
    await expect(again()).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining("carried out") })
    expect(await house.database.prisma.accessToken.count({ where: { name: "t" } })).toBe(1)
  })
})

it("an act that turns out to delegate is found among the delegations, done or refused", async () => {
  const { house, acme, lead } = await aLead()
  await using _ = house
  const editor = await house.person(acme, { role: "editor", at: team })
  await house.machine(acme, { at: prod, name: "shop", grants: [{ at: prod, vault: "live" }] })
  for (const scope of [team, prod]) await house.call("createVault", lead, { scope, name: "live", inheritable: false })
  await house.call("createSecret", editor, { scope: team, vault: "default", name: "DB", value: "a value" })
  const move = { scope: team, vault: "default", secret: "DB", toScope: prod, toVault: "live" }
  await expect(house.call("moveSecret", editor, move)).rejects.toMatchObject({ code: "forbidden" })
  await house.call("moveSecret", lead, move)
  await house.call("moveSecret", lead, { ...move, scope: prod, vault: "live", toScope: team, toVault: "live" })
  await house.call("changeVault", lead, { scope: team, vault: "live", description: "Cards" })
  await house.call("changeVault", lead, { scope: team, vault: "live", inheritable: true })
  const shop = { scope: prod, account: "shop" }
  for (const disabled of [true, false]) await house.call("changeServiceAccount", lead, { ...shop, disabled })
  const { prisma } = house.database
  const events = await prisma.auditEvent.findMany({ where: { class: "delegation" }, orderBy: { seq: "asc" } })
  expect(events.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
    "secret.move denied",
    "secret.move done",
    "vault.change done",
    "service_account.change done",
  ])
})

describe("a secret", () => {
  it("are named to those who may see their scope, and counted for everybody", async () => {
    const { house, acme, lead } = await aLead()
    await using _ = house
    await aSealedSecret(house, acme, { at: "acme", name: "SHARED", values: ["1"] })
    const ofData = await house.machine(acme, {
      at: "acme.data.batch",
      name: "etl",
      grants: [{ at: "acme.data.batch" }],
    })
    const ours = await house.machine(acme, { at: prod, name: "shop", grants: [{ at: prod }] })
    for (const { token } of [ofData, ours]) await readBy(house, token, "SHARED")
    const admin = await house.person(acme, { role: "admin", at: "acme" })
    const namesFor = async (person: PersonCaller, scope: string): Promise<string[][]> => {
      const address = { scope, vault: "default", secret: "SHARED" }
      const lists = [await house.call("listReaders", person, address), await house.call("listFetches", person, address)]
      return lists.map(({ items }) => items.map(({ serviceAccount }) => serviceAccount.name).toSorted())
    }
    expect(await namesFor(admin, "acme")).toEqual([
      ["etl", "shop"],
      ["etl", "shop"],
    ])
    expect(await namesFor(lead, prod)).toEqual([["shop"], ["shop"]])
    const seen = await house.call("describeSecret", lead, { scope: prod, vault: "default", secret: "SHARED" })
    expect(seen).toMatchObject({ readerCount: 2, fetches: { total: 2 } })
  })

  it("names who may read it, since when and by whom", async () => {
    const { house, acme, lead } = await aLead()
    await using _ = house
    const secretId = await aSealedSecret(house, acme, { at: "acme", name: "DB", values: ["1"] })
    await house.call("grantAccess", lead, { ...ofCi, access: "read", vault: "default", prefix: "d" })
    await house.call("grantAccess", lead, { ...ofCi, access: "read" })
    await house.machine(acme, { at: "acme.data", name: "etl", grants: [{ at: "acme.data.batch" }] })
    await house.machine(acme, { at: "acme.data", name: "other", grants: [{ at: "acme.data", prefix: "X" }] })
    const admin = await house.person(acme, { role: "admin", at: "acme" })
    const address = { scope: "acme", vault: "default", secret: "DB" }
    const first = await house.call("listReaders", admin, { ...address, limit: 1 })
    expect(first.items).toMatchObject([
      { serviceAccount: { scope: "acme.data", name: "etl" }, grantedBy: { kind: "system" } },
    ])
    const cursor = first.nextCursor ?? ""
    const second = await house.call("listReaders", admin, { ...address, limit: 5, cursor })
    expect(second.items).toMatchObject([
      {
        serviceAccount: { scope: prod, name: "ci" },
        grant: { scope: prod, vault: "default", prefix: "d" },
        grantedBy: { name: "Alice" },
        selfGranted: true,
        activeTokens: 0,
        lastReadAt: null,
      },
    ])
    expect(secretId).toBeDefined()
    const inherited = await house.call("listReaders", lead, { ...address, scope: prod })
    expect(inherited.items.map(({ serviceAccount }) => serviceAccount.name)).toEqual(["ci"])
  })

  it("tells which version each machine fetched last, those on an old one first", async () => {
    const { house, acme, lead } = await aLead()
    await using _ = house
    await aSealedSecret(house, acme, { at: prod, name: "DB", values: ["1", "2"] })
    const machines = []
    for (const name of ["a", "b", "c"]) {
      machines.push(await house.machine(acme, { at: prod, name, grants: [{ at: prod }] }))
    }
    for (const [index, { token }] of machines.entries()) {
      const version = index === 1 ? 1 : 2
      const input = { vault: "default", secret: "DB", version }
      await house.core.call("readValue", { kind: "bearer", token }, input, aRequest())
    }
    const address = { scope: prod, vault: "default", secret: "DB" }
    const seen: unknown[] = []
    for (let cursor: string | undefined | null; cursor !== null; ) {
      const page = await house.call("listFetches", lead, {
        ...address,
        limit: 1,
        ...(cursor === undefined ? {} : { cursor }),
      })
      seen.push(
        ...page.items.map(({ serviceAccount, version, isCurrent }) => [serviceAccount.name, version, isCurrent]),
      )
      cursor = page.nextCursor
    }
    expect(seen).toEqual([
      ["b", 1, false],
      ["c", 2, true],
      ["a", 2, true],
    ])
  })

  it("can't be opened to new machines by renaming it without delegating, and is marked when it is", async () => {
    const { house, acme, lead } = await aLead()
    await using _ = house
    await aSealedSecret(house, acme, { at: prod, name: "DB", values: ["1"] })
    await house.call("grantAccess", lead, { ...ofCi, access: "read", prefix: "APP_" })
    const editor = await house.person(acme, { role: "editor", at: team })
    const rename = { scope: prod, vault: "default", secret: "DB", name: "APP_DB" }
    await expect(house.call("changeSecret", editor, rename)).rejects.toMatchObject({ code: "forbidden" })
    await expect(house.call("changeSecret", longAgo(lead), rename)).rejects.toMatchObject({ code: "forbidden" })
    const bob = await house.person(acme, { role: "lead", at: team, name: "Bob" })
    await house.call("changeSecret", bob, rename)
    const readers = await house.call("listReaders", lead, { scope: prod, vault: "default", secret: "APP_DB" })
    expect(readers.items).toMatchObject([{ serviceAccount: { name: "ci" }, grantedBy: { name: "Bob" } }])
  })
})
