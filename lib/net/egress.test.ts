import { once } from "node:events"
import http from "node:http"
import { afterEach, describe, expect, it, vi } from "vitest"
import { anAnswer, aRawServer, type RawServer, type Reply } from "../testing/raw-server.ts"
import { type Egress, type EgressRequest, openEgress } from "./egress.ts"
import { EgressError } from "./egress-error.ts"
import type { EgressAnswer } from "./exchange.ts"

const open: Egress[] = []
afterEach(async () => {
  vi.restoreAllMocks()
  await Promise.all(open.splice(0).map(async (egress) => egress.close()))
})

function anEgress(): Egress {
  const egress = openEgress({ allow: [], own: [], loopback: true }, async () => [{ address: "127.0.0.1", family: 4 }])
  open.push(egress)
  return egress
}

type Wishes = Partial<Omit<EgressRequest, "url">> & { path?: string }

function ask(server: RawServer, { path = "/v1/secret/data/a?version=1", ...wishes }: Wishes = {}): EgressRequest {
  const url = new URL(path, `http://vault.test:${server.port}`)
  return { method: "GET", url, headers: {}, timeoutMs: 5_000, maxResponseBytes: 1_000_000, ...wishes }
}

async function fetchFrom(reply: Reply | string, wishes: Wishes = {}): Promise<EgressAnswer> {
  await using server = await aRawServer(reply)
  return await anEgress().fetch(ask(server, wishes))
}

async function errorOf(promise: Promise<unknown>): Promise<EgressError> {
  const error: unknown = await promise.then(
    () => new Error("It was answered"),
    (it: unknown) => it,
  )
  if (error instanceof EgressError) return error
  throw error
}

describe("a request", () => {
  it("goes out as it was asked for, framed by us, and its answer comes back", async () => {
    await using server = await aRawServer(
      anAnswer("ünd", "HTTP/1.1 404 Not Here\r\nX-Vault-Index: 7\r\nx-vault-index: 8"),
    )
    const answer = await anEgress().fetch(
      ask(server, { method: "POST", headers: { "X-Vault-Token": "s.abc" }, body: Buffer.from('{"a":1}') }),
    )
    expect(answer.status).toBe(404)
    expect(answer.headers["x-vault-index"]).toBe("7, 8")
    expect(Buffer.from(answer.body).toString()).toBe("ünd")
    expect(answer.tls).toBeUndefined()
    expect(server.received().split("\r\n").toSorted()).toEqual(
      [
        "",
        "Connection: close",
        "POST /v1/secret/data/a?version=1 HTTP/1.1",
        "X-Vault-Token: s.abc",
        "accept-encoding: identity",
        "content-length: 7",
        `host: vault.test:${server.port}`,
        '{"a":1}',
      ].toSorted(),
    )
  })

  it.each(["GET", "HEAD", "LIST", "PUT", "PATCH", "DELETE"])("may be a %s", async (method) => {
    await using server = await aRawServer("HTTP/1.1 204 No Content\r\n\r\n")
    expect((await anEgress().fetch(ask(server, { method }))).status).toBe(204)
    expect(server.received().startsWith(`${method} /v1/`)).toBe(true)
  })

  it.each(["CONNECT", "TRACE", "get", "GET /x HTTP/1.1\r\nx:", ""])("may not be a %j", async (method) => {
    await using server = await aRawServer(anAnswer())
    expect(await errorOf(anEgress().fetch(ask(server, { method })))).toMatchObject({
      reason: "bad_request",
      sent: false,
    })
    expect(server.connections()).toBe(0)
  })

  it.each([
    ["x-vault-token", "abc\r\nx-evil: 1"],
    ["x-vault-token", "abc\n"],
    ["x-vault-token", "abc\0"],
    ["x-vault-token", "\u2028"],
    ["x-vault-token", "\u{1f600}"],
    ["x evil", "1"],
    ["x:evil", "1"],
    ["x-evil\r\nx-other", "1"],
    ["", "1"],
    ["é", "1"],
    ...["Host", "Content-Length", "transfer-encoding", "Connection", "Accept-Encoding", "Expect", "Upgrade", "TE"].map(
      (name) => [name, "1"],
    ),
    ["Proxy-Authorization", "Basic abc"],
  ] as [string, string][])("can't have the header %j with the value %j", async (name, value) => {
    await using server = await aRawServer(anAnswer())
    const error = await errorOf(anEgress().fetch(ask(server, { headers: { [name]: value } })))
    expect(error).toMatchObject({ reason: "bad_request", sent: false })
    expect(error.message).not.toContain("abc")
    expect(server.connections()).toBe(0)
  })

  it("has no way around its address: nothing of Node's proxies is asked", async () => {
    await using proxy = await aRawServer(anAnswer("from the proxy"))
    await using server = await aRawServer(anAnswer("from the server"))
    const there = `http://127.0.0.1:${proxy.port}`
    for (const name of ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]) {
      vi.stubEnv(name, there)
    }
    vi.stubEnv("NODE_USE_ENV_PROXY", "1")
    vi.stubEnv("NO_PROXY", "")
    const restore = http.setGlobalProxyFromEnv()
    try {
      // The bait works: what goes by Node's own way does reach the proxy.
      const [baited] = (await once(http.get(`http://127.0.0.1:${server.port}/bait`), "response")) as [
        http.IncomingMessage,
      ]
      expect(Buffer.concat(await baited.toArray()).toString()).toBe("from the proxy")
      const answer = await anEgress().fetch(ask(server))
      expect(Buffer.from(answer.body).toString()).toBe("from the server")
    } finally {
      restore()
      vi.unstubAllEnvs()
    }
    expect(proxy.received()).not.toContain("vault.test")
  })
})

