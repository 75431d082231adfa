/** Registering, bootstrapping and looking after a real OpenBao. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { remoteProviders } from "../../providers/registry.ts"
import { aHouse, type TestHouse, type TestOrganization } from "../../testing/a-house.ts"
import type { KvV2 } from "../../testing/openbao-client.ts"
import { type SealableOpenBao, startSealableOpenBao } from "../../testing/servers.ts"
import { aKvV2Mount, type KvMount, ownName } from "../../testing/shared-openbao.ts"
import type { PersonCaller } from "../caller.ts"
import { probeDue } from "./probing.ts"

let house: TestHouse
let acme: TestOrganization
let lead: PersonCaller

beforeAll(async () => {
  house = await aHouse({ remoteProviders })
  acme = await house.organization()
  lead = await house.person(acme, { role: "lead", at: "acme.payments" })
})

afterAll(async () => {
  await house[Symbol.asyncDispose]()
})

const scope = "acme.payments"
const consents = ["plain_http", "development_server", "root_token"] as const
const due = () => house.database.prisma.provider.updateMany({ data: { checkAfter: new Date(0) } })

describe("a server that is up", () => {
  let place: KvMount<KvV2>

  beforeAll(async () => {
    place = await aKvV2Mount()
  })

  afterAll(async () => {
    await place[Symbol.asyncDispose]()
  })

  it("is registered with a root token only deliberately, and its secrets are kept there from then on", async () => {
    const settings = { address: place.server.address, mount: place.mount, prefix: "payments" }
    const input = {
      scope,
      kind: "vault",
      name: "by-root",
      settings,
      credential: { token: place.server.rootToken },
    } as const
    const draft = await house.call("checkProvider", lead, input)
    expect(draft.report).toMatchObject({ passed: true, canWrite: true })
    expect(draft.report?.needsConsent).toEqual(expect.arrayContaining(["plain_http", "root_token"]))
    const needed = draft.report?.needsConsent ?? []
    const provider = await house.call("registerProvider", lead, {
      ...input,
      check: draft.id,
      consents: needed,
      makeDefault: true,
    })
    expect(provider).toMatchObject({ isDefault: true, settings: { kvVersion: 2 }, status: "up" })
    expect(JSON.stringify(provider)).not.toContain(place.server.rootToken)
    await house.call("createSecret", lead, { scope, vault: "default", name: "DB_PASSWORD", value: "a value" })
    const secret = await house.call("describeSecret", lead, { scope, vault: "default", secret: "DB_PASSWORD" })
    expect(secret).toMatchObject({ provider: { name: "by-root", kind: "vault" }, abilities: { versions: "native" } })
    await expect(house.call("unregisterProvider", lead, { scope, provider: "by-root" })).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringMatching(/keeps 1 secret.*another default/),
    })
  })

  it("gets a policy and a token of the team's own from an admin token", async () => {
    const settings = { address: place.server.address, mount: place.mount, prefix: "team" }
    const answer = await house.call("bootstrapProvider", lead, {
      scope,
      kind: "vault",
      name: ownName("team"),
      settings,
      adminToken: place.server.rootToken,
      consents: [...consents],
    })
    expect(answer).toMatchObject({ outcome: "registered", problem: null, provider: { canWrite: true, status: "up" } })
    expect(answer.provider?.consents).not.toContain("root_token")
    expect(answer.made.length).toBeGreaterThan(1)
    await due()
    await probeDue(house.house)
    const health = await house.call("describeProviderHealth", lead, { scope, provider: answer.provider?.name ?? "" })
    expect(health.status).toBe("healthy")
  })
})

describe("a server of our own", () => {
  let server: SealableOpenBao

  beforeAll(async () => {
    server = await startSealableOpenBao()
    await server.root.enableKv("kv", "2")
  })

  afterAll(async () => {
    await server[Symbol.asyncDispose]()
  })

  it("is seen sealed, and up again by itself after the unseal", async () => {
    const settings = { address: server.address, mount: "kv", prefix: "payments" }
    const input = { scope, kind: "vault", name: "sealable", settings, credential: { token: server.rootToken } } as const
    const draft = await house.call("checkProvider", lead, input)
    const needed = draft.report?.needsConsent ?? []
    await house.call("registerProvider", lead, { ...input, check: draft.id, consents: needed })
    const state = async () => (await house.call("recheckProvider", lead, { scope, provider: "sealable" })).status
    await server.seal()
    expect(await state()).toBe("sealed")
    const { items } = await house.call("listNotices", lead, { scope, open: true })
    expect(items.map(({ event }) => event)).toContain("provider.sealed")
    await server.unseal()
    expect(await state()).toBe("up")
    await server.stop()
    expect(await state()).toBe("unreachable")
  })
})
