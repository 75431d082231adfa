import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { InputOf } from "../../contract/api.ts"
import type { AdoptedRow, TransferDetail } from "../../contract/dto.ts"
import { aHouse, aRequest, type TestHouse, type TestOrganization } from "../../testing/a-house.ts"
import { registerVault } from "../../testing/a-registered-vault.ts"
import type { KvV1, KvV2 } from "../../testing/openbao-client.ts"
import { aKvV1Mount, aKvV2Mount, type KvMount } from "../../testing/shared-openbao.ts"
import type { PersonCaller } from "../caller.ts"
import { carryTransfers } from "../transfers/carry.ts"

const scope = "acme.payments"
const at = { scope, vault: "default" }

let house: TestHouse
let acme: TestOrganization
let owner: PersonCaller
let lead: PersonCaller
let otherLead: PersonCaller
let token: string
let kv2: KvMount<KvV2>
let kv1: KvMount<KvV1>

beforeAll(async () => {
  house = await aHouse()
  acme = await house.organization("acme")
  owner = await house.person(acme, { role: "owner", at: "acme" })
  lead = await house.person(acme, { role: "lead", at: scope })
  otherLead = await house.person(acme, { role: "lead", at: "acme.data" })
  token = (await house.machine(acme, { at: scope, grants: [{ at: scope }] })).token
  kv2 = await aKvV2Mount()
  kv1 = await aKvV1Mount()
  const { address, rootToken } = kv2.server
  const place = { address, token: rootToken }
  // The team's own, and one of the whole organization, on the same mount; and KV v1.
  await registerVault(house, acme, {
    name: "team-vault",
    at: scope,
    ...place,
    mount: kv2.mount,
    prefix: "pay",
    kvVersion: 2,
  })
  await registerVault(house, acme, { name: "wide-vault", ...place, mount: kv2.mount, prefix: "all", kvVersion: 2 })
  await registerVault(house, acme, { name: "wide-again", ...place, mount: kv2.mount, prefix: "all", kvVersion: 2 })
  await registerVault(house, acme, {
    name: "old-vault",
    at: scope,
    ...place,
    mount: kv1.mount,
    prefix: "pay",
    kvVersion: 1,
  })
})

afterAll(async () => {
  await house[Symbol.asyncDispose]()
  await kv2[Symbol.asyncDispose]()
  await kv1[Symbol.asyncDispose]()
})

describe("adopting where two people are asked for", () => {
  it("waits, and is done by who asked for it, once", async () => {
    const { address, rootToken } = kv2.server
    const place = { address, token: rootToken, mount: kv2.mount, prefix: "two", kvVersion: 2 } as const
    await registerVault(house, acme, { name: "two-vault", byId: lead.id, ...place })
    await kv2.kv.put("two/acme.data.batch/waits", { password: "two people" })
    const batch = { scope: "acme.data.batch", vault: "default", provider: "two-vault", ownership: "external" } as const
    const secrets = [{ location: "two/acme.data.batch/waits", name: "WAITS" }]
    await house.call("changeScope", owner, { scope: batch.scope, protection: "two_people" })
    const asked = (): Promise<unknown> => house.call("adoptSecrets", otherLead, { ...batch, secrets })
    const { items } = await expectWaiting(asked)
    expect(items).toMatchObject([{ operation: "adoptSecrets", requestedBy: { id: otherLead.id } }])
    const approval = items[0]!.id
    const seen = await house.call("describeApproval", owner, { scope: batch.scope, approval })
    expect(seen).toMatchObject({ secretCount: 1, secrets: [{ name: "WAITS" }], isFinishedByRequester: true })
    await house.call("acceptApproval", owner, { scope: batch.scope, approval })
    expect(await asked()).toMatchObject({ rows: [{ name: "WAITS", outcome: "adopted" }] })
    await expectWaiting(asked)
  })

  async function expectWaiting(ask: () => Promise<unknown>) {
    await expect(ask()).rejects.toMatchObject({ code: "pending_approval" })
    return house.call("listApprovals", owner, { scope: "acme.data.batch" })
  }
})

