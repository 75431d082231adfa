/**
 * What went wrong with a request to an address that a tenant typed:
 * - `bad_url`, `bad_request`: it was never going to be sent; the message says why.
 * - `forbidden_address`: the place is closed to tenants.
 * - `dns`: the name has no address, or nobody could be asked.
 * - `refused`: nothing takes connections there.
 * - `reset`: the connection ended before an answer began.
 * - `tls`: no trusted connection came about; `tlsReason` says why.
 * - `timeout`: the time for the whole request was over. `aborted`: its caller, or our own end, called it off.
 * - `redirect`: the answer points elsewhere. Nothing was sent there.
 * - `too_large`: head or body of the answer are over the limit.
 * - `protocol`: the answer isn't HTTP as we speak it, or was cut short.
 */
export type EgressReason =
  | "bad_url"
  | "bad_request"
  | "forbidden_address"
  | "dns"
  | "refused"
  | "reset"
  | "tls"
  | "timeout"
  | "aborted"
  | "redirect"
  | "too_large"
  | "protocol"

export type TlsReason = "expired" | "not_yet_valid" | "self_signed" | "unknown_authority" | "wrong_name" | "handshake"

export interface EgressErrorDetails {
  sent?: boolean
  allowEntry?: string | undefined
  tlsReason?: TlsReason
  redirect?: { status: number; host: string | undefined }
  code?: string | undefined
}

/**
 * The one error of this room. Its message is ours: it names the host as it was typed, never what the server wrote. It
 * has no cause, which could carry a request's headers along.
 */
export class EgressError extends Error {
  readonly reason: EgressReason
  /** True when bytes of the request may have reached the server: a change may have taken effect. */
  readonly sent: boolean
  /**
   * For `forbidden_address`: what the operator would add to STRONGROOM_EGRESS_ALLOW; undefined when nothing opens it.
   * It tells what a name resolves to: whoever may see the operator's settings may see it.
   */
  readonly allowEntry: string | undefined
  readonly tlsReason: TlsReason | undefined
  /** For `redirect`: the status, and the host that the answer points to, where it can be read. */
  readonly redirect: { status: number; host: string | undefined } | undefined
  /** Node's or OpenSSL's code, for the operator's log: `ECONNREFUSED`. */
  readonly code: string | undefined

  constructor(reason: EgressReason, message: string, details: EgressErrorDetails = {}) {
    super(message)
    this.name = "EgressError"
    this.reason = reason
    this.sent = details.sent ?? false
    this.allowEntry = details.allowEntry
    this.tlsReason = details.tlsReason
    this.redirect = details.redirect
    this.code = details.code
  }
}

/** The code of an error of Node's; nothing else is taken from it. */
export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined
  return typeof code === "string" && /^[A-Z0-9_]{1,80}$/.test(code) ? code : undefined
}
