import type { OutgoingHttpHeaders } from "node:http"

/** Headers as Node keeps and writes them: name, value, name, value. */
export type HeaderList = readonly string[]

/** Headers of one connection, not of the message: they end here (RFC 9110, 7.6.1). */
const hopByHop = new Set([
  "connection",
  "expect",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
])

/**
 * What a client may not tell the console: who it is and how it came (front says that), and what Next says to itself.
 * A bearer token isn't for the console either: it knows people by their cookie, and must not see a machine's token.
 */
const notForTheConsole =
  /^(?:authorization|forwarded|via|x-forwarded(?:-.*)?|x-real-ip|x-client-ip|true-client-ip|x-original-url|x-rewrite-url|x-http-method.*|x-method-override|x-middleware-.*|x-invoke-.*|x-nextjs-.*|x-next-.*|next-resume|x-matched-path|x-now-.*|x-vercel-.*|x-prerender-.*|x-nonce|content-security-policy.*|x-request-id|strongroom-.*)$/

/** In development, Next's own client names the page that an error or a log line belongs to. */
const nextInDevelopment = /^x-nextjs-(?:html-)?request-id$/

export interface Onward {
  publicUrl: URL
  requestId: string
  address: string
  development: boolean
}

/** The request's headers as the console gets them: the client's own, without what it may not say, and then ours. */
export function headersOnward(lines: HeaderList, onward: Onward): OutgoingHttpHeaders {
  // Without a prototype: a header may be called "__proto__".
  const headers: OutgoingHttpHeaders = Object.create(null) as OutgoingHttpHeaders
  const dropped = namedByConnection(lines)
  for (const [name, value] of pairs(lines)) {
    if (dropped.has(name) || (notForTheConsole.test(name) && !(onward.development && nextInDevelopment.test(name)))) {
      continue
    }
    headers[name] = join(name, headers[name], value)
  }
  Object.assign(headers, framingOf(lines))
  headers["x-forwarded-proto"] = onward.publicUrl.protocol.slice(0, -1)
  headers["x-forwarded-host"] = onward.publicUrl.host
  headers["x-forwarded-for"] = onward.address
  headers["x-request-id"] = onward.requestId
  headers.host = onward.publicUrl.host
  return headers
}

/**
 * How the body is framed on its way on. It is said for every body, and never left to Node or to what the client's
 * Connection header names: Node sends the body of a DELETE bare if it isn't told, and the console would take it for
 * the next request.
 */
function framingOf(lines: HeaderList): OutgoingHttpHeaders {
  for (const [name, value] of pairs(lines)) {
    if (name === "transfer-encoding") return { "transfer-encoding": "chunked" }
    if (name === "content-length") return { "content-length": value }
  }
  return {}
}

/** The console's headers as the client gets them, but for those that front itself puts on every answer. */
export function headersBack(lines: HeaderList, setHere: ReadonlySet<string>): string[] {
  const dropped = namedByConnection(lines)
  const back: string[] = []
  for (const [name, value] of pairs(lines)) {
    if (!dropped.has(name) && !setHere.has(name) && name !== "x-powered-by") back.push(name, value)
  }
  return back
}

/** Name (in lower case) and value of each line. */
export function* pairs(lines: HeaderList): Generator<[name: string, value: string]> {
  for (let at = 0; at + 1 < lines.length; at += 2) yield [(lines[at] ?? "").toLowerCase(), lines[at + 1] ?? ""]
}

/** The hop-by-hop headers, and those that this message's Connection header adds to them. */
function namedByConnection(lines: HeaderList): ReadonlySet<string> {
  const names = new Set(hopByHop)
  for (const [name, value] of pairs(lines)) {
    if (name === "connection") for (const one of value.split(",")) names.add(one.trim().toLowerCase())
  }
  return names
}

function join(name: string, before: OutgoingHttpHeaders[string], value: string): string {
  if (before === undefined) return value
  return `${String(before)}${name === "cookie" ? "; " : ", "}${value}`
}
