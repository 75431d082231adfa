/** The faults that a fault layer plays. "Before" and "after" say whether the server had applied the request. */
import { once } from "node:events"
import { setTimeout as pause } from "node:timers/promises"
import type { TestCertificate } from "./certificates.ts"
import type { Exchange, Fault, Reply } from "./fault-layer.ts"

export const faults = {
  /** Nobody listens. */
  refused: { name: "refused", port: "closed" } satisfies Fault,

  resetBefore: fault("reset before", async (exchange) => exchange.reset()),
  resetAfter: fault("reset after", async (exchange) => {
    await exchange.apply()
    exchange.reset()
  }),

  /** Nothing comes back. `release` applies it and answers, however late; `clear` drops it. */
  hangBefore: fault("hang before", async (exchange) => {
    await exchange.hold()
    exchange.answer(await exchange.apply())
  }),
  hangAfter: fault("hang after", async (exchange) => {
    const reply = await exchange.apply()
    await exchange.hold()
    exchange.answer(reply)
  }),

  /** The real answer, a byte at a time. `release` sends the rest at once. */
  slowBody: (everyMs = 100): Fault =>
    fault("slow body", async (exchange) => {
      const { status, headers, body } = await exchange.apply()
      exchange.response.writeHead(status, headers)
      const released = exchange.hold().then(() => "released")
      released.catch(() => undefined) // whoever hung up isn't waiting for the rest
      let sent = 0
      while (sent < body.length && !exchange.response.destroyed) {
        exchange.response.write(body.subarray(sent, ++sent))
        if ((await Promise.race([released, pause(everyMs, "slowly", { ref: false })])) === "released") break
      }
      exchange.response.end(body.subarray(sent))
    }),

  /** The real answer announces its length and ends at half of it. */
  truncated: fault("truncated", async (exchange) => {
    const { status, headers, body } = await exchange.apply()
    exchange.response.writeHead(status, { ...headers, "content-length": String(Math.max(body.length, 2)) })
    const half = body.subarray(0, Math.floor(body.length / 2))
    exchange.response.write(half, () => exchange.response.destroy())
    if (half.length === 0) exchange.response.flushHeaders()
  }),

  /** A page of something in between that isn't OpenBao: a sign-in portal with 200, a proxy with 502. */
  html: (status: 200 | 502): Fault => answers(`html with ${status}`, { status, type: "text/html", text: page }),

  throttled: answers("429", { status: 429, ...errors('request path "secret/data/a": rate limit quota exceeded') }),
  throttledWith: (retryAfter: string): Fault =>
    answers("429 with Retry-After", {
      status: 429,
      ...errors('request path "secret/data/a": rate limit quota exceeded'),
      headers: { "retry-after": retryAfter },
    }),

  internalError: answers("500", { status: 500, ...errors("internal error") }),
  /** The server did it, and failed when it said so. */
  internalErrorAfter: fault("500 after", async (exchange) => {
    await exchange.apply()
    exchange.answer(replyOf({ status: 500, ...errors("internal error") }))
  }),
  badGateway: answers("502", { status: 502, ...errors("bad gateway") }),
  sealed: answers("503 sealed", { status: 503, ...errors("Vault is sealed") }),

  /** It says of itself that another server is the active one. Play it to `/v1/sys/health`. */
  standby: fault("standby", async (exchange) => {
    const { body } = await exchange.apply()
    const health = JSON.parse(body.toString()) as object // sys/health, as the fault is meant for
    const text = JSON.stringify({ ...health, standby: true })
    exchange.answer(replyOf({ status: 429, type: "application/json", text }))
  }),

  /** To `layer.elsewhere`, which records what it is sent. */
  redirected: fault("307", async (exchange) => {
    const location = `${exchange.elsewhere.address}${exchange.path}`
    exchange.answer(replyOf({ status: 307, type: "text/html", text: "Temporary Redirect", headers: { location } }))
  }),

  /** Vault Enterprise and HCP, right after a sign-in or a write. */
  indexMissing: answers("412", { status: 412, ...errors("required index state not present") }),

  /** The real server forgets the token that this request shows, and then gets the request. Needs `root`. */
  revokedToken: fault("revoked token", async (exchange) => {
    if (exchange.token !== undefined) await exchange.root().revokeToken(exchange.token)
    exchange.answer(await exchange.apply())
  }),
  /** The token's life is cut to a second, which passes. Not for periodic tokens: their life is their period. */
  expiredToken: fault("expired token", async (exchange) => {
    if (exchange.token !== undefined) await expire(exchange, exchange.token)
    exchange.answer(await exchange.apply())
  }),

  /** For layers with TLS. */
  wrongCertificate: (other: TestCertificate): Fault => ({ name: "wrong certificate", port: other }),

  /** The server's clock, in its Date header and its health, is ahead by so many seconds, or behind by negative ones. */
  clockSkew: (seconds: number): Fault =>
    fault("clock skew", async (exchange) => exchange.answer(skewed(await exchange.apply(), seconds))),

  /** The request is applied, and the answer is JSON of this size, whose length nobody announced. */
  tooBig: (bytes = 11 * 1024 * 1024): Fault =>
    fault("too big", async (exchange) => {
      const { status } = await exchange.apply()
      exchange.response.writeHead(status === 204 ? 200 : status, { "content-type": "application/json" })
      exchange.response.write('{"data":{"padding":"')
      for (let sent = 0; sent < bytes && !exchange.response.destroyed; sent += megabyte.length) {
        if (!exchange.response.write(megabyte)) await taken(exchange)
      }
      exchange.response.end('"}}')
    }),

  delayed: (ms: number): Fault =>
    fault("delayed", async (exchange) => {
      await pause(ms)
      exchange.answer(await exchange.apply())
    }),
}

