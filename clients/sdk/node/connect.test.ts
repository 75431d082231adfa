import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { createServer, type IncomingMessage, type RequestListener } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import type { StrongroomApi } from "../../../lib/contract/api.ts"
import { type ConnectOptions, type Credential, connect } from "./index.ts"

interface Seen {
  line: string
  headers: IncomingMessage["headers"]
  body: string
}

interface Running {
  seen: Seen[]
  api: (credential?: Credential, options?: ConnectOptions) => StrongroomApi
  [Symbol.asyncDispose]: () => Promise<void>
}

const token: Credential = { kind: "bearer", token: "srm_sat_x" }
const aSecret = { scope: "acme.payments", vault: "default", secret: "DB_PASSWORD" }

/** A server on a unix socket that remembers what came, and answers `{}` or as it is told. */
async function aServer(answer: RequestListener = (_, response) => json(response, 200, {})): Promise<Running> {
  const folder = await mkdtemp(join(tmpdir(), "sdk-"))
  const socketPath = join(folder, "api.sock")
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on("data", (part: Buffer) => parts.push(part))
    request.on("end", () => {
      const line = `${request.method ?? ""} ${request.url ?? ""}`
      seen.push({ line, headers: request.headers, body: Buffer.concat(parts).toString() })
      answer(request, response)
    })
  }).listen(socketPath)
  await once(server, "listening")
  return {
    seen,
    api: (credential = token, options = {}) => connect({ socketPath }, credential, options),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await rm(folder, { recursive: true })
    },
  }
}

function json(response: Parameters<RequestListener>[1], status: number, body: unknown, headers = {}): void {
  response
    .writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers })
    .end(JSON.stringify(body))
}

async function allOf(stream: AsyncIterable<string>): Promise<string[]> {
  const parts: string[] = []
  for await (const part of stream) parts.push(part)
  return parts
}

it("puts an input's fields into the path, the query of a GET or DELETE, and the body of the rest", async () => {
  await using server = await aServer()
  const api = server.api()
  await api.listSecrets({ scope: "acme", vault: ["default", "shared"], effective: true, limit: 5 })
  await api.deleteSecret(aSecret)
  await api.deleteScope({ scope: "acme.payments", confirm: "acme payments & co" })
  await api.destroyVersion({ ...aSecret, version: 3, confirm: "DB_PASSWORD" })
  await api.describeMe({})
  expect(server.seen.map(({ line, body }) => `${line} ${body}`.trim())).toEqual([
    "GET /api/v1/scopes/acme/secrets?vault=default&vault=shared&effective=true&limit=5",
    "DELETE /api/v1/scopes/acme.payments/vaults/default/secrets/DB_PASSWORD",
    "DELETE /api/v1/scopes/acme.payments?confirm=acme+payments+%26+co",
    'POST /api/v1/scopes/acme.payments/vaults/default/secrets/DB_PASSWORD/versions/3/destroy {"confirm":"DB_PASSWORD"}',
    "GET /api/v1/me",
  ])
})

it("leaves the caller's input as it is", async () => {
  await using server = await aServer()
  const input = { ...aSecret, value: "v" }
  await server.api().writeVersion(input)
  expect(input).toEqual({ ...aSecret, value: "v" })
})

it("refuses a name that would change the path, before anything is sent", async () => {
  await using server = await aServer()
  for (const secret of ["", ".", ".."]) {
    await expect(server.api().describeSecret({ ...aSecret, secret })).rejects.toMatchObject({ code: "invalid" })
  }
  await server.api().describeSecret({ ...aSecret, secret: "../x?y#z" })
  expect(server.seen.map(({ line }) => line)).toEqual([
    "GET /api/v1/scopes/acme.payments/vaults/default/secrets/..%2Fx%3Fy%23z",
  ])
})

it("says who asks, by token or by session, for whom, and under which id", async () => {
  await using server = await aServer()
  await server.api().describeMe({})
  await server.api({ kind: "none" }).describeSetup({})
  const forSomebody = { clientAddress: "203.0.113.9", userAgent: "Firefox", requestId: "request-1" }
  await server.api({ kind: "session", id: "srm_ses_x" }, forSomebody).describeMe({})
  const [byToken, byNobody, bySession] = server.seen.map(({ headers }) => headers)
  expect(byToken).toMatchObject({ authorization: "Bearer srm_sat_x", "user-agent": "strongroom-sdk" })
  expect(byNobody).not.toHaveProperty("authorization")
  expect(bySession).toMatchObject({
    authorization: "Session srm_ses_x",
    "strongroom-client-address": "203.0.113.9",
    "user-agent": "Firefox",
    "x-request-id": "request-1",
  })
})

