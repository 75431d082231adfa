/**
 * The exchange against whoever wants in without being a job that a rule means: forged, stolen, stale, misshapen tokens,
 * of which none is taken; and an issuer that fails and rotates its keys while its jobs come.
 */
import { createHmac, generateKeyPairSync, KeyObject, randomUUID, sign } from "node:crypto"
import { exportJWK, generateKeyPair, SignJWT } from "jose"
import { expect, inject, it } from "vitest"
import type { PersonCaller } from "../core/caller.ts"
import { aHouse, aRequest, type TestHouse } from "../testing/a-house.ts"
import { aJobIssuer, type JobIssuer } from "../testing/a-job-issuer.ts"
import { aSealedSecret } from "../testing/a-sealed-secret.ts"
import { openFigures } from "../testing/figures.ts"

const figures = openFigures("hostile-tokens")
const prod = "acme.payments.prod"
const ofCi = { scope: prod, account: "ci" }
const audience = "strongroom"
const subject = "repo:acme/app:ref:refs/heads/main"
const good = { aud: audience, sub: subject, repository: "acme/app", ref: "refs/heads/main" }

const conditions = [
  { claim: "repository", match: "exact" as const, values: ["acme/app"] },
  { claim: "ref", match: "pattern" as const, values: ["refs/heads/main", "refs/tags/v*"] },
]

/** payments.prod with one secret, and `ci`, which trusts the issuer's jobs of acme/app. */
async function aTrustingHouse(
  issuer: JobIssuer,
  refusesReplay = false,
): Promise<{ house: TestHouse; lead: PersonCaller }> {
  const house = await aHouse({ plainWebhooks: true })
  const acme = await house.organization()
  const lead = await house.person(acme, { role: "lead", at: "acme.payments", name: "Alice" })
  await aSealedSecret(house, acme, { at: prod, name: "DB", values: ["the value"] })
  await house.call("createServiceAccount", lead, { scope: prod, name: "ci" })
  await house.call("grantAccess", lead, { ...ofCi, access: "read" })
  const rule = { name: "main", issuer: issuer.issuer, audience, conditions, refusesReplay }
  await house.call("createTrustRule", lead, { ...ofCi, ...rule })
  return { house, lead }
}

function exchange(house: TestHouse, token: string, address = "192.0.2.1"): Promise<{ access_token: string }> {
  const input = {
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    audience: `${prod}/ci`,
    subject_token: token,
  }
  return house.core.call("exchangeToken", { kind: "none" }, input, aRequest({ address }))
}

it("takes none of the hostile tokens, tells each the same, and keeps why for who manages the rule", async () => {
  await using issuer = await aJobIssuer()
  await using stranger = await aJobIssuer()
  const { house, lead } = await aTrustingHouse(issuer, true)
  await using _ = house
  // The hand that makes hostile tokens makes good ones, too, so it isn't its own faults that are refused.
  const { make, hostile: made } = await hostileTokens(issuer, stranger)
  expect(await exchange(house, make())).toMatchObject({ token_type: "Bearer" })
  const once = await issuer.sign(good)
  const { access_token: token } = await exchange(house, once)
  const read = { vault: "default", secret: "DB" }
  expect(await house.core.call("readValue", { kind: "bearer", token }, read, aRequest())).toMatchObject({
    value: "the value",
  })
  const hostile = { ...made, "the same token again": once }
  const answers = new Set<string>()
  const accepted: string[] = []
  const tryIt = async ([what, text]: [string, string]): Promise<void> => {
    try {
      await exchange(house, text)
      accepted.push(what)
    } catch (error) {
      const { code, message } = error as { code: string; message: string } // what core throws
      // What is too long or empty is told as such: that is known without a look at what is trusted.
      if (code !== "invalid") answers.add(`${code} ${message}`)
    }
  }
  await Promise.all(Object.entries(hostile).map(tryIt))
  figures.tell("hostile tokens tried", String(Object.keys(hostile).length), "60")
  figures.tell("hostile tokens accepted", String(accepted.length), "0")
  expect(Object.keys(hostile).length).toBeGreaterThanOrEqual(60)
  expect(accepted).toEqual([])
  expect([...answers]).toHaveLength(1)
  expect(await house.database.prisma.accessToken.count()).toBe(2)
  const { items } = await house.call("listTrustRules", lead, ofCi)
  expect(items[0]?.lastRefusal).toMatchObject({ isSigned: true })
  const kept = JSON.stringify(await house.database.prisma.trustRule.findMany())
  for (const text of Object.values(hostile)) if (text.length > 40) expect(kept).not.toContain(text.slice(-40))
})

