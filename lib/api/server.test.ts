import { statSync } from "node:fs"
import { IncomingMessage } from "node:http"
import { Socket } from "node:net"
import { Validator } from "@seriousme/openapi-schema-validator"
import { expect, it, vi } from "vitest"
import { connect } from "../../clients/sdk/node/index.ts"
import { type OperationSpec, operations } from "../contract/operations.ts"
import { type OperationName, routes } from "../contract/routes.ts"
import { AppError } from "../errors.ts"
import { aRunningApi, type Call, publicUrl, type TestApi } from "../testing/running-api.ts"
import type { Answer } from "../testing/running-front.ts"
import { readBody } from "./body.ts"
import { makeRouter } from "./router.ts"

const bearer = { Authorization: "Bearer srm_pat_x" }
const json = { ...bearer, "Content-Type": "application/json" }
const secrets = "/api/v1/scopes/acme/vaults/default/secrets"

function errorIn(answer: Answer): { code: string; message: string; requestId: string } {
  const { error } = JSON.parse(answer.body) as { error: { code: string; message: string; requestId: string } }
  return error
}

/** Some input that fills the operation's path. */
function inputFor(name: OperationName): Record<string, unknown> {
  const input: Record<string, unknown> = { other: "o & ö" }
  for (const [, piece = ""] of routes[name][1].matchAll(/\{(\w+)\}/g)) input[piece] = `the-${piece}`
  return input
}

it.each(Object.keys(routes) as OperationName[])("hands %s from the SDK to core as it was asked", async (name) => {
  await using running = await aRunningApi(({ name: asked }) =>
    asked === "exportAudit" ? streamOf("line\n") : { asked },
  )
  const { socketPath, calls } = running
  const facts = { clientAddress: "203.0.113.9", requestId: "request-1", userAgent: "Firefox" }
  const api = connect({ socketPath }, { kind: "session", id: "srm_ses_x" }, facts)
  const ask = api[name] as (input: object, options: object) => Promise<unknown> // one of many types, all alike here
  const answer = await ask(inputFor(name), { idempotencyKey: "key-12345" })
  if (name !== "exportAudit") expect(answer).toEqual({ asked: name })
  expect(calls).toEqual([
    {
      name,
      credential: { kind: "session", id: "srm_ses_x" },
      input: inputFor(name),
      request: {
        id: "request-1",
        address: "203.0.113.9",
        userAgent: "Firefox",
        idempotencyKey: "key-12345",
        ifNoneMatch: null,
      },
    },
  ])
})

it("serves what is marked private on the private socket alone", async () => {
  await using running = await aRunningApi()
  const isPrivate = (name: OperationName): boolean => (operations[name] as OperationSpec).private === true
  const names = (Object.keys(routes) as OperationName[]).filter(isPrivate)
  expect(names).toContain("signIn")
  for (const name of names) {
    const [method, path] = routes[name]
    expect((await running.front.ask(`${method} ${path}`, json, "{}")).status, name).toBe(404)
  }
  expect(running.calls).toEqual([])
})

it("finds who asks: a bearer token, or on a read the session's cookie of our own page", async () => {
  await using running = await aRunningApi()
  const credentialOf = async (headers: Record<string, string>): Promise<unknown> => {
    const { status } = await running.front.ask("GET /api/v1/me", headers)
    return status === 200 ? running.calls.at(-1)?.credential : status
  }
  const cookie = { Cookie: "theme=dark; strongroom-session=srm_ses_x; a=b" }
  const bySession = { kind: "session", id: "srm_ses_x" }
  expect(await credentialOf({})).toEqual({ kind: "none" })
  expect(await credentialOf(bearer)).toEqual({ kind: "bearer", token: "srm_pat_x" })
  expect(await credentialOf({ Authorization: "bearer srm_pat_x" })).toEqual({ kind: "bearer", token: "srm_pat_x" })
  expect(await credentialOf(cookie)).toEqual(bySession)
  expect(await credentialOf({ ...cookie, "Sec-Fetch-Site": "same-origin" })).toEqual(bySession)
  expect(await credentialOf({ ...cookie, "Sec-Fetch-Site": "none" })).toEqual(bySession)
  expect(await credentialOf({ ...cookie, ...bearer })).toEqual({ kind: "bearer", token: "srm_pat_x" })
  expect(await credentialOf({ ...cookie, "Sec-Fetch-Site": "same-site" })).toBe(403)
  expect(await credentialOf({ ...cookie, "Sec-Fetch-Site": "cross-site" })).toBe(403)
  expect(await credentialOf({ ...cookie, Origin: "http://evil.test" })).toBe(403)
  expect(await credentialOf({ Cookie: "__Host-strongroom-session=srm_ses_x" })).toEqual({ kind: "none" })
  expect(await credentialOf({ Cookie: "xstrongroom-session=srm_ses_x" })).toEqual({ kind: "none" })
  expect(await credentialOf({ Authorization: "Session srm_ses_x" })).toBe(401)
  expect(await credentialOf({ Authorization: "Basic YTpi" })).toBe(401)
  expect(await credentialOf({ Authorization: "Bearer" })).toBe(401)
  expect(await credentialOf({ Authorization: `Bearer ${"x".repeat(600)}` })).toBe(401)
})

