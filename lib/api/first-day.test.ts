/** The first day over real HTTP, on the real core: what a newcomer does by curl, and the console on its socket. */
import { expect, it, vi } from "vitest"
import { connect } from "../../clients/sdk/node/index.ts"
import { newSetupCode } from "../core/identity/setup.ts"
import { aHouse, type TestHouse } from "../testing/a-house.ts"
import { aRunningApi, type TestApi } from "../testing/running-api.ts"
import type { Answer } from "../testing/running-front.ts"

const owner = { name: "Alice", email: "alice@example.com", password: "correct horse battery staple" }
const value = "CANARY-s3cr3t"

interface FirstDay extends AsyncDisposable {
  house: TestHouse
  running: TestApi
  token: string
  ask: (
    line: string,
    body?: object,
    token?: string,
  ) => Promise<{ status: number; headers: Answer["headers"]; body: unknown }>
}

/** A fresh installation, set up by the API, with the team and workspace acme.payments.prod and a vault in it. */
async function aFirstDay(): Promise<FirstDay> {
  const house = await aHouse()
  const running = await aRunningApi(undefined, { core: house.core })
  let token = ""
  const ask: FirstDay["ask"] = async (line, body, as = token) => {
    const headers: Record<string, string> = { "Content-Type": "application/json" }
    if (as !== "") headers.Authorization = `Bearer ${as}`
    const answer = await running.front.ask(line, headers, body === undefined ? "" : JSON.stringify(body))
    return { ...answer, body: answer.body === "" ? null : (JSON.parse(answer.body) as unknown) }
  }
  const code = await newSetupCode(house.house)
  const setUp = await ask("POST /api/v1/setup", { ...owner, code, organization: "acme" })
  expect(setUp.status).toBe(200)
  token = (setUp.body as { token: string }).token
  await ask("POST /api/v1/scopes/acme/scopes", { slug: "payments" })
  await ask("POST /api/v1/scopes/acme.payments/scopes", { slug: "prod" })
  await ask("POST /api/v1/scopes/acme.payments.prod/vaults", { name: "keys" })
  const stop = async (): Promise<void> => {
    await running[Symbol.asyncDispose]()
    await house[Symbol.asyncDispose]()
  }
  return { house, running, token, ask, [Symbol.asyncDispose]: stop }
}

const prod = "/api/v1/scopes/acme.payments.prod"
const read = "GET /api/v1/vaults/keys/secrets/DB_PASSWORD/value"

it("goes from the setup code to a value in a machine's hands", async () => {
  await using day = await aFirstDay()
  const created = await day.ask(`POST ${prod}/vaults/keys/secrets`, { name: "DB_PASSWORD", value })
  expect([created.status, JSON.stringify(created.body).includes(value)]).toEqual([200, false])
  await day.ask(`POST ${prod}/service-accounts`, { name: "ci" })
  await day.ask(`POST ${prod}/service-accounts/ci/grants`, { access: "read" })
  const issued = await day.ask(`POST ${prod}/service-accounts/ci/tokens`, { name: "laptop" })
  const { token } = issued.body as { token: string }
  const first = await day.ask(read, undefined, token)
  expect(first).toMatchObject({ status: 200, body: { name: "DB_PASSWORD", version: 1, value } })
  const held = { Authorization: `Bearer ${token}`, "If-None-Match": first.headers.etag ?? "" }
  expect(await day.running.front.ask(read, held)).toMatchObject({ status: 304, body: "" })
  expect((await day.ask(read)).status).toBe(403)
  const { accessToken } = issued.body as { accessToken: { id: string } }
  await day.ask(`DELETE ${prod}/service-accounts/ci/tokens/${accessToken.id}`)
  expect((await day.ask(read, undefined, token)).status).toBe(401)
})

it("lets the console in by a session, which the browser may read with and which is dead when it is ended", async () => {
  await using day = await aFirstDay()
  const { socketPath } = day.running
  const { session } = await connect({ socketPath }, { kind: "none" }).signIn({
    email: owner.email,
    password: owner.password,
  })
  const asAlice = connect({ socketPath }, { kind: "session", id: session }, { clientAddress: "203.0.113.9" })
  expect(await asAlice.describeMe({})).toMatchObject({ name: "Alice", session: { method: "password" } })
  const cookie = { Cookie: `strongroom-session=${session}`, "Sec-Fetch-Site": "same-origin" }
  expect((await day.running.front.ask("GET /api/v1/me", cookie)).status).toBe(200)
  await asAlice.signOut({})
  expect((await day.running.front.ask("GET /api/v1/me", cookie)).status).toBe(401)
  await expect(asAlice.describeMe({})).rejects.toMatchObject({ code: "unauthenticated" })
})

it("repeats nothing of an input that is refused, in the answer or in the log", async () => {
  await using day = await aFirstDay()
  const logged = vi.spyOn(process.stderr, "write").mockReturnValue(true)
  const refused: object[] = [
    { name: "not a name", value },
    { name: "A", value: { nested: value } },
    { name: "A", value, encoding: "base64" },
    { name: "A", value, generate: { kind: "password" } },
    { name: "A", value: value.repeat(6000) },
    { name: "A", value, category: value },
    { name: value.repeat(20), value },
    { value },
  ]
  for (const body of refused) {
    const answer = await day.ask(`POST ${prod}/vaults/keys/secrets`, body)
    expect(answer).toMatchObject({
      status: 400,
      body: { error: { code: "invalid", fields: expect.any(Object) as object } },
    })
    expect(JSON.stringify(answer)).not.toContain(value)
  }
  expect(JSON.stringify(logged.mock.calls)).not.toContain(value)
  logged.mockRestore()
})

it("leaves exactly one event for each request, under its id and its address", async () => {
  await using day = await aFirstDay()
  const requestId = "request-4711"
  const headers = { Authorization: `Bearer ${day.token}`, "X-Request-Id": requestId }
  await day.running.front.ask("GET /api/v1/scopes/acme.payments", headers)
  await day.running.front.ask("GET /api/v1/scopes/acme.nowhere", headers)
  const events = await day.house.database.prisma.auditEvent.findMany({ where: { requestId }, orderBy: { seq: "asc" } })
  expect(events).toMatchObject([
    { action: "scope.describe", outcome: "done", address: "127.0.0.1" },
    { action: "scope.describe", outcome: "denied", reason: "not_found", address: "127.0.0.1" },
  ])
})
