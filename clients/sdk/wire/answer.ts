import {
  AppError,
  type AppErrorDetails,
  type ApprovalReference,
  type ErrorCode,
  statusOfCode,
} from "../../../lib/errors.ts"
import type { Reply } from "./transport.ts"

/** An error that the API answered with. `requestId` finds it in the operator's log. */
export class ApiError extends AppError {
  readonly requestId: string | undefined

  constructor(code: ErrorCode, message: string, requestId: string | undefined, details: AppErrorDetails = {}) {
    super(code, message, details)
    this.requestId = requestId
  }
}

/** What comes back of a call: an object, or a stream of text. */
export type AnswerBody = object | AsyncIterable<string>

/** @throws ApiError when the answer is an error, AppError when it can't be read */
export async function readAnswer(reply: Reply): Promise<AnswerBody> {
  const { status } = reply
  const etag = reply.header("etag")
  if (status === 304 && etag !== undefined) {
    reply.discard()
    return { notModified: true, etag }
  }
  const isJson = (reply.header("content-type") ?? "").startsWith("application/json")
  if (status === 200 && !isJson) return linesOf(reply)
  if (!isJson) reply.discard()
  const body = isJson ? parsed(await reply.text().catch(cutOff)) : undefined
  if (status === 200 && isObject(body)) return etag === undefined ? body : { ...body, etag }
  throw errorOf(reply, body)
}

async function* linesOf(reply: Reply): AsyncGenerator<string> {
  try {
    yield* reply.parts()
  } catch (cause) {
    cutOff(cause)
  }
}

function cutOff(cause: unknown): never {
  if (cause instanceof AppError) throw cause
  throw new AppError("unavailable", "The answer broke off. Look whether a change was made, and try again.", { cause })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's message would quote the text, which may hold a value.
    throw new AppError("internal", "The answer isn't valid JSON.")
  }
}

function errorOf(reply: Reply, body: unknown): AppError {
  const retryAfter = Number(reply.header("retry-after"))
  const details: AppErrorDetails = retryAfter > 0 ? { retryAfterSeconds: retryAfter } : {}
  const said = isObject(body) && "error" in body && isObject(body.error) ? body.error : undefined
  if (said === undefined || !("code" in said) || !isCode(said.code)) return fromElsewhere(reply.status, details)
  const message = "message" in said ? String(said.message) : "The request failed."
  const requestId = "requestId" in said ? String(said.requestId) : undefined
  if ("fields" in said && isObject(said.fields)) details.fields = textsOf(said.fields)
  if ("approval" in said) details.approval = said.approval as ApprovalReference // as the other end writes it
  if ("unresolved" in said && Array.isArray(said.unresolved)) details.unresolved = said.unresolved as UnresolvedList
  return new ApiError(said.code, message, requestId, details)
}

/** What the other end holds its errors to. */
type UnresolvedList = NonNullable<AppErrorDetails["unresolved"]>

/** Something between us and Strongroom answered, such as a proxy. */
function fromElsewhere(status: number, details: AppErrorDetails): AppError {
  const found = Object.entries(statusOfCode).find(([, known]) => known === status)?.[0]
  const code = isCode(found) ? found : status === 502 ? "unavailable" : "internal"
  return new AppError(
    code,
    `The answer (status ${String(status)}) isn't Strongroom's. Check the address, and proxies on the way.`,
    details,
  )
}

function isCode(text: unknown): text is ErrorCode {
  return typeof text === "string" && Object.hasOwn(statusOfCode, text)
}

function isObject(what: unknown): what is object {
  return typeof what === "object" && what !== null
}

function textsOf(fields: object): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, String(text)]))
}