it("asks an issuer once however many jobs come, and refuses no valid job when it rotates its keys or is down", async () => {
  await using issuer = await aJobIssuer({ slowMs: 50 })
  const { house } = await aTrustingHouse(issuer)
  await using _ = house
  const atOnce = inject("isLong") ? 100 : 25
  const rotations = inject("isLong") ? 10 : 2
  let asked = 0
  let refused = 0
  const storm = async (): Promise<void> => {
    const tokens = await Promise.all(Array.from({ length: atOnce }, () => issuer.sign(good)))
    const answers = await Promise.allSettled(tokens.map((token) => exchange(house, token)))
    asked += atOnce
    refused += answers.filter(({ status }) => status === "rejected").length
  }
  await storm()
  expect(issuer.fetches()).toBe(1)
  let most = 0
  for (let round = 0; round < rotations; round++) {
    const before = issuer.fetches()
    await issuer.rotate({ only: round % 2 === 1 })
    await storm()
    most = Math.max(most, issuer.fetches() - before)
  }
  issuer.setDown(true)
  const before = issuer.fetches()
  await storm()
  issuer.setDown(false)
  figures.tell("valid jobs refused", `${String(refused)} of ${String(asked)}`, "0")
  figures.tell("fetches of keys per rotation, with all jobs at once", String(most), "1")
  expect(refused).toBe(0)
  expect(most).toBe(1)
  expect(issuer.fetches() - before).toBe(0)
})

it("does not become a flood at the issuer when tokens name made-up keys", async () => {
  await using issuer = await aJobIssuer()
  const { house } = await aTrustingHouse(issuer)
  await using _ = house
  const forged = await Promise.all(Array.from({ length: 50 }, () => issuer.sign(good, { kid: randomUUID() })))
  const answers = await Promise.allSettled(forged.map((token) => exchange(house, token)))
  expect(answers.filter(({ status }) => status === "fulfilled")).toEqual([])
  figures.tell("fetches of keys for 50 made-up keys", String(issuer.fetches()), "3 at the most")
  expect(issuer.fetches()).toBeLessThanOrEqual(3)
})

it("is asked to come again when the issuer was never reached", async () => {
  await using issuer = await aJobIssuer()
  const { house } = await aTrustingHouse(issuer)
  await using _ = house
  issuer.setDown(true)
  const token = await issuer.sign(good)
  await expect(exchange(house, token)).rejects.toMatchObject({ code: "unavailable", retryAfterSeconds: 2 })
  issuer.setDown(false)
  expect(await exchange(house, token)).toMatchObject({ token_type: "Bearer", expires_in: 900 })
})

