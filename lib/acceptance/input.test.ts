/**
 * What callers send, made hostile, against the real api process over HTTP: thousands of requests by its own OpenAPI
 * document, as every kind of caller. None may be answered with a fault of ours, end the process, fill its memory, hold
 * up a neighbour, change what every object has, or come back in an answer or the log.
 */
import { once } from "node:events"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest"
import { scopePath, secretName, vaultName } from "../contract/names.ts"
import { newToken } from "../crypto/tokens.ts"
import { newId } from "../db/ids.ts"
import { statusOfCode } from "../errors.ts"
import { poll } from "../process/poll.ts"
import type { TestOrganization } from "../testing/a-house.ts"
import { openFigures } from "../testing/figures.ts"
import {
  type Answered,
  aRunningProduct,
  brokenLines,
  type RunningProduct,
  residentMemory,
} from "./a-running-product.ts"
import { type ApiDocument, type FuzzedRequest, fuzzedRequests, hostileNames, randomOf } from "./fuzzed-requests.ts"

const isLong = inject("isLong")
const figures = openFigures("input")
const canary = "CanaryQ7xInBodies"
const seed = 20_261_201
const vault = "default"

let product: RunningProduct
let acme: TestOrganization
/** Tokens of the kinds of callers; nobody has none. */
const tokens = new Map<string, string | undefined>()

beforeAll(async () => {
  const fixture = join(import.meta.dirname, "..", "testing", "fixture-look-inside.mjs")
  product = await aRunningProduct({ nodeOptions: { api: ["--import", fixture] } })
  const { house } = product
  acme = await house.organization("acme")
  for (const [role, at] of [
    ["owner", "acme"],
    ["editor", "acme.payments"],
    ["viewer", "acme.data"],
  ] as const) {
    const person = await house.person(acme, { role, at })
    tokens.set(role, (await house.call("createPersonalToken", person, { name: "fuzz" })).token ?? "")
  }
  const grants = [{ at: "acme", access: "read" as const }]
  tokens.set("machine", (await house.machine(acme, { at: "acme", name: "fuzzing", grants })).token)
  tokens.set("nobody", undefined)
  for (const scope of ["acme", "acme.payments", "acme.payments.prod"]) {
    for (const name of ["A", "B"])
      await askAs("owner", "POST", `/scopes/${scope}/vaults/${vault}/secrets`, { name, value: "v" })
  }
})
afterAll(() => product[Symbol.asyncDispose]())