it("throws what the API answered: code, message, fields, request id, when to try again", async () => {
  const error = { code: "rate_limited", message: "Wait a minute.", fields: { email: "Too often." }, requestId: "r-1" }
  await using server = await aServer((_, response) => json(response, 429, { error }, { "retry-after": "60" }))
  await expect(server.api().describeMe({})).rejects.toMatchObject({ name: "AppError", ...error, retryAfterSeconds: 60 })
})

it("tells an answer that isn't Strongroom's from one that is, without quoting it", async () => {
  const pages: [status: number, code: string][] = [
    [502, "unavailable"],
    [503, "unavailable"],
    [413, "too_large"],
    [500, "internal"],
    [302, "internal"],
  ]
  for (const [status, code] of pages) {
    await using server = await aServer((_, response) =>
      response.writeHead(status, { "content-type": "text/html" }).end("canary"),
    )
    const failure: unknown = await server
      .api()
      .describeMe({})
      .catch((error: unknown) => error)
    expect(failure).toMatchObject({ code })
    expect(String(failure)).not.toContain("canary")
  }
  await using broken = await aServer((_, response) =>
    response.writeHead(200, { "content-type": "application/json" }).end('{"value":"canary'),
  )
  const failure: unknown = await broken
    .api()
    .describeMe({})
    .catch((error: unknown) => error)
  expect(failure).toMatchObject({ code: "internal" })
  expect(String(failure)).not.toContain("canary")
})

it("asks again only if something changed, when it is given the ETag of an earlier answer", async () => {
  await using server = await aServer((request, response) => {
    if (request.headers["if-none-match"] === '"7"') response.writeHead(304, { etag: '"7"' }).end()
    else json(response, 200, { version: 7 }, { etag: '"7"' })
  })
  const read = { vault: "default", secret: "DB_PASSWORD" }
  expect(await server.api().readValue(read)).toEqual({ version: 7, etag: '"7"' })
  expect(await server.api().readValue(read, { ifNoneMatch: '"7"' })).toEqual({ notModified: true, etag: '"7"' })
})

it("hands a streamed answer on as it comes, and says so when it breaks off", async () => {
  await using server = await aServer((request, response) => {
    response.writeHead(200, { "content-type": "application/x-ndjson" })
    response.write('{"seq":1}\n')
    if (request.url?.includes("csv")) response.write("x", () => response.destroy())
    else response.end('{"seq":2}\n')
  })
  const lines = await allOf(await server.api().exportAudit({ scope: "acme" }))
  expect(lines.join("")).toBe('{"seq":1}\n{"seq":2}\n')
  const broken = server.api().exportAudit({ scope: "acme", format: "csv" })
  await expect(broken.then(allOf)).rejects.toMatchObject({ code: "unavailable" })
})

it("repeats a read or a call with a key over a connection that was just closed, and never another change", async () => {
  let closing = false
  await using server = await aServer((request, response) => {
    if (closing) {
      closing = false
      request.socket.destroy()
    } else json(response, 200, {})
  })
  const api = server.api()
  const afterAClosedConnection = async (call: () => Promise<unknown>): Promise<number> => {
    await api.describeMe({}) // so that there is a connection to reuse
    closing = true
    const before = server.seen.length
    await call().catch((error: unknown) => {
      expect(error).toMatchObject({ code: "unavailable" })
    })
    return server.seen.length - before
  }
  expect(await afterAClosedConnection(() => api.describeMe({}))).toBe(2)
  expect(
    await afterAClosedConnection(() => api.writeVersion({ ...aSecret, value: "v" }, { idempotencyKey: "key-1234" })),
  ).toBe(2)
  expect(await afterAClosedConnection(() => api.writeVersion({ ...aSecret, value: "v" }))).toBe(1)
  expect(await afterAClosedConnection(() => api.deleteSecret(aSecret))).toBe(1)
})

it("gives up after the time it was told", async () => {
  await using server = await aServer(() => undefined)
  await expect(server.api(token, { timeoutMs: 30 }).describeMe({})).rejects.toMatchObject({ code: "timeout" })
})

it("says that nothing is there, and which address is none", async () => {
  const away = connect({ socketPath: join(tmpdir(), "no-such-socket") }, token)
  await expect(away.describeMe({})).rejects.toMatchObject({ code: "unavailable", retryAfterSeconds: 1 })
  for (const baseUrl of ["strongroom.example", "ftp://strongroom.example", "https://example.com/path", ""]) {
    expect(() => connect({ baseUrl }, token), baseUrl).toThrow(/must look like/)
  }
})

it("sends a token with a line break nowhere, and quotes it nowhere", async () => {
  await using server = await aServer()
  const failure: unknown = await server
    .api({ kind: "bearer", token: "canary\r\nx: y" })
    .describeMe({})
    .catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(Error)
  expect(String(failure)).not.toContain("canary")
  expect(server.seen).toEqual([])
})