it("believes nobody on the public port about the address that they come from", async () => {
  await using running = await aRunningApi()
  await running.front.ask("GET /api/v1/me", {
    ...bearer,
    "Strongroom-Client-Address": "203.0.113.9",
    "User-Agent": "a\tb",
  })
  expect(running.calls[0]?.request).toMatchObject({ address: "127.0.0.1", userAgent: "a?b" })
})

const canary = "CANARY-7f3a9d"
const nested = (depth: number): string => `${'{"a":'.repeat(depth)}"${canary}"${"}".repeat(depth)}`
const malformed: Record<string, string | Uint8Array> = {
  "broken JSON": `{"value":"${canary}"`,
  "two objects": `{"value":"${canary}"}{}`,
  "a trailing comma": `{"value":"${canary}",}`,
  "a comment": `{"value":"${canary}"} // x`,
  "single quotes": `{'value':'${canary}'}`,
  "a list": `["${canary}"]`,
  "a string": `"${canary}"`,
  null: "null",
  "a byte order mark": `\ufeff{"value":"${canary}"}`,
  "a name twice": `{"value":"${canary}","value":"x"}`,
  "a name twice, once escaped": `{"value":"${canary}","\\u0076alue":"x"}`,
  "a name twice, deep inside": `{"rows":[{"value":"${canary}","value":"x"}]}`,
  __proto__: `{"__proto__":{"value":"${canary}"}}`,
  "__proto__, escaped": `{"\\u005f_proto__":{"value":"${canary}"}}`,
  "a name with a broken escape": `{"\\x${canary}":1}`,
  "depth 17": nested(17),
  "depth 60,000 of lists": "[".repeat(60_000),
  "thirty thousand items": `["${canary}"${",1".repeat(30_000)}]`,
  "thirty thousand quotes": `{"value":"${canary}",${'"a'.repeat(30_000)}`,
  "a lone surrogate": `{"value":"${canary}\\ud800"}`,
  "NUL in a name": `{"name\\u0000":"${canary}"}`,
  "NUL in a text that is no value": `{"note":"${canary}\\u0000"}`,
  "invalid UTF-8": Buffer.concat([Buffer.from(`{"value":"${canary}`), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]),
  "overlong UTF-8": Buffer.concat([Buffer.from(`{"value":"${canary}`), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')]),
}

it.each(Object.entries(malformed))("refuses a body with %s and repeats nothing of it", async (_name, body) => {
  await using running = await aRunningApi()
  const logged = vi.spyOn(process.stderr, "write").mockReturnValue(true)
  const answer = await post(running, secrets, Buffer.from(body).toString("latin1"))
  expect(answer.status).toBe(400)
  expect(errorIn(answer)).toMatchObject({ code: "invalid", requestId: answer.headers["x-request-id"] })
  expect([JSON.stringify(answer), JSON.stringify(logged.mock.calls)].join()).not.toContain(canary)
  expect(running.calls).toEqual([])
  logged.mockRestore()
})

it("lets every character through in a value", async () => {
  await using running = await aRunningApi()
  const value = 'a\0b\u2028 \u{1f511} \\" \n\r\t'
  const body = Buffer.from(JSON.stringify({ name: "A", value, depth: nested(16) })).toString("latin1")
  expect((await post(running, secrets, body)).status).toBe(200)
  expect(running.calls[0]?.input).toMatchObject({ value, scope: "acme", vault: "default" })
})

/** Sends bytes that stand in a latin1 string, one for one. */
async function post(
  running: TestApi,
  path: string,
  latin1: string,
  headers: Record<string, string> = json,
): Promise<Answer> {
  return running.front.ask(`POST ${path}`, { ...headers, "Content-Length": String(latin1.length) }, latin1)
}

it("takes JSON and nothing else", async () => {
  await using running = await aRunningApi()
  const statusOf = async (headers: Record<string, string>): Promise<number> =>
    (await post(running, secrets, "{}", { ...bearer, ...headers })).status
  for (const type of ["application/json", "Application/JSON; charset=utf-8", 'application/json;charset="UTF-8"']) {
    expect(await statusOf({ "Content-Type": type }), type).toBe(200)
  }
  for (const type of [
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/json; charset=utf-16",
    "multipart/form-data",
  ]) {
    expect(await statusOf({ "Content-Type": type }), type).toBe(400)
  }
  expect(await statusOf({})).toBe(400)
  expect(await statusOf({ ...json, "Content-Encoding": "gzip" })).toBe(400)
})

it("takes 512 KiB where a value may be in the body and 64 KiB elsewhere, and says what the limit is", async () => {
  await using running = await aRunningApi()
  const bodyOf = (size: number): string => JSON.stringify({ value: "x".repeat(size - 12) })
  const cases: [path: string, size: number, status: number][] = [
    [secrets, 512 * 1024, 200],
    [secrets, 512 * 1024 + 1, 413],
    ["/api/v1/scopes/acme/vaults", 64 * 1024, 200],
    ["/api/v1/scopes/acme/vaults", 64 * 1024 + 1, 413],
  ]
  for (const [path, size, status] of cases) {
    const answer = await post(running, path, bodyOf(size))
    expect(answer.status, `${path} ${size}`).toBe(status)
    if (status === 413) expect(errorIn(answer).message).toContain(path === secrets ? "512 KiB" : "64 KiB")
  }
  const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`
  const head = `POST ${secrets} HTTP/1.1\r\nHost: ${publicUrl.host}\r\nAuthorization: Bearer x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n`
  expect(await running.front.send(`${head}${chunk.repeat(9)}0\r\n\r\n`)).toMatch(/^HTTP\/1\.1 413 /)
})

it("refuses bodies, and not for long, when more arrives at once than memory should hold", async () => {
  const megabyte = Buffer.alloc(1024 * 1024)
  const requests = Array.from({ length: 70 }, () => new IncomingMessage(new Socket()))
  const bodies = requests.map((request) => readBody(request, megabyte.length))
  const settled = Promise.allSettled(bodies)
  for (const request of requests) request.push(megabyte)
  await expect.poll(() => requests.every((request) => request.readableLength === 0)).toBe(true)
  for (const request of requests) request.push(null)
  const refused = (await settled).filter(({ status }) => status === "rejected")
  expect(refused).toHaveLength(6)
  expect(refused[0]).toMatchObject({ reason: { code: "unavailable", retryAfterSeconds: 1 } })
  const next = new IncomingMessage(new Socket())
  next.push(megabyte)
  next.push(null)
  expect(await readBody(next, megabyte.length)).toHaveLength(megabyte.length)
})

it("reads a query: a name that repeats is a list, and what is broken is refused", async () => {
  await using running = await aRunningApi()
  await running.front.ask("GET /api/v1/scopes/acme/secrets?vault=a&vault=b&vault=c&text=a+b%20%26&empty=&bare", bearer)
  expect(running.calls[0]?.input).toEqual({ scope: "acme", vault: ["a", "b", "c"], text: "a b &", empty: "", bare: "" })
  for (const query of ["text=%ff", "text=%00", "text=%", "__proto__=x", "__proto__[a]=x&__proto__=y", "scope=other"]) {
    const { status } = await running.front.ask(`GET /api/v1/scopes/acme/secrets?${query}`, bearer)
    expect(status, query).toBe(400)
  }
  expect((await post(running, `${secrets}?name=A`, "{}")).status).toBe(400)
  expect((await post(running, secrets, '{"scope":"other"}')).status).toBe(400)
  expect(running.calls).toHaveLength(1)
})

it("tells an unknown path from an unknown method, and answers HEAD and OPTIONS", async () => {
  await using running = await aRunningApi()
  const { ask } = running.front
  for (const path of [
    "/api/v1",
    "/api/v1/",
    "/api/v1/nothing",
    "/api/v1/me/",
    "/api/v1/scopes/acme/vaults/default/secrets/A/x",
  ]) {
    const answer = await ask(`GET ${path}`, bearer)
    expect([answer.status, errorIn(answer).code], path).toEqual([404, "not_found"])
  }
  const wrong = await ask("DELETE /api/v1/me", bearer)
  expect([wrong.status, errorIn(wrong).code, wrong.headers.allow]).toEqual([
    405,
    "method_not_allowed",
    "GET, HEAD, OPTIONS",
  ])
  expect(await ask("OPTIONS /api/v1/scopes/acme", bearer)).toMatchObject({
    status: 204,
    headers: { allow: "GET, PATCH, DELETE, HEAD, OPTIONS" },
  })
  const head = await ask("HEAD /api/v1/me", bearer)
  expect([head.status, head.body, head.headers["content-length"]]).toEqual([200, "", "2"])
  expect(running.calls.map(({ name }) => name)).toEqual(["describeMe"])
})

it("sends no cross-origin permission of any kind", async () => {
  await using running = await aRunningApi()
  const preflight = { Origin: "http://evil.test", "Access-Control-Request-Method": "POST" }
  const answers = [
    await running.front.ask("OPTIONS /api/v1/me", preflight),
    await running.front.ask("GET /api/v1/me", preflight),
  ]
  for (const { headers } of answers) {
    expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([])
  }
})

it("answers an error in one form, and says when to try again", async () => {
  await using running = await aRunningApi(() => {
    throw new AppError("rate_limited", "Wait.", { fields: { email: "Too often." }, retryAfterSeconds: 12.2 })
  })
  const answer = await running.front.ask("GET /api/v1/me", { ...bearer, "X-Request-Id": "request-1" })
  expect(answer).toMatchObject({ status: 429, headers: { "retry-after": "13", "cache-control": "private, no-store" } })
  expect(JSON.parse(answer.body)).toEqual({
    error: { code: "rate_limited", message: "Wait.", fields: { email: "Too often." }, requestId: "request-1" },
  })
})

it("asks for a token with 401", async () => {
  await using running = await aRunningApi(() => {
    throw new AppError("unauthenticated", "Sign in.")
  })
  expect(await running.front.ask("GET /api/v1/me")).toMatchObject({
    status: 401,
    headers: { "www-authenticate": "Bearer" },
  })
})

it("tells the caller nothing of a fault of ours, and the operator where it was", async () => {
  await using running = await aRunningApi(() => {
    throw new TypeError(`connection to postgres://${canary}@host failed`)
  })
  const logged = vi.spyOn(process.stderr, "write").mockReturnValue(true)
  const answer = await running.front.ask("GET /api/v1/me", { ...bearer, "X-Request-Id": "request-1" })
  expect(errorIn(answer)).toMatchObject({ code: "internal", requestId: "request-1" })
  expect(answer.body).not.toContain(canary)
  const line = String(logged.mock.calls[0]?.[0])
  expect(JSON.parse(line)).toMatchObject({ level: "error", operation: "describeMe", requestId: "request-1" })
  expect(line).not.toContain(canary)
  logged.mockRestore()
})

