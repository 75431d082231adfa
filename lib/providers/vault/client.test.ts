import { inspect } from "node:util"
import { afterEach, describe, expect, it, vi } from "vitest"
import { Secret } from "../../secret.ts"
import { anAnswer, aRawServer, type RawServer } from "../../testing/raw-server.ts"
import { remoteHost } from "../../testing/remote-host.ts"
import type { GuardedFetch, GuardedRequest } from "../provider.ts"
import { openClient, type VaultCall, type VaultClient } from "./client.ts"
import { settingsOf, type VaultSettings } from "./settings.ts"

const canary = "canary-d41d8cd98f00b204"
const token = Secret.fromText(`s.${canary}-token`)
const lookup: VaultCall = { method: "GET", path: ["auth", "token", "lookup-self"], token }

function clientAt({ port }: Pick<RawServer, "port">, settings: Partial<VaultSettings> = {}): VaultClient {
  const all = settingsOf("vault").parse({ address: `http://127.0.0.1:${port}`, mount: "kv", ...settings })
  return openClient(all, remoteHost({}))
}

/** A client whose requests are looked at instead of sent. */
function watched(answer: Partial<Awaited<ReturnType<GuardedFetch>>> = {}): {
  client: VaultClient
  sent: GuardedRequest[]
} {
  const sent: GuardedRequest[] = []
  const headers = { "content-type": "application/json" }
  const fetch: GuardedFetch = async (request) => {
    sent.push(request)
    return { status: 200, headers, body: Buffer.from("{}"), ...answer }
  }
  const settings = settingsOf("vault").parse({
    address: "https://vault.example:8200",
    mount: "kv",
    namespace: "admin/a",
  })
  return { client: openClient(settings, { fetch }), sent }
}

function json(value: unknown, head = "HTTP/1.1 200 OK"): string {
  return anAnswer(JSON.stringify(value), `${head}\r\nContent-Type: application/json`)
}

describe("a request to Vault", () => {
  afterEach(() => vi.unstubAllEnvs())

  it("has what it was given, and nothing of the environment's", async () => {
    for (const [name, value] of Object.entries({
      VAULT_TOKEN: `${canary}-ambient`,
      VAULT_ADDR: "http://127.0.0.1:1",
      VAULT_NAMESPACE: `${canary}-namespace`,
      VAULT_PREFIX: `/${canary}`,
      VAULT_SKIP_VERIFY: "1",
      HTTP_PROXY: "http://127.0.0.1:1",
      http_proxy: "http://127.0.0.1:1",
      HTTPS_PROXY: "http://127.0.0.1:1",
      DEBUG: "node-vault",
    })) {
      vi.stubEnv(name, value)
    }
    await using server = await aRawServer(json({ data: {} }))
    const client = clientAt(server)
    await client.call({ method: "GET", path: ["sys", "health"], token: null, namespace: false })
    expect(server.received()).toMatch(/^GET \/v1\/sys\/health HTTP/)
    expect(server.received()).not.toContain(canary)
    expect(server.received().toLowerCase()).not.toContain("x-vault-token")
    await client.call(lookup)
    expect(server.received()).toContain(`${canary}-token`)
    expect(server.received()).not.toContain("ambient")
  })

  it("says its namespace, except to what is outside of namespaces, and that it is meant for Vault", async () => {
    const { client, sent } = watched()
    await client.call(lookup)
    await client.call({ ...lookup, token: null, namespace: false })
    expect(sent[0]?.headers).toMatchObject({ "X-Vault-Namespace": "admin/a", "X-Vault-Request": "true" })
    expect(Object.keys(sent[1]?.headers ?? {})).toEqual(["accept", "X-Vault-Request"])
  })

  it("sends the token of each call, and no other call's", async () => {
    const { client, sent } = watched()
    const tokens = ["one", "two", "three"]
    await Promise.all(tokens.map((text) => client.call({ ...lookup, token: Secret.fromText(text) })))
    await client.call({ ...lookup, token: null })
    expect(sent.map(({ headers }) => headers["X-Vault-Token"])).toEqual([...tokens, undefined])
  })

  it("keeps methods, queries, bodies and their type as they were meant", async () => {
    const { client, sent } = watched()
    const body = { data: { value: "a&#x2F;b {{mustache}} ü" } }
    const contentType = "application/merge-patch+json"
    await client.call({ method: "PATCH", path: ["kv", "data", "a b"], body, contentType, token })
    await client.call({ method: "GET", path: ["kv", "metadata"], query: { list: "true", after: "a&b=c#d" }, token })
    expect(sent[0]).toMatchObject({ method: "PATCH", headers: { "content-type": contentType } })
    expect(sent[0]?.url.href).toBe("https://vault.example:8200/v1/kv/data/a%20b")
    expect(JSON.parse(Buffer.from(sent[0]?.body ?? []).toString())).toEqual(body)
    expect(sent[1]?.url.search).toBe("?list=true&after=a%26b%3Dc%23d")
    expect(sent[1]?.body).toBeUndefined()
  })

  it("isn't held up five times by a server that takes long to say that it can't yet", async () => {
    let time = 0
    const clock = vi.spyOn(performance, "now").mockImplementation(() => (time += 4_000))
    const { client, sent } = watched({ status: 412 })
    expect((await client.call(lookup)).status).toBe(412)
    expect(sent).toHaveLength(1)
    clock.mockRestore()
  })

  it("doesn't send a token with a line break in it", async () => {
    const { client, sent } = watched()
    const call = client.call({ ...lookup, token: Secret.fromText("s.abc\r\nx-other: 1") })
    await expect(call).rejects.toMatchObject({ class: "unauthenticated" })
    expect(sent).toEqual([])
  })

  it("echoes the state of its last write, so that a server which lags behind asks the active one", async () => {
    const { client, sent } = watched({ headers: { "content-type": "application/json", "x-vault-index": "djE6YWJj" } })
    await client.call(lookup)
    await client.call(lookup)
    expect(sent.map(({ headers }) => headers["X-Vault-Index"])).toEqual([undefined, "djE6YWJj"])
    expect(sent[1]?.headers).toMatchObject({ "X-Vault-Inconsistent": "forward-active-node" })
  })
})

