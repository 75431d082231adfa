/** Registering backends and changing them, over a backend that a test scripts. */
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { InputOf } from "../../contract/api.ts"
import { isAppError } from "../../errors.ts"
import { aHouse, aRequest, type TestHouse, type TestOrganization } from "../../testing/a-house.ts"
import { aRemoteProvider, type ScriptedBackend } from "../../testing/a-remote-provider.ts"
import type { PersonCaller } from "../caller.ts"
import { openCore } from "../core.ts"
import { carryTransfers } from "../transfers/carry.ts"
import { probeDue } from "./probing.ts"

let house: TestHouse
let acme: TestOrganization
let backend: ScriptedBackend
let lead: PersonCaller

beforeEach(async () => {
  backend = aRemoteProvider()
  house = await aHouse({ remoteProviders: new Map([["vault", backend.kind]]) })
  acme = await house.organization()
  lead = await house.person(acme, { role: "lead", at: "acme.payments", name: "Lea" })
})

afterEach(async () => {
  await house[Symbol.asyncDispose]()
})

const team = "acme.payments"
const settings = { address: "https://backend.example.com", folder: "payments" }
const typed = { scope: team, kind: "vault", name: "vault-prod", settings, credential: { password: "correct" } } as const

async function aCheck(over: Partial<InputOf<"checkProvider">> = {}, by = lead): Promise<string> {
  return (await house.call("checkProvider", by, { ...typed, ...over })).id
}

async function register(over: Partial<InputOf<"registerProvider">> = {}, by = lead) {
  const { scope, settings: other, credential, name } = { ...typed, ...over }
  const check = await aCheck({ scope, settings: other, name, ...(credential && { credential }) }, by)
  return house.call("registerProvider", by, { ...typed, check, ...over })
}

async function protect(path: string): Promise<void> {
  const id = acme.scopes[path] ?? ""
  await house.database.prisma.scope.update({
    where: { organizationId_id: { organizationId: acme.id, id } },
    data: { protection: "two_people" },
  })
}

describe("a check", () => {
  it("tells each line, keeps neither the credential nor a copy of it, and is there for seven days", async () => {
    const draft = await house.call("checkProvider", lead, typed)
    expect(draft.report).toMatchObject({ passed: true, status: "up", signedInAs: "strongroom" })
    expect(draft.lines.map(({ id }) => id)).toEqual(["reachable", "signed_in"])
    expect(draft.settings).toEqual({ ...settings, way: "password", role: "", found: "engine 2" })
    expect((Date.parse(draft.until) - Date.parse(draft.createdAt)) / 86_400_000).toBe(7)
    const { items } = await house.call("listProviderChecks", lead, { scope: team })
    expect(items).toEqual([draft])
    const rows = await house.database.prisma.providerDraft.findMany()
    expect(JSON.stringify(rows)).not.toContain("correct")
  })

  it("that is followed answers at once, and its lines come as they are known", async () => {
    const begun = await house.call("checkProvider", lead, { ...typed, follow: true })
    await expect
      .poll(async () => (await house.call("describeProviderCheck", lead, { scope: team, check: begun.id })).report)
      .toMatchObject({ passed: true })
    const ended = await house.call("describeProviderCheck", lead, { scope: team, check: begun.id })
    expect(ended.lines).toHaveLength(2)
  })

  it("that fails stays as a draft, and says what to do", async () => {
    const draft = await house.call("checkProvider", lead, { ...typed, credential: { password: "wrong" } })
    expect(draft.report).toMatchObject({ passed: false, status: "unauthenticated" })
    expect(draft.lines.at(-1)).toMatchObject({ state: "failed", mend: "Enter another one." })
  })

  it("names the settings and the fields of the credential that are wrong", async () => {
    await expect(
      house.call("checkProvider", lead, { ...typed, settings: { address: "nowhere" } }),
    ).rejects.toMatchObject({
      code: "invalid",
      fields: { "settings.address": expect.stringContaining("Enter an address") },
    })
    await expect(
      house.call("checkProvider", lead, { ...typed, settings: { ...settings, colour: "red" } }),
    ).rejects.toMatchObject({ fields: { "settings.colour": expect.anything() } })
    await expect(house.call("checkProvider", lead, { ...typed, credential: { ticket: "x" } })).rejects.toMatchObject({
      code: "invalid",
      fields: { "credential.password": "Enter it.", "credential.ticket": expect.anything() },
    })
  })

  it("refuses text that no row holds", async () => {
    for (const folder of ["a\0b", "\ud800"]) {
      await expect(
        house.call("checkProvider", lead, { ...typed, settings: { ...settings, folder } }),
      ).rejects.toMatchObject({ code: "invalid", fields: { "settings.folder": expect.anything() } })
    }
  })

  it("of a kind that isn't built says which there are", async () => {
    await expect(house.call("checkProvider", lead, { ...typed, kind: "aws_sm" })).rejects.toMatchObject({
      code: "unsupported",
      message: expect.stringContaining("vault"),
    })
  })

  it("can't be repeated without end by one person", async () => {
    const tries = Array.from({ length: 25 }, () => house.call("checkProvider", lead, typed))
    const codes = (await Promise.allSettled(tries)).map((one) =>
      one.status === "rejected" && isAppError(one.reason) ? one.reason.code : "done",
    )
    expect(codes).toContain("rate_limited")
  })

  it("is nobody's business in another scope", async () => {
    const check = await aCheck()
    const other = await house.person(acme, { role: "lead", at: "acme.data" })
    await expect(house.call("describeProviderCheck", other, { scope: "acme.data", check })).rejects.toMatchObject({
      code: "not_found",
    })
  })
})