/** What attackers send, by what is wrong with it. */
async function hostileTokens(
  issuer: JobIssuer,
  stranger: JobIssuer,
): Promise<{ make: () => string; hostile: Record<string, string> }> {
  const now = Math.floor(Date.now() / 1000)
  const full = { ...good, iss: issuer.issuer, iat: now, exp: now + 300, jti: randomUUID() }
  const { kid, privateKey, publicKeyPem } = issuer.signing()
  const keyObject = KeyObject.from(privateKey)
  const [jwk] = issuer.keySet().keys
  const attacker = await generateKeyPair("RS256", { extractable: true })
  const attackersJwk = { ...(await exportJWK(attacker.publicKey)), kid }
  const forged = (header: object): Promise<string> =>
    new SignJWT(full).setProtectedHeader({ alg: "RS256", kid, ...header }).sign(attacker.privateKey)
  const hmac = (alg: string, key: string): string => {
    const input = `${part({ alg, kid, typ: "JWT" })}.${part(full)}`
    return `${input}.${createHmac("sha256", key).update(input).digest("base64url")}`
  }
  /** Signed by the issuer's own key, over text that no honest issuer writes. */
  const raw = (header: string, payload: string): string => {
    const input = `${encode(header)}.${encode(payload)}`
    return `${input}.${sign("sha256", Buffer.from(input), keyObject).toString("base64url")}`
  }
  const header = JSON.stringify({ alg: "RS256", kid })
  const claims = JSON.stringify(full)
  const valid = await issuer.sign(good)
  const [head = "", body = "", signature = ""] = valid.split(".")
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const claim = (changed: Record<string, unknown>): Promise<string> => issuer.sign({ ...good, ...changed })
  const without = (name: string): string =>
    raw(header, JSON.stringify(Object.fromEntries(Object.entries(full).filter(([key]) => key !== name))))
  const hostile = {
    "alg none": `${part({ alg: "none" })}.${part(full)}.`,
    "alg none with a signature": `${part({ alg: "none", kid })}.${part(full)}.${signature}`,
    "alg NONE": `${part({ alg: "NONE", kid })}.${part(full)}.${signature}`,
    "alg nOnE and no signature": `${part({ alg: "nOnE" })}.${part(full)}.`,
    "HS256 with the public key's PEM": hmac("HS256", publicKeyPem),
    "HS256 with the public key's PEM, trimmed": hmac("HS256", publicKeyPem.trim()),
    "HS256 with the public JWK": hmac("HS256", JSON.stringify(jwk)),
    "HS256 with nothing": hmac("HS256", " "),
    "RS256 named, HMAC made": hmac("RS256", publicKeyPem),
    "alg missing": raw(JSON.stringify({ kid }), claims),
    "alg a list": raw(JSON.stringify({ alg: ["RS256"], kid }), claims),
    "alg of another kind of key": `${part({ alg: "ES256", kid })}.${part(full)}.${sign("sha256", Buffer.from("x"), ec.privateKey).toString("base64url")}`,
    "alg PS256 for an RS256 signature": `${part({ alg: "PS256", kid })}.${body}.${signature}`,
    "another key under the issuer's kid": await forged({}),
    "an unknown kid": await forged({ kid: "unknown" }),
    "no kid, another key": await new SignJWT(full).setProtectedHeader({ alg: "RS256" }).sign(attacker.privateKey),
    "kid as a path": await forged({ kid: "../../../../dev/null" }),
    "kid as SQL": await forged({ kid: "' OR 1=1 --" }),
    "kid as an address": await forged({ kid: `${stranger.issuer}/jwks` }),
    "kid a number": raw(JSON.stringify({ alg: "RS256", kid: 1 }), claims),
    "jku of the attacker": await forged({ jku: `${stranger.issuer}/jwks` }),
    "jku, signed by the issuer": await issuer.sign(good, { jku: `${stranger.issuer}/jwks` }),
    "x5u of the attacker": await forged({ x5u: `${stranger.issuer}/x5u` }),
    "jwk in the header": await forged({ jwk: attackersJwk }),
    "x5c in the header": await forged({ x5c: ["MIIB"] }),
    "crit that nobody knows": raw(JSON.stringify({ alg: "RS256", kid, crit: ["exp"] }), claims),
    "b64 false": raw(JSON.stringify({ alg: "RS256", kid, b64: false, crit: ["b64"] }), claims),
    zip: raw(JSON.stringify({ alg: "RS256", kid, zip: "DEF" }), claims),
    "expired a minute ago": await claim({ iat: now - 400, exp: now - 60 }),
    "expired long ago": await claim({ iat: 1, exp: 2 }),
    "exp missing": without("exp"),
    "exp as text": await claim({ exp: String(now + 300) }),
    "exp null": await claim({ exp: null }),
    "exp negative": await claim({ exp: -1 }),
    "exp infinite": raw(header, claims.replace(/"exp":\d+/, '"exp":1e999')),
    "not yet valid": await claim({ nbf: now + 120 }),
    "nbf as text": await claim({ nbf: "0" }),
    "made in the future": await claim({ iat: now + 120, exp: now + 600 }),
    "iat missing": without("iat"),
    "another audience": await claim({ aud: "vault" }),
    "an audience that begins so": await claim({ aud: "strongroom.example.com" }),
    "the audience in capitals": await claim({ aud: "STRONGROOM" }),
    "the audience in an object": await claim({ aud: { 0: audience } }),
    "the audience among what is no text": await claim({ aud: [audience, 1] }),
    "no audience": without("aud"),
    "another issuer": await stranger.sign(good),
    "another issuer that claims to be ours": await stranger.sign({ ...good, iss: issuer.issuer }),
    "issuer with a trailing slash": await claim({ iss: `${issuer.issuer}/` }),
    "issuer by homoglyph": await claim({ iss: issuer.issuer.replace("http", "һttp") }),
    "issuer in capitals": await claim({ iss: issuer.issuer.toUpperCase() }),
    "issuer with a user": await claim({ iss: issuer.issuer.replace("://", "://x@") }),
    "issuer a list": await claim({ iss: [issuer.issuer] }),
    "issuer missing": without("iss"),
    "another repository": await claim({ repository: "acme/other" }),
    "another owner's repository": await claim({ repository: "acme-evil/app" }),
    "a repository by homoglyph": await claim({ repository: "аcme/app" }),
    "a repository with what follows": await claim({ repository: "acme/app/x" }),
    "a repository in an object": await claim({ repository: { name: "acme/app" } }),
    "no repository": await claim({ repository: undefined }),
    "another branch": await claim({ ref: "refs/heads/evil" }),
    "a tag with a slash": await claim({ ref: "refs/tags/v1/../../heads/evil" }),
    "a tag that only begins so": await claim({ ref: "refs/tags/v" }),
    "jti missing where each is taken once": without("jti"),
    "claims twice": raw(header, claims.replace("{", '{"repository":"acme/evil",')),
    "the header's alg twice": raw(`{"alg":"none",${header.slice(1)}`, claims),
    __proto__: raw(header, claims.replace("{", '{"__proto__":{"repository":"acme/app"},')),
    "nested deep": raw(header, claims.replace("{", `{"x":${"[".repeat(200)}${"]".repeat(200)},`)),
    "claims that are a list": raw(header, "[]"),
    "claims that are no JSON": raw(header, "{"),
    "claims with a byte order mark": raw(header, `\ufeff${claims}`),
    "a signed token in a token": raw(JSON.stringify({ alg: "RS256", kid, cty: "JWT" }), JSON.stringify(valid)),
    huge: raw(header, claims.replace("{", `{"x":"${"x".repeat(20_000)}",`)),
    "claims changed after signing": `${head}.${part({ ...full, ref: "refs/heads/main" })}.${signature}`,
    "the signature cut off": `${head}.${body}.${signature.slice(0, -4)}`,
    "the signature empty": `${head}.${body}.`,
    "no signature at all": `${head}.${body}`,
    "a part more": `${valid}.${body}`,
    "with padding": `${head}.${body}.${signature}==`,
    "with a blank": `${head}. ${body}.${signature}`,
    "with a line's end": `${valid}\n`,
    "five parts, as encrypted ones have": `${head}.${body}.${signature}.${body}.${signature}`,
    "as JSON": JSON.stringify({ payload: body, protected: head, signature }),
    "one of our own access tokens": "srm_sat_0000000000000000000000_0000000000000000000000000000000000000000000000000",
    nothing: "",
  }
  return { make: () => raw(header, claims), hostile }
}

function part(content: object): string {
  return encode(JSON.stringify(content))
}

function encode(text: string): string {
  return Buffer.from(text, "utf8").toString("base64url")
}
