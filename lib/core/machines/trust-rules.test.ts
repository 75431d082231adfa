import { describe, expect, it } from "vitest"
import { aHouse, aRequest, type TestHouse, type TestOrganization } from "../../testing/a-house.ts"
import { aJobIssuer } from "../../testing/a-job-issuer.ts"
import { aSealedSecret } from "../../testing/a-sealed-secret.ts"
import type { PersonCaller } from "../caller.ts"
import { tidyUp } from "../housekeeping.ts"

const prod = "acme.payments.prod"
const ofCi = { scope: prod, account: "ci" }
const onApp = [{ claim: "repository", match: "exact" as const, values: ["acme/app"] }]
const rule = { ...ofCi, name: "main", issuer: "https://git.example.com", audience: "strongroom", conditions: onApp }

async function aLead(): Promise<{ house: TestHouse; acme: TestOrganization; lead: PersonCaller }> {
  const house = await aHouse({ plainWebhooks: true })
  const acme = await house.organization()
  const lead = await house.person(acme, { role: "lead", at: "acme.payments", name: "Alice" })
  await aSealedSecret(house, acme, { at: prod, name: "DB", values: ["1"] })
  await house.call("createServiceAccount", lead, { scope: prod, name: "ci" })
  await house.call("grantAccess", lead, { ...ofCi, access: "read" })
  return { house, acme, lead }
}

function exchange({ core }: TestHouse, token: string): Promise<{ access_token: string }> {
  const input = {
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    audience: `${prod}/ci`,
    subject_token: token,
  }
  return core.call("exchangeToken", { kind: "none" }, input, aRequest())
}

function read({ core }: TestHouse, token: string): Promise<unknown> {
  return core.call("readValue", { kind: "bearer", token }, { vault: "default", secret: "DB" }, aRequest())
}