describe("registering", () => {
  it("keeps settings with what was found, and the credential sealed for nothing but its address", async () => {
    const provider = await register({ makeDefault: true })
    expect(provider).toMatchObject({
      name: "vault-prod",
      scope: team,
      target: "https://backend.example.com payments",
      isDefault: true,
      isApproved: true,
      approvedBy: { name: "Lea" },
      registeredBy: { name: "Lea" },
      hasCredential: true,
      canWrite: true,
      defaultOf: [team],
      settings: { found: "engine 2" },
      listCommand: "backend list payments",
    })
    const [row] = await house.database.prisma.provider.findMany()
    expect(Buffer.from(row?.credential ?? []).includes("correct")).toBe(false)
    expect(await house.database.prisma.providerDraft.count()).toBe(0)
    const store = await house.house.stores.of({ organizationId: acme.id, providerId: provider.id })
    await store.list(acme.id, { cursor: null, limit: 1 })
    expect(Object.keys(backend.opened[0]?.host.credential ?? {})).toEqual(["password"])
    await house.database.prisma.provider.updateMany({
      data: { settings: { ...settings, address: "https://evil.example" }, epoch: 2 },
    })
    await expect(house.house.stores.of({ organizationId: acme.id, providerId: provider.id })).rejects.toMatchObject({
      class: "misconfigured",
    })
  })

  it("takes the settings as the check found them, too", async () => {
    const draft = await house.call("checkProvider", lead, typed)
    const saved = await house.call("registerProvider", lead, { ...typed, settings: draft.settings, check: draft.id })
    expect(saved.settings).toEqual(draft.settings)
  })

  it.each([
    ["other settings", { settings: { ...settings, folder: "elsewhere" } }],
    ["another credential", { credential: { password: "Correct" } }],
  ])("asks for a check of these very settings, not of %s", async (_, other) => {
    const check = await aCheck()
    await expect(house.call("registerProvider", lead, { ...typed, check, ...other })).rejects.toMatchObject({
      code: "conflict",
      fields: { check: expect.anything() },
    })
  })

  it("asks for a check that passed, and not long ago", async () => {
    const failed = await aCheck({ credential: { password: "wrong" } })
    await expect(
      house.call("registerProvider", lead, { ...typed, credential: { password: "wrong" }, check: failed }),
    ).rejects.toMatchObject({ code: "conflict" })
    const old = await aCheck()
    await house.database.prisma.providerDraft.updateMany({ data: { finishedAt: new Date(Date.now() - 16 * 60_000) } })
    await expect(house.call("registerProvider", lead, { ...typed, check: old })).rejects.toMatchObject({
      message: expect.stringContaining("15 minutes"),
    })
  })

  it("asks for what must be ticked, by name, and keeps showing it", async () => {
    backend.finds = { needsConsent: ["plain_http", "root_token"] }
    const check = await aCheck()
    await expect(
      house.call("registerProvider", lead, { ...typed, check, consents: ["plain_http"] }),
    ).rejects.toMatchObject({ code: "invalid", fields: { consents: "root_token" } })
    const saved = await house.call("registerProvider", lead, {
      ...typed,
      check,
      consents: ["plain_http", "root_token", "personal_token"],
    })
    expect(saved.consents).toEqual(["plain_http", "root_token"])
    expect(saved.warnings.join(" ")).toMatch(/Plain HTTP.*root token/s)
  })

  it("needs a fresh sign-in, and a name of its own", async () => {
    const check = await aCheck()
    const tired = { ...lead, signedInAt: new Date(Date.now() - 11 * 60_000) }
    await expect(house.call("registerProvider", tired, { ...typed, check })).rejects.toMatchObject({
      code: "forbidden",
      fields: { signIn: expect.anything() },
    })
    await house.call("registerProvider", lead, { ...typed, check })
    await expect(register()).rejects.toMatchObject({ code: "conflict", fields: { name: expect.anything() } })
    await expect(register({ scope: "acme.payments.prod" })).rejects.toMatchObject({ code: "conflict" })
    await expect(register({ name: "built-in" })).rejects.toMatchObject({ fields: { name: expect.anything() } })
  })

  it("names no scope that uses it to who may not know of that scope", async () => {
    const owner = await house.person(acme, { role: "owner", at: "acme" })
    await register({ scope: "acme" }, owner)
    for (const scope of [team, "acme.data"]) {
      await house.call("setDefaultProvider", owner, { scope, provider: "vault-prod" })
    }
    const seen = async (by: PersonCaller, scope: string) =>
      (await house.call("describeProvider", by, { scope, provider: "vault-prod" })).defaultOf
    expect(await seen(owner, "acme")).toEqual(["acme.data", team])
    const prod = await house.person(acme, { role: "viewer", at: "acme.payments.prod" })
    expect(await seen(prod, "acme.payments.prod")).toEqual([team])
  })

  it("can't make a default of what can't write, but registers it for reading", async () => {
    backend.finds = { canWrite: false }
    await expect(register({ makeDefault: true })).rejects.toMatchObject({ fields: { makeDefault: expect.anything() } })
    expect(await register()).toMatchObject({ canWrite: false, isDefault: false })
    await expect(house.call("setDefaultProvider", lead, { scope: team, provider: "vault-prod" })).rejects.toMatchObject(
      {
        code: "conflict",
      },
    )
  })
})

