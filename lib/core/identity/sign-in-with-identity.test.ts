import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose"
import { afterAll, beforeAll, expect, it } from "vitest"
import { aHouse, aRequest, type TestHouse, type TestOrganization } from "../../testing/a-house.ts"
import type { PersonCaller } from "../caller.ts"
import { type Core, openCore } from "../core.ts"

const clientId = "strongroom"

let house: TestHouse
let acme: TestOrganization
let owner: PersonCaller
let core: Core
let google: IdentityProvider
let other: IdentityProvider
let unreachable: string

beforeAll(async () => {
  house = await aHouse()
  acme = await house.organization()
  owner = await house.person(acme, { role: "owner", at: "acme" })
  google = await anIdentityProvider()
  other = await anIdentityProvider()
  unreachable = "http://127.0.0.1:1"
  const identityProviders = [google.issuer, other.issuer, unreachable].map((issuer) => ({
    name: "Test",
    issuer,
    clientId,
  }))
  core = openCore({ ...house.house, identityProviders })
})
afterAll(async () => {
  await Promise.all([google, other].map((provider) => provider[Symbol.asyncDispose]()))
  await house[Symbol.asyncDispose]()
})

interface IdentityProvider extends AsyncDisposable {
  issuer: string
  /** An ID token, good but for what is changed. */
  token(claims: JWTPayload, options?: { key?: CryptoKey; age?: string }): Promise<string>
}

