import pg from "pg"
import { describe, expect, it, vi } from "vitest"
import type { AnswerOf, ConditionalName, InputOf } from "../contract/api.ts"
import type { Disclosure } from "../contract/dto.ts"
import { newToken } from "../crypto/tokens.ts"
import { newId } from "../db/ids.ts"
import { aHouse, aRequest, type TestHouse, type TestOrganization } from "../testing/a-house.ts"
import { aSealedSecret, aVault } from "../testing/a-sealed-secret.ts"
import type { RequestFacts } from "./caller.ts"

const prod = "acme.payments.prod"

/** acme with a machine in payments.prod that may read everything there. */
async function aReader(): Promise<{ house: TestHouse; acme: TestOrganization; token: string }> {
  const house = await aHouse()
  const acme = await house.organization()
  const { token } = await house.machine(acme, { at: prod, grants: [{ at: prod }] })
  return { house, acme, token }
}

function ask<Name extends ConditionalName>(
  house: TestHouse,
  token: string,
  name: Name,
  input: InputOf<Name>,
  request?: Partial<RequestFacts>,
): Promise<AnswerOf<Name>> {
  return house.core.call(name, { kind: "bearer", token }, input, aRequest(request))
}

async function read(
  house: TestHouse,
  token: string,
  secret: string,
  more: { vault?: string; scope?: string; version?: number } = {},
): Promise<Disclosure & { etag: string }> {
  const answer = await ask(house, token, "readValue", { vault: "default", secret, ...more })
  if (answer.notModified === true) throw new Error("Nothing was held.")
  return answer
}

async function lastEvent({ database }: TestHouse, { id: organizationId }: TestOrganization) {
  return database.prisma.auditEvent.findFirst({ where: { organizationId }, orderBy: { seq: "desc" } })
}

async function asOwner({ ownerUrl }: TestHouse, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl })
  await client.connect()
  await client.query(sql)
  await client.end()
}

