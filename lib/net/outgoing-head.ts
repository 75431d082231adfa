/** Method and headers of a request, checked before anything is opened. What frames a request is ours to write. */
import { EgressError } from "./egress-error.ts"
import type { Target } from "./target.ts"

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/

const methods = new Set(["GET", "HEAD", "OPTIONS", "LIST", "POST", "PUT", "PATCH", "DELETE"])
const changesNothing = new Set(["GET", "HEAD", "OPTIONS", "LIST"])

const ours = new Set([
  "accept-encoding",
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
])

interface Outgoing {
  method: string
  headers: Readonly<Record<string, string>>
  body?: Uint8Array
}

/** True for a method that may be sent twice. `LIST` is Vault's. */
export function isRepeatable(method: string): boolean {
  return changesNothing.has(method)
}

/**
 * The headers as they go out, name by name.
 * @throws EgressError `bad_request`, which names the header and never its value
 */
export function outgoingHeaders({ method, headers, body }: Outgoing, target: Target): Record<string, string> {
  if (!methods.has(method)) throw bad("This method isn't sent to addresses that were typed in.")
  for (const [name, value] of Object.entries(headers)) checkHeader(name, value)
  const length = body === undefined && changesNothing.has(method) ? {} : { "content-length": `${body?.length ?? 0}` }
  return { host: target.authority, "accept-encoding": "identity", ...headers, ...length }
}

function checkHeader(name: string, value: string): void {
  if (!token.test(name)) throw bad("A header's name has characters that it can't have.")
  if (ours.has(name.toLowerCase()) || name.toLowerCase().startsWith("proxy-")) {
    throw bad(`The header "${name}" can't be set.`)
  }
  if (!fieldValue.test(value)) {
    throw bad(`The header "${name}" has a line break or a character that a header can't hold. Enter its value again.`)
  }
}

function bad(message: string): EgressError {
  return new EgressError("bad_request", message)
}
