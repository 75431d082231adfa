/**
 * A provider that is pointed at somebody's own server: it records every byte that reaches it, and gets neither the
 * credential that is kept, nor anything of this process's own identity.
 */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import { isAppError } from "../../errors.ts"
import { remoteProviders } from "../../providers/registry.ts"
import { aHouse, type TestHouse } from "../../testing/a-house.ts"
import type { KvV2 } from "../../testing/openbao-client.ts"
import { aKvV2Mount, type KvMount } from "../../testing/shared-openbao.ts"
import type { PersonCaller } from "../caller.ts"

const bait = "hvs.this-process-s-own-token"
const baits = {
  VAULT_TOKEN: bait,
  BAO_TOKEN: bait,
  VAULT_NAMESPACE: "bait-namespace",
  VAULT_ADDR: "http://127.0.0.1:1",
  HTTP_PROXY: "http://127.0.0.1:1",
  HTTPS_PROXY: "http://127.0.0.1:1",
  AWS_SESSION_TOKEN: bait,
}

let house: TestHouse
let lead: PersonCaller
let place: KvMount<KvV2>
let received = ""
const thief = createServer((request, response) => {
  received += `${request.method ?? ""} ${request.url ?? ""} ${JSON.stringify(request.headers)}`
  request.on("data", (bytes: Buffer) => {
    received += bytes.toString("latin1")
  })
  request.on("end", () => response.writeHead(200, { "content-type": "application/json" }).end("{}"))
})
let stolenAt: number

const scope = "acme.payments"
const token = () => place.server.rootToken
const settings = () => ({ address: place.server.address, mount: place.mount, prefix: "payments" })

beforeAll(async () => {
  for (const [name, value] of Object.entries(baits)) vi.stubEnv(name, value)
  await new Promise<void>((resolve) => thief.listen(0, "127.0.0.1", resolve))
  stolenAt = (thief.address() as AddressInfo).port // it listens on a port, not on a socket
  place = await aKvV2Mount()
  house = await aHouse({ remoteProviders })
  const acme = await house.organization()
  lead = await house.person(acme, { role: "lead", at: scope })
  const input = { scope, kind: "vault", name: "vault", settings: settings(), credential: { token: token() } } as const
  const draft = await house.call("checkProvider", lead, input)
  const consents = draft.report?.needsConsent ?? []
  await house.call("registerProvider", lead, { ...input, check: draft.id, consents })
})

afterAll(async () => {
  vi.unstubAllEnvs()
  await house[Symbol.asyncDispose]()
  await place[Symbol.asyncDispose]()
  thief.close()
})

/** Ways to point a provider elsewhere, each tried with and without other changes beside. */
function edits(): object[] {
  const here = settings()
  const port = new URL(here.address).port
  const addresses = [
    `http://127.0.0.1:${String(stolenAt)}`,
    `http://127.0.0.1:${String(stolenAt)}/`,
    `http://localhost:${String(stolenAt)}`,
    `http://LOCALHOST:${String(stolenAt)}`,
    `http://127.1:${String(stolenAt)}`,
    `http://2130706433:${String(stolenAt)}`,
    `http://0x7f.1:${String(stolenAt)}`,
    `http://[::ffff:127.0.0.1]:${String(stolenAt)}`,
    `http://127.0.0.1:${port}@127.0.0.1:${String(stolenAt)}`,
    `https://127.0.0.1:${String(stolenAt)}`,
    `http://127.0.0.2:${String(stolenAt)}`,
    `http://localhost.:${String(stolenAt)}`,
  ]
  const others = [{}, { prefix: "other" }, { namespace: "elsewhere" }, { authMethod: "approle", roleId: "r" }]
  return addresses.flatMap((address) => others.map((other) => ({ ...here, address, ...other })))
}

it("gets no credential by an edit of the address, however it is written", async () => {
  const outcomes: string[] = []
  for (const edit of edits()) {
    const input = { scope, provider: "vault", settings: edit as Record<string, string> } // made of text above
    const outcome = await house.call("changeProvider", lead, input).then(
      () => "saved",
      (error: unknown) => (isAppError(error) ? error.code : "fault"),
    )
    outcomes.push(outcome)
  }
  expect(outcomes.length).toBeGreaterThan(40)
  expect(new Set(outcomes)).toEqual(new Set(["invalid"]))
  expect(received).toBe("")
  const row = await house.call("describeProvider", lead, { scope, provider: "vault" })
  expect(row.settings).toMatchObject(settings())
})

it("gets what was typed for it in a check, and nothing else of ours", async () => {
  const address = `http://127.0.0.1:${String(stolenAt)}`
  const draft = await house.call("checkProvider", lead, {
    scope,
    kind: "vault",
    name: "thief",
    settings: { ...settings(), address },
    credential: { token: "hvs.typed-for-the-thief" },
  })
  expect(draft.report?.passed).toBe(false)
  expect(received).not.toBe("")
  for (const secret of [bait, "bait-namespace", token()]) expect(received).not.toContain(secret)
  expect(received).not.toMatch(/x-forwarded|cookie|authorization|strongroom-/i)
})

it("gets nothing by a row that is pointed elsewhere behind our back", async () => {
  received = ""
  const elsewhere = { ...settings(), address: `http://127.0.0.1:${String(stolenAt)}`, kvVersion: 2 }
  const provider = await house.database.prisma.provider.findFirstOrThrow()
  const complete = { ...(provider.settings as object), ...elsewhere }
  await house.database.prisma.provider.updateMany({ data: { settings: complete, updatedAt: new Date() } })
  const checked = await house.call("recheckProvider", lead, { scope, provider: "vault" })
  expect(checked.status).toBe("misconfigured")
  const binding = { organizationId: provider.organizationId, providerId: provider.id }
  await expect(house.house.stores.of(binding)).rejects.toMatchObject({ class: "misconfigured" })
  expect(received).toBe("")
})
