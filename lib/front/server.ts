/**
 * The public port: every request of the outside world comes in here, and every answer leaves here.
 *
 * A request is checked for its framing, its path, its host and its origin, in this order, before anything of ours sees
 * it. Then the API answers it, or the console does, to which it is forwarded. Every answer carries the baseline
 * headers, whoever gave it.
 */
import { randomUUID } from "node:crypto"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { Socket } from "node:net"
import { AppError, isAppError } from "../errors.ts"
import { type AddressReader, addressReader } from "./client-address.ts"
import { type Door, doorOf } from "./door.ts"
import { type ConsolePlace, type Forward, forwarder } from "./forwarder.ts"
import { checkFraming } from "./framing.ts"
import { baselineHeaders, type GuardedResponse, guardedResponse } from "./guarded-response.ts"
import { headersOnward } from "./headers.ts"
import { type HostCheck, hostCheck } from "./host.ts"
import { checkOrigin } from "./origin.ts"
import { refuse } from "./refusal.ts"
import { answerWhatNodeRefused, rememberRequest } from "./unreadable.ts"
import { allowHotReload } from "./upgrade.ts"

/** What front knows of a request besides the request. */
export interface Visit {
  /** The client's own id where it has a safe form, else a new one. It is on the answer as `x-request-id`. */
  requestId: string
  /** The client's address, behind the trusted proxies. */
  address: string
}

/** Answers `/api/v1`, `/health` and `/metrics`. It must answer or destroy every response, and never throw. */
export type ApiHandler = (request: IncomingMessage, response: ServerResponse, visit: Visit) => void

export interface FrontSettings {
  publicUrl: URL
  /** CIDRs or addresses whose `X-Forwarded-For` is believed (`STRONGROOM_TRUST_PROXY`). */
  trustedProxies: readonly string[]
  console: ConsolePlace
  api: ApiHandler
  /** True lets hot reload through. */
  development: boolean
  /** Told about every request that the console did not answer, for the operator's log. */
  report: (message: string, fields: { requestId: string; code: string; cause: string }) => void
  limits?: Partial<FrontLimits>
}

/** Times in milliseconds, sizes in bytes. */
export interface FrontLimits {
  /** Until the head of a request must have arrived. */
  headersTimeout: number
  /** Until the whole of it must have. */
  requestTimeout: number
  /** How often both are looked at. */
  checkEvery: number
  headerSize: number
  connections: number
  /** A server action may carry a value, so this is the larger of the two limits for bodies. */
  consoleBody: number
  consolePatience: number
  /** Until a connection on which nothing moves, such as an answer that nobody reads, is ended. */
  silence: number
}

const usualLimits: FrontLimits = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  checkEvery: 2_000,
  headerSize: 16 * 1024,
  connections: 4096,
  consoleBody: 512 * 1024,
  consolePatience: 60_000,
  silence: 120_000,
}

/** Makes the public port's server; the caller lets it listen, and closes it. */
export function createFront(settings: FrontSettings): Server {
  const limits = { ...usualLimits, ...settings.limits }
  const baseline = baselineHeaders(settings.publicUrl)
  const ServerResponse = guardedResponse(baseline)
  const server = createServer(
    {
      ServerResponse,
      maxHeaderSize: limits.headerSize,
      headersTimeout: limits.headersTimeout,
      requestTimeout: limits.requestTimeout,
      connectionsCheckingInterval: limits.checkEvery,
      // Longer than the minute that load balancers keep a connection: whoever closes first loses a request.
      keepAliveTimeout: 75_000,
    },
    receptionist(settings, limits, baseline),
  )
  server.maxConnections = limits.connections
  server.timeout = limits.silence
  server.maxHeadersCount = 0 // checkFraming counts them: Node would drop the rest without a word
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    answerWhatNodeRefused(error, socket, baseline)
  })
  server.on("connect", (_request, socket) => socket.destroy())
  if (settings.development) allowHotReload(server, settings.console, settings.publicUrl)
  return server
}

type Listener = (request: IncomingMessage, response: GuardedResponse) => void

function receptionist(settings: FrontSettings, limits: FrontLimits, baseline: readonly string[]): Listener {
  const checks = { host: hostCheck(settings.publicUrl), address: addressReader(settings.trustedProxies) }
  const forward = forwarder({
    console: settings.console,
    bodyLimit: limits.consoleBody,
    patience: limits.consolePatience,
    headersSetHere: new Set([...baseline.filter((_, at) => at % 2 === 0), "x-request-id"]),
  })
  return (request, response) => {
    response.requestId = requestIdOf(request)
    rememberRequest(request, response)
    try {
      const door = admit(request, checks.host, settings)
      const visit = visitOf(request, response.requestId, checks.address)
      if (door === "console") passOn(request, response, visit, settings, forward)
      else settings.api(request, response, visit)
    } catch (error) {
      refuse(request, response, asAppError(error), response.requestId)
    }
  }
}

function admit(request: IncomingMessage, checkHost: HostCheck, settings: FrontSettings): Door {
  checkFraming(request)
  const door = doorOf(request.url ?? "")
  checkHost(request.headers.host, door)
  if (request.headers.upgrade !== undefined) throw new AppError("invalid", "This port doesn't switch protocols.")
  checkOrigin(request, door, settings.publicUrl.origin)
  return door
}

function passOn(
  request: IncomingMessage,
  response: ServerResponse,
  visit: Visit,
  settings: FrontSettings,
  forward: Forward,
): void {
  const { publicUrl, development } = settings
  const headers = headersOnward(request.rawHeaders, { ...visit, publicUrl, development })
  forward(request, response, headers, (error) => {
    if (error.cause !== undefined) {
      const cause = error.cause instanceof Error ? error.cause.message : "unknown"
      settings.report("the console did not answer", { requestId: visit.requestId, code: error.code, cause })
    }
    refuse(request, response, error, visit.requestId)
  })
}

function visitOf(request: IncomingMessage, requestId: string, addressOf: AddressReader): Visit {
  const forwardedFor = request.headers["x-forwarded-for"]
  const hops = Array.isArray(forwardedFor) ? forwardedFor.join(",") : forwardedFor
  return { requestId, address: addressOf(request.socket.remoteAddress, hops) }
}

function requestIdOf(request: IncomingMessage): string {
  const given = request.headers["x-request-id"]
  return typeof given === "string" && /^[A-Za-z0-9][A-Za-z0-9_-]{7,63}$/.test(given) ? given : randomUUID()
}

function asAppError(error: unknown): AppError {
  return isAppError(error) ? error : new AppError("internal", "This request failed. Try again.", { cause: error })
}
