import { createHmac } from "node:crypto"
import { once } from "node:events"
import { createServer, type IncomingHttpHeaders, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import type { Webhook } from "../../contract/dto.ts"
import type { NoticeEvent } from "../../contract/words.ts"
import { openEgress } from "../../net/egress.ts"
import { aHouse, aRequest, type TestHouse, type TestOrganization } from "../../testing/a-house.ts"
import type { PersonCaller } from "../caller.ts"
import { openCore } from "../core.ts"
import { guarded } from "../providers/guarded-fetch.ts"
import { deliverWebhooks } from "./deliver.ts"
import { raiseProviderNotice, raiseSecretNotice, resolveNotices } from "./notices.ts"
import { remindOfRotation } from "./rotation.ts"

const scope = "acme.payments"

interface Received {
  path: string
  headers: IncomingHttpHeaders
  body: string
}

let house: TestHouse
let acme: TestOrganization
let lead: PersonCaller
let server: Server
let address: string
let received: Received[] = []
let status = 200

beforeAll(async () => {
  house = await aHouse({ plainWebhooks: true })
  acme = await house.organization("acme")
  lead = await house.person(acme, { role: "lead", at: scope })
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const path = request.url ?? ""
      received.push({ path, headers: request.headers, body: Buffer.concat(chunks).toString() })
      response.writeHead(status, status === 307 ? { location: `${address}/elsewhere` } : {}).end("thanks")
    })
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  address = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}` // listening on a port
})
beforeEach(async () => {
  received = []
  status = 200
  await house.database.prisma.webhook.deleteMany({})
  await house.database.prisma.notice.deleteMany({})
})
afterAll(async () => {
  server.close()
  await house[Symbol.asyncDispose]()
})

describe("a webhook", () => {
  it("is told of what it asks for, signed as the specification says, in names", async () => {
    const { signingKey, webhook } = await house.call("createWebhook", lead, {
      scope,
      url: `${address}/hook?room=7`,
      events: ["provider.sealed"],
    })
    await raise("provider.sealed")
    await raise("provider.unreachable")
    expect(await deliverWebhooks(house.house)).toBe(1)
    expect(received).toHaveLength(1)
    const [{ path, headers, body } = lost] = received
    expect(path).toBe("/hook?room=7")
    expect(JSON.parse(body)).toEqual({
      type: "provider.sealed",
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
      data: {
        provider: "vault",
        scope,
        text: `vault (${scope}) is sealed: it serves only what is cached until somebody unseals it.`,
        url: `http://localhost:3000/s/${scope}/providers/vault`,
      },
    })
    // Reckoned here by the words of the specification, with nothing of the product's.
    const key = Buffer.from(String(signingKey).replace("whsec_", ""), "base64")
    const signed = `${String(headers["webhook-id"])}.${String(headers["webhook-timestamp"])}.${body}`
    expect(headers["webhook-signature"]).toBe(`v1,${createHmac("sha256", key).update(signed).digest("base64")}`)
    expect(Math.abs(Number(headers["webhook-timestamp"]) - Date.now() / 1_000)).toBeLessThan(10)
    expect(await shown(webhook)).toMatchObject({ lastDelivery: { state: "delivered", problem: null } })
  })

  it("hears of scopes beneath its own, and of no other's; once, while it lasts, and again when it comes back", async () => {
    await house.call("createWebhook", lead, { scope, url: address, events: ["secret.drifted"] })
    await raiseSecret("acme.payments.prod", "11111111-1111-7111-8111-111111111111")
    await raiseSecret("acme.payments.prod", "11111111-1111-7111-8111-111111111111")
    await raiseSecret("acme.data", "22222222-2222-7222-8222-222222222222")
    expect(await deliverWebhooks(house.house)).toBe(1)
    await resolveNotices(
      house.database.prisma,
      { organizationId: acme.id, subject: "secret:11111111-1111-7111-8111-111111111111" },
      ["secret.drifted"],
    )
    await raiseSecret("acme.payments.prod", "11111111-1111-7111-8111-111111111111")
    expect(await deliverWebhooks(house.house)).toBe(1)
    expect(received.map(({ body }) => (JSON.parse(body) as { data: { scope: string } }).data.scope)).toEqual([
      "acme.payments.prod",
      "acme.payments.prod",
    ])
  })

  it("is tried again with the same id, later each time, until it is given up", async () => {
    const { webhook } = await house.call("createWebhook", lead, { scope, url: address, events: ["provider.sealed"] })
    status = 500
    await raise("provider.sealed")
    const waits: number[] = []
    for (let attempt = 1; attempt <= 8; attempt++) {
      expect(await deliverWebhooks(house.house)).toBe(1)
      const row = await house.database.prisma.webhookDelivery.findFirstOrThrow({ where: { webhookId: webhook.id } })
      if (row.state === "waiting") waits.push(Math.round((row.nextAt.getTime() - Date.now()) / 1_000))
      expect(await deliverWebhooks(house.house)).toBe(0)
      await house.database.prisma.$executeRaw`UPDATE "WebhookDelivery" SET "nextAt" = now() - interval '1 second'`
    }
    expect(waits).toEqual([5, 30, 120, 600, 3_600, 21_600, 86_400])
    expect(new Set(received.map(({ headers }) => headers["webhook-id"])).size).toBe(1)
    expect(await deliverWebhooks(house.house)).toBe(0)
    expect(await shown(webhook)).toMatchObject({
      lastDelivery: { state: "failed", problem: "The receiver answered with status 500." },
    })
  })

  it("that says 410 is asked no more, and a redirect isn't followed", async () => {
    const { webhook } = await house.call("createWebhook", lead, { scope, url: address, events: ["provider.sealed"] })
    await raise("provider.sealed")
    status = 307
    await deliverWebhooks(house.house)
    expect(received.map(({ path }) => path)).toEqual(["/"])
    expect(await shown(webhook)).toMatchObject({ lastDelivery: { state: "waiting" } })
    status = 410
    await house.database.prisma.$executeRaw`UPDATE "WebhookDelivery" SET "nextAt" = now() - interval '1 second'`
    await deliverWebhooks(house.house)
    expect(await shown(webhook)).toMatchObject({ lastDelivery: { state: "failed" } })
  })

  it("is sent each message by one of several processes", async () => {
    await house.call("createWebhook", lead, { scope, url: address, events: ["secret.drifted"] })
    for (let index = 10; index < 40; index++)
      await raiseSecret(scope, `11111111-1111-7111-8111-1111111111${String(index)}`)
    const sent = await Promise.all(Array.from({ length: 4 }, () => deliverWebhooks(house.house)))
    expect(sent.reduce((sum, count) => sum + count, 0)).toBe(30)
    expect(new Set(received.map(({ headers }) => headers["webhook-id"])).size).toBe(30)
    expect(received).toHaveLength(30)
  })

  it("gets nothing more once it is disabled or deleted, and other events once they are changed", async () => {
    const { webhook } = await house.call("createWebhook", lead, { scope, url: address, events: ["provider.sealed"] })
    await raise("provider.sealed")
    const disabled = await house.call("changeWebhook", lead, { scope, webhook: webhook.id, disabled: true })
    expect(disabled.disabled).toBe(true)
    await raise("provider.unreachable")
    expect(await deliverWebhooks(house.house)).toBe(0)
    const changed = await house.call("changeWebhook", lead, {
      scope,
      webhook: webhook.id,
      disabled: false,
      events: ["provider.credential_expiring"],
    })
    expect(changed).toMatchObject({ disabled: false, events: ["provider.credential_expiring"] })
    await raise("provider.credential_expiring")
    expect(await deliverWebhooks(house.house)).toBe(1)
    await house.call("deleteWebhook", lead, { scope, webhook: webhook.id })
    expect((await house.call("listWebhooks", lead, { scope })).items).toEqual([])
    await expect(house.call("deleteWebhook", lead, { scope, webhook: webhook.id })).rejects.toMatchObject({
      code: "not_found",
    })
  })

  it("can be tried out, and the answer says what came of it", async () => {
    const { webhook } = await house.call("createWebhook", lead, { scope, url: address, events: ["provider.sealed"] })
    expect(await house.call("testWebhook", lead, { scope, webhook: webhook.id })).toEqual({
      delivered: true,
      problem: null,
    })
    expect(JSON.parse(received[0]?.body ?? "")).toMatchObject({ type: "webhook.test", data: { scope } })
    status = 404
    expect(await house.call("testWebhook", lead, { scope, webhook: webhook.id })).toEqual({
      delivered: false,
      problem: "The receiver answered with status 404.",
    })
  })

  it("isn't tried out without end by one person", async () => {
    const tester = await house.person(acme, { role: "lead", at: scope })
    const { webhook } = await house.call("createWebhook", tester, { scope, url: address, events: ["provider.sealed"] })
    const tests = Array.from({ length: 21 }, () => house.call("testWebhook", tester, { scope, webhook: webhook.id }))
    const outcomes = await Promise.allSettled(tests)
    const refused = outcomes.flatMap((one) => (one.status === "rejected" ? [one.reason as { code: string }] : []))
    expect(refused.map(({ code }) => code)).toContain("rate_limited")
    expect(received.length).toBeLessThanOrEqual(20)
  })

  it("shows its key once, and keeps it sealed for its own address alone", async () => {
    const { signingKey, webhook } = await house.call("createWebhook", lead, {
      scope,
      url: address,
      events: ["provider.sealed"],
    })
    expect(signingKey).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(JSON.stringify(await shown(webhook))).not.toContain("whsec_")
    await house.database.prisma.webhook.updateMany({ where: { id: webhook.id }, data: { url: `${address}/stolen` } })
    const tested = await house.call("testWebhook", lead, { scope, webhook: webhook.id })
    expect(tested).toMatchObject({ delivered: false, problem: expect.stringContaining("signing key") })
    expect(received).toHaveLength(0)
    const events = await house.database.prisma.auditEvent.findMany({ where: { action: { startsWith: "webhook." } } })
    expect(
      JSON.stringify(events, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value)),
    ).not.toContain("whsec_")
  })
})