describe("looking at what lies at a provider", () => {
  it("names folders and secrets of the scope's own part, page by page, and never a value", async () => {
    for (const name of ["a", "b", "c", "deep/one", "deep/two"])
      await kv2.kv.put(`pay/look/${name}`, { password: "c4n4ry-value" })
    const browse = (folder: string, cursor?: string) =>
      house.call("browseProvider", lead, {
        scope,
        provider: "team-vault",
        folder,
        limit: 2,
        ...(cursor !== undefined && { cursor }),
      })
    const first = await browse("look")
    expect(first.items).toHaveLength(2)
    const second = await browse("look", first.nextCursor ?? "")
    const items = [...first.items, ...second.items]
    expect(items.map(({ kind, path }) => `${kind} ${path}`).toSorted()).toEqual([
      "folder look/deep",
      "secret pay/look/a",
      "secret pay/look/b",
      "secret pay/look/c",
    ])
    expect((await browse("look/deep")).items.map(({ path }) => path)).toEqual([
      "pay/look/deep/one",
      "pay/look/deep/two",
    ])
    const fields = await house.call("listBackendFields", lead, {
      scope,
      provider: "team-vault",
      location: "pay/look/a",
    })
    expect(fields).toEqual({ fields: ["password"] })
    expect(JSON.stringify([items, fields])).not.toContain("c4n4ry")
  })

  it.each([
    "../",
    "..",
    "look/..",
    "look/../..",
    "../payments",
    "look//a",
    "/look",
    "look/",
    ".",
    "look/./a",
    "%2e%2e",
    "..%2fpayments",
    "look/%2e%2e/%2e%2e",
    "look\\..\\..",
    "look/..;/x",
    "look\n/../..",
  ])("doesn't leave it by the folder %j", async (folder) => {
    await expect(house.call("browseProvider", lead, { scope, provider: "team-vault", folder })).rejects.toMatchObject({
      code: expect.stringMatching(/^(forbidden|invalid)$/),
    })
  })

  it.each([
    "payments/secret",
    "pay",
    "pay/",
    "pay/../payments/secret",
    "/pay/look/a",
    "pay//look/a",
    "pay/look/../../payments/secret",
    "pay/%2e%2e/payments/secret",
    "pay%2flook%2fa",
    "",
    "pay/look/a?version=1",
    "pay/look/a#",
  ])("reads no field at %j, nor adopts it", async (location) => {
    await kv2.kv.put("payments/secret", { value: "not theirs" })
    const listed = house.call("listBackendFields", lead, { scope, provider: "team-vault", location })
    await expect(listed).rejects.toMatchObject({ code: expect.stringMatching(/^(forbidden|invalid)$/) })
    if (location === "") return
    const [row] = await adopt("team-vault", "external", [{ location, name: "STOLEN" }])
    expect(row).toMatchObject({ outcome: "failed", versions: 0 })
    await expect(house.call("describeSecret", lead, { ...at, secret: "STOLEN" })).rejects.toMatchObject({
      code: "not_found",
    })
  })

  it("keeps a team to the folder of its own name at the organization's provider", async () => {
    await kv2.kv.put("all/acme.payments/mine", { value: "mine" })
    await kv2.kv.put("all/acme.paymentsx/near", { value: "near" })
    await kv2.kv.put("all/acme.data/theirs", { value: "theirs" })
    const wide = { scope, provider: "wide-vault" }
    expect((await house.call("browseProvider", lead, wide)).items.map(({ path }) => path)).toEqual([
      "all/acme.payments/mine",
    ])
    for (const folder of ["acme.data", "acme.paymentsx", "acme", "acme.payments/../acme.data"]) {
      await expect(house.call("browseProvider", lead, { ...wide, folder })).rejects.toMatchObject({ code: "forbidden" })
    }
    for (const location of ["all/acme.data/theirs", "all/acme.paymentsx/near", "all/acme.payments"]) {
      expect((await adopt("wide-vault", "external", [{ location, name: "THEIRS" }]))[0]?.outcome).toBe("failed")
    }
    expect(
      (await house.call("browseProvider", owner, { scope: "acme", provider: "wide-vault" })).items.length,
    ).toBeGreaterThan(2)
    await expect(
      house.call("browseProvider", otherLead, { scope: "acme.data", provider: "team-vault" }),
    ).rejects.toMatchObject({ code: "not_found" })
  })
})

