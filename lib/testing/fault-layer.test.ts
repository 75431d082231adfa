import { once } from "node:events"
import { createServer } from "node:http"
import { get } from "node:https"
import type { AddressInfo } from "node:net"
import { rootCertificates } from "node:tls"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { poll } from "../process/poll.ts"
import { aCertificateAuthority } from "./certificates.ts"
import { type Fault, faultLayer, tokenHash } from "./fault-layer.ts"
import { faults } from "./faults.ts"
import { openBaoClient } from "./openbao-client.ts"
import { startOpenBao } from "./servers.ts"
import { aKvV2Mount, sharedOpenBao } from "./shared-openbao.ts"

/** Counts, and answers each request with its method, path and body. */
const target = createServer((request, response) => {
  let body = ""
  request.on("data", (chunk: Buffer) => (body += chunk.toString()))
  request.on("end", () => {
    applied++
    response.writeHead(200, { "content-type": "application/json", "x-index": "7" })
    response.end(JSON.stringify({ data: { said: `${request.method ?? ""} ${request.url ?? ""} ${body}` } }))
  })
})
let address = ""
let applied = 0

beforeAll(async () => {
  target.listen(0, "127.0.0.1")
  await once(target, "listening")
  address = `http://127.0.0.1:${(target.address() as AddressInfo).port}`
})
afterAll(() => {
  target.closeAllConnections()
  target.close()
})

function post(to: string, signal?: AbortSignal): Promise<Response> {
  const headers = { "x-vault-token": "a token" }
  return fetch(`${to}/v1/kv/data/a?x=1`, {
    method: "POST",
    body: "sent",
    headers,
    redirect: "manual",
    signal: signal ?? null,
  })
}

describe("without a fault", () => {
  it("hands on what comes, and records it without what must stay secret", async () => {
    await using layer = await faultLayer(address)
    const response = await post(layer.address)
    expect(await response.json()).toEqual({ data: { said: "POST /v1/kv/data/a?x=1 sent" } })
    expect(response.headers.get("x-index")).toBe("7")
    expect(layer.calls()).toMatchObject([
      { method: "POST", path: "/v1/kv/data/a?x=1", tokenHash: tokenHash("a token"), applied: true, status: 200 },
    ])
    expect(layer.calls()[0]?.headerNames).toContain("x-vault-token")
    expect(JSON.stringify(layer.calls())).not.toMatch(/a token|sent/)
    layer.forget()
    expect(layer.calls()).toEqual([])
  })
})