describe("where two people are asked for", () => {
  let second: PersonCaller
  let editor: PersonCaller

  beforeEach(async () => {
    await protect(team)
    second = await house.person(acme, { role: "lead", at: team, name: "Sam" })
    editor = await house.person(acme, { role: "editor", at: team })
    await register({ makeDefault: true })
  })

  const target = "https://backend.example.com payments"
  const scopeOf = async () => {
    const { id, path } = await house.database.prisma.scope.findFirstOrThrow({ where: { path: team } })
    return { organizationId: acme.id, id, path, lineage: [id, acme.id], protection: "two_people" } as never
  }

  it("only who registered it has values written there, until a second person approved what they read", async () => {
    const { isApproved, approvedBy, warnings } = await house.call("describeProvider", lead, {
      scope: team,
      provider: "vault-prod",
    })
    expect({ isApproved, approvedBy }).toEqual({ isApproved: false, approvedBy: null })
    expect(warnings.join()).toContain("only Lea")
    const { stores } = house.house
    expect(await stores.forNew(await scopeOf(), lead)).toMatchObject({ kind: "vault", name: "vault-prod" })
    await expect(stores.forNew(await scopeOf(), editor)).rejects.toMatchObject({ code: "forbidden" })

    const input = { scope: team, provider: "vault-prod", target }
    await expect(house.call("approveProvider", lead, input)).rejects.toMatchObject({ code: "forbidden" })
    await expect(house.call("approveProvider", second, { ...input, target: "https://other" })).rejects.toMatchObject({
      code: "conflict",
    })
    expect(await house.call("approveProvider", second, input)).toMatchObject({
      isApproved: true,
      approvedBy: { name: "Sam" },
    })
    expect(await stores.forNew(await scopeOf(), editor)).toMatchObject({ name: "vault-prod" })
  })

  it("what others have written is moved there by nobody before that, its registrar included", async () => {
    await house.call("setDefaultProvider", lead, { scope: team, provider: "built-in" })
    await house.call("createSecret", editor, { scope: team, vault: "default", name: "OF_OTHERS", value: "a value" })
    const move = { scope: team, to: "vault-prod" }
    await expect(house.call("startTransfer", lead, move)).rejects.toMatchObject({ code: "forbidden" })
    await house.call("approveProvider", second, { scope: team, provider: "vault-prod", target })
    const transfer = await house.call("startTransfer", lead, move)
    await house.database.prisma.provider.updateMany({ data: { approvedEpoch: null } })
    await carryTransfers(house.house)
    const { state, items } = await house.call("describeTransfer", lead, { scope: team, transfer: transfer.id })
    expect({ state, problem: items[0]?.problem }).toMatchObject({
      state: "failed",
      problem: expect.stringContaining("approved"),
    })
  })

  it("a value doesn't go to where the provider points since it was let go", async () => {
    await house.call("approveProvider", second, { scope: team, provider: "vault-prod", target })
    const at = { scope: team, vault: "default" }
    await house.call("createSecret", editor, { ...at, name: "LATE", value: "one" })
    const { stores } = house.house
    const repoint = () => house.database.prisma.provider.updateMany({ data: { epoch: { increment: 1 } } })
    const requireApproved: typeof stores.requireApproved = async (...of) => {
      const epoch = await stores.requireApproved(...of)
      await repoint()
      return epoch
    }
    const forNew: typeof stores.forNew = async (...of) => {
      const chosen = await stores.forNew(...of)
      await repoint()
      return chosen
    }
    const core = openCore({ ...house.house, stores: { ...stores, requireApproved, forNew } })
    const opened = backend.opened.length
    const write = core.callAs("writeVersion", editor, { ...at, secret: "LATE", value: "two" }, aRequest())
    await expect(write).rejects.toMatchObject({ code: "unavailable" })
    await house.database.prisma.provider.updateMany({ data: { epoch: 1 } })
    const create = core.callAs("createSecret", editor, { ...at, name: "LATER", value: "three" }, aRequest())
    await expect(create).rejects.toMatchObject({ code: "unavailable" })
    expect(backend.opened.slice(opened)).toEqual([])
  })

  it("a change of the place takes the approval back, and its author can't give it again", async () => {
    await house.call("approveProvider", second, { scope: team, provider: "vault-prod", target })
    const changed = await house.call("changeProvider", second, {
      scope: team,
      provider: "vault-prod",
      settings: { ...settings, folder: "other" },
    })
    expect(changed).toMatchObject({ isApproved: false, registeredBy: { name: "Sam" } })
    const input = { scope: team, provider: "vault-prod", target: "https://backend.example.com other" }
    await expect(house.call("approveProvider", second, input)).rejects.toMatchObject({ code: "forbidden" })
    expect(await house.call("approveProvider", lead, input)).toMatchObject({ isApproved: true })
  })
})

