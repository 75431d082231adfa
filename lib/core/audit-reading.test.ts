import Papa from "papaparse"
import pg from "pg"
import { describe, expect, it } from "vitest"
import type { AuditEvent } from "../contract/dto.ts"
import { type EventQuery, statementOf } from "../db/audit-events.ts"
import { Prisma } from "../db/generated/client.ts"
import { newId } from "../db/ids.ts"
import { aHouse, aRequest, type TestHouse, type TestOrganization } from "../testing/a-house.ts"
import { aSealedSecret } from "../testing/a-sealed-secret.ts"
import { verifyChain } from "../testing/verify-chain.ts"
import type { PersonCaller } from "./caller.ts"

const prod = "acme.payments.prod"

interface Scene {
  house: TestHouse
  acme: TestOrganization
  auditor: PersonCaller
  /** Reads by the machine `ci` of payments.prod. */
  read(name: "readValue" | "resolve", secret?: string): Promise<unknown>
  secrets: { DB: string; KEY: string }
}

async function aScene(): Promise<Scene> {
  const house = await aHouse()
  const acme = await house.organization()
  const auditor = await house.person(acme, { role: "auditor", at: "acme", name: "Aud" })
  const { token } = await house.machine(acme, { at: prod, name: "ci", grants: [{ at: prod }] })
  const DB = await aSealedSecret(house, acme, { at: "acme", name: "DB", values: ["1"] })
  const KEY = await aSealedSecret(house, acme, { at: prod, name: "KEY", values: ["1"] })
  const read: Scene["read"] = (name, secret) => {
    const input = name === "resolve" ? {} : { vault: "default", secret }
    return house.core.call(name, { kind: "bearer", token }, input, aRequest()).catch((error: unknown) => error)
  }
  return { house, acme, auditor, read, secrets: { DB, KEY } }
}

async function exported({ house, auditor }: Scene, format: "csv" | "jsonl", scope = "acme"): Promise<string> {
  let text = ""
  for await (const part of await house.call("exportAudit", auditor, { scope, format })) text += part
  return text
}