describe("a trust rule", () => {
  it("is delegation: it needs the permission and a fresh sign-in, and leaves a mark that ends with it", async () => {
    const { house, acme, lead } = await aLead()
    await using _ = house
    const editor = await house.person(acme, { role: "editor", at: "acme.payments" })
    const stale = { ...lead, signedInAt: new Date(Date.now() - 11 * 60_000) }
    await expect(house.call("createTrustRule", editor, rule)).rejects.toMatchObject({ code: "forbidden" })
    await expect(house.call("createTrustRule", stale, rule)).rejects.toMatchObject({ code: "forbidden" })
    const { id } = await house.call("createTrustRule", lead, rule)
    await expect(house.call("createTrustRule", lead, rule)).rejects.toMatchObject({ code: "conflict" })
    await expect(house.call("changeTrustRule", stale, { ...rule, rule: id })).rejects.toMatchObject({
      code: "forbidden",
    })
    await house.call("changeTrustRule", lead, { ...rule, rule: id, lifetimeSeconds: 60 })
    expect(await house.call("describeTrustRule", lead, { ...ofCi, rule: id })).toMatchObject({ lifetimeSeconds: 60 })
    await house.call("deleteTrustRule", lead, { ...ofCi, rule: id })
    const marks = await house.database.prisma.delegation.findMany({
      where: { trustRuleId: id },
      orderBy: { createdAt: "asc" },
    })
    expect(marks).toMatchObject([
      { act: "createTrustRule", state: "ended", byId: lead.id },
      { act: "changeTrustRule", state: "ended", byId: lead.id },
    ])
  })

  it("isn't made when it would let everybody in, or can't be what was meant", async () => {
    const { house, lead } = await aLead()
    await using _ = house
    const wrong: Record<string, object> = {
      "a shared issuer with nothing that says whose": { issuer: "https://gitlab.com", conditions: onApp },
      "a shared issuer with an owner left open": {
        issuer: "https://token.actions.githubusercontent.com",
        conditions: [{ claim: "sub", match: "pattern" as const, values: ["repo:ac*/app:ref:x"] }],
      },
      "a shared issuer with an owner that only begins so": {
        issuer: "https://token.actions.githubusercontent.com",
        conditions: [{ claim: "repository_owner", match: "pattern" as const, values: ["acme**"] }],
      },
      "no condition": { conditions: [] },
      "a pattern of anything": { conditions: [{ claim: "ref", match: "pattern" as const, values: ["**"] }] },
      "an address with a query": { issuer: "https://git.example.com/?x=1" },
      "a private key": { keySet: '{"keys":[{"kty":"RSA","n":"x","e":"AQAB","d":"x"}]}' },
      "a shared secret": { keySet: '{"keys":[{"kty":"oct","k":"x"}]}' },
      "a CA that is none": { ca: "x" },
      "a life of an hour": { lifetimeSeconds: 3_600 },
    }
    for (const [what, changed] of Object.entries(wrong)) {
      await expect(house.call("createTrustRule", lead, { ...rule, ...changed }), what).rejects.toMatchObject({
        code: "invalid",
      })
    }
  })

  it("ends what was exchanged under it when it is changed or deleted, and tells which condition failed", async () => {
    await using issuer = await aJobIssuer()
    const { house, lead } = await aLead()
    await using _ = house
    const ours = { ...rule, issuer: issuer.issuer }
    const { id } = await house.call("createTrustRule", lead, ours)
    const job = { aud: "strongroom", sub: "repo:acme/app:ref:refs/heads/x", repository: "acme/app", secret: "hush" }
    const first = await exchange(house, await issuer.sign(job))
    expect(await read(house, first.access_token)).toMatchObject({ value: "1" })
    const conditions = [{ claim: "ref", match: "pattern" as const, values: ["refs/tags/*"] }]
    await house.call("changeTrustRule", lead, { ...ours, rule: id, conditions })
    await expect(read(house, first.access_token)).rejects.toMatchObject({ code: "unauthenticated" })

    await expect(exchange(house, await issuer.sign({ ...job, ref: "refs/heads/x" }))).rejects.toMatchObject({
      code: "unauthenticated",
    })
    const { lastRefusal } = await house.call("describeTrustRule", lead, { ...ofCi, rule: id })
    expect(lastRefusal).toMatchObject({
      reason: "claim",
      claim: "ref",
      expected: "refs/tags/*",
      found: "refs/heads/x",
      isSigned: true,
    })
    expect(lastRefusal?.claims).toContainEqual({ name: "repository", value: "acme/app" })
    expect(lastRefusal?.claims).toContainEqual({ name: "secret", value: null })
    // What nobody signed doesn't stand in its place.
    await expect(exchange(house, "x.y.z")).rejects.toMatchObject({ code: "unauthenticated" })
    expect((await house.call("describeTrustRule", lead, { ...ofCi, rule: id })).lastRefusal).toEqual(lastRefusal)

    const second = await exchange(house, await issuer.sign({ ...job, ref: "refs/tags/v1" }))
    expect(await read(house, second.access_token)).toMatchObject({ value: "1" })
    await house.call("deleteTrustRule", lead, { ...ofCi, rule: id })
    await expect(read(house, second.access_token)).rejects.toMatchObject({ code: "unauthenticated" })
  })

  it("takes nobody's token for a disabled account, and leaves what was exchanged out of the account's tokens", async () => {
    await using issuer = await aJobIssuer()
    const { house, lead } = await aLead()
    await using _ = house
    await house.call("createTrustRule", lead, { ...rule, issuer: issuer.issuer })
    const job = { aud: "strongroom", repository: "acme/app" }
    await exchange(house, await issuer.sign(job))
    expect(await house.call("describeServiceAccount", lead, ofCi)).toMatchObject({ tokens: [], activeTokens: 0 })
    await house.call("changeServiceAccount", lead, { ...ofCi, disabled: true })
    await expect(exchange(house, await issuer.sign(job))).rejects.toMatchObject({ code: "unauthenticated" })
    const { items } = await house.call("listTrustRules", lead, ofCi)
    expect(items).toMatchObject([{ lastRefusal: { reason: "account_disabled" } }])
    await house.database.prisma.accessToken.updateMany({
      data: { createdAt: new Date(0), expiresAt: new Date(60_000) },
    })
    await tidyUp(house.house)
    expect(await house.database.prisma.accessToken.count()).toBe(0)
  })
})

describe("rotating a token", () => {
  it("gives another one, shown once, and both work until the overlap ends", async () => {
    const { house, acme, lead } = await aLead()
    await using _ = house
    const cidrs = ["192.0.2.0/24"]
    const old = await house.call("issueToken", lead, { ...ofCi, name: "runner", cidrs })
    const editor = await house.person(acme, { role: "editor", at: "acme.payments" })
    const rotating = { ...ofCi, token: old.accessToken.id, overlapHours: 2 }
    await expect(house.call("rotateToken", editor, rotating)).rejects.toMatchObject({ code: "forbidden" })
    const rotated = await house.call("rotateToken", lead, rotating)
    expect(rotated.accessToken).toMatchObject({ name: "runner", cidrs })
    const inHours = (Date.parse(rotated.replaced.expiresAt) - Date.now()) / 3_600_000
    expect(inHours).toBeGreaterThan(1.9)
    expect(inHours).toBeLessThanOrEqual(2.01)
    for (const token of [old.token, rotated.token]) {
      expect(await read(house, token ?? "")).toMatchObject({ value: "1" })
    }
    await house.call("rotateToken", lead, { ...ofCi, token: rotated.accessToken.id, overlapHours: 0 })
    await expect(read(house, rotated.token ?? "")).rejects.toMatchObject({ code: "unauthenticated" })
    await expect(house.call("rotateToken", lead, { ...ofCi, token: rotated.accessToken.id })).rejects.toMatchObject({
      code: "conflict",
    })
  })
})