describe("a redirect", () => {
  it.each([301, 302, 303, 307, 308, 300, 305])("of %s is an error, and nobody else hears of it", async (status) => {
    await using elsewhere = await aRawServer(anAnswer())
    const location = `http://127.0.0.1:${elsewhere.port}/v1/secret?token=canary`
    await using server = await aRawServer(
      anAnswer("canary", `HTTP/1.1 ${status} Elsewhere\r\nlocation: ${location}\r\nrefresh: 0;url=${location}`),
    )
    const error = await errorOf(anEgress().fetch(ask(server, { method: "PUT", headers: { "x-vault-token": "t" } })))
    expect(error).toMatchObject({
      reason: "redirect",
      sent: true,
      redirect: { status, host: `127.0.0.1:${elsewhere.port}` },
    })
    expect(error.message).not.toContain("canary")
    expect(elsewhere.connections()).toBe(0)
    expect(server.connections()).toBe(1)
  })

  it.each([
    ["//evil.example/x", "evil.example"],
    ["/v1/sys/health", "vault.test"],
    ["https://user:password@evil.example/", "evil.example"],
    ["javascript:alert(1)", undefined],
    ["http://[", undefined],
    ["", "vault.test"],
  ])("to %j names no more than the host", async (location, host) => {
    await using server = await aRawServer(anAnswer("", `HTTP/1.1 307 Elsewhere\r\nlocation: ${location}`))
    const { redirect } = await errorOf(anEgress().fetch(ask(server)))
    expect(redirect?.host?.replace(`:${server.port}`, "")).toBe(host)
  })

  it("is not what a 304 is", async () => {
    expect((await fetchFrom("HTTP/1.1 304 Not Modified\r\n\r\n")).status).toBe(304)
  })
})

