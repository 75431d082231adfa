import { Agent, request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http"
import { request as httpsRequest, Agent as SecureAgent } from "node:https"
import { AppError } from "../../../lib/errors.ts"
import type { Message } from "../wire/message.ts"
import type { Reply, Transport } from "../wire/transport.ts"

/** Where the API is: an address such as `https://strongroom.example`, or api's private socket on this machine. */
export type Place = { baseUrl: string | URL } | { socketPath: string }

// Shared by every connection of this process: a connection that is kept saves the handshake.
const plainAgent = new Agent({ keepAlive: true })
const secureAgent = new SecureAgent({ keepAlive: true })

/** @throws AppError `invalid` when the base URL is none */
export function sender(place: Place, timeoutMs: number): Transport {
  const target = targetOf(place)
  return async (message, signal) => {
    const attempt = (): Promise<IncomingMessage> => sendOnce(target, message, timeoutMs, signal)
    try {
      return replyOf(await attempt())
    } catch (error) {
      // The server closed a kept connection as we wrote to it. A fresh one tells.
      if (error instanceof ClosedUnderUs && message.repeatable) return replyOf(await attempt())
      throw error
    }
  }
}

function replyOf(answer: IncomingMessage): Reply {
  return {
    status: answer.statusCode ?? 0,
    header: (name) => {
      const found = answer.headers[name]
      return Array.isArray(found) ? found.join(", ") : found
    },
    text: async () => {
      const parts: Buffer[] = []
      for await (const part of answer) parts.push(part as Buffer) // no encoding was set, so these are bytes
      return Buffer.concat(parts).toString("utf8")
    },
    parts: () => answer.setEncoding("utf8"),
    discard: () => answer.resume(),
  }
}

interface Target {
  request: typeof httpRequest
  options: RequestOptions
  name: string
}

function targetOf(place: Place): Target {
  if ("socketPath" in place) {
    const { socketPath } = place
    return { request: httpRequest, options: { socketPath, agent: plainAgent, host: "localhost" }, name: "api's socket" }
  }
  const url = URL.canParse(place.baseUrl) ? new URL(place.baseUrl) : null
  if (url === null || !/^https?:$/.test(url.protocol) || url.pathname !== "/" || url.search !== "") {
    throw new AppError("invalid", "The address of Strongroom must look like https://strongroom.example.")
  }
  const secure = url.protocol === "https:"
  const { port } = url
  const hostname = url.hostname.replace(/^\[|\]$/g, "")
  const options = { hostname, port, agent: secure ? secureAgent : plainAgent }
  return { request: secure ? httpsRequest : httpRequest, options, name: url.origin }
}

function sendOnce(
  target: Target,
  message: Message,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<IncomingMessage> {
  const { method, path, body } = message
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? message.headers : { ...message.headers, ...lengthOf(body) }
    const options = { ...target.options, method, path, headers, timeout: timeoutMs, ...(signal && { signal }) }
    const request = target.request(options, resolve)
    request.on("timeout", () => request.destroy(tookTooLong(target)))
    request.on("error", (error: NodeJS.ErrnoException) => {
      if (signal?.aborted === true) {
        reject(signal.reason as Error) // what a caller aborts with, by every convention
        return
      }
      const closed = request.reusedSocket && (error.code === "ECONNRESET" || error.code === "EPIPE")
      reject(closed ? new ClosedUnderUs(target, error) : asAppError(target, error))
    })
    request.end(body)
  })
}

function lengthOf(body: string): Record<string, string> {
  return { "content-length": String(Buffer.byteLength(body)) }
}

class ClosedUnderUs extends AppError {
  constructor(target: Target, cause: unknown) {
    super("unavailable", `${target.name} closed the connection. It isn't known whether the request was carried out.`, {
      cause,
    })
  }
}

function asAppError(target: Target, error: Error): AppError {
  if (error instanceof AppError) return error
  return new AppError("unavailable", `Strongroom can't be reached at ${target.name}. Try again.`, {
    cause: error,
    retryAfterSeconds: 1,
  })
}

function tookTooLong(target: Target): AppError {
  return new AppError(
    "timeout",
    `${target.name} took too long to answer. Look whether a change was made, and try again.`,
  )
}
