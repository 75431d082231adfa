/**
 * The public port against raw bytes, in the real processes: the api with its front, and the console behind it. What is
 * protected is planted as names (nobody outside may learn of them), and every byte that comes back is searched for it.
 * Each search is held against a request that may see it, so that none is empty for want of looking.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import pg from "pg"
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest"
import type { PersonCaller } from "../core/caller.ts"
import { ambiguousRequests, otherSpellings } from "../testing/ambiguous-requests.ts"
import { dumpTables } from "../testing/dump-tables.ts"
import { openFigures } from "../testing/figures.ts"
import { anAnswer, aRawServer } from "../testing/raw-server.ts"
import { type Answered, type Asking, aRunningProduct, type RunningProduct } from "./a-running-product.ts"

const isLong = inject("isLong")
const figures = openFigures("front")
const built = join(import.meta.dirname, "..", "..", ".next")

/** Part of every name that nobody outside may learn. */
const needle = "Zq7ProtectedName"

/** A house with protected names in it, and who may see them. */
interface Planted {
  owner: PersonCaller
  token: string
  session: string
}

async function plant(product: RunningProduct): Promise<Planted> {
  const { house } = product
  const acme = await house.organization("acme")
  const owner = await house.person(acme, { role: "owner", at: "acme", name: `${needle} Owner` })
  const at = { scope: "acme", vault: "default" }
  await house.call("createSecret", owner, { ...at, name: "KNOWN", value: "v", description: `${needle} described` })
  await house.call("createSecret", owner, { ...at, name: `${needle}_A`, value: "v" })
  await house.machine(acme, { at: "acme", name: `${needle.toLowerCase()}-machine` })
  const { token = "" } = await house.call("createPersonalToken", owner, { name: "control" })
  return { owner, token, session: await product.openSession(owner) }
}

const shows = (text: string): boolean => text.toLowerCase().includes(needle.toLowerCase())

/** Answers of the whole suite, and those that lack a header that every answer carries. */
const answers = { seen: 0, bare: [] as string[] }

function checkBaseline(where: string, { headers }: Pick<Answered, "headers">): void {
  answers.seen += 1
  const policy = String(headers["content-security-policy"] ?? "")
  const whole =
    headers["x-frame-options"] === "DENY" &&
    headers["x-content-type-options"] === "nosniff" &&
    headers["referrer-policy"] === "same-origin" &&
    policy.includes("frame-ancestors 'none'")
  if (!whole) answers.bare.push(where)
}