describe("changing", () => {
  it("drops the credential with the address: without a new one, nothing is saved", async () => {
    await register()
    const elsewhere = { ...settings, address: "https://elsewhere.example.com" }
    const input = { scope: team, provider: "vault-prod", settings: elsewhere }
    backend.seen.length = 0
    await expect(house.call("changeProvider", lead, input)).rejects.toMatchObject({
      code: "invalid",
      fields: { "credential.password": expect.anything() },
    })
    expect(backend.seen).toEqual([])
    const check = await aCheck({ settings: elsewhere })
    const changed = await house.call("changeProvider", lead, { ...input, credential: { password: "correct" }, check })
    expect(changed).toMatchObject({ target: "https://elsewhere.example.com payments", isApproved: true })
    const events = await house.call("listAudit", await house.person(acme, { role: "owner", at: "acme" }), {
      scope: team,
      action: "provider.change",
    })
    expect(events.items[0]).toMatchObject({ class: "delegation", outcome: "done" })
  })

  it("with the credential that is kept, where that is still for the same server", async () => {
    await register()
    const input = { scope: team, provider: "vault-prod", settings: { ...settings, folder: "other" } }
    expect(await house.call("changeProvider", lead, input)).toMatchObject({
      target: "https://backend.example.com other",
    })
    backend.finds = { passed: false, status: "forbidden" }
    await expect(
      house.call("changeProvider", lead, { ...input, settings: { ...settings, folder: "third" } }),
    ).rejects.toMatchObject({ code: "conflict" })
  })

  it("signs in anew when the settings say that it signs in otherwise", async () => {
    await register()
    const [provider] = await house.database.prisma.provider.findMany()
    await house.database.prisma.provider.updateMany({
      data: { session: Buffer.from("s"), sessionKey: Buffer.from("k"), sessionKeyEpoch: 1 },
    })
    const input = { scope: team, provider: "vault-prod", cacheSeconds: 7 }
    await house.call("changeProvider", lead, input)
    expect((await house.database.prisma.provider.findFirst())?.session).not.toBeNull()
    await house.call("changeProvider", lead, { ...input, settings: { ...settings, role: "reader" } })
    const changed = await house.database.prisma.provider.findFirst()
    expect({ epoch: changed?.epoch, session: changed?.session }).toEqual({ epoch: provider?.epoch, session: null })
  })

  it("keeps the times apart from all that: no check, no approval", async () => {
    await register()
    const input = { scope: team, provider: "vault-prod", cacheSeconds: 5, checkSeconds: 10 }
    const tired = { ...lead, signedInAt: new Date(Date.now() - 11 * 60_000) }
    expect(await house.call("changeProvider", tired, input)).toMatchObject({ cacheSeconds: 5, isApproved: true })
  })

  it("only at the scope where it was registered", async () => {
    await register()
    const input = { scope: "acme.payments.prod", provider: "vault-prod" }
    for (const call of [
      () => house.call("changeProvider", lead, { ...input, cacheSeconds: 1 }),
      () => house.call("unregisterProvider", lead, input),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: "not_found", message: expect.stringContaining(team) })
    }
    expect(await house.call("describeProvider", lead, input)).toMatchObject({ scope: team })
  })

  it("replaces the credential once the new one was checked", async () => {
    await register()
    const input = { scope: team, provider: "vault-prod" }
    await expect(
      house.call("replaceCredential", lead, { ...input, credential: { password: "wrong" } }),
    ).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining("doesn't accept") })
    backend.password = "newer"
    expect(await house.call("replaceCredential", lead, { ...input, credential: { password: "newer" } })).toMatchObject({
      hasCredential: true,
    })
    backend.seen.length = 0
    await house.call("recheckProvider", lead, input)
    expect(backend.seen).toEqual(["newer"])
  })
})