describe("adopting", () => {
  it("brings the history along with its numbers, and a machine reads it after its grant", async () => {
    for (const value of ["one", "two", "three"]) await kv2.kv.put("pay/history", { value })
    await kv2.kv.delete("pay/history", 1)
    await kv2.kv.destroy("pay/history", 2)
    const before = await kv2.kv.metadata("pay/history")
    expect(await adopt("team-vault", "external", [{ location: "pay/history", name: "HISTORY" }])).toEqual([
      { name: "HISTORY", outcome: "adopted", versions: 3, problem: null },
    ])
    expect(await statesOf("HISTORY")).toEqual({ 1: "deleted", 2: "destroyed", 3: "enabled" })
    expect(await read("HISTORY")).toBe("three")
    expect(await house.call("describeSecret", lead, { ...at, secret: "HISTORY" })).toMatchObject({
      ownership: "external",
      keptAt: "pay/history",
      origin: "adopted",
      provider: { name: "team-vault" },
    })
    expect(await kv2.kv.metadata("pay/history")).toEqual(before)
  })

  it("sets our marker where it is to be managed, and changes the secret then", async () => {
    await kv2.kv.put("pay/managed", { value: "one" })
    await adopt("team-vault", "managed", [{ location: "pay/managed", name: "MANAGED" }])
    expect((await kv2.kv.metadata("pay/managed"))?.custom_metadata).toMatchObject({ managed_by: "strongroom" })
    const written = await house.call("writeVersion", lead, { ...at, secret: "MANAGED", value: "two" })
    expect(written.version.number).toBe(2)
    expect(await kv2.kv.get("pay/managed")).toEqual({ value: "two" })
  })

  it("takes one field, and changes it without the others", async () => {
    await kv2.kv.put("pay/app/config", { user: "app", password: "one", port: 5432 })
    const both = await adopt("team-vault", "managed", [
      { location: "pay/app/config", field: "password", name: "APP_PASSWORD" },
      { location: "pay/app/config", field: "user", name: "APP_USER" },
      { location: "pay/app/config", field: "nowhere", name: "APP_NOWHERE" },
      { location: "pay/app/config", name: "APP_WHOLE" },
    ])
    expect(both.map(({ outcome }) => outcome)).toEqual(["adopted", "adopted", "failed", "failed"])
    expect(await read("APP_PASSWORD")).toBe("one")
    await house.call("writeVersion", lead, { ...at, secret: "APP_PASSWORD", value: "two" })
    expect(await kv2.kv.get("pay/app/config")).toEqual({ user: "app", password: "two", port: 5432 })
    expect(await read("APP_PASSWORD")).toBe("two")
    expect(await read("APP_USER")).toBe("app")
    await house.call("writeVersion", lead, { ...at, secret: "APP_USER", value: "application" })
    expect(await kv2.kv.get("pay/app/config")).toEqual({ user: "application", password: "two", port: 5432 })
    expect(await read("APP_PASSWORD")).toBe("two")
    await house.call("writeVersion", lead, { ...at, secret: "APP_PASSWORD", value: "three" })
    expect(await kv2.kv.get("pay/app/config")).toEqual({ user: "application", password: "three", port: 5432 })
  })

  it("refuses to change what is external, until it is made ours", async () => {
    await kv2.kv.put("pay/external", { value: "one" })
    await adopt("team-vault", "external", [{ location: "pay/external", name: "EXTERNAL" }])
    const input = { ...at, secret: "EXTERNAL" }
    await expect(house.call("writeVersion", lead, { ...input, value: "two" })).rejects.toMatchObject({
      code: "conflict",
    })
    await expect(house.call("destroySecret", lead, { ...input, confirm: "EXTERNAL" })).rejects.toMatchObject({
      code: "conflict",
    })
    expect(await house.call("manageSecret", lead, input)).toMatchObject({ ownership: "managed" })
    await expect(house.call("manageSecret", lead, input)).rejects.toMatchObject({ code: "conflict" })
    await house.call("writeVersion", lead, { ...input, value: "two" })
    expect(await kv2.kv.get("pay/external")).toEqual({ value: "two" })
    await expect(house.call("releaseSecret", lead, input)).rejects.toMatchObject({ code: "conflict" })
  })

  it("lets go of what is external, and leaves the backend as it is", async () => {
    await kv2.kv.put("pay/released", { value: "one" })
    await adopt("team-vault", "external", [{ location: "pay/released", name: "RELEASED" }])
    const before = await kv2.kv.metadata("pay/released")
    await house.call("releaseSecret", lead, { ...at, secret: "RELEASED" })
    expect(await kv2.kv.metadata("pay/released")).toEqual(before)
    expect(await kv2.kv.get("pay/released")).toEqual({ value: "one" })
    await expect(read("RELEASED")).rejects.toMatchObject({ code: "not_found" })
    expect((await adopt("team-vault", "external", [{ location: "pay/released", name: "RELEASED" }]))[0]?.outcome).toBe(
      "adopted",
    )
  })

  it("is a conflict where a place is bound, also under another name of the same backend, and names no secret that one can't see", async () => {
    await kv2.kv.put("all/acme.payments/shared", { value: "one" })
    await house.call("adoptSecrets", owner, {
      scope: "acme",
      vault: "default",
      provider: "wide-vault",
      ownership: "external",
      secrets: [{ location: "all/acme.payments/shared", name: "HIDDEN_NAME" }],
    })
    await house.database.prisma.provider.updateMany({
      where: { name: { startsWith: "wide" } },
      data: { clusterId: await clusterOf() },
    })
    for (const provider of ["wide-vault", "wide-again"]) {
      const [row] = await adopt(provider, "external", [{ location: "all/acme.payments/shared", name: "AGAIN" }])
      expect(row).toMatchObject({ outcome: "failed", problem: expect.stringContaining("a secret of another scope") })
      expect(row?.problem).not.toContain("HIDDEN_NAME")
      const { items } = await house.call("browseProvider", lead, { scope, provider })
      expect(items.find(({ path }) => path.endsWith("shared"))?.boundTo).toBe("a secret of another scope")
    }
    const seen = await house.call("browseProvider", owner, {
      scope: "acme",
      provider: "wide-vault",
      folder: "acme.payments",
    })
    expect(seen.items.find(({ path }) => path.endsWith("shared"))?.boundTo).toBe("acme/default/HIDDEN_NAME")
  })

  it("binds a place once, however many ask at the same moment", async () => {
    await kv2.kv.put("pay/raced", { value: "one", other: "two" })
    const rows = await Promise.all([
      adopt("team-vault", "external", [{ location: "pay/raced", name: "RACED_1" }]),
      adopt("team-vault", "external", [{ location: "pay/raced", name: "RACED_2" }]),
      adopt("team-vault", "external", [{ location: "pay/raced", field: "value", name: "RACED_3" }]),
    ])
    expect(rows.flat().filter(({ outcome }) => outcome === "adopted")).toHaveLength(1)
  })

  it("refuses what another secret or another Strongroom has marked, what isn't there, and a name that is taken", async () => {
    await house.call("createSecret", lead, { ...at, name: "TAKEN", value: "x" })
    await kv2.kv.put("pay/marked", { value: "one" })
    await kv2.kv.setMetadata("pay/marked", {
      custom_metadata: { managed_by: "strongroom", strongroom_instance: "another" },
    })
    await kv2.kv.put("pay/free", { value: "one" })
    await kv2.kv.put("pay/deleted", { value: "one" })
    await kv2.kv.delete("pay/deleted")
    const rows = await adopt("team-vault", "external", [
      { location: "pay/marked", name: "MARKED" },
      { location: "pay/nowhere", name: "NOWHERE" },
      { location: "pay/deleted", name: "DELETED" },
      { location: "pay/free", name: "TAKEN" },
      { location: "pay/free", name: "FREE" },
    ])
    expect(rows.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
      "MARKED failed",
      "NOWHERE failed",
      "DELETED failed",
      "TAKEN failed",
      "FREE adopted",
    ])
    expect(
      rows
        .map(({ problem }) => problem)
        .filter((problem) => problem !== null)
        .every((problem) => problem.length > 20),
    ).toBe(true)
    expect((await kv2.kv.metadata("pay/marked"))?.custom_metadata).toEqual({
      managed_by: "strongroom",
      strongroom_instance: "another",
    })
  })

  it("of several fields as a whole is for reading, since writing would take them away", async () => {
    await kv2.kv.put("pay/many", { a: "1", b: "2" })
    const [managed] = await adopt("team-vault", "managed", [{ location: "pay/many", name: "MANY" }])
    expect(managed).toMatchObject({ outcome: "failed", problem: expect.stringContaining("field") })
    await adopt("team-vault", "external", [{ location: "pay/many", name: "MANY" }])
    expect(JSON.parse(await read("MANY"))).toEqual({ a: "1", b: "2" })
  })

  it("works at KV v1, which keeps one value", async () => {
    await kv1.kv.put("pay/old", { value: "one" })
    await kv1.kv.put("pay/older", { value: "one" })
    expect(await adopt("old-vault", "external", [{ location: "pay/old", name: "OLD" }])).toMatchObject([
      { outcome: "adopted", versions: 1 },
    ])
    expect(await read("OLD")).toBe("one")
    await house.call("manageSecret", lead, { ...at, secret: "OLD" })
    expect(await read("OLD")).toBe("one")
    expect(await adopt("old-vault", "managed", [{ location: "pay/older", name: "OLDER" }])).toMatchObject([
      { outcome: "adopted" },
    ])
    for (const secret of ["OLD", "OLDER"]) {
      await house.call("writeVersion", lead, { ...at, secret, value: "two" })
      expect(await read(secret)).toBe("two")
    }
    expect(await kv1.kv.get("pay/older")).toMatchObject({ value: "two" })
  })

  it("leaves an event on each secret, without a value", async () => {
    await kv2.kv.put("pay/audited", { value: "c4n4ry-value" })
    await adopt("team-vault", "external", [{ location: "pay/audited", name: "AUDITED" }])
    const events = await house.database.prisma.auditEvent.findMany({
      where: { secretName: "AUDITED", action: "secret.adopt" },
    })
    expect(events).toMatchObject([
      { class: "delegation", outcome: "done", details: { location: "pay/audited", ownership: "external" } },
    ])
    for (const table of await house.database.prisma.$queryRaw<
      { name: string }[]
    >`SELECT tablename AS "name" FROM pg_tables WHERE schemaname = current_schema()`) {
      const { rows } = await house.database.pool
        .query<{ hits: string }>(`SELECT count(*) AS hits FROM "${table.name}" row WHERE row::text LIKE '%c4n4ry%'`)
        .catch(() => ({ rows: [{ hits: "0" }] }))
      expect(`${table.name} ${String(rows[0]?.hits)}`).toBe(`${table.name} 0`)
    }
  })
})