describe("readValue", () => {
  it("gives the narrowest scope's value, and says which scope won", async () => {
    const { house, acme, token } = await aReader()
    await using _ = house
    await aSealedSecret(house, acme, { at: "acme", name: "DB_PASSWORD", values: ["widest"] })
    expect(await read(house, token, "DB_PASSWORD")).toMatchObject({ scope: "acme", value: "widest" })
    await aSealedSecret(house, acme, { at: "acme.payments", name: "db_password", values: ["wide"] })
    expect(await read(house, token, "DB_PASSWORD")).toMatchObject({ scope: "acme.payments", name: "db_password" })
    await aSealedSecret(house, acme, { at: prod, name: "DB_PASSWORD", values: ["one", "two"] })
    const { etag, ...disclosure } = await read(house, token, "Db_Password")
    expect(disclosure).toEqual({ scope: prod, vault: "default", name: "DB_PASSWORD", version: 2, value: "two" })
    expect(etag).toMatch(/^"[\w-]+"$/)
  })

  it("reads another scope that a grant covers, and an earlier version", async () => {
    const house = await aHouse()
    await using _ = house
    const acme = await house.organization()
    const { token } = await house.machine(acme, { at: "acme.payments", grants: [{ at: "acme.payments" }] })
    await aSealedSecret(house, acme, { at: prod, name: "KEY", values: ["old", "new"] })
    expect(await read(house, token, "KEY", { scope: prod, version: 1 })).toMatchObject({ version: 1, value: "old" })
    await expect(read(house, token, "KEY")).rejects.toMatchObject({ code: "not_found" })
    await expect(read(house, token, "KEY", { scope: prod, version: 3 })).rejects.toMatchObject({ code: "not_found" })
  })

  it("answers bytes that aren't UTF-8 as base64, and text verbatim", async () => {
    const { house, acme, token } = await aReader()
    await using _ = house
    await aSealedSecret(house, acme, { at: prod, name: "BYTES", values: [Uint8Array.of(0xff, 0xfe, 0)] })
    await aSealedSecret(house, acme, { at: prod, name: "TEXT", values: ["\uFEFF é\u0000\r\n "] })
    expect(await read(house, token, "BYTES")).toMatchObject({ value: "//4A", encoding: "base64" })
    const text = await read(house, token, "TEXT")
    expect(text.value).toBe("\uFEFF é\u0000\r\n ")
    expect(text).not.toHaveProperty("encoding")
  })

  it("says the same of what isn't there, isn't granted, is private or is another organization's", async () => {
    const house = await aHouse()
    await using _ = house
    const acme = await house.organization()
    const other = await house.organization("globex")
    const { token } = await house.machine(acme, {
      at: prod,
      name: "ci",
      grants: [{ at: prod, vault: "default", prefix: "APP_" }],
    })
    await aSealedSecret(house, acme, { at: prod, name: "DB", values: ["x"] })
    await aSealedSecret(house, acme, { at: prod, vault: "other", name: "APP_X", values: ["x"] })
    await aVault(house, acme, { at: "acme", name: "inner", inheritable: false })
    await aSealedSecret(house, acme, { at: "acme", vault: "inner", name: "APP_Y", values: ["x"] })
    await aSealedSecret(house, acme, { at: "acme.payments.dev", name: "APP_Z", values: ["x"] })
    await aSealedSecret(house, other, { at: "globex.payments.prod", name: "APP_Z", values: ["x"] })
    const refused = [
      { secret: "DB" },
      { secret: "APP_X", vault: "other" },
      { secret: "APP_Y", vault: "inner" },
      { secret: "APP_Z", scope: "acme.payments.dev" },
      { secret: "APP_Z", scope: "globex.payments.prod" },
      { secret: "APP_Z", scope: "acme.nowhere" },
      { secret: "APP_NONE" },
    ]
    for (const { secret, vault = "default", scope } of refused) {
      const where = `"${secret}" in the vault "${vault}" of ${scope ?? prod}`
      await expect(
        read(house, token, secret, { vault, ...(scope === undefined ? {} : { scope }) }),
      ).rejects.toMatchObject({
        code: "not_found",
        message: `There is no secret ${where} that this token may read. Look at the name, and at the grants of "ci".`,
      })
      expect(await lastEvent(house, acme)).toMatchObject({ outcome: "denied", action: "secret.read", actorName: "ci" })
    }
  })

  it("never lets a disabled secret uncover a wider one, and lets a deleted one", async () => {
    const { house, acme, token } = await aReader()
    await using _ = house
    await aSealedSecret(house, acme, { at: "acme", name: "A", values: ["wide"] })
    await aSealedSecret(house, acme, { at: prod, name: "A", values: ["narrow"], state: "disabled" })
    await aSealedSecret(house, acme, { at: "acme", name: "B", values: ["wide"] })
    await aSealedSecret(house, acme, { at: prod, name: "B", values: ["narrow"], state: "deleted" })
    await expect(read(house, token, "A")).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("is disabled") as string,
    })
    expect(await read(house, token, "B")).toMatchObject({ scope: "acme", value: "wide" })
  })

  it("refuses a version that is disabled or destroyed, and says which", async () => {
    const { house, acme, token } = await aReader()
    await using _ = house
    const secretId = await aSealedSecret(house, acme, { at: prod, name: "A", values: ["1", "2", "3"] })
    const { prisma } = house.database
    const where = { organizationId: acme.id, secretId }
    await prisma.secretVersion.updateMany({ where: { ...where, number: 1 }, data: { state: "destroyed" } })
    await prisma.secretVersion.updateMany({ where: { ...where, number: 2 }, data: { state: "disabled" } })
    await expect(read(house, token, "A", { version: 1 })).rejects.toMatchObject({ code: "gone" })
    await expect(read(house, token, "A", { version: 2 })).rejects.toMatchObject({ code: "conflict" })
    expect(await read(house, token, "A")).toMatchObject({ version: 3 })
  })

  it("answers a held ETag with not modified, without opening anything, and records it", async () => {
    const { house, acme, token } = await aReader()
    await using _ = house
    const id = await aSealedSecret(house, acme, { at: prod, name: "A", values: ["1"] })
    const { etag } = await read(house, token, "A")
    await house.database.prisma.sealedValue.updateMany({
      where: { organizationId: acme.id },
      data: { sealed: Buffer.from([1]) },
    })
    const input = { vault: "default", secret: "A" }
    const held = await ask(house, token, "readValue", input, { ifNoneMatch: `"other", W/${etag}` })
    expect(held).toEqual({ notModified: true, etag })
    expect(await lastEvent(house, acme)).toMatchObject({ outcome: "done", secretId: id, version: 1 })
    // What is damaged is neither answered nor called absent.
    await expect(read(house, token, "A")).rejects.toMatchObject({ code: "internal" })
    expect(await lastEvent(house, acme)).toMatchObject({ outcome: "failed", secretId: id })
  })

  it("leaves one event that names the version, one last fetch and a count", async () => {
    const { house, acme, token } = await aReader()
    await using _ = house
    const secretId = await aSealedSecret(house, acme, { at: "acme", name: "A", values: ["1"] })
    await read(house, token, "A")
    await read(house, token, "A")
    const { prisma } = house.database
    const where = { organizationId: acme.id, secretId }
    expect(await prisma.auditEvent.findMany({ where })).toHaveLength(2)
    expect(await lastEvent(house, acme)).toMatchObject({
      class: "disclosure",
      action: "secret.read",
      scope: prod,
      secretName: "A",
      version: 1,
      details: { from: "acme" },
      credentialKind: "access_token",
      address: "192.0.2.1",
    })
    expect(await prisma.lastFetch.findMany({ where })).toMatchObject([{ version: 1 }])
    await expect.poll(() => prisma.readCount.findMany({ where })).toMatchObject([{ count: 2 }])
    await aSealedSecret(house, acme, { at: prod, name: "B", values: ["1", "2"] })
    await read(house, token, "B")
    await read(house, token, "B", { version: 1 })
    expect(await prisma.lastFetch.findMany({ where: { organizationId: acme.id } })).toHaveLength(2)
    expect(await prisma.lastFetch.findFirst({ where: { secretId: { not: secretId } } })).toMatchObject({ version: 1 })
  })

  it("gives each of many at once its own value", async () => {
    const house = await aHouse()
    await using _ = house
    const readers = await Promise.all(
      ["acme", "globex"].map(async (slug) => {
        const organization = await house.organization(slug)
        const at = `${slug}.payments.prod`
        const { token } = await house.machine(organization, { at, grants: [{ at }] })
        for (let each = 0; each < 8; each += 1) {
          await aSealedSecret(house, organization, { at, name: `S${each}`, values: [`${slug} ${each}`] })
        }
        return { slug, token }
      }),
    )
    const all = Array.from({ length: 320 }, (_, index) => ({ ...readers[index % 2]!, each: index % 8 }))
    const answers = await Promise.all(
      all.map(async ({ token, slug, each }) => ({
        expected: `${slug} ${each}`,
        got: (await read(house, token, `S${each}`)).value,
      })),
    )
    for (const { expected, got } of answers) expect(got).toBe(expected)
    const count = await house.database.prisma.auditEvent.count({ where: { action: "secret.read" } })
    expect(count).toBe(320)
  })
})