describe("a fault", () => {
  it("is played to the requests that were chosen, until it is cleared", async () => {
    await using layer = await faultLayer(address)
    const statuses = async (...methods: string[]): Promise<number[]> => {
      const all: number[] = []
      for (const method of methods) all.push((await fetch(`${layer.address}/v1/a`, { method })).status)
      return all
    }
    await layer.play(faults.badGateway, { method: "POST", path: /^\/v1\/a/, nth: 2 })
    expect(await statuses("POST", "GET", "POST", "POST")).toEqual([200, 200, 502, 200])
    await layer.play(faults.badGateway, { times: 1 })
    expect(await statuses("GET", "GET")).toEqual([502, 200])
    await layer.play(faults.badGateway)
    expect(await statuses("GET", "GET")).toEqual([502, 502])
    await layer.clear()
    expect(await statuses("GET")).toEqual([200])
    expect(layer.calls({ method: "GET" }).map((call) => call.fault)).toEqual([
      undefined,
      "502",
      undefined,
      "502",
      "502",
      undefined,
    ])
  })

  const table: [Fault, number, string][] = [
    [faults.resetBefore, 0, "reset"],
    [faults.resetAfter, 1, "reset"],
    [faults.truncated, 1, "200 broken off"],
    [faults.html(200), 0, "200 text/html"],
    [faults.html(502), 0, "502 text/html"],
    [faults.throttled, 0, "429 application/json"],
    [faults.throttledWith("3"), 0, "429 application/json, after 3"],
    [faults.internalError, 0, "500 application/json"],
    [faults.internalErrorAfter, 1, "500 application/json"],
    [faults.badGateway, 0, "502 application/json"],
    [faults.sealed, 0, "503 application/json"],
    [faults.indexMissing, 0, "412 application/json"],
    [faults.redirected, 0, "307 text/html, elsewhere"],
    [faults.delayed(10), 1, "200 application/json"],
  ]
  const rows = table.map(([fault, timesApplied, seen]) => ({ fault, timesApplied, seen }))
  it.each(rows)(
    "$fault.name: applied $timesApplied times, and seen as $seen",
    async ({ fault, timesApplied, seen }) => {
      await using layer = await faultLayer(address)
      applied = 0
      await layer.play(fault)
      expect(await outcome(layer.address, layer.elsewhere.address)).toBe(seen)
      expect(applied).toBe(timesApplied)
      expect(layer.calls()).toMatchObject([{ fault: fault.name, applied: timesApplied === 1 }])
      await layer.clear()
      expect(await outcome(layer.address, layer.elsewhere.address)).toBe("200 application/json")
    },
  )

  it("refuses connections, and takes them again on the same port", async () => {
    await using layer = await faultLayer(address)
    await post(layer.address)
    await layer.play(faults.refused)
    expect(await outcome(layer.address, "")).toBe("refused")
    await layer.clear()
    expect(await outcome(layer.address, "")).toBe("200 application/json")
  })

  it("holds a request back, drops it when cleared, and applies it late when released", async () => {
    await using layer = await faultLayer(address)
    applied = 0
    for (const end of ["clear", "release"] as const) {
      await layer.play(faults.hangBefore)
      layer.forget()
      const impatient = new AbortController()
      const asked = expect(post(layer.address, impatient.signal)).rejects.toThrow()
      await poll(() => layer.calls().length === 1, { forMs: 20_000 })
      impatient.abort()
      await asked
      await layer[end]()
      expect(await poll(() => applied === 1, { forMs: end === "clear" ? 50 : 20_000 })).toBe(end === "release")
    }
  })

  it("holds an answer back after the request was applied", async () => {
    await using layer = await faultLayer(address)
    applied = 0
    await layer.play(faults.hangAfter)
    const asked = post(layer.address)
    expect(await poll(() => applied === 1, { forMs: 20_000 })).toBe(true)
    await poll(() => layer.calls()[0]?.applied === true, { forMs: 20_000 })
    layer.release()
    expect((await asked).status).toBe(200)
  })

  it("sends a body a byte at a time, and the rest of it when released", async () => {
    await using layer = await faultLayer(address)
    await layer.play(faults.slowBody(60_000))
    const response = await post(layer.address)
    const reader = response.body!.getReader()
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("{")
    layer.release()
    let rest = ""
    for (;;) {
      const { value, done } = await reader.read()
      if (done) break
      rest += new TextDecoder().decode(value)
    }
    expect(rest).toBe('"data":{"said":"POST /v1/kv/data/a?x=1 sent"}}')
  })

  it("sends eleven megabytes", async () => {
    await using layer = await faultLayer(address)
    await layer.play(faults.tooBig())
    const response = await post(layer.address)
    expect(response.headers.get("content-length")).toBeNull()
    expect(Object.keys((await response.json()) as object)).toEqual(["data"])
    const stopped = await post(layer.address)
    await stopped.body?.cancel()
  })

  it("leads elsewhere, where every byte is recorded", async () => {
    await using layer = await faultLayer(address)
    await layer.play(faults.redirected)
    const followed = await fetch(`${layer.address}/v1/a`, { headers: { "x-vault-token": "bait" } })
    expect(await followed.json()).toEqual({ data: {} })
    expect(layer.elsewhere.connections()).toBe(1)
    expect(layer.elsewhere.received()).toMatch(/^GET \/v1\/a HTTP\/1.1[^]*x-vault-token: bait/)
  })

  it("shows another certificate, and its own again", async () => {
    const ours = aCertificateAuthority()
    const others = aCertificateAuthority()
    await using layer = await faultLayer(address, { tls: ours.issue() })
    const ask = (ca: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        get(`${layer.address}/v1/a`, { ca: [ca, ...rootCertificates], agent: false }, (response) => {
          response.resume()
          resolve(response.statusCode)
        }).once("error", reject)
      })
    expect(await ask(ours.certificate)).toBe(200)
    await layer.play(faults.wrongCertificate(others.issue()))
    await expect(ask(ours.certificate)).rejects.toThrow(/certificate|signature/)
    await layer.play(faults.wrongCertificate(ours.issue({ names: ["elsewhere.test"] })))
    await expect(ask(ours.certificate)).rejects.toThrow("IP")
    await layer.play(faults.resetBefore)
    await expect(ask(ours.certificate)).rejects.toThrow("ECONNRESET")
    await layer.clear()
    expect(await ask(ours.certificate)).toBe(200)
  })
})