it("answers a machine read with its ETag, and 304 when core says that nothing changed", async () => {
  const read = "GET /api/v1/vaults/default/secrets/A/value"
  await using running = await aRunningApi(({ request }) =>
    request.ifNoneMatch === '"7"' ? { notModified: true, etag: '"7"' } : { value: "v", version: 7, etag: '"7"' },
  )
  const first = await running.front.ask(read, bearer)
  expect(first).toMatchObject({ status: 200, headers: { etag: '"7"', "cache-control": "private, no-store" } })
  expect(JSON.parse(first.body)).toEqual({ value: "v", version: 7 })
  const second = await running.front.ask(read, { ...bearer, "If-None-Match": 'W/"7"' })
  expect([second.status, second.headers.etag, second.body]).toEqual([304, '"7"', ""])
})

async function* streamOf(...parts: string[]): AsyncGenerator<string> {
  yield* parts
}

it("streams an export as a file, and answers a refusal before the first line as an error", async () => {
  await using running = await aRunningApi(({ input }) => {
    const { format } = input as { format?: string }
    if (format === "none") throw new AppError("forbidden", "You may not.")
    return streamOf("a\n", "b\n")
  })
  const csv = await running.front.ask("GET /api/v1/scopes/acme/audit/export?format=csv", bearer)
  expect(csv).toMatchObject({
    status: 200,
    headers: {
      "content-type": "text/csv; charset=utf-8; header=present",
      "content-disposition": 'attachment; filename="audit-acme.csv"',
    },
  })
  expect(csv.body).toContain("a\n")
  const lines = await running.front.ask("GET /api/v1/scopes/acme/audit/export", bearer)
  expect(lines.headers["content-type"]).toBe("application/x-ndjson")
  expect((await running.front.ask("GET /api/v1/scopes/acme/audit/export?format=none", bearer)).status).toBe(403)
})

