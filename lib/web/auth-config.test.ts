import { Auth } from "@auth/core"
import { afterAll, beforeAll, expect, it } from "vitest"
import { connect } from "../../clients/sdk/node/index.ts"
import type { PersonCaller } from "../core/caller.ts"
import { openCore } from "../core/core.ts"
import { hashPassword } from "../crypto/passwords.ts"
import { Secret } from "../secret.ts"
import { aHouse, aRequest, type TestHouse } from "../testing/a-house.ts"
import { anIdentityProvider, type TestIdentityProvider } from "../testing/an-identity-provider.ts"
import { aRunningApi, type TestApi } from "../testing/running-api.ts"
import { authConfig } from "./auth-config.ts"

const publicUrl = new URL("http://strongroom.test")
const password = "correct horse battery staple"

let house: TestHouse
let api: TestApi
let alice: PersonCaller
let owner: PersonCaller
let identityProvider: TestIdentityProvider

beforeAll(async () => {
  house = await aHouse()
  const acme = await house.organization()
  owner = await house.person(acme, { role: "owner", at: "acme" })
  alice = await house.person(acme, { role: "editor", at: "acme.payments", name: "Alice" })
  const passwordHash = await hashPassword(Secret.fromText(password))
  await house.database.prisma.person.updateMany({ where: { id: alice.id }, data: { passwordHash } })
  identityProvider = await anIdentityProvider("http://strongroom.test")
  const { issuer, clientId } = identityProvider.settings
  const core = openCore({ ...house.house, identityProviders: [{ name: "Test", issuer, clientId }] })
  api = await aRunningApi(undefined, { core })
})
afterAll(async () => {
  await identityProvider[Symbol.asyncDispose]()
  await api[Symbol.asyncDispose]()
  await house[Symbol.asyncDispose]()
})

it("puts an opaque session id into the cookie, which tells next-auth who it is", async () => {
  const browser = aBrowser()
  const answer = await browser.signIn({ email: alice.email, password })
  expect(answer.headers.get("location")).toBe("http://strongroom.test/s/acme")
  const cookie = browser.cookie("strongroom-session")
  expect(cookie).toMatch(/^srm_ses_/)
  expect(answer.headers.getSetCookie().find((line) => line.startsWith("strongroom-session="))).toMatch(
    /HttpOnly.*SameSite=Lax/i,
  )
  const session: unknown = await (await browser.get("/api/auth/session")).json()
  expect(session).toEqual({ user: { name: "Alice", email: alice.email }, expires: expect.any(String) })
  expect(JSON.stringify(session)).not.toContain("srm_")
})

it("asks api for every request: a session that was ended there is none here", async () => {
  const browser = aBrowser()
  await browser.signIn({ email: alice.email, password })
  await house.call("endAllSessions", owner, { person: alice.id })
  expect(await (await browser.get("/api/auth/session")).json()).toBeNull()
  expect(browser.cookie("strongroom-session")).toBeUndefined()
})

it("ends the session at api when somebody signs out", async () => {
  const browser = aBrowser()
  await browser.signIn({ email: alice.email, password })
  const session = browser.cookie("strongroom-session")!
  await browser.post("/api/auth/signout", {})
  expect(browser.cookie("strongroom-session")).toBeUndefined()
  const asks = house.core.call("describeMe", { kind: "session", id: session }, {}, aRequest())
  await expect(asks).rejects.toMatchObject({ code: "unauthenticated" })
})

it("has the limits on guessing of api behind next-auth's own address, with the client's", async () => {
  const email = "guessed@example.com"
  for (let guess = 0; guess < 10; guess += 1) {
    const refused = await aBrowser("198.51.100.1").signIn({ email, password: "wrong" })
    expect(refused.headers.get("location")).toContain("code=unauthenticated")
  }
  const slowed = await aBrowser("198.51.100.1").signIn({ email, password: "wrong" })
  expect(slowed.headers.get("location")).toContain("code=rate_limited")
  const elsewhere = await aBrowser("198.51.100.2").signIn({ email, password: "wrong" })
  expect(elsewhere.headers.get("location")).toContain("code=unauthenticated")
})

it("refuses a sign-in without next-auth's own token, which another site doesn't have", async () => {
  const browser = aBrowser()
  const body = new URLSearchParams({ email: alice.email, password })
  const answer = await browser.send("/api/auth/callback/credentials", { method: "POST", body })
  expect(answer.headers.get("location")).toContain("/sign-in")
  expect(browser.cookie("strongroom-session")).toBeUndefined()
})

it("goes on to no other site", async () => {
  const browser = aBrowser()
  const answer = await browser.signIn({ email: alice.email, password, callbackUrl: "https://evil.example/" })
  expect(answer.headers.get("location") ?? "").not.toContain("evil.example")
})

it("takes a cookie that is none for nobody", async () => {
  for (const cookie of ["x", "%", "srm_ses_", "srm_pat_x", "a b", "x".repeat(5000)]) {
    const browser = aBrowser()
    browser.setCookie("strongroom-session", cookie)
    const answer = await browser.get("/api/auth/session")
    expect([answer.status, await answer.json()], cookie).toEqual([200, null])
  }
})

