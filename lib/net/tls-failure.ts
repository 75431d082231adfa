/** Why no trusted connection came about, in words that a person can act on. */
import { codeOf, EgressError, type TlsReason } from "./egress-error.ts"
import type { Target } from "./target.ts"

const reasonOfCode: Readonly<Record<string, TlsReason>> = {
  CERT_HAS_EXPIRED: "expired",
  CERT_NOT_YET_VALID: "not_yet_valid",
  DEPTH_ZERO_SELF_SIGNED_CERT: "self_signed",
  SELF_SIGNED_CERT_IN_CHAIN: "unknown_authority",
  UNABLE_TO_GET_ISSUER_CERT: "unknown_authority",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "unknown_authority",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "unknown_authority",
  CERT_UNTRUSTED: "unknown_authority",
  CERT_REJECTED: "unknown_authority",
  CERT_SIGNATURE_FAILURE: "unknown_authority",
  INVALID_CA: "unknown_authority",
  ERR_TLS_CERT_ALTNAME_INVALID: "wrong_name",
}

const messages: Readonly<Record<TlsReason, (authority: string) => string>> = {
  expired: (it) => `The certificate of "${it}" has expired. Renew it there.`,
  not_yet_valid: (it) => `The certificate of "${it}" isn't valid yet. Check the clocks of both machines.`,
  self_signed: (it) =>
    `The certificate of "${it}" is signed by itself. Add it as the CA bundle, if it is the right one.`,
  unknown_authority: (it) =>
    `The certificate of "${it}" is signed by an authority that isn't known. Add its CA bundle.`,
  wrong_name: (it) => `The certificate of "${it}" is for another name. Use the name that it was made for.`,
  handshake: (it) => `No TLS connection with "${it}" came about. Does it speak TLS 1.2 or newer on this port?`,
}

/** @param error Node's; undefined where the connection just ended */
export function describeTlsFailure({ authority }: Target, error: unknown): EgressError {
  const code = codeOf(error)
  if (error === undefined || code === "ECONNRESET" || code === "EPIPE") {
    return new EgressError("reset", `"${authority}" ended the connection before it was secure.`, { code })
  }
  const tlsReason = reasonOfCode[code ?? ""] ?? "handshake"
  return new EgressError("tls", messages[tlsReason](authority), { tlsReason, code })
}