it("ends an export when its reader goes away", async () => {
  let ended = false
  async function* endless(): AsyncGenerator<string> {
    try {
      for (;;) yield "x".repeat(10_000)
    } finally {
      ended = true
    }
  }
  await using running = await aRunningApi(endless)
  const api = connect({ socketPath: running.socketPath }, { kind: "none" })
  for await (const part of await api.exportAudit({ scope: "acme" })) if (part.length > 0) break
  await expect.poll(() => ended).toBe(true)
})

it("cuts an export off that breaks half way", async () => {
  await using running = await aRunningApi(async function* () {
    yield "a\n"
    throw new AppError("unavailable", "The database went away.")
  })
  const logged = vi.spyOn(process.stderr, "write").mockReturnValue(true)
  const answer = await running.front.send(
    `GET /api/v1/scopes/acme/audit/export HTTP/1.1\r\nHost: ${publicUrl.host}\r\nAuthorization: Bearer x\r\n\r\n`,
  )
  expect(answer).toMatch(/^HTTP\/1\.1 200 /)
  expect(answer).not.toMatch(/\r\n0\r\n\r\n$/)
  logged.mockRestore()
})

it("describes itself in a valid OpenAPI 3.1 document", async () => {
  await using running = await aRunningApi()
  const { status, body } = await running.front.ask("GET /api/v1/openapi.json")
  expect(status).toBe(200)
  const document = JSON.parse(body) as { paths: Record<string, Record<string, { operationId: string }>> }
  expect(await new Validator().validate(structuredClone(document))).toEqual({ valid: true })
  const described = Object.values(document.paths).flatMap((path) =>
    Object.values(path).map(({ operationId }) => operationId),
  )
  const served = (Object.keys(routes) as OperationName[]).filter((name) => !("private" in operations[name]))
  expect(described.toSorted()).toEqual(served.toSorted())
})