describe("an external secret that is moved", () => {
  it("is a managed copy in its new place, and stays untouched in its old one", async () => {
    await kv2.kv.put("pay/moving", { value: "one" })
    await kv2.kv.put("pay/moving", { value: "two" })
    await adopt("team-vault", "external", [{ location: "pay/moving", name: "MOVING" }])
    const before = await kv2.kv.metadata("pay/moving")
    const started = await house.call("startTransfer", lead, {
      scope,
      to: "built-in",
      secrets: [{ vault: "default", secret: "MOVING" }],
      removeAtSource: true,
    })
    expect(await carried(started)).toMatchObject({ state: "done" })
    expect(await house.call("describeSecret", lead, { ...at, secret: "MOVING" })).toMatchObject({
      ownership: "managed",
      provider: { name: "built-in" },
    })
    expect(await read("MOVING")).toBe("two")
    expect(await read("MOVING", 1)).toBe("one")
    expect(await kv2.kv.metadata("pay/moving")).toEqual(before)
  })
})

// --- doing

interface Wanted {
  location: string
  name: string
  field?: string
}

async function adopt(provider: string, ownership: "external" | "managed", secrets: Wanted[]): Promise<AdoptedRow[]> {
  const input: InputOf<"adoptSecrets"> = { ...at, provider, ownership, secrets }
  return (await house.call("adoptSecrets", lead, input)).rows
}

async function carried({ id }: TransferDetail): Promise<TransferDetail> {
  await carryTransfers(house.house)
  await house.database.prisma.$executeRaw`UPDATE "Transfer" SET "leaseUntil" = NULL WHERE "leaseUntil" IS NOT NULL`
  await carryTransfers(house.house)
  return house.call("describeTransfer", lead, { scope, transfer: id })
}

async function clusterOf(): Promise<string> {
  const { body } = await kv2.server.root.health()
  return String(body.cluster_id)
}

async function read(secret: string, version?: number): Promise<string> {
  const input = { ...at, secret, ...(version !== undefined && { version }) }
  const answer = await house.core.call("readValue", { kind: "bearer", token }, input, aRequest())
  return answer.notModified === true ? "not modified" : answer.value
}

async function statesOf(secret: string): Promise<Record<number, string>> {
  const { items } = await house.call("listVersions", lead, { ...at, secret })
  return Object.fromEntries(items.map(({ number, state }) => [number, state]))
}