describe("where a webhook may be", () => {
  it.each([
    ["http://hooks.example.com/", "https"],
    ["https://name:password@hooks.example.com/", "password"],
  ])("isn't %s", async (url, about) => {
    const { house: inner, core } = strict()
    const input = { scope, url, events: ["provider.sealed" as const] }
    await expect(core.callAs("createWebhook", lead, input, aRequest())).rejects.toMatchObject({
      code: "invalid",
      fields: { url: expect.stringContaining(about) },
    })
    expect(inner.outgoing.allowsPlain).toBe(false)
  })

  it("isn't this machine, a private network or instance metadata: nothing is connected to", async () => {
    const { core } = strict()
    for (const host of ["127.0.0.1", "10.1.2.3", "169.254.169.254", "[::1]", "localhost"]) {
      const port = new URL(address).port
      const input = { scope, url: `https://${host}:${port}/`, events: ["provider.sealed" as const] }
      const { webhook } = await core.callAs("createWebhook", lead, input, aRequest())
      const tested = await core.callAs("testWebhook", lead, { scope, webhook: webhook.id }, aRequest())
      expect(tested.delivered).toBe(false)
    }
    expect(received).toHaveLength(0)
  })
})

describe("rotation", () => {
  it("is told when it is due, and that is over with the next version", async () => {
    const at = { scope, vault: "default" }
    await house.call("createSecret", lead, { ...at, name: "OLD", value: "x", rotationDays: 30 })
    await house.call("createSecret", lead, { ...at, name: "YOUNG", value: "x", rotationDays: 90 })
    await house.database.prisma.$executeRaw`UPDATE "SecretVersion" SET "createdAt" = now() - interval '31 days'`
    await Promise.all([remindOfRotation(house.house), remindOfRotation(house.house)])
    const open = await house.call("listNotices", lead, { scope, open: true })
    expect(open.items.map(({ event, text }) => [event, text])).toEqual([
      ["secret.rotation_due", `${scope}/default/OLD is due for rotation.`],
    ])
    await house.call("writeVersion", lead, { ...at, secret: "OLD", value: "y" })
    expect(await remindOfRotation(house.house)).toBe(1)
    expect((await house.call("listNotices", lead, { scope, open: true })).items).toEqual([])
    expect((await house.call("listNotices", lead, { scope })).items).toHaveLength(1)
  })
})