describe("a credential", () => {
  it("of a person is refused, whoever they are, and the refusal is recorded", async () => {
    const { house, acme } = await aReader()
    await using _ = house
    await aSealedSecret(house, acme, { at: prod, name: "A", values: ["1"] })
    const owner = await house.person(acme, { role: "owner", at: "acme" })
    const { token, hash, prefix } = newToken("pat", newId())
    await house.database.prisma.personalToken.create({
      data: {
        organizationId: acme.id,
        id: newId(),
        personId: owner.id,
        name: "laptop",
        hash: Buffer.from(hash),
        prefix,
        signedInAt: new Date(),
        expiresAt: new Date(Date.now() + 60_000),
      },
    })
    const input = { vault: "default", secret: "A" }
    await expect(ask(house, token, "readValue", input)).rejects.toMatchObject({ code: "forbidden" })
    expect(await lastEvent(house, acme)).toMatchObject({ outcome: "denied", actorId: owner.id, secretId: null })
    await expect(ask(house, token, "resolve", {})).rejects.toMatchObject({ code: "forbidden" })
    const unknown = newToken("pat", newId()).token
    await expect(ask(house, unknown, "readValue", input)).rejects.toMatchObject({ code: "forbidden" })
    const session = { kind: "session", id: newToken("ses", newId()).token } as const
    await expect(house.core.call("readValues", session, {}, aRequest())).rejects.toMatchObject({ code: "forbidden" })
    await expect(house.call("readValue", owner, input)).rejects.toMatchObject({ code: "forbidden" })
    const none = { kind: "none" } as const
    await expect(house.core.call("readValue", none, input, aRequest())).rejects.toMatchObject({
      code: "unauthenticated",
    })
  })

  it("that is unknown, revoked, expired, disabled or used from elsewhere is refused alike, and a known one recorded", async () => {
    const { house, acme } = await aReader()
    await using _ = house
    await aSealedSecret(house, acme, { at: prod, name: "A", values: ["1"] })
    const { prisma } = house.database
    const machine = async () => house.machine(acme, { at: prod, grants: [{ at: prod }] })
    const change = async (id: string, data: object) =>
      prisma.accessToken.update({ where: { organizationId_id: { organizationId: acme.id, id } }, data })
    const [revoked, expired, disabled, elsewhere] = [await machine(), await machine(), await machine(), await machine()]
    await change(revoked.caller.credentialId, { revokedAt: new Date() })
    await change(expired.caller.credentialId, { expiresAt: new Date(Date.now() - 1000) })
    await change(elsewhere.caller.credentialId, { cidrs: ["203.0.113.0/24", "2001:db8::/32"] })
    await prisma.serviceAccount.updateMany({
      where: { organizationId: acme.id, id: disabled.caller.id },
      data: { disabledAt: new Date() },
    })
    const unknown = { token: newToken("sat", newId()).token, caller: { id: null } }
    const bodies = new Set<string>()
    for (const { token, caller } of [revoked, expired, disabled, elsewhere, unknown]) {
      const error: unknown = await read(house, token, "A").catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: "unauthenticated" })
      bodies.add((error as Error).message)
      if (caller.id !== null) {
        expect(await lastEvent(house, acme)).toMatchObject({ outcome: "denied", actorId: caller.id })
      }
    }
    expect(bodies.size).toBe(1)
    const from = { address: "203.0.113.7" }
    const input = { vault: "default", secret: "A" }
    expect(await ask(house, elsewhere.token, "readValue", input, from)).toMatchObject({ value: "1" })
  })

  it("that is revoked in the middle of a run fails the next request", async () => {
    const { house, acme, token } = await aReader()
    await using _ = house
    await aSealedSecret(house, acme, { at: prod, name: "A", values: ["1"] })
    let answered = 0
    const readUntilRefused = async (): Promise<void> => {
      for (;;) {
        const outcome = await read(house, token, "A").catch((error: unknown) => error)
        if (outcome instanceof Error) return void expect(outcome).toMatchObject({ code: "unauthenticated" })
        answered += 1
      }
    }
    const running = Promise.all(Array.from({ length: 16 }, readUntilRefused))
    await expect.poll(() => answered).toBeGreaterThan(16)
    await house.database.prisma.accessToken.updateMany({
      where: { organizationId: acme.id },
      data: { revokedAt: new Date() },
    })
    await expect(read(house, token, "A")).rejects.toMatchObject({ code: "unauthenticated" })
    await running
  })

  it("gets to know what is wrong with its input, and one that is no good doesn't", async () => {
    const { house, acme, token } = await aReader()
    await using _ = house
    const wrong = { vault: "NO VAULT", secret: "A" }
    await expect(ask(house, token, "readValue", wrong)).rejects.toMatchObject({ code: "invalid" })
    expect(await lastEvent(house, acme)).toMatchObject({ outcome: "invalid" })
    const unknown = newToken("sat", newId()).token
    await expect(ask(house, unknown, "readValue", wrong)).rejects.toMatchObject({ code: "unauthenticated" })
  })
})