describe("unregistering", () => {
  it("is refused while something depends on it, and says what", async () => {
    await register({ makeDefault: true })
    const input = { scope: team, provider: "vault-prod" }
    await expect(house.call("unregisterProvider", lead, input)).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("another default"),
    })
    await house.call("setDefaultProvider", lead, { scope: team, provider: null })
    await house.call("unregisterProvider", lead, input)
    expect(await house.database.prisma.provider.count()).toBe(0)
    const { items } = await house.call("listProviders", lead, { scope: team })
    expect(items.map(({ name }) => name)).toEqual(["built-in"])
  })
})

describe("the default", () => {
  it("is the narrowest scope's choice, the built-in store against a wider one's included", async () => {
    const admin = await house.person(acme, { role: "admin", at: "acme" })
    await register({ scope: "acme", makeDefault: true }, admin)
    const defaultAt = async (scope: string) =>
      (await house.call("listProviders", admin, { scope })).items.find(({ isDefault }) => isDefault)?.name
    expect(await defaultAt(team)).toBe("vault-prod")
    await house.call("setDefaultProvider", lead, { scope: team, provider: "built-in" })
    expect(await defaultAt("acme.payments.prod")).toBe("built-in")
    expect(await defaultAt("acme.data")).toBe("vault-prod")
    await house.call("setDefaultProvider", lead, { scope: team, provider: null })
    expect(await defaultAt("acme.payments.prod")).toBe("vault-prod")
  })
})

it("a secret isn't moved to where nobody chose its provider: who writes it there would send values to strangers", async () => {
  await register({ makeDefault: true })
  const owner = await house.person(acme, { role: "owner", at: "acme" })
  const secret = { scope: team, vault: "default", secret: "TROJAN" }
  await house.call("createSecret", lead, { scope: team, vault: "default", name: "TROJAN", value: "a value" })
  const move = { ...secret, toScope: "acme.data", toVault: "default" }
  await expect(house.call("moveSecret", owner, move)).rejects.toMatchObject({
    code: "conflict",
    message: expect.stringContaining("vault-prod"),
  })
  const beneath = { ...secret, toScope: "acme.payments.prod", toVault: "default" }
  expect(await house.call("moveSecret", owner, beneath)).toMatchObject({ scope: "acme.payments.prod" })
})

