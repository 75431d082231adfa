import type { IncomingMessage } from "node:http"
import { type OperationSpec, operations } from "../contract/operations.ts"
import { readJsonObject } from "../contract/strict-json.ts"
import { AppError } from "../errors.ts"
import { readBody } from "./body.ts"
import type { Found } from "./router.ts"

/** Bytes of a body: more where it may hold a value. */
const bodyLimit = 64 * 1024
const bodyLimitWithValue = 512 * 1024

/** An operation's input as it came: what the path, the query and the body say, in one object. Core checks it. */
export type WireInput = Record<string, unknown>

/**
 * Gathers the input of a request with a body. A field may stand in one place only.
 * @throws AppError `invalid`, `too_large`
 */
export async function inputWithBody(request: IncomingMessage, found: Found, query: string): Promise<WireInput> {
  if (query !== "") throw new AppError("invalid", "This operation takes its input in the body, not in the query.")
  const spec: OperationSpec = operations[found.name]
  const bytes = await readBody(request, spec.holdsValue === true ? bodyLimitWithValue : bodyLimit)
  if (bytes.length === 0) return inputOfPath(found)
  if (spec.oauth === true && isForm(request)) return readForm(bytes)
  if (!/^application\/json *(?:; *charset="?utf-8"?)?$/i.test(request.headers["content-type"] ?? "")) {
    throw new AppError("invalid", "Send the body as JSON, with the header `Content-Type: application/json`.")
  }
  const encoding = request.headers["content-encoding"] ?? "identity"
  if (encoding !== "identity") throw new AppError("invalid", "Send the body without compression.")
  return join(readJsonObject(bytes), inputOfPath(found))
}

function isForm({ headers }: IncomingMessage): boolean {
  return /^application\/x-www-form-urlencoded *(?:; *charset="?utf-8"?)?$/i.test(headers["content-type"] ?? "")
}

/** A form as OAuth 2.0 has it: RFC 6749, 3.2 refuses a field that is there twice, and takes an empty one as left out. */
function readForm(bytes: Buffer): WireInput {
  const fields = Object.entries(readQuery(bytes.toString("latin1")))
  if (fields.some(([, value]) => Array.isArray(value))) throw new AppError("invalid", "The form holds a field twice.")
  return Object.fromEntries(fields.filter(([, value]) => value !== ""))
}

/** Gathers the input of a request without a body. A name that the query repeats becomes a list. */
export function inputWithoutBody(found: Found, query: string): WireInput {
  return query === "" ? inputOfPath(found) : join(readQuery(query), inputOfPath(found))
}

function inputOfPath({ pieces }: Found): WireInput {
  const input: WireInput = {}
  for (const name in pieces) input[name] = decoded(pieces[name] ?? "")
  return input
}

function join(given: WireInput, ofPath: WireInput): WireInput {
  for (const name in ofPath) {
    if (Object.hasOwn(given, name)) throw new AppError("invalid", `"${name}" is in the path already. Give it once.`)
  }
  return Object.assign(given, ofPath)
}

function readQuery(query: string): WireInput {
  const input: WireInput = {}
  for (const pair of query.split("&")) {
    const equals = pair.indexOf("=")
    const name = decoded(equals < 0 ? pair : pair.slice(0, equals))
    const text = equals < 0 ? "" : decoded(pair.slice(equals + 1).replaceAll("+", " "))
    if (name === "__proto__") throw new AppError("invalid", "The query holds a field called __proto__.")
    const before = Object.hasOwn(input, name) ? input[name] : undefined
    if (before === undefined) input[name] = text
    else if (Array.isArray(before)) before.push(text)
    else input[name] = [before, text]
  }
  return input
}

function decoded(text: string): string {
  if (!text.includes("%")) return text
  try {
    const plain = decodeURIComponent(text)
    if (!plain.includes("\0")) return plain
  } catch {
    // Told below: the error would quote what was sent.
  }
  throw new AppError("invalid", "The address of this request isn't well-formed: its percent encoding is broken.")
}