it("refers to no component in the document that isn't there", async () => {
  await using running = await aRunningApi()
  const { body } = await running.front.ask("GET /api/v1/openapi.json")
  const { components } = JSON.parse(body) as { components: { schemas: object } }
  const names = [...body.matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name ?? "")
  expect(names.length).toBeGreaterThan(50)
  expect(names.filter((name) => !(name in components.schemas))).toEqual([])
  expect(body).not.toContain("$defs")
})

it("says that it lives, and whether it is ready", async () => {
  let ready = true
  await using running = await aRunningApi(undefined, { isReady: () => Promise.resolve(ready) })
  expect((await running.front.ask("GET /health/live")).status).toBe(200)
  expect((await running.front.ask("GET /health/ready")).status).toBe(200)
  expect((await running.front.ask("POST /health/ready", json, "{}")).status).toBe(405)
  expect((await running.front.ask("GET /health/other")).status).toBe(404)
  ready = false
  const ask = async (): Promise<unknown> => {
    const answer = await running.front.ask("GET /health/ready")
    return [answer.status, answer.headers["retry-after"]]
  }
  await expect.poll(ask, { interval: 100 }).toEqual([503, "2"])
  expect((await running.front.ask("GET /health/live")).status).toBe(200)
})

it("says how providers are doing and stays ready; which they are, the operator alone hears", async () => {
  const since = new Date()
  const states = [
    { scope: "acme", name: "vault-prod", status: "sealed", since },
    { scope: "acme.payments", name: "vault-dev", status: "up", since },
  ] as const
  const providers = () => Promise.resolve(states)
  await using running = await aRunningApi(undefined, { providers, metricsToken: "a-token-of-the-operator" })
  const ask = (path: string, headers = {}) => running.front.ask(`GET /health/ready${path}`, headers)
  const anyone = await ask("")
  expect([anyone.status, JSON.parse(anyone.body)]).toEqual([
    200,
    { status: "ready", checks: { database: "up" }, providers: { sealed: 1, up: 1 } },
  ])
  expect((await ask("?provider=vault-prod")).status).toBe(401)
  const operator = { authorization: "Bearer a-token-of-the-operator" }
  for (const name of ["vault-prod", "acme/vault-prod"]) {
    const one = await ask(`?provider=${name}`, operator)
    expect(one.status).toBe(200)
    expect((JSON.parse(one.body) as { providers: unknown }).providers).toEqual([
      { ...states[0], since: since.toISOString() },
    ])
  }
  expect((await ask("?provider=vault-pord", operator)).status).toBe(404)
})