describe("an answer", () => {
  const canary = "canary-of-the-server"

  it.each([
    ["isn't HTTP", `SSH-2.0-OpenSSH_9.9 ${canary}\r\n`],
    ["has a head of HTTP/0.9", `<html>${canary}</html>`],
    ["says its length twice", `HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n${canary}`],
    ["says length and chunks", `HTTP/1.1 200 OK\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
    ["has a bad length", `HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n${canary}`],
    ["has a folded header", `HTTP/1.1 200 OK\r\nx: a\r\n b\r\ncontent-length: 0\r\n\r\n`],
    ["has a header with a NUL", `HTTP/1.1 200 OK\r\nx: a\0b\r\ncontent-length: 0\r\n\r\n`],
    ["has a header without a name", `HTTP/1.1 200 OK\r\n: b\r\ncontent-length: 0\r\n\r\n`],
    ["is compressed", anAnswer(canary, "HTTP/1.1 200 OK\r\ncontent-encoding: gzip")],
    ["is coded on the way", `HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
    ["has a bad chunk", `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n${canary}\r\n0\r\n\r\n`],
    [
      "changes the protocol",
      `HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: tcp\r\n\r\n${canary}`,
    ],
    ["is of another HTTP", `HTTP/3.0 200 OK\r\ncontent-length: 0\r\n\r\n`],
  ])("that %s is refused", async (_, reply) => {
    const error = await errorOf(fetchFrom((socket) => socket.end(reply, "latin1")))
    expect(error).toMatchObject({ reason: "protocol", sent: true })
    expect(error.message).not.toContain(canary)
  })

  it.each([
    ["its length", `HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n${canary}`],
    ["its last chunk", `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n14\r\n${canary}\r\n`],
    ["having said where it ends", `HTTP/1.1 200 OK\r\n\r\n{"data":{}}`],
    ["having said where it ends, in HTTP/1.0", `HTTP/1.0 200 OK\r\n\r\n{"data":{}}`],
  ])("that ends before %s is cut short, and isn't taken for whole", async (_, reply) => {
    const error = await errorOf(fetchFrom((socket) => socket.end(reply)))
    expect(error).toMatchObject({ reason: "protocol", sent: true, message: expect.stringContaining("cut short") })
  })

  it("that is reset in its body is cut short", async () => {
    const error = await errorOf(
      fetchFrom((socket) => {
        socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nsome", () => socket.resetAndDestroy())
      }),
    )
    expect(["protocol", "reset"]).toContain(error.reason)
    expect(error.sent).toBe(true)
  })

  it("of HTTP/1.0 and one without a body are fine where they say their end", async () => {
    const old = await fetchFrom((socket) => socket.end(anAnswer("old", "HTTP/1.0 200 OK")))
    expect(Buffer.from(old.body).toString()).toBe("old")
    expect((await fetchFrom((socket) => socket.end("HTTP/1.1 200 OK\r\n\r\n"))).body).toHaveLength(0)
  })

  it("comes after a few interim ones, and not after many", async () => {
    const many = "HTTP/1.1 102 Processing\r\n\r\n".repeat(1_000)
    expect(await errorOf(fetchFrom(many + anAnswer("a")))).toMatchObject({ reason: "protocol", sent: true })
    const interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"
    expect((await fetchFrom(interim + anAnswer("a"))).status).toBe(200)
  })

  it("with a header called __proto__ leaves objects as they were", async () => {
    const { headers } = await fetchFrom(anAnswer("", "HTTP/1.1 200 OK\r\n__proto__: polluted\r\nconstructor: x"))
    expect(Object.getPrototypeOf(headers)).toBeNull()
    expect(Object.entries(headers)).toContainEqual(["__proto__", "polluted"])
    expect({}).not.toHaveProperty("polluted")
  })

  it.each([
    ["by its length", `HTTP/1.1 200 OK\r\ncontent-length: ${11 * 2 ** 20}\r\n\r\n`],
    ["by its chunks", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"],
    ["without an end", "HTTP/1.1 200 OK\r\n\r\n"],
  ])("of 11 MB %s is refused at the limit, and the rest isn't read", async (_, head) => {
    let written = 0
    let isOver = false
    const error = await errorOf(
      fetchFrom(
        (socket) => {
          socket.write(head)
          socket.on("close", () => {
            isOver = true
          })
          const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`
          const more = (): void => {
            while (!isOver && written < 11 * 2 ** 20) {
              written += chunk.length
              if (!socket.write(chunk)) return void socket.once("drain", more)
            }
          }
          more()
        },
        { maxResponseBytes: 2 ** 20 },
      ),
    )
    expect(error).toMatchObject({ reason: "too_large", sent: true })
    expect(written).toBeLessThan(11 * 2 ** 20)
  })

  it("of exactly the limit is taken, and one more byte isn't", async () => {
    const whole = await fetchFrom(anAnswer("x".repeat(1_000)), { maxResponseBytes: 1_000 })
    expect(whole.body).toHaveLength(1_000)
    expect(await errorOf(fetchFrom(anAnswer("x".repeat(1_001)), { maxResponseBytes: 1_000 }))).toMatchObject({
      reason: "too_large",
    })
    const head = await fetchFrom("HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n", {
      method: "HEAD",
      maxResponseBytes: 10,
    })
    expect(head.headers["content-length"]).toBe("9999")
  })

  it.each([
    ["100,000 headers", `x: ${canary}\r\n`.repeat(100_000)],
    ["300 short headers", "x: y\r\n".repeat(300)],
    ["one header of 1 MB", `x: ${"y".repeat(2 ** 20)}\r\n`],
  ])("with %s is refused", async (_, lines) => {
    const error = await errorOf(fetchFrom(`HTTP/1.1 200 OK\r\n${lines}content-length: 0\r\n\r\n`))
    expect(error).toMatchObject({ reason: "too_large", sent: true })
  })
})

describe("a connection", () => {
  it("that is refused sent nothing", async () => {
    const server = await aRawServer(anAnswer())
    await server[Symbol.asyncDispose]()
    expect(await errorOf(anEgress().fetch(ask(server)))).toMatchObject({
      reason: "refused",
      sent: false,
      code: "ECONNREFUSED",
    })
  })

  it.each([
    ["closed", (socket) => socket.end()],
    ["reset", (socket) => socket.resetAndDestroy()],
    ["reset in the head", (socket) => socket.write("HTTP/1.1 200", () => socket.resetAndDestroy())],
  ] as [string, Reply][])("that is %s after the request was sent says so", async (_, reply) => {
    await using server = await aRawServer(reply)
    const error = await errorOf(anEgress().fetch(ask(server, { method: "POST", body: Buffer.from("{}") })))
    expect(error).toMatchObject({ reason: "reset", sent: true })
    expect(server.received()).toContain("POST")
  })

  it("tries a name's next address where one refuses, and nothing where a name has none", async () => {
    await using server = await aRawServer(anAnswer())
    const several = [
      { address: "::1", family: 6 },
      { address: "127.0.0.1", family: 4 },
    ]
    const rules = { allow: [], own: [], loopback: true }
    expect((await openEgress(rules, async () => several).fetch(ask(server))).status).toBe(200)
    expect(await errorOf(openEgress(rules, async () => []).fetch(ask(server)))).toMatchObject({ reason: "dns" })
  })

  it("isn't opened for a name without an address", async () => {
    await using server = await aRawServer(anAnswer())
    const { fetch } = openEgress({ allow: [], own: [], loopback: true }, async () => {
      throw Object.assign(new Error("queryA ENOTFOUND with the name server's address"), { code: "ENOTFOUND" })
    })
    const error = await errorOf(fetch(ask(server)))
    expect(error).toMatchObject({ reason: "dns", sent: false, code: "ENOTFOUND" })
    expect(error.message).toContain('"vault.test" has no address')
  })
})

describe("the time for a request", () => {
  it.each([
    ["the answer doesn't begin", ""],
    ["its head stops", "HTTP/1.1 200 OK\r\nx-a: b"],
    ["its body doesn't end", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc"],
    ["its chunks don't end", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n"],
    ["only an interim answer comes", "HTTP/1.1 102 Processing\r\n\r\n"],
  ])("is over also where %s", async (_, reply) => {
    await using server = await aRawServer((socket) => reply !== "" && socket.write(reply))
    const error = await errorOf(anEgress().fetch(ask(server, { timeoutMs: 300 })))
    expect(error.reason).toBe("timeout")
    expect(error.sent || server.received() === "").toBe(true)
  })

  it("is over also where the name isn't resolved", async () => {
    await using server = await aRawServer(anAnswer())
    const { fetch } = openEgress({ allow: [], own: [], loopback: true }, async () => new Promise(() => undefined))
    expect(await errorOf(fetch(ask(server, { timeoutMs: 50 })))).toMatchObject({ reason: "timeout", sent: false })
  })

  it("ends a body that trickles, and the connection with it", async () => {
    const { promise: closed, resolve: close } = Promise.withResolvers<string>()
    await using server = await aRawServer((socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
      const drip = setInterval(() => socket.write("x"), 10)
      socket.on("close", () => {
        clearInterval(drip)
        close("closed")
      })
    })
    expect(await errorOf(anEgress().fetch(ask(server, { timeoutMs: 200 })))).toMatchObject({ reason: "timeout" })
    expect(await closed).toBe("closed")
  })

  it("ends when the caller calls off, before or while it is under way", async () => {
    const control = new AbortController()
    await using server = await aRawServer(() => control.abort())
    const { fetch } = anEgress()
    const underWay = await errorOf(fetch(ask(server, { signal: control.signal })))
    expect(underWay).toMatchObject({ reason: "aborted", sent: true })
    const before = await errorOf(fetch(ask(server, { signal: control.signal })))
    expect(before).toMatchObject({ reason: "aborted", sent: false })
    expect(server.connections()).toBe(1)
  })

  it("ends when everything is closed", async () => {
    const egress = anEgress()
    await using server = await aRawServer(() => void egress.close())
    expect(await errorOf(egress.fetch(ask(server)))).toMatchObject({ reason: "aborted", sent: true })
    expect(await errorOf(egress.fetch(ask(server)))).toMatchObject({ reason: "aborted", sent: false })
    expect(await errorOf(egress.check(new URL("http://vault.test/")))).toMatchObject({ reason: "aborted" })
  })
})

describe("an error", () => {
  it("holds neither headers nor body of the request or the answer, however it is printed", async () => {
    const { inspect } = await import("node:util")
    const canary = "s.canary-token"
    const failures: Reply[] = [
      (socket) => socket.resetAndDestroy(),
      (socket) => socket.end(`${canary}\r\n`),
      (socket) => socket.end(`HTTP/1.1 200 OK\r\nx-${canary}: ${canary}\r\ncontent-length: 100\r\n\r\n${canary}`),
      (socket) => socket.end(`HTTP/1.1 302 ${canary}\r\nlocation: http://x/${canary}\r\n\r\n`),
    ]
    for (const reply of failures) {
      const body = Buffer.from(canary)
      const error = await errorOf(fetchFrom(reply, { method: "PUT", headers: { "x-vault-token": canary }, body }))
      const printed = [inspect(error, { depth: 10, showHidden: true }), JSON.stringify(error), String(error.cause)]
      expect(printed.join()).not.toContain(canary)
    }
  })
})