describe("in front of the real server", () => {
  it("hands on all that the server's client does", async () => {
    await using place = await aKvV2Mount({ inNamespace: true })
    await using layer = await faultLayer(place.server.plainAddress)
    const through = openBaoClient({ address: layer.address, token: place.root.token!, namespace: place.namespace! })
    const kv = through.kvV2(place.mount)
    expect(await kv.put("team/a b#c", { value: "1" }, 0)).toBe(1)
    expect(await kv.patch("team/a b#c", { other: "2" })).toBe(2)
    expect(await kv.listAll()).toEqual(["team/a b#c"])
    await kv.destroy("team/a b#c", 1)
    expect(await place.kv.metadata("team/a b#c")).toMatchObject({ versions: { 1: { destroyed: true } } })
    expect(layer.calls()[0]).toMatchObject({ namespace: place.namespace, path: expect.stringMatching(/a%20b%23c$/) })
  })

  it("has a write done of which its client never hears", async () => {
    await using place = await aKvV2Mount()
    await using layer = await faultLayer(place.server.plainAddress)
    const kv = openBaoClient({ address: layer.address, token: place.root.token! }).kvV2(place.mount)
    await layer.play(faults.resetAfter, { method: "POST" })
    await expect(kv.put("a", { value: "1" }, 0)).rejects.toThrow()
    expect(await place.kv.get("a")).toEqual({ value: "1" })
  })

  it("has a token revoked, or expired, in the moment in which it is used", async () => {
    const server = await sharedOpenBao()
    await using layer = await faultLayer(server.plainAddress, { root: server.root })
    for (const fault of [faults.revokedToken, faults.expiredToken]) {
      const { token } = await server.root.createToken({ policies: ["default"], ttl: "1h" })
      const through = openBaoClient({ address: layer.address, token })
      await layer.play(fault, { nth: 2 })
      expect((await through.ask("GET", "auth/token/lookup-self")).status).toBe(200)
      expect(await through.ask("GET", "auth/token/lookup-self")).toMatchObject({
        status: 403,
        errors: ["permission denied"],
      })
    }
  })

  it("moves the server's clock", async () => {
    const server = await sharedOpenBao()
    await using layer = await faultLayer(server.plainAddress)
    await layer.play(faults.clockSkew(-3600))
    const { body, headers } = await openBaoClient({ address: layer.address }).health()
    const behind = Date.now() / 1000 - (body.server_time_utc as number)
    expect(behind).toBeGreaterThan(3_590)
    expect(Date.now() - Date.parse(headers.get("date")!)).toBeGreaterThan(3_590_000)
  })

  it("calls the server a standby", async () => {
    const server = await sharedOpenBao()
    await using layer = await faultLayer(server.plainAddress)
    await layer.play(faults.standby, { path: /^\/v1\/sys\/health/ })
    const through = openBaoClient({ address: layer.address, token: server.rootToken })
    expect(await through.health()).toMatchObject({ status: 429, body: { standby: true, version: "2.7.2" } })
    expect((await through.ask("GET", "auth/token/lookup-self")).status).toBe(200)
  })

  it("stands before one with TLS of its own too", async () => {
    const authority = aCertificateAuthority()
    await using server = await startOpenBao({ tls: authority.issue() })
    const status = await new Promise((resolve, reject) => {
      get(`${server.address}/v1/sys/health`, { ca: authority.certificate, agent: false }, (response) => {
        response.resume()
        resolve(response.statusCode)
      }).once("error", reject)
    })
    expect(status).toBe(200)
    expect((await server.root.health()).status).toBe(200)
  })
})

/** What a client sees of its request, in a few words. */
async function outcome(to: string, elsewhere: string): Promise<string> {
  try {
    const response = await post(to)
    const { status, headers } = response
    const after = headers.has("retry-after") ? `, after ${headers.get("retry-after") ?? ""}` : ""
    const leads = headers.get("location")?.startsWith(`${elsewhere}/v1/kv`) === true ? ", elsewhere" : ""
    const isWhole = await response.text().then(
      () => true,
      () => false,
    )
    return isWhole ? `${status} ${headers.get("content-type") ?? ""}${after}${leads}` : `${status} broken off`
  } catch (error) {
    const { code } = (error as { cause: { code: string } }).cause // as fetch throws it
    return code === "ECONNREFUSED" ? "refused" : code === "ECONNRESET" || code === "UND_ERR_SOCKET" ? "reset" : code
  }
}
