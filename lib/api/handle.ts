/**
 * One request to the API: find the operation, find what proves who asks, gather the input, let core do the rest, and
 * answer. Whether the caller may, and what happens then, is for core alone; here is only HTTP.
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import { type OperationSpec, operations } from "../contract/operations.ts"
import type { RequestFacts } from "../core/caller.ts"
import type { Core } from "../core/core.ts"
import { AppError } from "../errors.ts"
import { sendAnswer, sendError, sendJson, sendOAuthError, sendStream } from "./answer.ts"
import type { CredentialReader } from "./credential.ts"
import { inputWithBody, inputWithoutBody, type WireInput } from "./input.ts"
import type { Metrics } from "./metrics.ts"
import type { Found, Router } from "./router.ts"

/** What is known of a request besides the request: its id, and its client's address where that is known. */
export interface Visit {
  requestId: string
  address: string | null
}

export type Handler = (request: IncomingMessage, response: ServerResponse, visit: Visit) => void

export interface Door {
  core: Pick<Core, "call">
  router: Router
  credentialOf: CredentialReader
  metrics: Metrics
  /** The OpenAPI document, as text. */
  openApi: string
}

/** Answers `/api/v1`. It answers every request, whatever happens, and throws nothing. */
export function operationsHandler(door: Door): Handler {
  return (request, response, visit) => {
    const { path, query } = splitTarget(request.url ?? "")
    if (path === openApiPath) {
      answerDocument(request, response, visit, door.openApi)
      return
    }
    const found = door.router.find(request.method ?? "", path)
    if (found === undefined || "allow" in found) answerUnserved(request, response, visit, found?.allow)
    else countAndAnswer(door, { found, query, request, response, visit })
  }
}

const openApiPath = "/api/v1/openapi.json"

/** A request whose operation was found. */
interface Asked {
  found: Found
  query: string
  request: IncomingMessage
  response: ServerResponse
  visit: Visit
}

function countAndAnswer(door: Door, asked: Asked): void {
  const { found, response, visit } = asked
  const finish = door.metrics.begin(found.name)
  response.once("close", () => finish(response.writableFinished ? response.statusCode : clientLeft))
  const { oauth }: OperationSpec = operations[found.name]
  const refuse = oauth === true ? sendOAuthError : sendError
  answer(door, asked).catch((error: unknown) => refuse(response, error, visit.requestId, found.name))
}

/** The status that metrics give to a request whose client didn't wait for the answer. */
const clientLeft = 499

async function answer(door: Door, { found, query, request, response, visit }: Asked): Promise<void> {
  const { name } = found
  const credential = door.credentialOf(request)
  const input = hasBody(request) ? await inputWithBody(request, found, query) : inputWithoutBody(found, query)
  const facts = factsOf(request, visit)
  if (name === "exportAudit") {
    await sendStream(response, await door.core.call(name, credential, input, facts), exportHeaders(input))
  } else sendAnswer(response, await door.core.call(name, credential, input, facts))
}

function hasBody({ method }: IncomingMessage): boolean {
  return method === "POST" || method === "PATCH"
}

function factsOf({ headers }: IncomingMessage, { requestId, address }: Visit): RequestFacts {
  const key = headers["idempotency-key"]
  return {
    id: requestId,
    address,
    userAgent: headers["user-agent"] === undefined ? null : printable(headers["user-agent"]),
    idempotencyKey: typeof key === "string" ? key : null,
    // A proxy on the way may have made the ETag a weak one; it still names the same answer.
    ifNoneMatch: headers["if-none-match"]?.replace(/^W\//, "") ?? null,
  }
}

/** A client writes this header as it likes, and people read it in a list of sessions. */
function printable(userAgent: string): string {
  return userAgent.slice(0, 256).replace(/[^\x20-\x7e]/g, "?")
}

function exportHeaders({ format, scope }: WireInput): string[] {
  const [type, ending] =
    format === "csv" ? ["text/csv; charset=utf-8; header=present", "csv"] : ["application/x-ndjson", "jsonl"]
  const name = typeof scope === "string" ? `audit-${scope.replace(/[^a-z0-9.-]/g, "")}` : "audit"
  return ["content-type", type, "content-disposition", `attachment; filename="${name}.${ending}"`]
}

function answerUnserved(request: IncomingMessage, response: ServerResponse, visit: Visit, allow?: string): void {
  if (allow !== undefined && request.method === "OPTIONS") response.writeHead(204, ["allow", allow]).end()
  else if (allow === undefined) sendError(response, noSuchPath(), visit.requestId, "none")
  else {
    response.setHeader("allow", allow)
    sendError(response, new AppError("method_not_allowed", `This path answers ${allow}.`), visit.requestId, "none")
  }
}

function noSuchPath(): AppError {
  return new AppError("not_found", "There is nothing at this path. /api/v1/openapi.json says what there is.")
}

function answerDocument(request: IncomingMessage, response: ServerResponse, visit: Visit, json: string): void {
  if (request.method === "GET" || request.method === "HEAD") sendJson(response, 200, json)
  else answerUnserved(request, response, visit, "GET, HEAD, OPTIONS")
}

function splitTarget(target: string): { path: string; query: string } {
  const mark = target.indexOf("?")
  return mark < 0 ? { path: target, query: "" } : { path: target.slice(0, mark), query: target.slice(mark + 1) }
}

/** Whether an operation is served on the public port too. */
export function isPublic(name: keyof typeof operations): boolean {
  const spec: OperationSpec = operations[name]
  return spec.private !== true
}
