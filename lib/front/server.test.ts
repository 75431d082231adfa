import { randomBytes } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import { ambiguousRequests, otherSpellings } from "../testing/ambiguous-requests.ts"
import { parsed, publicUrl, runningFront } from "../testing/running-front.ts"

const host = `Host: ${publicUrl.host}\r\n`
const origin = `Origin: ${publicUrl.origin}\r\n`

it("gives /api/v1, /health and /metrics to the API and everything else to the console", async () => {
  await using front = await runningFront()
  for (const path of ["/api/v1", "/api/v1/me?x=1", "/health/live", "/metrics"]) await front.ask(`GET ${path}`)
  for (const path of [
    "/",
    "/api/v1x",
    "/api/v2/me",
    "/api/auth/session",
    "/healthy",
    "/s/acme.payments/vaults/default",
  ]) {
    await front.ask(`GET ${path}`)
  }
  expect(front.seenByApi).toEqual(["/api/v1", "/api/v1/me?x=1", "/health/live", "/metrics"])
  expect(front.seenByConsole.map(({ url }) => url)).toEqual([
    "/",
    "/api/v1x",
    "/api/v2/me",
    "/api/auth/session",
    "/healthy",
    "/s/acme.payments/vaults/default",
  ])
})

it.each(Object.entries(ambiguousRequests(publicUrl)))(
  "refuses %s with one 400 and ends the connection, and nobody behind sees it",
  async (_name, text) => {
    await using front = await runningFront()
    const answer = await front.send(text)
    expect(answer).toMatch(/\r\nconnection: close\r\n/i)
    expect(answer.match(/HTTP\/1\.1 \d{3}/g)).toEqual(["HTTP/1.1 400"])
    expect(front.seenByConsole).toEqual([])
    expect(front.seenByApi).toEqual([])
  },
)