describe("readValues", () => {
  it("gives all or none, and names the missing without telling why they are", async () => {
    const house = await aHouse()
    await using _ = house
    const acme = await house.organization()
    const { token } = await house.machine(acme, { at: prod, name: "ci", grants: [{ at: prod, prefix: "app_" }] })
    await aSealedSecret(house, acme, { at: "acme", name: "APP_A", values: ["1"] })
    await aSealedSecret(house, acme, { at: prod, name: "app_b", values: ["2"] })
    await aSealedSecret(house, acme, { at: prod, name: "DB", values: ["3"] })
    const answer = await ask(house, token, "readValues", { vault: "default", names: ["app_a", "APP_B"] })
    expect(answer).toMatchObject({
      values: { app_a: { name: "APP_A", scope: "acme", value: "1" }, APP_B: { scope: prod, value: "2" } },
    })
    expect(await lastEvent(house, acme)).toMatchObject({
      action: "secret.read_several",
      details: { count: 2, secrets: `acme/default/APP_A@1 ${prod}/default/app_b@1` },
    })
    await expect(
      ask(house, token, "readValues", { vault: "default", names: ["APP_A", "DB", "APP_C"] }),
    ).rejects.toMatchObject({
      code: "not_found",
      message: `There are no secrets "DB", "APP_C" in the vault "default" of ${prod} that this token may read. Look at the name, and at the grants of "ci".`,
    })
    const { etag } = answer
    const names = ["app_a", "APP_B"]
    const again = await ask(house, token, "readValues", { vault: "default", names }, { ifNoneMatch: etag })
    expect(again).toEqual({ notModified: true, etag })
  })
})