function fault(name: string, react: (exchange: Exchange) => Promise<void>): Fault {
  return { name, react }
}

interface Said {
  status: number
  type: string
  text: string
  headers?: Record<string, string>
}

/** Something answers in the server's place, which never sees the request. */
function answers(name: string, said: Said): Fault {
  return fault(name, async (exchange) => exchange.answer(replyOf(said)))
}

function replyOf({ status, type, text, headers = {} }: Said): Reply {
  const body = Buffer.from(text)
  return { status, headers: { "content-type": type, "content-length": String(body.length), ...headers }, body }
}

function errors(message: string): Pick<Said, "type" | "text"> {
  return { type: "application/json", text: `${JSON.stringify({ errors: [message] })}\n` }
}

const page = "<!doctype html><html><head><title>Sign in</title></head><body><h1>Welcome</h1></body></html>"
const megabyte = Buffer.alloc(1024 * 1024, "x")

async function taken({ response }: Exchange): Promise<void> {
  const either = new AbortController()
  await Promise.race(["drain", "close"].map((event) => once(response, event, { signal: either.signal })))
  either.abort()
}

async function expire(exchange: Exchange, token: string): Promise<void> {
  const root = exchange.root()
  await root.must("POST", "auth/token/renew", { token, increment: "1s" })
  const deadline = performance.now() + 10_000
  while ((await root.lookUpToken(token)) !== undefined) {
    if (performance.now() > deadline) throw new Error("The token doesn't expire: is it periodic, or root's?")
    await pause(50)
  }
}

function skewed({ status, headers, body }: Reply, seconds: number): Reply {
  const date = new Date(Date.now() + seconds * 1000).toUTCString()
  const text = body.toString().replace(/("server_time_utc":)(\d+)/, (_, name: string, time: string) => {
    return `${name}${Number(time) + seconds}`
  })
  const changed = Buffer.from(text)
  return { status, headers: { ...headers, date, "content-length": String(changed.length) }, body: changed }
}