it("answers an ambiguous request at most once when another is hidden in its body", async () => {
  await using front = await runningFront()
  const hidden = `GET /hidden HTTP/1.1\r\n${host}\r\n`
  const answer = await front.send(
    `POST /login HTTP/1.1\r\n${host}Origin: ${publicUrl.origin}\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
  )
  expect(answer.match(/HTTP\/1\.1 \d{3}/g)).toEqual(["HTTP/1.1 400"])
  expect(front.seenByConsole).toEqual([])
})

it("answers once when a request was refused before the rest of it turned out to be malformed", async () => {
  await using front = await runningFront()
  const answer = await front.send(
    `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\nGET /hidden HTTP/1.1\r\n${host}\r\n`,
  )
  expect(answer.match(/HTTP\/1\.1 \d{3}/g)).toEqual(["HTTP/1.1 403"])
  expect(front.seenByConsole).toEqual([])
})

it("drops the connection without an answer when a malformed request stands behind an unanswered one", async () => {
  await using front = await runningFront({}, () => undefined)
  expect(await front.send(`GET /slow HTTP/1.1\r\n${host}\r\nGET / HTTP/1.1\r\nbroken\r\n\r\n`)).toBe("")
})

it("frames a chunked body anew, without its extensions and trailers", async () => {
  await using front = await runningFront()
  const head = `POST /x HTTP/1.1\r\n${host}Origin: ${publicUrl.origin}\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\nConnection: close\r\n\r\n`
  await front.send(`${head}3;a=b\r\nabc\r\n0\r\nX-T: 1\r\n\r\n`)
  expect(front.seenByConsole[0]?.body).toBe("abc")
  expect(front.seenByConsole[0]?.headers).not.toHaveProperty("x-t")
  expect(front.seenByConsole[0]?.headers).not.toHaveProperty("trailer")
})

const hidden = `GET /hidden HTTP/1.1\r\n${host}X-Forwarded-For: 6.6.6.6\r\n\r\n`
const chunked = `Transfer-Encoding: chunked\r\n\r\n${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`
const sized = `Content-Length: ${hidden.length}\r\n\r\n${hidden}`

it.each(["DELETE", "PATCH", "POST", "PUT"])(
  "keeps the body of a %s a body on the way to the console",
  async (method) => {
    const framings = [
      `Connection: close\r\n${chunked}`,
      `Connection: close\r\n${sized}`,
      `Connection: close, content-length\r\n${sized}`,
      `Connection: close, transfer-encoding\r\n${chunked}`,
    ]
    for (const framed of framings) {
      await using front = await runningFront()
      await front.send(`${method} /x HTTP/1.1\r\n${host}${origin}${framed}`)
      expect(front.seenByConsole.map(({ url, body }) => ({ url, body }))).toEqual([{ url: "/x", body: hidden }])
    }
  },
)

it.each(otherSpellings)("refuses %s, whatever it would mean to whoever is next", async (target) => {
  await using front = await runningFront()
  const { status, headers } = await front.ask(`GET ${target}`, { Accept: "application/json" })
  expect(status).toBe(400)
  expect(headers["content-type"]).toContain("json")
  expect([front.seenByApi, front.seenByConsole]).toEqual([[], []])
})

it("refuses queries in which Next would look for a route's parameters", async () => {
  await using front = await runningFront()
  for (const query of ["nxtPscope=acme", "a=b&nxtIx=1", "%6extPscope=acme", "__nextLocale=de"]) {
    expect((await front.ask(`GET /s?${query}`)).status, query).toBe(400)
  }
  expect(front.seenByConsole).toEqual([])
})

it("answers 421 to any host but PUBLIC_URL's", async () => {
  await using front = await runningFront()
  const others = ["169.254.169.254", "127.0.0.1", "localhost", "evil.test", "strongroom.test.", "strongroom.test:81"]
  for (const Host of [...others, "x@strongroom.test", ""]) {
    const { status, headers } = await front.ask("GET /", { Host })
    expect(status, Host).toBe(421)
    expect(headers["x-frame-options"]).toBe("DENY")
  }
  for (const Host of ["strongroom.test", "STRONGROOM.test", "strongroom.test:80"]) {
    expect((await front.ask("GET /", { Host })).status, Host).toBe(200)
  }
  expect(front.seenByConsole).toHaveLength(3)
})

it("lets a probe call it by an address, but no page by a name that was pointed at it", async () => {
  await using front = await runningFront()
  for (const Host of ["10.1.2.3:3000", "[::1]:3000", "localhost:3000", "127.0.0.1"]) {
    expect((await front.ask("GET /health/live", { Host })).status, Host).toBe(200)
  }
  expect((await front.ask("GET /metrics", { Host: "rebound.evil.test" })).status).toBe(421)
  expect((await front.ask("GET /api/v1/me", { Host: "127.0.0.1" })).status).toBe(421)
})

const origins = [
  undefined,
  "null",
  "https://evil.test",
  "https://strongroom.test",
  "http://sub.strongroom.test",
  "http://strongroom.test:81",
  "HTTP://STRONGROOM.TEST",
  "http://strongroom.test.",
  "http://strongroom.test/",
  "http://strongroom.test, http://evil.test",
]
const types = ["multipart/form-data; boundary=x", "text/plain", "application/x-www-form-urlencoded"]

it.each(origins)("lets no change through to the console from the origin %s", async (origin) => {
  await using front = await runningFront()
  for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
    for (const site of [undefined, "none", "same-site", "cross-site", "same-origin"]) {
      const headers: Record<string, string> = { "Content-Type": types[method.length % 3] ?? "", "Next-Action": "abc" }
      if (origin !== undefined) headers.Origin = origin
      if (site !== undefined) headers["Sec-Fetch-Site"] = site
      expect((await front.ask(`${method} /s/acme`, headers, "a=b")).status).toBe(403)
    }
  }
  expect(front.seenByConsole).toEqual([])
})

it("lets a change of our own page through to the console, and none that another site began", async () => {
  await using front = await runningFront()
  const Origin = publicUrl.origin
  expect((await front.ask("POST /s/acme", { Origin }, "a=b")).status).toBe(200)
  expect((await front.ask("POST /s/acme", { Origin, "Sec-Fetch-Site": "same-origin" }, "a=b")).status).toBe(200)
  for (const site of ["none", "same-site", "cross-site"]) {
    expect((await front.ask("POST /s/acme", { Origin, "Sec-Fetch-Site": site }, "a=b")).status).toBe(403)
  }
  expect(front.seenByConsole.map(({ body }) => body)).toEqual(["a=b", "a=b"])
})

it("lets a program change things by the API, but nothing that looks like another site's page or rests on a cookie", async () => {
  await using front = await runningFront()
  const change = async (headers: Record<string, string>): Promise<number> =>
    (await front.ask("POST /api/v1/scopes", { Authorization: "Bearer x", ...headers }, "{}")).status
  expect(await change({})).toBe(200)
  expect(await change({ Origin: publicUrl.origin })).toBe(200)
  expect(await change({ Origin: publicUrl.origin, "Sec-Fetch-Site": "same-origin" })).toBe(200)
  expect(await change({ Origin: "https://evil.test" })).toBe(403)
  expect(await change({ "Sec-Fetch-Site": "cross-site" })).toBe(403)
  expect(await change({ "Sec-Fetch-Site": "none" })).toBe(403)
  expect(await change({ Cookie: "strongroom-session=x" })).toBe(403)
  expect(await change({ Cookie: "strongroom-session=x", Origin: publicUrl.origin })).toBe(403)
})

it("tells the console who asks, and believes no client about itself", async () => {
  await using front = await runningFront()
  await front.ask("GET /", {
    Accept: "text/html",
    Cookie: "a=b",
    Authorization: "Bearer srm_sat_x",
    Forwarded: "for=1.1.1.1",
    "X-Forwarded-For": "1.1.1.1",
    "X-Forwarded-Host": "evil.test",
    "X-Forwarded-Proto": "https",
    "X-Forwarded": "x",
    "X-Forwarded-Port": "1",
    "X-Real-IP": "1.1.1.1",
    "X-Middleware-Subrequest": "proxy:proxy:proxy",
    "x-middleware-override-headers": "cookie",
    "x-middleware-request-cookie": "x",
    "X-Nonce": "stolen",
    "Content-Security-Policy": "script-src *",
    "Content-Security-Policy-Report-Only": "script-src *",
    "X-Invoke-Path": "/admin",
    "X-Nextjs-Data": "1",
    "x-next-resume-state-length": "1",
    "next-resume": "1",
    "X-Matched-Path": "/admin",
    "X-Now-Route-Matches": "1",
    "X-HTTP-Method-Override": "DELETE",
    "X-Original-URL": "/admin",
    "Strongroom-Client-Address": "1.1.1.1",
    "X-Secret-Hop": "1",
    Connection: "close, X-Secret-Hop",
    TE: "trailers",
    RSC: "1",
    ["__proto__"]: "x",
  })
  const { "x-request-id": requestId, ...headers } = front.seenByConsole[0]?.headers ?? {}
  expect(requestId).toMatch(/^[0-9a-f-]{36}$/)
  expect(headers).toEqual({
    accept: "text/html",
    connection: "keep-alive",
    cookie: "a=b",
    host: "strongroom.test",
    rsc: "1",
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-host": "strongroom.test",
    "x-forwarded-proto": "http",
  })
})

it("passes on a header called __proto__ without harm", async () => {
  await using front = await runningFront()
  const answer = await front.send(`GET / HTTP/1.1\r\n${host}__proto__: x\r\n__proto__: y\r\nConnection: close\r\n\r\n`)
  expect(parsed(answer).status).toBe(200)
})

const baseline = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "x-frame-options": "DENY",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
}

it("puts the baseline headers on every answer, errors and assets included", async () => {
  await using front = await runningFront({}, (request, response) => {
    const own: Record<string, string> = { "x-frame-options": "SAMEORIGIN", "X-Powered-By": "Next.js" }
    if (request.url === "/page") own["content-security-policy"] = "default-src 'self'"
    response.writeHead(request.url === "/missing" ? 404 : 200, { ...own, "cache-control": "public, max-age=31536000" })
    response.end()
  })
  const answers = {
    page: await front.ask("GET /page"),
    missing: await front.ask("GET /missing"),
    asset: await front.ask("GET /_next/static/chunk.js"),
    api: await front.ask("GET /api/v1/me"),
    refused: await front.ask("GET //"),
    misdirected: await front.ask("GET /", { Host: "evil.test" }),
    noHost: parsed(await front.send("GET / HTTP/1.1\r\n\r\n")),
    malformed: parsed(await front.send("NONSENSE\r\n\r\n")),
    expectation: await front.ask("GET /", { Expect: "miracles" }),
    tooLong: await front.ask("GET /", { "X-Long": "x".repeat(20_000) }),
  }
  for (const [name, { headers }] of Object.entries(answers)) {
    expect(headers, name).toMatchObject(baseline)
    const caching = name === "asset" ? "public, max-age=31536000" : "private, no-store"
    expect(headers["cache-control"], name).toBe(caching)
    if (name === "page") expect(headers["content-security-policy"]).toBe("default-src 'self'")
    else expect(headers["content-security-policy"], name).toContain("frame-ancestors 'none'")
    expect(headers, name).not.toHaveProperty("x-powered-by")
    expect(headers, name).not.toHaveProperty("strict-transport-security")
  }
  expect([answers.tooLong.status, answers.malformed.status, answers.expectation.status]).toEqual([413, 400, 417])
})

it("asks browsers to stay on https where PUBLIC_URL is", async () => {
  await using front = await runningFront({ publicUrl: new URL("https://strongroom.test") })
  expect((await front.ask("GET /")).headers["strict-transport-security"]).toBe("max-age=31536000")
  expect(front.seenByConsole[0]?.headers).toMatchObject({ "x-forwarded-proto": "https" })
})

it("gives every request an id: the client's own where it has a safe form", async () => {
  await using front = await runningFront()
  const id = async (given: string): Promise<string | undefined> =>
    (await front.ask("GET /api/v1/me", { "X-Request-Id": given })).headers["x-request-id"]
  expect(await id("build-4711_a")).toBe("build-4711_a")
  for (const unsafe of ["short", "a".repeat(65), "a b c d e f", "x<script>x", "a".repeat(8) + "\xe2\x80\xa8"]) {
    expect(await id(unsafe)).toMatch(/^[0-9a-f-]{36}$/)
  }
  expect((await front.ask("GET /", { "X-Request-Id": "\x1b[31mred-red" })).status).toBe(400)
})

it("believes X-Forwarded-For from a trusted proxy only, up to the first address that isn't one", async () => {
  const addressSeen = async (trustedProxies: string[], given: string): Promise<unknown> => {
    await using front = await runningFront({ trustedProxies })
    return JSON.parse((await front.ask("GET /api/v1/me", { "X-Forwarded-For": given })).body)
  }
  expect(await addressSeen([], "203.0.113.9")).toMatchObject({ address: "127.0.0.1" })
  expect(await addressSeen(["10.0.0.0/8"], "203.0.113.9")).toMatchObject({ address: "127.0.0.1" })
  expect(await addressSeen(["127.0.0.0/8"], "6.6.6.6, 203.0.113.9")).toMatchObject({ address: "203.0.113.9" })
  expect(await addressSeen(["127.0.0.1", "10.0.0.0/8"], "6.6.6.6, 203.0.113.9, 10.0.0.2")).toMatchObject({
    address: "203.0.113.9",
  })
  expect(await addressSeen(["127.0.0.1"], "<script>")).toMatchObject({ address: "127.0.0.1" })
  expect(await addressSeen(["127.0.0.1"], "2001:db8::1")).toMatchObject({ address: "2001:db8::1" })
})

it("streams the console's answer as it comes", async () => {
  let finish = (): void => undefined
  await using front = await runningFront({}, (_request, response) => {
    response.write("first part")
    finish = () => response.end("second part")
  })
  const { request } = await import("node:http")
  const answer = await new Promise<string[]>((resolve) => {
    const parts: string[] = []
    request({ port: front.port, headers: { host: publicUrl.host } }, (response) => {
      response.on("data", (chunk: Buffer) => {
        parts.push(chunk.toString())
        finish()
      })
      response.on("end", () => {
        resolve(parts)
      })
    }).end()
  })
  expect(answer).toEqual(["first part", "second part"])
})

it("cuts an answer off that the console did not finish", async () => {
  await using front = await runningFront({}, (_request, response) => {
    response.writeHead(200, { "content-length": "100" })
    response.write("only a part", () => response.destroy())
  })
  const { status, body } = await front.ask("GET /")
  expect([status, body]).toEqual([200, "only a part"])
})

it("passes on what the console says to a body that it doesn't read, however much of it is still to come", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hasty-"))
  const hasty = createServer((_request, response) =>
    response.writeHead(409, { "content-length": 19 }).end("that action is gone"),
  )
  const socketPath = join(folder, "console.sock")
  await new Promise<void>((resolve) => hasty.listen(socketPath, resolve))
  try {
    await using front = await runningFront({ console: { socketPath } })
    for (let turn = 0; turn < 30; turn++) {
      const answer = await front.ask("POST /s/acme", { Origin: publicUrl.origin }, "x".repeat(500 * 1024))
      expect([answer.status, answer.body]).toEqual([409, "that action is gone"])
    }
  } finally {
    hasty.close()
    await rm(folder, { recursive: true })
  }
})

it("answers 503 with a page that comes back by itself while the console is away", async () => {
  await using front = await runningFront()
  await front.stopConsole()
  const page = await front.ask("GET /", { Accept: "text/html" })
  expect(page).toMatchObject({ status: 503, headers: { "retry-after": "2", "cache-control": "private, no-store" } })
  expect(page.body).toContain('http-equiv="refresh"')
  expect(page.headers["content-security-policy"]).toContain("style-src 'sha256-")
  const program = await front.ask("POST /s/acme", { Origin: publicUrl.origin }, "a=b")
  expect(JSON.parse(program.body)).toMatchObject({ error: { code: "unavailable" } })
  expect(front.reports).toHaveLength(2)
})

it("answers 504 when the console takes too long", async () => {
  await using front = await runningFront({ limits: { consolePatience: 30 } }, () => undefined)
  expect((await front.ask("GET /")).status).toBe(504)
})

it("refuses a body that is too large, whether it says so or not", async () => {
  await using front = await runningFront({ limits: { consoleBody: 1024 } })
  const Origin = publicUrl.origin
  expect((await front.ask("POST /", { Origin }, "x".repeat(1024))).status).toBe(200)
  expect((await front.ask("POST /", { Origin }, "x".repeat(1025))).status).toBe(413)
  const chunk = "x".repeat(0x400)
  const text = `POST / HTTP/1.1\r\n${host}Origin: ${Origin}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n${`400\r\n${chunk}\r\n`.repeat(3)}0\r\n\r\n`
  expect(parsed(await front.send(text)).status).toBe(413)
  expect(front.seenByConsole).toHaveLength(1)
})

it("gives up on a head or a body that arrives too slowly", async () => {
  const limits = { headersTimeout: 40, requestTimeout: 60, checkEvery: 20 }
  await using front = await runningFront({ limits })
  expect(parsed(await front.send("GET / HTTP/1.1\r\nHost: stro")).status).toBe(400)
  const slow = `POST / HTTP/1.1\r\n${host}Origin: ${publicUrl.origin}\r\nContent-Length: 100\r\n\r\nabc`
  expect(parsed(await front.send(slow)).status).toBe(400)
  expect(front.seenByConsole).toEqual([])
})

it("ends a connection on which nothing moves", async () => {
  await using front = await runningFront({ limits: { silence: 50 } }, () => undefined)
  expect(await front.send(`GET / HTTP/1.1\r\n${host}\r\n`)).toBe("")
})

it("refuses methods that nothing here answers", async () => {
  await using front = await runningFront()
  for (const method of ["TRACE", "PROPFIND", "SEARCH"]) expect((await front.ask(`${method} /`)).status).toBe(405)
  expect(await front.send(`CONNECT evil.test:443 HTTP/1.1\r\n${host}\r\n`)).toBe("")
  expect(front.seenByConsole).toEqual([])
})

it("survives ten thousand random requests", async () => {
  await using front = await runningFront()
  const answers = Array.from({ length: 40 }, async () => {
    const requests = Array.from({ length: 250 }, () => randomBytes(40).toString("latin1")).join("\r\n\r\n")
    return front.send(`GET /${requests}`)
  })
  await Promise.all(answers)
  expect((await front.ask("GET /")).status).toBe(200)
})

it("names a trusted proxy that is no address", async () => {
  for (const entry of ["10.0.0.0/33", "10.0.0.0/", "proxy.internal", "10.0.0", "::/129"]) {
    await expect(runningFront({ trustedProxies: [entry] }), entry).rejects.toThrow(entry)
  }
})