describe("a path at Vault", () => {
  const nasty = [
    ...["..", ".", "", "a..b", "a.", "a/b", "/", "a\\b", "a#b", "a?b", "%2F", "%2e%2e", "a%", "a\0b", "a\r\nb", "a\tb"],
    ...["\u202Eabc", "\u200B", " a", "a ", "\u2028", "\uD800", "x".repeat(513), "..;", "..%c0%af"],
  ]
  const plain = [
    "DB_PASSWORD",
    "acme.payments.prod",
    ".env",
    "-p",
    "a;b",
    "a b",
    "a+b",
    "a*b",
    "[x](y)",
    "a&b='\"",
    "é",
    "e\u0301",
    "🔑",
    "{{x}}",
    "~",
    "x".repeat(512),
  ]

  it("is never one of those that mean something else", async () => {
    const { client, sent } = watched()
    for (const segment of nasty) {
      for (const path of [["kv", "data", segment], ["kv", segment, "x"], [segment]]) {
        await expect(client.call({ ...lookup, path })).rejects.toMatchObject({
          name: "ProviderError",
          class: "invalid",
        })
      }
    }
    expect(sent).toEqual([])
  })

  it("arrives as the very segments that were meant", async () => {
    const { client, sent } = watched()
    for (const segment of plain) await client.call({ ...lookup, path: ["kv", "data", segment, "x"] })
    const arrived = sent.map(({ url }) => url.pathname.split("/").map(decodeURIComponent))
    expect(arrived).toEqual(plain.map((segment) => ["", "v1", "kv", "data", segment, "x"]))
  })

  it("is refused, or arrives as it was meant, whatever it is made of", async () => {
    const { client, sent } = watched()
    const letters = Array.from("aZ0._-~ /\\#?%&;+*'\"{}\u0000\u001F\u202E\uD800é🔑").concat(["..", "%2F", "%2e", "//"])
    const pick = (): string => letters[Math.floor(Math.random() * letters.length)] ?? ""
    for (let each = 0; each < 3000; each++) {
      const path = [
        "kv",
        ...Array.from({ length: 2 }, () => Array.from({ length: 1 + Math.floor(Math.random() * 5) }, pick).join("")),
      ]
      const outcome = await client.call({ ...lookup, path }).catch((error: unknown) => error)
      if (outcome instanceof Error) expect(outcome).toMatchObject({ class: "invalid" })
      else expect(sent.at(-1)?.url.pathname.split("/").slice(2).map(decodeURIComponent)).toEqual(path)
    }
    for (const { url } of sent) {
      expect(url.href).toMatch(/^https:\/\/vault\.example:8200\/v1\/kv\/[^#?]+$/)
      expect(decodeURIComponent(url.pathname)).not.toMatch(/\.\.|[#?\\\0]|\/\//)
      expect(url.pathname.toUpperCase()).not.toContain("%2F")
    }
  })
})

describe("an answer of Vault", () => {
  it("is told with its status, headers and body", async () => {
    await using server = await aRawServer(json({ errors: ["x"] }, "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7"))
    const answer = await clientAt(server).call(lookup)
    expect(answer).toMatchObject({
      status: 429,
      headers: { "retry-after": "7" },
      body: { errors: ["x"] },
      certificate: null,
    })
    expect(answer.latencyMs).toBeGreaterThan(0)
  })

  it("keeps numbers that JavaScript would change", async () => {
    await using server = await aRawServer(
      anAnswer('{"n":12345678901234567890,"d":1.0,"i":7}', "HTTP/1.1 200 OK\r\nContent-Type: application/json"),
    )
    const { body } = await clientAt(server).call(lookup)
    expect(body).toMatchObject({ i: 7 })
    expect(JSON.stringify(body)).toBe('{"n":12345678901234567890,"d":1.0,"i":7}')
  })

  const pages = [
    ["a page", anAnswer(`<html>${canary}</html>`, "HTTP/1.1 200 OK\r\nContent-Type: text/html")],
    ["broken JSON", anAnswer(`{"data": "${canary}`, "HTTP/1.1 200 OK\r\nContent-Type: application/json")],
    [
      "JSON that says that it is text",
      anAnswer(`{"data": "${canary}"}`, "HTTP/1.1 200 OK\r\nContent-Type: text/plain"),
    ],
    [
      "bytes that aren't UTF-8",
      `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{"data": "\xFF"}`,
    ],
    ["endless nesting", anAnswer("[".repeat(500_000), "HTTP/1.1 200 OK\r\nContent-Type: application/json")],
  ] as const
  it.each(pages)("isn't %s: that is unavailable, and isn't quoted", async (_, page) => {
    await using server = await aRawServer((socket) => socket.write(page, "latin1"))
    const error: unknown = await clientAt(server)
      .call(lookup)
      .catch((reason: unknown) => reason)
    expect(error).toMatchObject({ name: "ProviderError", class: "unavailable" })
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(canary)
  })

  it("that is a proxy's page with a failure's status counts by its status", async () => {
    await using server = await aRawServer(anAnswer("<html>", "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html"))
    expect(await clientAt(server).call(lookup)).toMatchObject({ status: 502, body: undefined })
  })

  it("that leads elsewhere is followed by nobody, and the token stays here", async () => {
    await using elsewhere = await aRawServer(json({ data: {} }))
    const location = `Location: http://127.0.0.1:${elsewhere.port}/v1/auth/token/lookup-self`
    for (const status of [301, 302, 303, 307, 308]) {
      await using server = await aRawServer(anAnswer("", `HTTP/1.1 ${status} Elsewhere\r\n${location}`))
      await expect(clientAt(server).call(lookup)).rejects.toMatchObject({ fault: "redirect" })
    }
    expect(elsewhere.connections()).toBe(0)
  })

  it("of more than a mebibyte isn't read", async () => {
    await using server = await aRawServer(json({ data: "x".repeat(1024 * 1024) }))
    await expect(clientAt(server).call(lookup)).rejects.toMatchObject({ fault: "too_large" })
  })

  it("that doesn't come has neither token nor body in its error", async () => {
    await using server = await aRawServer((socket) => socket.destroy())
    const call: VaultCall = { method: "POST", path: ["kv", "data", "x"], body: { data: { value: canary } }, token }
    const error: unknown = await clientAt(server)
      .call(call)
      .catch((reason: unknown) => reason)
    expect(error).toMatchObject({ name: "ConnectionError", fault: "reset", wasSent: true })
    const told = [String(error), JSON.stringify(error), inspect(error, { depth: 9, showHidden: true })].join()
    expect(told).not.toContain(canary)
    expect(error).not.toHaveProperty("cause")
  })

  it("isn't waited for once the client is closed", async () => {
    await using server = await aRawServer(() => undefined)
    const client = clientAt(server)
    const call = client.call(lookup)
    client.close()
    await expect(call).rejects.toMatchObject({ fault: "aborted" })
    await expect(client.call(lookup)).rejects.toMatchObject({ fault: "aborted" })
  })
})
