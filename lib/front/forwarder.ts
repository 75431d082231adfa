import type { ClientRequest, OutgoingHttpHeaders, ServerResponse } from "node:http"
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http"
import { Agent as HttpsAgent, request as httpsRequest } from "node:https"
import { AppError } from "../errors.ts"
import { headersBack } from "./headers.ts"

/** Where the console is: its socket on this machine, or its address (`STRONGROOM_CONSOLE_URL`). */
export type ConsolePlace = { socketPath: string } | { url: URL }

export interface ForwarderSettings {
  console: ConsolePlace
  /** The largest body that is let through, in bytes. */
  bodyLimit: number
  /** Milliseconds until the console must have begun its answer, and of silence within one. */
  patience: number
  /** Names of the headers that are set on every answer here, so the console's are dropped. */
  headersSetHere: ReadonlySet<string>
}

/**
 * Sends a request on to the console, and its answer back as it comes, unbuffered: pages are streamed. A fault before
 * the answer has begun is handed to `fail`; one after that cuts the answer off, so that nobody takes it for whole.
 */
export type Forward = (
  request: IncomingMessage,
  response: ServerResponse,
  headers: OutgoingHttpHeaders,
  fail: (error: AppError) => void,
) => void

export function forwarder(settings: ForwarderSettings): Forward {
  const open = opener(settings.console)
  return (request, response, headers, fail) => {
    if (Number(request.headers["content-length"] ?? 0) > settings.bodyLimit) {
      fail(tooLarge(settings))
      return
    }
    const upstream = open({ method: request.method, path: request.url, headers, timeout: settings.patience })
    let isCut = false
    const cut = (error: AppError): void => {
      if (isCut) return
      isCut = true
      upstream.destroy()
      request.unpipe().resume()
      if (response.headersSent) response.destroy()
      else fail(error)
    }
    upstream.on("response", (answer) => {
      sendBack(request, response, answer, settings)
    })
    upstream.on("timeout", () => {
      cut(new AppError("timeout", "The console took too long to answer. Try again."))
    })
    upstream.on("error", (cause) => {
      if (!response.destroyed) cut(unreachable(cause))
    })
    response.on("close", () => {
      if (!response.writableFinished) upstream.destroy()
    })
    sendOn(request, upstream, settings, cut)
  }
}

function opener(place: ConsolePlace): (options: RequestOptions & { headers: OutgoingHttpHeaders }) => ClientRequest {
  // A connection to a socket costs 0.05 ms; one that was kept may be closed just as a change is sent over it. So each
  // is ours to end: were the console to do it, its answer to a body that it doesn't read would be lost with the rest.
  if ("socketPath" in place) {
    const agent = new HttpAgent({ keepAlive: false })
    return (options) => {
      options.headers.connection = "keep-alive"
      return httpRequest({ ...options, agent, socketPath: place.socketPath })
    }
  }
  const { protocol, hostname, port } = place.url
  const secure = protocol === "https:"
  const agent = secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true })
  const send = secure ? httpsRequest : httpRequest
  return (options) => send({ ...options, agent, hostname: hostname.replace(/^\[|\]$/g, ""), port })
}

function sendOn(
  request: IncomingMessage,
  upstream: ClientRequest,
  settings: ForwarderSettings,
  cut: (error: AppError) => void,
): void {
  let size = 0
  request.on("data", (chunk: Buffer) => {
    size += chunk.length
    if (size > settings.bodyLimit) cut(tooLarge(settings))
  })
  request.pipe(upstream)
}

function sendBack(
  request: IncomingMessage,
  response: ServerResponse,
  answer: IncomingMessage,
  settings: ForwarderSettings,
): void {
  if (response.headersSent || response.destroyed) {
    answer.destroy()
    return
  }
  const status = answer.statusCode ?? 502
  const lasting = status === 200 && (request.url ?? "").startsWith("/_next/static/")
  const back = headersBack(answer.rawHeaders, settings.headersSetHere)
  response.writeHead(status, lasting ? back : withoutCaching(back))
  response.flushHeaders()
  answer.pipe(response)
  answer.on("error", () => response.destroy())
}

/** Pages are personal: nothing but the build's own files may be kept anywhere. Front then says `no-store`. */
function withoutCaching(headers: readonly string[]): string[] {
  const kept: string[] = []
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const [name = "", value = ""] = headers.slice(at, at + 2)
    if (name !== "cache-control" && name !== "expires" && name !== "pragma") kept.push(name, value)
  }
  return kept
}

function tooLarge({ bodyLimit }: ForwarderSettings): AppError {
  return new AppError("too_large", `The console accepts up to ${bodyLimit / 1024} KiB at once. Send it in parts.`)
}

function unreachable(cause: unknown): AppError {
  const message = "The console isn't answering yet. If you were saving something, look whether it was saved first."
  return new AppError("unavailable", message, { cause, retryAfterSeconds: 2 })
}