describe("listAudit", () => {
  it("tells what happened, newest first, page by page, and what is new since", async () => {
    const scene = await aScene()
    await using house = scene.house
    for (const secret of ["DB", "KEY", "NONE"]) await scene.read("readValue", secret)
    const first = await house.call("listAudit", scene.auditor, { scope: "acme", limit: 2 })
    expect(first.items).toMatchObject([
      {
        seq: 3,
        action: "secret.read",
        class: "disclosure",
        outcome: "denied",
        reason: "not_found",
        actor: { kind: "service_account", name: "ci" },
        secret: null,
        target: { kind: "secret", id: `${prod}/default/NONE`, name: "NONE" },
      },
      { seq: 2, outcome: "done", scope: prod, secret: { id: scene.secrets.KEY, name: "KEY" }, version: 1 },
    ])
    expect(first.head).toMatchObject({ seq: 3, at: first.items[0]?.at })
    const cursor = first.nextCursor ?? ""
    const second = await house.call("listAudit", scene.auditor, { scope: "acme", limit: 2, cursor })
    expect(second).toMatchObject({ items: [{ seq: 1 }], nextCursor: null })
    const after = await house.call("listAudit", scene.auditor, { scope: "acme", after: 3 })
    expect(after.items.map(({ action }) => action)).toEqual(["audit.list", "audit.list"])
  })

  it("shows a lead what happened in the team and beneath, and nobody what isn't theirs", async () => {
    const scene = await aScene()
    await using house = scene.house
    const { acme, auditor } = scene
    await scene.read("readValue", "DB")
    const lead = await house.person(acme, { role: "lead", at: "acme.payments" })
    const other = await house.person(acme, { role: "lead", at: "acme.data" })
    const globex = await house.organization("globex")
    const stranger = await house.person(globex, { role: "owner", at: "globex" })
    const byLead = await house.call("listAudit", lead, { scope: "acme.payments" })
    expect(byLead.items).toMatchObject([{ action: "secret.read", scope: prod }])
    expect((await house.call("listAudit", other, { scope: "acme.data" })).items).toEqual([])
    await expect(house.call("listAudit", other, { scope: "acme" })).rejects.toMatchObject({ code: "not_found" })
    await expect(house.call("listAudit", stranger, { scope: "acme" })).rejects.toMatchObject({ code: "not_found" })
    const editor = await house.person(acme, { role: "editor", at: "acme.payments" })
    await expect(house.call("listAudit", editor, { scope: prod })).rejects.toMatchObject({ code: "forbidden" })
    expect((await house.call("listAudit", auditor, { scope: prod })).items).toMatchObject([
      { action: "audit.list", outcome: "denied" },
      { action: "secret.read" },
    ])
  })

  it("filters by each of its filters, and by all at once", async () => {
    const scene = await aScene()
    await using house = scene.house
    const { auditor, secrets } = scene
    const started = new Date(Date.now() - 60_000).toISOString()
    await scene.read("readValue", "DB")
    await scene.read("readValue", "NONE")
    await scene.read("resolve")
    await house.call("createServiceAccount", await house.person(scene.acme, { role: "lead", at: "acme.payments" }), {
      scope: prod,
      name: "web",
    })
    const machine = await house.database.prisma.serviceAccount.findFirstOrThrow({ where: { name: "ci" } })
    const seqs = async (filter: object, scope = "acme"): Promise<number[]> => {
      const { items } = await house.call("listAudit", auditor, { scope, ...filter })
      return items.map(({ seq }) => seq).filter((seq) => seq <= 4)
    }
    expect(await seqs({ actor: machine.id })).toEqual([3, 2, 1])
    expect(await seqs({ action: "secret.read" })).toEqual([2, 1])
    expect(await seqs({ class: ["change", "delegation"] })).toEqual([4])
    expect(await seqs({ class: ["disclosure"] })).toEqual([3, 2, 1])
    expect(await seqs({ outcome: ["denied", "failed"] })).toEqual([2])
    // An effective set is an event about each secret in it.
    expect(await seqs({ secret: secrets.DB })).toEqual([3, 1])
    expect(await seqs({ secret: "db" })).toEqual([3, 1])
    expect(await seqs({ secret: secrets.KEY }, prod)).toEqual([3])
    expect(await seqs({ secret: "NOWHERE" })).toEqual([])
    expect(await seqs({ from: started })).toEqual([4, 3, 2, 1])
    expect(await seqs({ to: started })).toEqual([])
    expect(await seqs({ from: "2099-01-01T00:00:00Z" })).toEqual([])
    expect(
      await seqs(
        {
          actor: machine.id,
          action: "secret.read",
          class: ["disclosure"],
          outcome: ["done"],
          secret: "DB",
          from: started,
        },
        prod,
      ),
    ).toEqual([1])
  })

  it("walks an index for every filter, with 100,000 events", async () => {
    const { house, acme } = await aScene()
    await using _ = house
    const actor = newId()
    const secretId = newId()
    const scopeIds = [acme.scopes[prod]!, acme.scopes["acme.payments"]!]
    const owner = new pg.Client({ connectionString: house.ownerUrl })
    await owner.connect()
    await owner.query(
      `INSERT INTO "AuditEvent" ("organizationId", "seq", "at", "class", "action", "outcome", "actorKind", "actorId", "actorName",
                                 "scopeId", "secretId", "details", "requestId", "previous", "hash")
       SELECT $1, n, now(), CASE WHEN n % 1000 = 0 THEN 'change' ELSE 'disclosure' END,
              CASE WHEN n % 500 = 0 THEN 'secret.resolve' ELSE 'secret.read' END, CASE WHEN n % 900 = 0 THEN 'denied' ELSE 'done' END,
              'service_account', CASE WHEN n % 700 = 0 THEN $2::uuid ELSE gen_random_uuid() END, 'x',
              CASE WHEN n % 50 = 0 THEN $3::uuid ELSE $1::uuid END, CASE WHEN n % 600 = 0 THEN $4::uuid ELSE gen_random_uuid() END,
              CASE WHEN n % 500 = 0 THEN json_build_object('secretIds', gen_random_uuid()::text) ELSE '{}' END, 'x', decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex')
       FROM generate_series(1, 100000) AS n`,
      [acme.id, actor, scopeIds[0], secretId],
    )
    await owner.query(`ANALYZE "AuditEvent"`)
    await owner.end()
    const page = { above: 0n, below: 100_001n, scopeIds: null, order: "newest first" as const, limit: 51 }
    const queries: EventQuery[] = [
      { ...page, filter: {} },
      { ...page, filter: { actor } },
      { ...page, filter: { action: "secret.resolve" } },
      { ...page, filter: { action: "secret.read" } },
      { ...page, filter: { classes: ["change", "delegation"] } },
      { ...page, filter: { classes: ["change", "disclosure"] } },
      { ...page, filter: { outcomes: ["denied"] } },
      { ...page, filter: { secretIds: [secretId, newId()] } },
      { ...page, filter: {}, scopeIds },
      { ...page, filter: { actor, outcomes: ["done"] }, scopeIds, order: "oldest first" },
    ]
    for (const query of queries) {
      const plan = await house.database.prisma.$queryRaw<{ "QUERY PLAN": string }[]>(
        Prisma.sql`EXPLAIN ${statementOf(acme.id, query)}`,
      )
      const text = plan.map((line) => line["QUERY PLAN"]).join("\n")
      expect(text).not.toContain("Seq Scan")
      expect(text).toContain("AuditEvent_")
    }
  })
})