describe("the event", () => {
  it("comes first: when it can't be written, nothing is disclosed", async () => {
    const { house, acme, token } = await aReader()
    await using _ = house
    await aSealedSecret(house, acme, { at: prod, name: "A", values: ["1"] })
    await read(house, token, "A")
    await asOwner(house, `ALTER TABLE "AuditEvent" ADD CONSTRAINT "full" CHECK ("action" <> 'secret.read') NOT VALID`)
    await expect(read(house, token, "A")).rejects.toMatchObject({ code: "unavailable" })
    const counted = async (): Promise<unknown> => {
      return (await house.database.pool.query(`SELECT sum("count")::int AS reads FROM "ReadCount"`)).rows
    }
    await expect.poll(counted).toEqual([{ reads: 1 }])
  })

  it("is as little answered around when the database is gone", async () => {
    const { house, acme, token } = await aReader()
    await using _ = house
    await aSealedSecret(house, acme, { at: prod, name: "A", values: ["1"] })
    await read(house, token, "A")
    vi.spyOn(house.database.pool, "connect").mockRejectedValue(new Error("The connection was refused."))
    vi.spyOn(house.database.pool, "query").mockRejectedValue(new Error("The connection was refused."))
    await expect(read(house, token, "A")).rejects.toMatchObject({ code: "unavailable" })
  })
})
