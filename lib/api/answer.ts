import type { ServerResponse } from "node:http"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import type { AnswerOf } from "../contract/api.ts"
import type { OperationName } from "../contract/routes.ts"
import { AppError, type ErrorBody, isAppError, statusOfCode } from "../errors.ts"
import { describeError, log } from "../log.ts"
import type { Sendable } from "../secret.ts"

/** What operations answer with, but for the one that streams. */
export type Answer = AnswerOf<Exclude<OperationName, "exportAudit">>

/** Sends an operation's answer. An ETag, which machine reads have, goes into its header. */
export function sendAnswer(response: ServerResponse, answer: Sendable<Answer>): void {
  if (!("etag" in answer)) sendJson(response, 200, JSON.stringify(answer))
  else if (answer.notModified === true) response.writeHead(304, ["etag", answer.etag]).end()
  else {
    const { etag, ...body } = answer
    sendJson(response, 200, JSON.stringify(body), ["etag", etag])
  }
}

/** Answers with the error form of the whole API, and tells the operator of what is our fault. */
export function sendError(response: ServerResponse, thrown: unknown, requestId: string, operation: string): void {
  const error = asAppError(thrown)
  const status = statusOfCode[error.code]
  if (status >= 500) tellOperator(thrown, { code: error.code, requestId, operation })
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  const { code, message, fields, unresolved, approval } = error
  const details = { ...(fields && { fields }), ...(unresolved && { unresolved }), ...(approval && { approval }) }
  const body: ErrorBody = { error: { code, message, ...details, requestId } }
  const headers: string[] = []
  if (error.retryAfterSeconds !== undefined) headers.push("retry-after", String(Math.ceil(error.retryAfterSeconds)))
  if (code === "unauthenticated") headers.push("www-authenticate", "Bearer")
  sendJson(response, status, JSON.stringify(body), headers)
}

/**
 * Answers with the error form of OAuth 2.0. RFC 8693, 2.2.2: what is wrong with the request and a token that isn't taken
 * are both `invalid_request`, so a client can't tell which it was by this word.
 */
export function sendOAuthError(response: ServerResponse, thrown: unknown, requestId: string, operation: string): void {
  const error = asAppError(thrown)
  const status = error.code === "unauthenticated" ? statusOfCode.invalid : statusOfCode[error.code]
  if (status >= 500) tellOperator(thrown, { code: error.code, requestId, operation })
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  const mayComeAgain = status >= 500 || error.code === "rate_limited"
  const body = {
    error: mayComeAgain ? "temporarily_unavailable" : "invalid_request",
    error_description: error.message,
    request_id: requestId,
  }
  const headers: string[] = []
  if (error.retryAfterSeconds !== undefined) headers.push("retry-after", String(Math.ceil(error.retryAfterSeconds)))
  sendJson(response, status, JSON.stringify(body), headers)
}

function tellOperator(thrown: unknown, known: { operation: string; requestId: string; code: string }): void {
  log.error("an operation failed", { ...known, cause: describeError(thrown) })
}

function asAppError(thrown: unknown): AppError {
  if (isAppError(thrown)) return thrown
  return new AppError("internal", "Something went wrong here. The operator finds it in the log by the request's id.")
}

/** Answers with JSON that is text already. An answer with a value in it is not compressed, nor is any other. */
export function sendJson(response: ServerResponse, status: number, json: string, headers: string[] = []): void {
  const length = String(Buffer.byteLength(json))
  headers.push("content-type", "application/json; charset=utf-8", "content-length", length)
  response.writeHead(status, headers)
  response.end(response.req.method === "HEAD" ? undefined : json)
}

/**
 * Answers with a stream of text lines. Its first part is awaited before the head is written, so that a refusal is
 * answered as one; what breaks later cuts the answer off. A client that goes away ends the stream.
 */
export async function sendStream(
  response: ServerResponse,
  stream: AsyncIterable<string>,
  headers: readonly string[],
): Promise<void> {
  const parts = stream[Symbol.asyncIterator]()
  const first = await parts.next()
  response.writeHead(200, [...headers])
  if (response.req.method === "HEAD" || first.done === true) {
    await parts.return?.()
    response.end()
    return
  }
  try {
    await pipeline(Readable.from(startingWith(first.value, parts), { objectMode: false }), response)
  } catch (error) {
    if (!isTheClientLeaving(error)) throw error
  }
}

function isTheClientLeaving(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_STREAM_PREMATURE_CLOSE"
}

async function* startingWith(first: string, rest: AsyncIterator<string>): AsyncGenerator<string> {
  try {
    yield first
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}