it("is not ready when asking the database fails", async () => {
  await using running = await aRunningApi(undefined, { isReady: () => Promise.reject(new Error("away")) })
  expect((await running.front.ask("GET /health/ready")).status).toBe(503)
})

it("counts operations for Prometheus, and nothing that a caller sent", async () => {
  await using running = await aRunningApi()
  await running.front.ask(`GET ${secrets}/A`, bearer)
  await running.front.ask("GET /api/v1/me", bearer)
  const { body, headers } = await running.front.ask("GET /metrics")
  expect(headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8")
  expect(body).toContain('strongroom_operation_seconds_count{operation="describeMe",status="200"} 1')
  expect(body).toContain('strongroom_operation_seconds_bucket{operation="describeSecret",status="200",le="+Inf"} 1')
  expect(body).not.toContain("acme")
  for (const line of body.trim().split("\n"))
    expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{[^}]*\})? [0-9.e+-]+)$/)
})

it("tells the operator which key is active and what lies under each, also while the database hangs", async () => {
  const known = [
    { label: "new", state: "active", rows: 7 },
    { label: "old", state: "retained", rows: 2 },
  ]
  const metricsToken = "a-token-of-the-operator"
  await using running = await aRunningApi(undefined, { metricsToken, keys: () => Promise.resolve(known) })
  const authorization = `Bearer ${metricsToken}`
  const { body } = await running.front.ask("GET /metrics", { authorization })
  expect(body).toContain('strongroom_keys_under_kek{key="new",state="active"} 7')
  expect(body).toContain('strongroom_keys_under_kek{key="old",state="retained"} 2')
  expect((await running.front.ask("GET /health/ready")).body).not.toContain("new")
  expect((await running.front.ask("GET /health/ready", { authorization })).body).toContain('"activeKey":"new"')
  await using hanging = await aRunningApi(undefined, { keys: () => new Promise(() => undefined) })
  expect((await hanging.front.ask("GET /metrics")).status).toBe(200)
})

it("shows metrics on loopback or for the operator's token, not through a proxy", async () => {
  await using open = await aRunningApi()
  expect((await open.front.ask("GET /metrics", { "X-Forwarded-For": "203.0.113.9" })).status).toBe(401)
  await using closed = await aRunningApi(undefined, { metricsToken: "a-token-of-the-operator" })
  expect((await closed.front.ask("GET /metrics")).status).toBe(401)
  expect((await closed.front.ask("GET /metrics", { Authorization: "Bearer another" })).status).toBe(401)
  const answer = await closed.front.ask("GET /metrics", { Authorization: "Bearer a-token-of-the-operator" })
  expect(answer.status).toBe(200)
})

it("opens its private socket to its own user only", async () => {
  await using running = await aRunningApi()
  expect(statSync(running.socketPath).mode & 0o777).toBe(0o600)
})

it("survives ten thousand random bodies", async () => {
  await using running = await aRunningApi()
  const random = (seed: number): string => {
    const signs = '{}[]":,\\u0aé value __proto__ 1e9 null'
    return Array.from({ length: 40 }, (_, at) => signs[(seed * (at + 7) * 2654435761) % signs.length] ?? "").join("")
  }
  const { readJsonObject } = await import("../contract/strict-json.ts")
  for (let seed = 1; seed < 10_000; seed++) {
    try {
      readJsonObject(Buffer.from(random(seed)))
    } catch (error) {
      expect(error).toMatchObject({ code: "invalid" })
    }
  }
  expect((await running.front.ask("GET /api/v1/me", bearer)).status).toBe(200)
})

it("has one reading of every path in the table", () => {
  const router = makeRouter(() => true)
  for (const [name, [method, path]] of Object.entries(routes)) {
    const found = router.find(method, path.replaceAll("{", "").replaceAll("}", ""))
    expect(found, name).toMatchObject({ name })
  }
})

it("keeps a slow call from holding up others", async () => {
  let release = (): void => undefined
  const held = new Promise<void>((resolve) => (release = resolve))
  await using running = await aRunningApi(async ({ name }: Call) => {
    if (name === "listScopes") await held
    return {}
  })
  const slow = running.front.ask("GET /api/v1/scopes", bearer)
  expect((await running.front.ask("GET /api/v1/me", bearer)).status).toBe(200)
  release()
  expect((await slow).status).toBe(200)
})