describe("exportAudit", () => {
  it("writes JSON lines, oldest first, with all that a line's hash is made of", async () => {
    const scene = await aScene()
    await using house = scene.house
    for (const secret of ["DB", "KEY"]) await scene.read("readValue", secret)
    const lines = (await exported(scene, "jsonl")).trimEnd().split("\n")
    const events = lines.map((line) => JSON.parse(line) as AuditEvent & { organizationId: string })
    expect(events.map(({ seq }) => seq)).toEqual([1, 2])
    expect(events[0]).toMatchObject({ organizationId: scene.acme.id, secret: { name: "DB" }, previous: "0".repeat(64) })
    expect(events[1]?.previous).toBe(events[0]?.hash)
    const last = await house.database.prisma.auditEvent.findFirst({ orderBy: { seq: "desc" } })
    expect(last).toMatchObject({ action: "audit.export", actorName: "Aud", details: { format: "jsonl", newest: 2 } })
  })

  it("writes CSV that reads back, and no cell of it is a formula", async () => {
    const scene = await aScene()
    await using house = scene.house
    const names = ["=1+1", "+1", "-1", "@x", '"quoted", and more', "two\nlines", "plain"]
    for (const name of names) {
      const person = await house.person(scene.acme, { role: "owner", at: "acme", name })
      await house.call("listVaults", person, { scope: "acme" })
    }
    const { data } = Papa.parse<Record<string, string>>(await exported(scene, "csv"), {
      header: true,
      skipEmptyLines: true,
    })
    const cells = data.map((row) => row.actor)
    expect(cells).toEqual(["'=1+1", "'+1", "'-1", "'@x", '"quoted", and more', "two\nlines", "plain"])
    for (const row of data) for (const cell of Object.values(row)) expect(cell).not.toMatch(/^[=+\-@\t\r]/)
    expect(data[0]).toMatchObject({ seq: "1", action: "vault.list", class: "view", details: "{}" })
  })

  it("goes on over many pages, and leaves out what happens meanwhile", async () => {
    const scene = await aScene()
    await using house = scene.house
    await Promise.all(Array.from({ length: 2300 }, () => scene.read("readValue", "KEY")))
    const stream = await house.call("exportAudit", scene.auditor, { scope: prod, format: "jsonl" })
    const seqs: number[] = []
    for await (const line of stream) {
      if (seqs.length === 10) await scene.read("readValue", "KEY")
      seqs.push((JSON.parse(line) as AuditEvent).seq)
    }
    expect(seqs).toEqual(Array.from({ length: 2300 }, (_, index) => index + 1))
  })
})

it("an organization's chain holds from its first event, and a change of any part of it is found", async () => {
  const scene = await aScene()
  await using house = scene.house
  await Promise.all(Array.from({ length: 50 }, (_, each) => scene.read("readValue", each % 2 === 0 ? "DB" : "NONE")))
  await scene.read("resolve")
  await house.call("listAudit", scene.auditor, { scope: "acme" })
  const { id } = scene.acme
  expect(await verifyChain(house.house, id)).toEqual({ events: 52 })
  const owner = new pg.Client({ connectionString: house.ownerUrl })
  await owner.connect()
  await owner.query(`ALTER TABLE "AuditEvent" DISABLE TRIGGER "AuditEvent_insert_only"`)
  await owner.query(`UPDATE "AuditEvent" SET "actorName" = 'somebody' WHERE "seq" = 7`)
  expect(await verifyChain(house.house, id)).toEqual({ brokenAt: 7, because: "hash" })
  await owner.query(`DELETE FROM "AuditEvent" WHERE "seq" = 5`)
  expect(await verifyChain(house.house, id)).toEqual({ brokenAt: 5, because: "number" })
  await owner.query(`DELETE FROM "AuditEvent" WHERE "seq" BETWEEN 1 AND 52`)
  expect(await verifyChain(house.house, id)).toEqual({ brokenAt: 1, because: "head" })
  await owner.end()
})
