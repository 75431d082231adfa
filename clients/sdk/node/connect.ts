import type { StrongroomApi } from "../../../lib/contract/api.ts"
import { apiOf, callOver } from "../wire/call.ts"
import { type Place, sender } from "./send.ts"

/** What proves who asks. A session is accepted on api's private socket only. */
export type Credential = { kind: "none" } | { kind: "bearer"; token: string } | { kind: "session"; id: string }

export interface ConnectOptions {
  /** Milliseconds of silence after which a call fails with `timeout`. 30 seconds if left out. */
  timeoutMs?: number
  userAgent?: string
  /** Under this id the call is found in the server's log and audit; a new one if left out. */
  requestId?: string
  /** On the private socket: the address of the person for whom the console asks. */
  clientAddress?: string
}

/**
 * Strongroom's API over HTTP: at an address (`https://strongroom.example`), or on a unix socket.
 *
 * A call that fails throws an `ApiError`. Nothing is sent twice, but for a read, or a call with an idempotency key, that
 * met a connection which the server had just closed. Connections are kept and shared by all that `connect` returns.
 */
export function connect(place: Place, credential: Credential, options: ConnectOptions = {}): StrongroomApi {
  const headers = headersOf(credential, options)
  return apiOf(callOver(sender(place, options.timeoutMs ?? 30_000), () => Promise.resolve(headers)))
}

function headersOf(credential: Credential, options: ConnectOptions): Record<string, string> {
  const headers: Record<string, string> = { "user-agent": options.userAgent ?? "strongroom-sdk" }
  if (credential.kind === "bearer") headers.authorization = `Bearer ${credential.token}`
  if (credential.kind === "session") headers.authorization = `Session ${credential.id}`
  if (options.requestId !== undefined) headers["x-request-id"] = options.requestId
  if (options.clientAddress !== undefined) headers["strongroom-client-address"] = options.clientAddress
  return headers
}