async function anIdentityProvider(): Promise<IdentityProvider> {
  const key = { kid: "key-1", ...(await generateKeyPair("RS256")) }
  const server = createServer((request, response) => {
    const answer = async () =>
      request.url === "/keys"
        ? { keys: [{ ...(await exportJWK(key.publicKey)), kid: key.kid, alg: "RS256", use: "sig" }] }
        : { issuer, jwks_uri: `${issuer}/keys` }
    void answer().then((body) =>
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body)),
    )
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  const issuer = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
  return {
    issuer,
    token: (claims, { key: another, age = "0s" } = {}) =>
      new SignJWT({ iss: issuer, aud: clientId, ...claims })
        .setProtectedHeader({ alg: "RS256", kid: key.kid })
        .setIssuedAt(new Date(Date.now() - Number.parseInt(age) * 1000))
        .setExpirationTime(typeof claims.exp === "number" ? claims.exp : "5m")
        .sign(another ?? key.privateKey),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

function signIn(issuer: string, idToken: string, invitation?: string) {
  const input = { issuer, idToken, ...(invitation === undefined ? {} : { invitation }) }
  return core.call("signInWithIdentity", { kind: "none" }, input, aRequest())
}

async function anInvitation(email: string | null = null): Promise<string> {
  const { link } = await house.call("invite", owner, { scope: "acme.payments", role: "viewer", email })
  return link!.split("/").at(-1)!
}

let subjects = 0
function somebody(): { sub: string; email: string; name: string } {
  subjects += 1
  return { sub: `subject-${String(subjects)}`, email: `somebody-${String(subjects)}@example.com`, name: "Some Body" }
}

it("lets an unknown identity in by an invitation only, and then again and again", async () => {
  const claims = somebody()
  const uninvited = signIn(google.issuer, await google.token(claims))
  await expect(uninvited).rejects.toMatchObject({ code: "forbidden", fields: { invitation: expect.any(String) } })
  const joined = await signIn(google.issuer, await google.token(claims), await anInvitation())
  expect(joined.person).toMatchObject({ name: "Some Body", email: claims.email })
  const again = await signIn(google.issuer, await google.token({ sub: claims.sub, email: "changed@example.com" }))
  expect(again.person).toEqual(joined.person)
  const me = await core.call("describeMe", { kind: "session", id: again.session }, {}, aRequest())
  expect(me).toMatchObject({ roles: [{ scope: "acme.payments", role: "viewer" }], session: { method: google.issuer } })
})

it("links nobody by e-mail: the same address from another provider is a stranger", async () => {
  const claims = somebody()
  await signIn(google.issuer, await google.token(claims), await anInvitation())
  expect(await codeOf(signIn(other.issuer, await other.token({ ...claims, email_verified: true })))).toBe("forbidden")
  const invited = signIn(other.issuer, await other.token(claims), await anInvitation())
  await expect(invited).rejects.toMatchObject({ code: "conflict" })
  expect(await house.database.prisma.identity.count({ where: { issuer: other.issuer } })).toBe(0)
})

it("accepts an ID token only from its issuer, for us, signed by the issuer's key, and of these minutes", async () => {
  const claims = somebody()
  await signIn(google.issuer, await google.token(claims), await anInvitation())
  const stranger = await generateKeyPair("RS256")
  const unsigned = `${btoa('{"alg":"none"}')}.${btoa(JSON.stringify({ ...claims, iss: google.issuer, aud: clientId, iat: Math.floor(Date.now() / 1000), exp: 9_999_999_999 }))}.`
  const sharedSecret = await new SignJWT({ ...claims, iss: google.issuer, aud: clientId })
    .setProtectedHeader({ alg: "HS256" })
    .setIssuedAt()
    .setExpirationTime("5m")
    .sign(new TextEncoder().encode("the client's secret, which isn't a signature"))
  const good = await google.token(claims)
  const [head, payload, signature] = good.split(".")
  const bad = [
    await google.token({ ...claims, aud: "another-client" }),
    await google.token({ ...claims, aud: [clientId, "another"], azp: "another" }),
    await google.token({ ...claims, iss: other.issuer }),
    await google.token({ ...claims, exp: Math.floor(Date.now() / 1000) - 60 }),
    await google.token(claims, { age: "900s" }),
    await google.token(claims, { key: stranger.privateKey }),
    await google.token({ ...claims, sub: "" }),
    await other.token({ ...claims, iss: google.issuer }),
    unsigned,
    sharedSecret,
    `${head!}.${btoa(JSON.stringify({ ...claims, sub: "other" })).replaceAll("=", "")}.${signature!}`,
    `${head!}.${payload!}`,
    "",
    "a.b.c",
  ]
  for (const token of bad) expect(await codeOf(signIn(google.issuer, token)), token).toBe("unauthenticated")
  expect(await codeOf(signIn("https://issuer.example", good))).toBe("unauthenticated")
  expect(await codeOf(signIn(google.issuer, good))).toBe("ok")
})

it("takes an invitation for one address from an identity with that address only", async () => {
  const claims = somebody()
  const invitation = await anInvitation(claims.email)
  expect(await codeOf(signIn(google.issuer, await google.token(somebody()), invitation))).toBe("forbidden")
  expect(await codeOf(signIn(google.issuer, await google.token({ sub: claims.sub }), invitation))).toBe("ok")
})

it("lets nobody in who was disabled", async () => {
  const claims = somebody()
  const { person } = await signIn(google.issuer, await google.token(claims), await anInvitation())
  await house.call("changePerson", owner, { person: person.id, disabled: true })
  expect(await codeOf(signIn(google.issuer, await google.token(claims)))).toBe("unauthenticated")
})

it("counts a sign-in as old as the provider says that its own is", async () => {
  const claims = somebody()
  await signIn(google.issuer, await google.token(claims), await anInvitation())
  const freshUntil = async (more: JWTPayload): Promise<number> => {
    const { session } = await signIn(google.issuer, await google.token({ ...claims, ...more }))
    const me = await core.call("describeMe", { kind: "session", id: session }, {}, aRequest())
    return Date.parse(me.session!.freshUntil) - Date.now()
  }
  const seconds = Math.floor(Date.now() / 1000)
  expect(await freshUntil({})).toBeGreaterThan(9 * 60_000)
  expect(await freshUntil({ auth_time: seconds - 3600 })).toBeLessThan(0)
  expect(await freshUntil({ auth_time: seconds + 3600 })).toBeLessThanOrEqual(10 * 60_000)
})

it("says that the provider can't be asked when that is so, and never lets anybody in then", async () => {
  const claims = somebody()
  expect(await codeOf(signIn(unreachable, await google.token({ ...claims, iss: unreachable })))).toBe("unavailable")
})

async function codeOf(answer: Promise<unknown>): Promise<string> {
  return answer.then(
    () => "ok",
    (error: unknown) => (error instanceof Error && "code" in error ? String(error.code) : String(error)),
  )
}