function askAs(who: string, method: string, path: string, body?: unknown): Promise<Answered> {
  const token = tokens.get(who)
  return product.ask(method, `/api/v1${path}`, {
    token,
    headers: { "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}

describe("requests made from the product's own description", () => {
  /** 417 is what Node answers to an `Expect` that nobody meets. */
  const documented = new Set([200, 304, 417, ...Object.values(statusOfCode).filter((status) => status < 500), 501])
  const count = isLong ? 10_000 : 1_500

  it("are answered as documented, with no fault of ours, and nothing of a spoiled body is repeated", async () => {
    const before = await lookInside()
    const document = JSON.parse((await product.ask("GET", "/api/v1/openapi.json")).body) as ApiDocument
    const known = await knownValues()
    const requests = fuzzedRequests({ document, known, seed, canary, leaveOut: endsTheTest })
    const memoryBefore = residentMemory(product.api)
    const neighbour = await aNeighbour()
    const strange: string[] = []
    const byStatus: Record<string, number> = {}
    const callers = [...tokens.keys()]
    let sent = 0
    const worker = async (): Promise<void> => {
      while (sent < count) {
        const turn = sent++
        const who = callers[turn % callers.length] ?? ""
        const { value: request } = requests.next()
        const answer = await send(request, who)
        byStatus[answer.status] = (byStatus[answer.status] ?? 0) + 1
        const isWrong = !documented.has(answer.status) || (answer.status >= 400 && answer.body.includes(canary))
        if (isWrong)
          strange.push(`${describeRequest(request, who, turn)}: ${answer.status} ${answer.body.slice(0, 200)}`)
      }
    }
    await Promise.all(Array.from({ length: 8 }, worker))
    const after = await lookInside()
    const waited = await neighbour.stop()
    const settled = async (): Promise<boolean> => {
      await product.ask("GET", "/health/live")
      return residentMemory(product.api) - memoryBefore < 100 * 2 ** 20
    }
    await poll(settled, { forMs: 30_000, everyMs: 200 })
    const grown = (residentMemory(product.api) - memoryBefore) / 2 ** 20
    const statuses = Object.entries(byStatus).map(([status, times]) => `${times} times ${status}`)
    figures.tell("fuzzed requests answered otherwise than documented", `${strange.length} of ${count}`, 0)
    figures.tell("of them answered", statuses.join(", "), "no 5xx")
    figures.tell("resident memory of the api after them", `${grown.toFixed(0)} MB more`, "100 MB more")
    figures.tell("a neighbour's read meanwhile, p99", `${waited.p99.toFixed(0)} ms of ${waited.count} reads`, "200 ms")
    figures.tell("the api's event loop meanwhile, p99", `${after.lagMs.toFixed(0)} ms`, "200 ms")
    expect(strange).toEqual([])
    expect(product.api.exitCode).toBe(null)
    expect(grown).toBeLessThan(100)
    expect(waited.wrong).toBe(0)
    expect(waited.p99).toBeLessThan(5_000)
    expect(after.everyObjectHas).toEqual(before.everyObjectHas)
  }, 600_000)

  it("leave a log in which each line is one record, and none holds what was sent", () => {
    expect(brokenLines(product.printed.api)).toEqual([])
    expect(product.printed.api.filter((line) => line.includes(canary))).toEqual([])
  })
})

/** These end tokens and sessions, or ask other servers. */
const endsTheTest: ReadonlySet<string> = new Set(["signOut", "revokePersonalToken"])

async function send(request: FuzzedRequest, who: string): Promise<Answered> {
  const { method, target, headers, body } = request
  return product.ask(method, target, { token: tokens.get(who), headers, ...(body !== undefined && { body }) })
}

function describeRequest({ operation, how, target, body = "" }: FuzzedRequest, who: string, turn: number): string {
  return `seed ${seed}, request ${turn}, ${who}: ${operation} with ${how}, ${target.slice(0, 200)} ${body.slice(0, 200)}`
}

/** Good values for fields of these names. No caller's own ids are among them. */
async function knownValues(): Promise<Record<string, unknown[]>> {
  const { house } = product
  const person = await house.person(acme, { role: "viewer", at: "acme.data", name: "Somebody" })
  const machine = await house.machine(acme, { at: "acme.data", name: "somebody" })
  return {
    scope: Object.keys(acme.scopes),
    vault: [vault],
    secret: ["A", "B", "NOWHERE"],
    name: ["A", "b", "new-name", "X_1"],
    names: [["A"], ["A", "B"], []],
    version: [1, 2, 99],
    value: ["v", ""],
    person: [person.id],
    account: ["somebody", machine.caller.id],
    token: [machine.caller.credentialId],
    role: ["viewer", "editor", "lead", "owner"],
    email: ["a@example.com"],
    confirm: ["A", "no"],
    limit: [1, 50],
    address: ["http://127.0.0.1:9", "https://vault.invalid"],
    url: ["https://hook.invalid/x"],
  }
}

interface Inside {
  everyObjectHas: string[][]
  /** How long its event loop was held up since it was asked last, p99. */
  lagMs: number
}

async function lookInside(): Promise<Inside> {
  const told = once(product.api, "message") as Promise<[Inside]> // what the fixture sends
  product.api.send("look inside")
  return (await told)[0]
}

interface Neighbour {
  stop(): Promise<{ p99: number; count: number; wrong: number }>
}

/** A machine of another organization that reads its value all the while. */
async function aNeighbour(): Promise<Neighbour> {
  const { house } = product
  const other = await house.organization("neighbour")
  const owner = await house.person(other, { role: "owner", at: "neighbour" })
  await house.call("createSecret", owner, { scope: "neighbour", vault, name: "OWN", value: "the neighbour's" })
  const { token } = await house.machine(other, { at: "neighbour", grants: [{ at: "neighbour" }] })
  const waits: number[] = []
  let wrong = 0
  let isOver = false
  const reading = (async () => {
    while (!isOver) {
      const from = performance.now()
      const { status, body } = await product.ask("GET", `/api/v1/vaults/${vault}/secrets/OWN/value?scope=neighbour`, {
        token,
      })
      waits.push(performance.now() - from)
      if (status !== 200 || !body.includes("the neighbour's")) wrong += 1
    }
  })()
  return {
    stop: async () => {
      isOver = true
      await reading
      const sorted = waits.toSorted((one, other) => one - other)
      return { p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0, count: waits.length, wrong }
    },
  }
}

describe("bodies made to be expensive", () => {
  it("are refused, and memory and neighbours feel little of them", async () => {
    const memoryBefore = residentMemory(product.api)
    await lookInside()
    const target = `/api/v1/scopes/acme/vaults/${vault}/secrets`
    const colliding = Array.from({ length: 20_000 }, (_, at) => `"${(at * 2 ** 20).toString(36)}":0`).join(",")
    const bodies: Record<string, { body: Buffer | string; headers?: Record<string, string> }> = {
      "a hundred thousand levels": { body: `${"[".repeat(100_000)}${"]".repeat(100_000)}` },
      "a million keys": { body: `{${Array.from({ length: 1_000_000 }, (_, at) => `"${at}":0`).join(",")}}` },
      "a million elements": { body: `[${"0,".repeat(1_000_000)}0]` },
      "a string of 100 MB": { body: Buffer.alloc(100 * 2 ** 20, "x") },
      "one key again and again": { body: `{${'"a":1,'.repeat(60_000)}"a":1}` },
      "keys that are alike": { body: `{${colliding}}` },
      "a gzip bomb": { body: gzipSync(Buffer.alloc(100 * 2 ** 20)), headers: { "content-encoding": "gzip" } },
    }
    for (const [name, { body, headers }] of Object.entries(bodies)) {
      const asked = product.ask("POST", target, {
        token: tokens.get("owner"),
        headers: { "content-type": "application/json", ...headers },
        body,
      })
      // A body that is far too large is answered while it still comes; the connection may end before all of it went.
      const status = await asked.then((answer) => answer.status).catch(() => 413)
      expect([name, status === 400 || status === 413]).toEqual([name, true])
    }
    const { lagMs } = await lookInside()
    figures.tell("the api's event loop under expensive bodies, p99", `${lagMs.toFixed(0)} ms`, "200 ms")
    const settled = (): boolean => residentMemory(product.api) - memoryBefore < 100 * 2 ** 20
    expect(await poll(settled, { forMs: 30_000, everyMs: 200 })).toBe(true)
    expect((await product.ask("GET", "/health/live")).status).toBe(200)
  }, 120_000)
})

describe("names", () => {
  it("hold to one alphabet: what looks alike, reads backwards or climbs in a path is no name", () => {
    const random = randomOf(seed)
    const strangers = Array.from({ length: 5_000 }, () => {
      const at = random.below(6)
      const char = String.fromCodePoint(0x80 + random.below(0x10_000 - 0x80 - 0x800))
      return `secret${"x".repeat(at)}${char}`
    })
    const climbing = hostileNames.filter((name) => !/^[A-Za-z0-9_.-]{1,128}$/.test(name))
    for (const name of [...strangers, ...climbing, ".", "..", "root", "SYS", "__proto__", "Constructor"]) {
      expect([name, secretName.safeParse(name).success]).toEqual([name, false])
      expect([name, vaultName.safeParse(name).success]).toEqual([name, false])
      expect([name, scopePath.safeParse(`acme.${name}`).success]).toEqual([name, false])
    }
    figures.tell("strange names taken", `0 of ${strangers.length + climbing.length}`, 0)
  })

  it("are refused as such over HTTP, whichever kind of thing they are for", async () => {
    for (const name of hostileNames.filter((each) => !secretName.safeParse(each).success)) {
      const answers = await Promise.all([
        askAs("owner", "POST", `/scopes/acme/vaults/${vault}/secrets`, { name, value: "v" }),
        askAs("owner", "POST", "/scopes/acme/vaults", { name }),
        askAs("owner", "POST", "/scopes/acme/scopes", { slug: name, name: "x" }),
      ])
      expect([name, ...answers.map(({ status }) => status)]).toEqual([name, 400, 400, 400])
    }
  })
})

describe("a secret that the caller may not see", () => {
  it("can't be told from one that isn't there, by any operation of the API", async () => {
    const hidden = "HIDDEN_FROM_VIEWERS"
    await askAs("owner", "POST", `/scopes/acme.payments/vaults/${vault}/secrets`, { name: hidden, value: "v" })
    const document = JSON.parse((await product.ask("GET", "/api/v1/openapi.json")).body) as ApiDocument
    let compared = 0
    for (const [path, methods] of Object.entries(document.paths)) {
      if (!path.includes("{secret}")) continue
      for (const method of Object.keys(methods)) {
        for (const who of ["viewer", "nobody"]) {
          const [one, other] = await Promise.all(
            [hidden, "NEVER_WAS_HERE_AT_A"].map((name) => askAt(path, method, who, name)),
          )
          expect([path, method, who, one]).toEqual([path, method, who, other])
          compared += 1
        }
      }
    }
    for (const path of [
      "/scopes/acme.data/secrets",
      "/scopes/acme.data/secrets?text=HIDDEN",
      "/search?text=HIDDEN",
      "/scopes",
      "/scopes/acme.data/audit?limit=100",
      "/scopes/acme.data/audit/export?format=jsonl",
      "/scopes/acme.data/audit/export?format=csv",
    ]) {
      const { body, headers } = await askAs("viewer", "GET", path)
      expect([path, (body + JSON.stringify(headers)).includes(hidden)]).toEqual([path, false])
    }
    expect((await askAs("owner", "GET", "/search?text=HIDDEN")).body).toContain(hidden)
    figures.tell("operations that tell a hidden secret from none", `0 of ${compared}`, 0)
  })

  /** Its answer without what differs by itself: the request's id, and the name that was asked for. */
  async function askAt(path: string, method: string, who: string, name: string): Promise<unknown> {
    const filled = path
      .replace("/api/v1", "")
      .replace("{scope}", "acme.payments")
      .replace("{vault}", vault)
      .replace("{secret}", name)
      .replace(/\{\w+\}/g, "1")
    const hasBody = method === "post" || method === "patch"
    const { status, headers, body } = await askAs(who, method.toUpperCase(), filled, hasBody ? {} : undefined)
    const { "x-request-id": id, date: _, ...kept } = headers
    return { status, kept, body: body.replaceAll(String(id), "").replaceAll(name, "") }
  }
})

describe("a token that is no good", () => {
  it("is refused in the same words and headers, whatever is wrong with it", async () => {
    const { house } = product
    const unknown = newToken("sat", newId()).token
    const revoked = await house.machine(acme, { at: "acme", grants: [{ at: "acme" }] })
    const expired = await house.machine(acme, { at: "acme", grants: [{ at: "acme" }] })
    const { prisma } = house.house.database
    const past = new Date(Date.now() - 60_000)
    await prisma.accessToken.updateMany({ where: { id: revoked.caller.credentialId }, data: { revokedAt: past } })
    await prisma.accessToken.updateMany({ where: { id: expired.caller.credentialId }, data: { expiresAt: past } })
    const refused = await Promise.all(
      [unknown, revoked.token, expired.token, `${unknown.slice(0, -1)}x`, "x", "srm_sat_"].map(async (token) => {
        const answer = await product.ask("GET", `/api/v1/vaults/${vault}/secrets/A/value?scope=acme`, { token })
        const { "x-request-id": id, date: _, ...headers } = answer.headers
        return { status: answer.status, headers, body: answer.body.replaceAll(String(id), "") }
      }),
    )
    expect(refused[0]?.status).toBe(401)
    for (const answer of refused) expect(answer).toEqual(refused[0])
  })
})

describe("a scope that is deleted while its machines read", () => {
  it("leaves no token that works, from the answer on", async () => {
    const { house } = product
    const doomed = await house.organization("doomed")
    const owner = await house.person(doomed, { role: "owner", at: "doomed" })
    const { token: ownerToken = "" } = await house.call("createPersonalToken", owner, { name: "t" })
    await house.call("createSecret", owner, { scope: "doomed.payments", vault, name: "A", value: "v" })
    const grants = [{ at: "doomed.payments" }]
    const machines = await Promise.all(
      ["doomed.payments", "doomed.payments.prod"].flatMap((at) =>
        Array.from({ length: 4 }, () => house.machine(doomed, { at, grants: at === "doomed.payments" ? grants : [] })),
      ),
    )
    const read = async (token: string): Promise<number> =>
      (await product.ask("GET", `/api/v1/vaults/${vault}/secrets/A/value?scope=doomed.payments`, { token })).status
    const seen: number[] = []
    let isDeleted = false
    const load = machines.map(async ({ token }) => {
      while (!isDeleted) seen.push(await read(token))
    })
    expect(await poll(() => seen.filter((status) => status === 200).length > 20, { forMs: 20_000 })).toBe(true)
    const gone = await product.ask("DELETE", "/api/v1/scopes/doomed.payments?confirm=doomed.payments", {
      token: ownerToken,
    })
    const after = await Promise.all(machines.map(({ token }) => read(token)))
    isDeleted = true
    await Promise.all(load)
    expect([gone.status, ...after]).toEqual([200, ...machines.map(() => 401)])
    expect(seen.filter((status) => status >= 500)).toEqual([])
    figures.tell("tokens that work after their scope was deleted", `0 of ${machines.length}`, 0)
  })
})