it("names the cookie so that a browser holds on to TLS, where there is TLS", () => {
  const secure = authConfig({ ...settings(), publicUrl: new URL("https://secrets.example.com") }, nobodysRequest())
  expect(secure.cookies?.sessionToken).toMatchObject({
    name: "__Host-strongroom-session",
    options: { httpOnly: true, secure: true, path: "/", sameSite: "lax" },
  })
})

it("brings in by an identity provider who was invited, and whoever is known after that", async () => {
  const stranger = aBrowser()
  expect(await signInAt(stranger, "carol")).toBe("http://strongroom.test/sign-in?refused=forbidden")
  expect(stranger.cookie("strongroom-session")).toBeUndefined()

  const { link } = await house.call("invite", owner, { scope: "acme.payments", role: "viewer" })
  const invited = aBrowser(undefined, link!.split("/").at(-1))
  expect(await signInAt(invited, "carol")).toBe("http://strongroom.test/s/acme")
  const known = aBrowser()
  await signInAt(known, "carol")
  const me = await connect(
    { socketPath: api.socketPath },
    { kind: "session", id: known.cookie("strongroom-session")! },
  ).describeMe({})
  expect(me).toMatchObject({
    name: "Carol",
    email: "carol@example.com",
    roles: [{ scope: "acme.payments", role: "viewer" }],
    session: { method: identityProvider.settings.issuer },
  })
})

it("refuses the answer to another browser's question", async () => {
  const callback = await callbackOf(aBrowser(), "dave")
  const other = aBrowser()
  await other.post("/api/auth/signin/test", {})
  const answer = await other.send(callback)
  expect(answer.headers.get("location")).toContain("/sign-in?error=")
  expect(other.cookie("strongroom-session")).toBeUndefined()
})

function settings() {
  return { publicUrl, authSecret: "x".repeat(32), oidcProviders: [identityProvider.settings] }
}

function nobodysRequest(clientAddress = "192.0.2.1", invitation?: string) {
  const place = { socketPath: api.socketPath }
  return {
    api: (credential: Parameters<typeof connect>[1]) => connect(place, credential, { clientAddress }),
    invitation,
  }
}

interface Browser {
  get(path: string): Promise<Response>
  /** Sends a form with next-auth's token against forged requests. */
  post(path: string, fields: Record<string, string>): Promise<Response>
  signIn(fields: Record<string, string>): Promise<Response>
  send(path: string, init?: RequestInit): Promise<Response>
  cookie(name: string): string | undefined
  setCookie(name: string, value: string): void
}

/** A browser's cookies, in front of next-auth with our settings. */
function aBrowser(address?: string, invitation?: string): Browser {
  const jar = new Map<string, string>()
  const config = { ...authConfig(settings(), nobodysRequest(address, invitation)), logger: quiet }
  const send = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ")
    const answer = await Auth(new Request(new URL(path, publicUrl), { ...init, headers: { cookie } }), config)
    keepCookies(jar, answer)
    return answer
  }
  const post = async (path: string, fields: Record<string, string>): Promise<Response> => {
    const { csrfToken } = (await (await send("/api/auth/csrf")).json()) as { csrfToken: string }
    const form = { callbackUrl: "http://strongroom.test/s/acme", ...fields, csrfToken }
    return send(path, { method: "POST", body: new URLSearchParams(form) })
  }
  return {
    get: (path) => send(path),
    post,
    signIn: (fields) => post("/api/auth/callback/credentials", fields),
    send,
    cookie: (name) => jar.get(name),
    setCookie: (name, value) => void jar.set(name, value),
  }
}

const quiet = { error: () => undefined, warn: () => undefined, debug: () => undefined }

function keepCookies(jar: Map<string, string>, answer: Response): void {
  for (const line of answer.headers.getSetCookie()) {
    const [, name, value, rest] = /^([^=]+)=([^;]*)(.*)$/.exec(line) ?? []
    if (name === undefined || value === undefined) continue
    if (value === "" || /max-age=0/i.test(rest ?? "")) jar.delete(name)
    else jar.set(name, value)
  }
}

/** Goes to the identity provider as `subject` and back. @returns where next-auth sends the browser at last */
async function signInAt(browser: Browser, subject: string): Promise<string> {
  return (await browser.send(await callbackOf(browser, subject))).headers.get("location") ?? ""
}

/** The address with which the identity provider sends the browser back. */
async function callbackOf(browser: Browser, subject: string): Promise<string> {
  const started = await browser.post("/api/auth/signin/test", {})
  const jar = new Map<string, string>()
  let next = started.headers.get("location")!
  for (let step = 0; step < 12; step += 1) {
    if (next.startsWith(publicUrl.origin)) return next
    const url = new URL(next, identityProvider.settings.issuer)
    const isQuestion = url.pathname.startsWith("/interaction/")
    const init: RequestInit = isQuestion ? { method: "POST", body: new URLSearchParams({ subject }) } : {}
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ")
    const answer = await fetch(url, { ...init, redirect: "manual", headers: { cookie } })
    keepCookies(jar, answer)
    next = answer.headers.get("location") ?? ""
  }
  throw new Error("The identity provider doesn't send the browser back.")
}