describe("looking after providers", () => {
  const due = () => house.database.prisma.provider.updateMany({ data: { checkAfter: new Date(0) } })
  const described = () => house.call("describeProvider", lead, { scope: team, provider: "vault-prod" })
  const notices = async () =>
    (await house.call("listNotices", lead, { scope: team, open: true })).items.map(({ event }) => event)

  it("writes each change of state down, tells people once, and again when it is over", async () => {
    await register()
    backend.finds = { status: "sealed", passed: false, canWrite: false }
    for (let round = 0; round < 3; round++) {
      await due()
      expect(await probeDue(house.house)).toBe(1)
    }
    expect(await described()).toMatchObject({ status: "sealed", canWrite: true })
    expect((await described()).history.map(({ status }) => status)).toEqual(["sealed", "up"])
    expect(await notices()).toEqual(["provider.sealed"])
    const health = await house.call("describeProviderHealth", lead, { scope: team, provider: "vault-prod" })
    expect(health).toMatchObject({
      status: "unhealthy",
      details: { state: "sealed", servesCachedUntil: expect.any(String) },
    })
    backend.finds = {}
    await due()
    await probeDue(house.house)
    expect(await notices()).toEqual([])
    expect(await described()).toMatchObject({ status: "up" })
  })

  it("gives a provider to one process at a time", async () => {
    await register()
    await due()
    const counts = await Promise.all([probeDue(house.house), probeDue(house.house), probeDue(house.house)])
    expect(counts.toSorted()).toEqual([0, 0, 1])
  })

  it("takes another server at the address for what it is, and writes nothing to it", async () => {
    const provider = await register()
    backend.finds = { clusterId: "cluster-2" }
    await due()
    await probeDue(house.house)
    expect(await described()).toMatchObject({ status: "misconfigured", canWrite: false })
    const store = await house.house.stores.of({ organizationId: acme.id, providerId: provider.id })
    const place = { organizationId: acme.id, secretId: acme.id, location: "x", field: null }
    await expect(store.remove(place, "all")).rejects.toMatchObject({ class: "replaced" })
  })

  it("warns ahead of a credential that ends and can't be renewed", async () => {
    await register()
    backend.finds = { expiresAt: new Date(Date.now() + 20 * 3_600_000), canBeRenewed: false }
    await due()
    await probeDue(house.house)
    expect(await notices()).toEqual(["provider.credential_expiring"])
    await house.call("replaceCredential", lead, {
      scope: team,
      provider: "vault-prod",
      credential: { password: "correct" },
    })
    expect(await notices()).toEqual([])
  })
})

describe("bootstrapping", () => {
  const input = { scope: team, kind: "vault", name: "vault-team", settings, adminToken: "correct" } as const

  it("says before what it will make", async () => {
    const plan = await house.call("planBootstrap", lead, { scope: team, kind: "vault", name: "vault-team", settings })
    expect(plan.policy).toBe("policy of acme.payments")
  })

  it("makes a credential of the team's own and registers it, and lists what was made", async () => {
    const answer = await house.call("bootstrapProvider", lead, { ...input, makeDefault: true })
    expect(answer).toMatchObject({ outcome: "registered", provider: { name: "vault-team", isDefault: true } })
    expect(answer.made.map(({ undo }) => undo)).toEqual(["backend remove policy-acme.payments", "backend remove token"])
  })

  it("uses the admin token as one, whatever way of signing in was typed", async () => {
    const ways: unknown[] = []
    const { check } = backend.kind
    backend.kind.check = (checked, ...rest) => {
      ways.push(checked.way)
      return check(checked, ...rest)
    }
    await house.call("bootstrapProvider", lead, { ...input, settings: { ...settings, way: "ticket" } })
    expect(ways[0]).toBe("password")
  })

  it("that fails midway tells what exists, in the answer and in the log, and goes on from there", async () => {
    backend.failsAt = "token"
    const answer = await house.call("bootstrapProvider", lead, input)
    expect(answer).toMatchObject({ outcome: "incomplete", provider: null, problem: "Making token was refused." })
    expect(answer.made).toHaveLength(1)
    const { items } = await house.call("listAudit", lead, { scope: team, action: "provider.bootstrap" })
    expect(JSON.stringify(items[0]?.details)).toContain("backend remove policy-acme.payments")
    backend.failsAt = undefined
    expect(await house.call("bootstrapProvider", lead, input)).toMatchObject({ outcome: "registered" })
  })

  it("asks for what must be ticked before it makes anything", async () => {
    backend.finds = { needsConsent: ["plain_http"] }
    await expect(house.call("bootstrapProvider", lead, input)).rejects.toMatchObject({
      fields: { consents: "plain_http" },
    })
    backend.finds = { status: "sealed", passed: false }
    expect(await house.call("bootstrapProvider", lead, { ...input, consents: ["plain_http"] })).toMatchObject({
      outcome: "incomplete",
      made: [],
    })
  })
})
