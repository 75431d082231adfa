import { type OutgoingHttpHeader, type OutgoingHttpHeaders, ServerResponse } from "node:http"
import { pairs } from "./headers.ts"

/** For an answer that brings no policy of its own: it may load nothing, send nothing, and be framed by nobody. */
const strictestPolicy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** Two headers that an answer may set itself; without, these hold. */
const defaults: readonly (readonly [name: string, value: string])[] = [
  ["cache-control", "private, no-store"],
  ["content-security-policy", strictestPolicy],
]

/**
 * The headers that every answer carries, whatever it is.
 *
 * `referrer-policy` is `same-origin`, not `no-referrer`: under the latter a browser sends `Origin: null` with a form
 * that is posted without JavaScript, and the Origin check would refuse our own pages.
 */
export function baselineHeaders(publicUrl: URL): readonly string[] {
  const headers = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "origin-agent-cluster": "?1",
    "x-permitted-cross-domain-policies": "none",
    "permissions-policy":
      "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=()",
    ...(publicUrl.protocol === "https:" ? { "strict-transport-security": "max-age=31536000" } : {}),
  }
  return Object.entries(headers).flat()
}

/** What `guardedResponse` makes: an answer that knows the id of its request. */
export interface GuardedResponse extends ServerResponse {
  requestId: string
}

/**
 * A response class for `createServer` that puts `baseline` on every answer as its head is written. It is done here and
 * not by whoever answers, so that no answer is without: neither a forwarded one, nor one that Node gives by itself.
 */
export function guardedResponse(baseline: readonly string[]): typeof ServerResponse & (new () => GuardedResponse) {
  class Guarded extends ServerResponse {
    requestId = ""

    override writeHead(status: number, second?: unknown, third?: unknown): this {
      // Node's overloads: (status, headers) or (status, message, headers).
      const given = (typeof second === "string" ? third : second) as GivenHeaders
      const lines = headerLines(given)
      addMissingDefaults(this, lines)
      for (const line of baseline) lines.push(line)
      if (this.requestId !== "") lines.push("x-request-id", this.requestId)
      return typeof second === "string" ? super.writeHead(status, second, lines) : super.writeHead(status, lines)
    }
  }
  // The constructor's parameters are those of ServerResponse; TypeScript can't say "the same, with another instance".
  return Guarded as unknown as typeof ServerResponse & (new () => GuardedResponse)
}

type GivenHeaders = OutgoingHttpHeaders | readonly OutgoingHttpHeader[] | undefined

function headerLines(given: GivenHeaders): string[] {
  if (given === undefined) return []
  if (isList(given)) return given.map(String)
  return Object.entries(given).flatMap(([name, value]) => linesOf(name, value))
}

function isList(given: NonNullable<GivenHeaders>): given is readonly OutgoingHttpHeader[] {
  return Array.isArray(given)
}

function linesOf(name: string, value: OutgoingHttpHeader | undefined): string[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value.flatMap((one) => [name, one]) : [name, String(value)]
}

function addMissingDefaults(response: ServerResponse, lines: string[]): void {
  const own = lines.length
  for (const [name, value] of defaults) {
    if (!response.hasHeader(name) && !names(lines, own, name)) lines.push(name, value)
  }
}

/** Whether one of the first `count` lines has this name, which is in lower case. */
function names(lines: readonly string[], count: number, wanted: string): boolean {
  for (let at = 0; at < count; at += 2) {
    const name = lines[at]
    if (name?.length === wanted.length && name.toLowerCase() === wanted) return true
  }
  return false
}

/** A whole answer as text, for a request that Node could not parse into one: its connection has no response object. */
export function rawAnswer(status: string, baseline: readonly string[], body: string): string {
  const own = ["content-type", "application/json; charset=utf-8", "content-length", String(Buffer.byteLength(body))]
  const lines = [...pairs([...own, "connection", "close", ...defaults.flat(), ...baseline])]
  return `HTTP/1.1 ${status}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`
}