describe("before a console that takes down what reaches it", () => {
  let product: RunningProduct
  let planted: Planted
  beforeAll(async () => {
    product = await aRunningProduct()
    planted = await plant(product)
  })
  afterAll(() => product[Symbol.asyncDispose]())

  /** A request that would be answered with protected names, if anybody took it for one. */
  const hidden = (): string =>
    `GET /api/v1/scopes/acme/secrets HTTP/1.1\r\nHost: localhost:${product.port}\r\nAuthorization: Bearer ${planted.token}\r\n\r\n`
  const statuses = (text: string): string[] => text.match(/HTTP\/1\.1 \d{3}/g) ?? []

  function checkRaw(where: string, text: string): void {
    const head = text.split("\r\n\r\n")[0] ?? ""
    const lines = head.split("\r\n").slice(1)
    const pairs = lines.map((line) => [line.split(":")[0]?.toLowerCase(), line.slice(line.indexOf(":") + 1).trim()])
    checkBaseline(where, { headers: Object.fromEntries(pairs) as Record<string, string> })
  }

  it("answers the request that is hidden below when it is sent openly", async () => {
    const { text } = await product.send(hidden().replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"))
    expect([statuses(text), shows(text)]).toEqual([["HTTP/1.1 200"], true])
  })

  it("refuses every ambiguous request with one 400 and ends the connection, whatever is hidden behind it", async () => {
    const before = product.seenByConsole.length
    const shapes = Object.entries({ ...ambiguousRequests(new URL(product.origin)), ...furtherShapes(product) })
    for (const [name, text] of shapes) {
      const answer = await product.send(text + hidden())
      expect([name, statuses(answer.text), answer.ended]).toEqual([name, ["HTTP/1.1 400"], true])
      expect([name, shows(answer.text)]).toEqual([name, false])
      checkRaw(name, answer.text)
    }
    expect(product.seenByConsole.slice(before)).toEqual([])
    figures.tell(
      "ambiguous requests (of them answered twice, or with a protected byte)",
      `${shapes.length} (0)`,
      "40 (0)",
    )
    expect(shapes.length).toBeGreaterThanOrEqual(40)
  })

  it("refuses every other spelling of an address of the API, and the console hears of none", async () => {
    const before = product.seenByConsole.length
    const targets = otherSpellings.flatMap((target) => [target, target.replace(/\/me$/, "/scopes/acme/secrets")])
    for (const target of targets) {
      const answer = await product.send(
        `GET ${target} HTTP/1.1\r\nHost: localhost:${product.port}\r\nAuthorization: Bearer ${planted.token}\r\n\r\n${hidden()}`,
      )
      expect([target, statuses(answer.text), answer.ended]).toEqual([target, ["HTTP/1.1 400"], true])
      expect([target, shows(answer.text)]).toEqual([target, false])
      checkRaw(target, answer.text)
    }
    expect(product.seenByConsole.slice(before)).toEqual([])
    figures.tell("other spellings of /api/v1 (let through)", `${targets.length} (0)`, "all refused (0)")
  })

  it("answers 421 to another host's name, and opens no connection to it", async () => {
    await using trap = await aRawServer(anAnswer("a trap"))
    const before = product.seenByConsole.length
    const own = `localhost:${product.port}`
    const hosts = [
      "169.254.169.254",
      "127.0.0.1",
      "evil.test",
      `127.0.0.1:${trap.port}`,
      `localhost.:${product.port}`,
      `${own}@evil.test`,
    ]
    for (const host of [...hosts, `evil.test:${product.port}`, "localhost", "localhost:1", `${own}.evil.test`]) {
      const answer = await product.send(
        `GET /api/v1/scopes/acme/secrets HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${planted.token}\r\nConnection: close\r\n\r\n`,
      )
      expect([host, statuses(answer.text), shows(answer.text)]).toEqual([host, ["HTTP/1.1 421"], false])
      checkRaw(host, answer.text)
      await product.send(`GET http://127.0.0.1:${trap.port}/ HTTP/1.1\r\nHost: ${host}\r\nUpgrade: h2c\r\n\r\n`)
    }
    expect(product.seenByConsole.slice(before)).toEqual([])
    expect(trap.connections()).toBe(0)
  })

  it("gives everybody their own answers, however many ask over the same connections", async () => {
    const asked = isLong ? 10_000 : 1_000
    const { house } = product
    const rival = await house.organization("rival")
    const other = await house.person(rival, { role: "owner", at: "rival", name: "Rival" })
    const { token = "" } = await house.call("createPersonalToken", other, { name: "rival" })
    let mixed = 0
    await inParallel(16, Array.from({ length: asked }).keys().toArray(), async (turn) => {
      const isRival = turn % 2 === 0
      const { body, status } = await product.ask("GET", "/api/v1/me", { token: isRival ? token : planted.token })
      expect(status).toBe(200)
      if (shows(body) === isRival) mixed += 1
    })
    figures.tell("answers that went to somebody else", `${mixed} of ${asked}`, 0)
    expect(mixed).toBe(0)
  })

  it("answers nothing behind a request that broke off, and stays up", async () => {
    const broken = [
      "GET",
      "GET / HTTP/1.1\r\n",
      `GET / HTTP/1.1\r\nHost: localhost:${product.port}\r\nX-A`,
      `POST / HTTP/1.1\r\nHost: localhost:${product.port}\r\nOrigin: ${product.origin}\r\nContent-Length: 5000\r\n\r\nabc`,
      `POST / HTTP/1.1\r\nHost: localhost:${product.port}\r\nOrigin: ${product.origin}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab`,
    ]
    const answered = await Promise.all(broken.map((text) => product.send(text, 300)))
    expect(answered.map(({ text }) => text)).toEqual(broken.map(() => ""))
    expect((await product.ask("GET", "/health/live")).status).toBe(200)
  })
})

/** Beside the ones that front's own tests have: what is malformed here is behind a request that would be served. */
function furtherShapes({ port, origin }: RunningProduct): Record<string, string> {
  const host = `Host: localhost:${port}\r\n`
  const post = `POST /api/v1/scopes HTTP/1.1\r\n${host}Origin: ${origin}\r\n`
  return {
    "a length in another alphabet": `${post}Content-Length: \xb2\r\n\r\nab`,
    "an empty length": `${post}Content-Length: \r\n\r\n`,
    "a length with an underscore": `${post}Content-Length: 1_0\r\n\r\n0123456789`,
    "a length beside a coding that is spelled with a tab": `${post}Content-Length: 3\r\nTransfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n`,
    "a coding in capitals beside a length": `${post}TRANSFER-ENCODING: CHUNKED\r\nContent-Length: 3\r\n\r\n0\r\n\r\n`,
    "a quoted coding": `${post}Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n`,
    "an empty coding before chunked": `${post}Transfer-Encoding: , chunked\r\n\r\n0\r\n\r\n`,
    "a header without a name": `GET / HTTP/1.1\r\n${host}: x\r\n\r\n`,
    "a header without a colon": `GET / HTTP/1.1\r\n${host}Transfer-Encoding\r\n\r\n`,
    "a NUL in a header's name": `GET / HTTP/1.1\r\n${host}X\0A: b\r\n\r\n`,
    "white space before the first header": `GET / HTTP/1.1\r\n ${host}\r\n`,
    "a space in the target": `GET / x HTTP/1.1\r\n${host}\r\n`,
    "a version in lower case": `GET / http/1.1\r\n${host}\r\n`,
    "a version with more digits": `GET / HTTP/1.10\r\n${host}\r\n`,
    "the preface of HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "the hello of TLS": "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03",
    "an absolute target to itself": `GET http://localhost:${port}/api/v1/me HTTP/1.1\r\n${host}\r\n`,
    "another scheme in the target": `GET file:///etc/passwd HTTP/1.1\r\n${host}\r\n`,
    "an upgrade of the API": `GET /api/v1/me HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
  }
}

describe("before the real console", () => {
  let product: RunningProduct
  let planted: Planted
  beforeAll(async () => {
    product = await aRunningProduct({ console: "real" })
    planted = await plant(product)
  })
  afterAll(async () => {
    figures.tell(
      "answers without the baseline headers and frame-ancestors",
      `${answers.bare.length} of ${answers.seen}`,
      0,
    )
    await product[Symbol.asyncDispose]()
    expect(answers.bare).toEqual([])
  })

  async function ask(method: string, target: string, asking: Asking = {}): Promise<Answered> {
    const answer = await product.ask(method, target, asking)
    checkBaseline(`${method} ${target}`, answer)
    return answer
  }

  it("shows a signed-in person what is protected, so that the search below can find it", async () => {
    for (const path of ["/s/acme", "/s/acme/vaults/default/KNOWN", "/s/acme/people", "/s/acme/service-accounts"]) {
      const { status, body } = await ask("GET", path, { session: planted.session })
      expect([path, status, shows(body)]).toEqual([path, 200, true])
    }
  })

  it("shows nobody anything protected, whatever they tell Next about its own middle", async () => {
    const targets = pages().flatMap((path, turn) => [
      path,
      ...waysRound(path).filter((_, at) => isLong || (at + turn) % 2 === 0),
    ])
    let asked = 0
    const work = targets.flatMap((target, turn) => {
      const chosen = isLong ? headersForNext : [headersForNext[turn % headersForNext.length] ?? {}]
      return chosen.map((headers) => ({ target, headers }))
    })
    await inParallel(6, work, async ({ target, headers }) => {
      const { status, body, headers: back } = await ask("GET", target, { headers })
      expect([target, headers, shows(body + JSON.stringify(back))]).toEqual([target, headers, false])
      expect(status).toBeLessThan(500)
      expect(String(back["content-security-policy"])).not.toContain("AAAA")
      asked += 1
    })
    figures.tell("protected bytes to nobody, through ways round the middleware", `0 in ${asked} requests`, 0)
  })

  it("shows nobody anything protected on its own socket either, where front strips nothing", async () => {
    const work = pages().flatMap((path) =>
      (isLong ? headersForNext : headersForNext.slice(0, 3)).map((headers) => ({ path, headers })),
    )
    await inParallel(6, work, async ({ path, headers }) => {
      const { body } = await product.ask("GET", path, { headers, socketPath: product.consoleSocket })
      expect([path, headers, shows(body)]).toEqual([path, headers, false])
    })
    figures.tell("protected bytes to nobody, past front", `0 in ${work.length} requests`, 0)
  })

  it("changes nothing for a page of another site, whichever action it names", async () => {
    const { session } = planted
    const state = async (): Promise<string> => stateOf(product)
    const before = await state()
    const ids = actionIds()
    const forged = isLong ? forgeries(product) : forgeries(product).filter((_, at) => at % 5 === 0)
    let asked = 0
    await inParallel(8, ids, async (id) => {
      for (const { headers, type, body } of forged) {
        const { status } = await ask("POST", "/s/acme", {
          session,
          body,
          headers: { ...headers, "content-type": type, "next-action": id, accept: "text/x-component" },
        })
        expect([headers, status]).toEqual([headers, 403])
        asked += 1
      }
    })
    expect(await state()).toBe(before)
    figures.tell("changes by forged server actions", `0 in ${asked} requests to ${ids.length} actions`, 0)
  })

  it("carries an action out that its own page asks for, so that the one above could have found a change", async () => {
    const session = await product.openSession(planted.owner)
    const before = await stateOf(product)
    const { status } = await ask("POST", "/s/acme", {
      session,
      body: "[]",
      headers: { origin: product.origin, "content-type": "text/plain", "next-action": actionIds("signOut")[0] ?? "" },
    })
    expect(status).toBeLessThan(400)
    expect(await stateOf(product)).not.toBe(before)
  })

  it("lives through payloads made to break what reads the arguments of actions, and shows no source", async () => {
    const payloads = flightPayloads()
    const outcomes: Record<string, number> = {}
    let slowest = 0
    const ids = [...actionIds("signIn"), "00".repeat(21), "__proto__", "constructor", "x"]
    for (const { type, body } of payloads) {
      for (const id of isLong ? [...ids, ...actionIds("createSecret")] : ids) {
        const headers = { origin: product.origin, "content-type": type, "next-action": id, accept: "text/x-component" }
        const from = performance.now()
        const answer = await ask("POST", "/sign-in", { headers, body })
        slowest = Math.max(slowest, performance.now() - from)
        outcomes[answer.status] = (outcomes[answer.status] ?? 0) + 1
        expect([id, body.slice(0, 80), answer.body.includes("function")]).toEqual([id, body.slice(0, 80), false])
        expect(shows(answer.body)).toBe(false)
      }
    }
    expect((await ask("GET", "/sign-in")).status).toBeLessThan(400)
    expect([product.console?.exitCode, product.api.exitCode]).toEqual([null, null])
    // Next answers 500 to arguments that it can't read. Nothing of ours may fail, and nobody may wait long.
    expect(Object.keys(outcomes).every((status) => Number(status) <= 500)).toBe(true)
    const counted = Object.entries(outcomes).map(([status, times]) => `${times} times ${status}`)
    figures.tell("hostile arguments of actions", counted.join(", "), "no process ends, nothing shown")
    figures.tell("slowest answer to hostile arguments", `${Math.round(slowest)} ms`, "1000 ms")
    expect(slowest).toBeLessThan(5_000)
  })
})

/** Every page of the build, of things that are there. */
function pages(): string[] {
  const routes = JSON.parse(readFileSync(join(built, "app-path-routes-manifest.json"), "utf8")) as Record<
    string,
    string
  >
  const pieces: Record<string, string> = { "[scope]": "acme", "[vault]": "default", "[secret]": "KNOWN" }
  return Object.values(routes)
    .filter((route) => !route.startsWith("/_"))
    .map((route) => route.replace("[...nextauth]", "session").replace(/\[\w+\]/g, (piece) => pieces[piece] ?? "x"))
}

/** Other targets by which Next has been led past its middle before. */
function waysRound(path: string): string[] {
  const plain = path === "/" ? "/index" : path
  return [
    `${plain}.rsc`,
    `${plain}.segments/_tree.segment.rsc`,
    `${plain}?_rsc=1`,
    `${path}?_rsc`,
    `${plain}.prefetch.rsc`,
    `${plain}.action`,
    `/_next/data/x${plain}.json`,
    `/en${plain}`,
    `${plain}?nxtPscope=acme`,
    `${plain}?__nextLocale=en`,
    `/${path}`,
    `${plain};x`,
    `${plain}%2f`,
    `${plain}/.`,
    `${plain}.`,
    `/_next/image?url=${encodeURIComponent(path)}&w=64&q=75`,
  ]
}

const subrequest = (text: string): Record<string, string> => ({ "x-middleware-subrequest": text })

/** What Next has believed of a request at some time, so that its middle was left out or its cache mixed up. */
const headersForNext: readonly Record<string, string>[] = [
  subrequest("proxy:proxy:proxy:proxy:proxy"),
  subrequest("middleware:middleware:middleware:middleware:middleware"),
  { rsc: "1", "next-router-prefetch": "1", "next-router-segment-prefetch": "/_tree" },
  {},
  subrequest("src/middleware:src/middleware:src/middleware:src/middleware:src/middleware"),
  subrequest("src/proxy:src/proxy:src/proxy:src/proxy:src/proxy"),
  subrequest("pages/_middleware"),
  { "x-middleware-subrequest-id": "x", "x-middleware-next": "1" },
  { "x-middleware-rewrite": "/s/acme" },
  { "x-middleware-override-headers": "cookie", "x-middleware-request-cookie": "a=b" },
  { rsc: "1" },
  { rsc: "1", "next-router-state-tree": encodeURIComponent('["",{"children":["s",{}]}]') },
  { rsc: "1", "next-url": "/s/acme" },
  { "next-router-prefetch": "2", "next-hmr-refresh": "1" },
  { "x-nextjs-data": "1", purpose: "prefetch", "x-middleware-prefetch": "1" },
  { "x-matched-path": "/s/acme", "x-invoke-path": "/s/acme", "x-invoke-status": "200" },
  { "x-forwarded-host": "evil.test", "x-forwarded-for": "127.0.0.1", "x-original-url": "/s/acme" },
  { "x-prerender-revalidate": "1", "x-prerender-bypass-mode": "static" },
  { cookie: "__prerender_bypass=1; __next_preview_data=1; strongroom-session=srm_ses_x" },
  { "x-nonce": "AAAA", "content-security-policy": "script-src 'nonce-AAAA'" },
]

interface ActionEntry {
  exportedName: string
}

function actionIds(name?: string): string[] {
  const file = join(built, "server", "server-reference-manifest.json")
  const { node } = JSON.parse(readFileSync(file, "utf8")) as { node: Record<string, ActionEntry> } // as Next wrote it
  return Object.keys(node).filter((id) => name === undefined || node[id]?.exportedName === name)
}

interface Forgery {
  headers: Record<string, string>
  type: string
  body: string
}

/** What the browser would send along when another site's page, or none, began the change. */
function forgeries({ origin, port }: RunningProduct): Forgery[] {
  const origins = [
    undefined,
    "null",
    "https://evil.test",
    `http://sub.localhost:${port}`,
    `http://localhost:${port + 1}`,
    `https://localhost:${port}`,
    origin.toUpperCase(),
    `http://localhost.:${port}`,
    origin,
  ]
  const sites = [undefined, "none", "same-site", "cross-site", "same-origin"]
  const isOurs = (from: string | undefined, site: string | undefined): boolean =>
    from === origin && (site === undefined || site === "same-origin")
  return origins.flatMap((from) =>
    sites
      .filter((site) => !isOurs(from, site))
      .flatMap((site) =>
        bodies.map(({ type, body }) => ({
          headers: {
            ...(from !== undefined && { origin: from }),
            ...(site !== undefined && { "sec-fetch-site": site }),
          },
          type,
          body,
        })),
      ),
  )
}

const form = (fields: Readonly<Record<string, string>>): string =>
  `${Object.entries(fields)
    .map(([name, value]) => `--x\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
    .join("")}--x--\r\n`

const multipart = "multipart/form-data; boundary=x"
const bodies = [
  { type: multipart, body: form({ "0": "[]" }) },
  { type: "text/plain", body: "[]" },
  { type: "application/x-www-form-urlencoded", body: "0=%5B%5D" },
]

/** The forms that attacks on React's reader of arguments took, and their neighbours. */
function flightPayloads(): { type: string; body: string }[] {
  const texts = [
    '["$F1"]',
    '["$1:__proto__:then"]',
    '["$1:constructor:constructor"]',
    '["$@0"]',
    '["$@1"]',
    '["$Q1"]',
    '["$W1"]',
    '["$K1"]',
    '["$B1"]',
    '["$i1"]',
    '["$undefined","$NaN","$-Infinity","$n99999999999999999999"]',
    `["$n${"9".repeat(100_000)}"]`,
    '["$h1"]',
    '["$T1"]',
    '{"then":"$1:__proto__:then","status":"resolved_model","reason":-1,"value":"{\\"then\\":\\"$B0\\"}"}',
    '[{"__proto__":{"polluted":1}}]',
    '[{"constructor":{"prototype":{"polluted":1}}}]',
    "[".repeat(50_000) + "]".repeat(50_000),
    "[".repeat(100_000),
    `[${"0,".repeat(100_000)}0]`,
    "not json",
    "null",
    "",
    "\0",
  ]
  const parts: Readonly<Record<string, string>>[] = [
    { "0": '["$K1"]' },
    { "0": '["$F1"]', "1": '{"id":"__proto__#constructor","bound":null}' },
    { "0": '["$1:constructor:constructor"]', "1": '{"a":1}' },
    { "0": '"$@0"' },
    {
      "0": '{"then":"$1:__proto__:then","_response":{"_prefix":"x","_formData":{"get":"$1:constructor:constructor"}}}',
      "1": '"$@0"',
    },
    { "0": '["$1"]', "1": '["$0"]' },
    { "0": '["$1:a:b:c:d"]', "1": '{"a":"$2:a"}', "2": '{"a":"$1:a"}' },
    { __proto__x: "1", constructor: "1", "0": "[]" },
    { $ACTION_REF_1: "", "$ACTION_1:0": '{"id":"x","bound":"$@1"}', "$ACTION_1:1": "[]" },
    { $ACTION_ID_00: "", $ACTION_KEY: "k" },
    Object.fromEntries(Array.from({ length: 2_000 }, (_, at) => [String(at), `["$${(at + 1).toString(16)}"]`])),
  ]
  return [
    ...texts.map((body) => ({ type: "text/plain;charset=UTF-8", body })),
    ...parts.map((fields) => ({ type: multipart, body: form(fields) })),
    ...["broken", "--x", "--x\r\n\r\n\r\n--x--", form({ "0": "[]" }).slice(0, -6)].map((body) => ({
      type: multipart,
      body,
    })),
  ]
}

/** All rows of the database but for what the product's own clocks write. */
async function stateOf({ house }: RunningProduct): Promise<string> {
  const client = new pg.Client({ connectionString: house.ownerUrl })
  await client.connect()
  try {
    const tables = await dumpTables(client)
    return JSON.stringify(tables.filter(({ name }) => !clocks.has(name)))
  } finally {
    await client.end()
  }
}

/** Where a process notes the time, whoever asks for what. */
const clocks: ReadonlySet<string> = new Set(["ApiProcess", "Session", "Throttle"])

async function inParallel<Item>(
  workers: number,
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const left = items.values()
  await Promise.all(
    Array.from({ length: workers }, async () => {
      for (const item of left) await work(item)
    }),
  )
}
