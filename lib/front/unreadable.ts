import { randomUUID } from "node:crypto"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Socket } from "node:net"
import { AppError, statusOfCode } from "../errors.ts"
import { rawAnswer } from "./guarded-response.ts"
import { errorBody } from "./refusal.ts"

/** The newest request of each connection, and whether an older one was still unanswered when it came. */
const newest = new WeakMap<Socket, { request: IncomingMessage; response: ServerResponse; behindOthers: boolean }>()

export function rememberRequest(request: IncomingMessage, response: ServerResponse): void {
  const before = newest.get(request.socket)
  const behindOthers = before !== undefined && !before.response.writableFinished
  newest.set(request.socket, { request, response, behindOthers })
}

/**
 * Answers what Node's parser gave up on: malformed, too long, or too slow. Then the connection ends, for nobody knows
 * where its next request would begin. If it can't be certain that the answer would be taken for this request's, there
 * is none: two answers to one request are what a smuggler wants.
 */
export function answerWhatNodeRefused(error: NodeJS.ErrnoException, socket: Socket, baseline: readonly string[]): void {
  if (!socket.writable || error.code === "ECONNRESET" || !isOwedAnAnswer(socket)) {
    socket.destroy()
    return
  }
  const reason = reasonOf(error.code)
  const status = `${statusOfCode[reason.code]} ${reason.code === "invalid" ? "Bad Request" : "Content Too Large"}`
  const requestId = randomUUID()
  const body = JSON.stringify(errorBody(reason, requestId))
  // Destroyed once it is flushed: at once would throw the answer away.
  socket.end(rawAnswer(status, [...baseline, "x-request-id", requestId], body), () => socket.destroy())
}

function isOwedAnAnswer(socket: Socket): boolean {
  const last = newest.get(socket)
  if (last === undefined) return true
  // The newest request had arrived whole: what is malformed is the one after it, and it isn't that one's turn yet.
  if (last.request.complete) return last.response.writableFinished
  return !last.behindOthers && !last.response.headersSent
}

function reasonOf(code: string | undefined): AppError {
  if (code === "HPE_HEADER_OVERFLOW") return new AppError("too_large", "The headers of this request are too long.")
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return new AppError("invalid", "The request took too long to arrive.")
  return new AppError("invalid", "This request can't be read safely. It isn't well-formed HTTP.")
}
