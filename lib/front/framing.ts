import type { IncomingMessage } from "node:http"
import { AppError } from "../errors.ts"

/** More header lines than any client of ours sends. Node itself would drop what is over its limit without a word. */
const maximumHeaderLines = 100

const methods = new Set(["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"])
const bodiless = new Set(["GET", "HEAD", "OPTIONS"])

/** Headers that decide something: a second line of one of them could be read differently by whoever is next. */
const single = new Set([
  "host",
  "authorization",
  "content-length",
  "content-type",
  "origin",
  "sec-fetch-site",
  "strongroom-client-address",
  "transfer-encoding",
])

/**
 * Refuses a request that two readers could take apart differently. Node's parser has already refused bare line feeds,
 * folded headers, `Content-Length` beside `Transfer-Encoding`, and repeated or malformed lengths; this is the rest.
 * @throws AppError `invalid`, `method_not_allowed`
 */
export function checkFraming(request: IncomingMessage): void {
  if (request.httpVersion !== "1.1" && request.httpVersion !== "1.0") throw refused("Use HTTP/1.1.")
  if (!methods.has(request.method ?? "")) throw new AppError("method_not_allowed", "This method isn't served here.")
  checkHeaderLines(request.rawHeaders)
  checkBody(request)
}

function checkHeaderLines(lines: readonly string[]): void {
  if (lines.length > 2 * maximumHeaderLines) throw refused(`It has more than ${maximumHeaderLines} headers.`)
  const seen = new Set<string>()
  for (let at = 0; at < lines.length; at += 2) {
    const name = (lines[at] ?? "").toLowerCase()
    if (!single.has(name)) continue
    if (seen.has(name)) throw refused(`It has two headers "${name}".`)
    seen.add(name)
  }
}

function checkBody(request: IncomingMessage): void {
  const coding = request.headers["transfer-encoding"]
  if (coding !== undefined && (coding.toLowerCase() !== "chunked" || request.httpVersion === "1.0")) {
    throw refused("The only transfer coding understood here is chunked, in HTTP/1.1.")
  }
  const hasBody = coding !== undefined || Number(request.headers["content-length"] ?? 0) > 0
  if (hasBody && bodiless.has(request.method ?? "")) throw refused(`A ${request.method ?? ""} carries no body.`)
}

function refused(why: string): AppError {
  return new AppError("invalid", `This request can't be read safely. ${why}`)
}