// --- doing

const lost: Received = { path: "", headers: {}, body: "" }

async function raise(event: Extract<NoticeEvent, `provider.${string}`>): Promise<void> {
  const provider = { id: "33333333-3333-7333-8333-333333333333", name: "vault", scope }
  const notice = {
    organizationId: acme.id,
    scopeId: acme.scopes[scope] ?? "",
    provider,
    event,
    ...(event.endsWith("expiring") && { endsAt: "2026-12-01T00:00:00Z" }),
  }
  await house.database.prisma.$transaction((tx) => raiseProviderNotice(tx, notice))
}

async function raiseSecret(path: string, id: string): Promise<void> {
  const secret = { id, scope: path, vault: "default", name: "DB_PASSWORD" }
  const notice = { organizationId: acme.id, scopeId: acme.scopes[path] ?? "", secret, event: "secret.drifted" as const }
  await house.database.prisma.$transaction((tx) => raiseSecretNotice(tx, notice))
}

async function shown({ id }: Webhook): Promise<Webhook | undefined> {
  return (await house.call("listWebhooks", lead, { scope })).items.find((each) => each.id === id)
}

/** The same house as an operator has it who allowed nothing. */
function strict() {
  const egress = openEgress({ allow: [], own: [], loopback: false })
  const inner = { ...house.house, outgoing: { fetch: guarded(egress.fetch), allowsPlain: false } }
  return { house: inner, core: openCore(inner) }
}
