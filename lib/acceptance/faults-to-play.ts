/**
 * The faults of the matrix, and what each of them comes to. Classes are the providers' contract's; what core makes of
 * them is in fault-matrix.test.ts.
 */
import type { ProviderErrorClass, ProviderStatus } from "../providers/provider.ts"
import { aCertificateAuthority, type TestAuthority } from "../testing/certificates.ts"
import type { Fault } from "../testing/fault-layer.ts"
import { faults } from "../testing/faults.ts"

export interface PlayedFault {
  name: string
  fault: Fault
  /** What a request that asks comes to; undefined when it is answered all the same. */
  asked: ProviderErrorClass | undefined
  /** What a request that changes something comes to. */
  changed: ProviderErrorClass | undefined
  /** What a check finds. */
  status: ProviderStatus
  /** Whether the server did what it was asked. */
  isApplied: boolean
  /** Requests that it is played to give up after so long. */
  milliseconds?: number
  /** Played once: it lasts by itself. */
  once?: true
  /** What is done to an answer's body does nothing to an answer that has none. */
  isOfBody?: true
  /** A server in this state still says how it is. */
  isOfServing?: true
  auth?: "token" | "approle"
  authority?: TestAuthority
  /** How many seconds later another try makes sense, where the server says so. */
  retryAfterSeconds?: number
}

const authority = aCertificateAuthority()
const noAnswer = { asked: "unavailable", changed: "outcome_unknown", status: "unreachable" } as const
const tooLate = { asked: "timeout", changed: "outcome_unknown", status: "unreachable", milliseconds: 300 } as const
const busy = { asked: "rate_limited", changed: "rate_limited", status: "throttled", isApplied: false } as const
const over = { asked: "unauthenticated", changed: "unauthenticated", status: "unauthenticated" } as const
const signsInAgain = { asked: undefined, changed: undefined, status: "up", isApplied: true, auth: "approle" } as const

export const faultsToPlay: readonly PlayedFault[] = [
  { name: "refused", fault: faults.refused, ...noAnswer, changed: "unavailable", isApplied: false },
  { name: "reset before", fault: faults.resetBefore, ...noAnswer, isApplied: false },
  { name: "reset after applied", fault: faults.resetAfter, ...noAnswer, isApplied: true },
  { name: "hang", fault: faults.hangBefore, ...tooLate, isApplied: false },
  { name: "hang after applied", fault: faults.hangAfter, ...tooLate, isApplied: true },
  { name: "slow body", fault: faults.slowBody(50), ...tooLate, isOfBody: true, isApplied: true },
  { name: "truncated", fault: faults.truncated, ...noAnswer, status: "misconfigured", isApplied: true, isOfBody: true },
  { name: "HTML with 200", fault: faults.html(200), ...noAnswer, status: "misconfigured", isApplied: false },
  { name: "HTML with 502", fault: faults.html(502), ...noAnswer, isApplied: false },
  { name: "429", fault: faults.throttled, ...busy },
  { name: "429 with Retry-After", fault: faults.throttledWith("7"), ...busy, retryAfterSeconds: 7 },
  { name: "500", fault: faults.internalError, ...noAnswer, isApplied: false },
  { name: "500 after applied", fault: faults.internalErrorAfter, ...noAnswer, isApplied: true },
  { name: "502", fault: faults.badGateway, ...noAnswer, isApplied: false },
  {
    name: "503 sealed",
    fault: faults.sealed,
    asked: "sealed",
    changed: "sealed",
    status: "sealed",
    isApplied: false,
    isOfServing: true,
  },
  {
    name: "307 to elsewhere",
    fault: faults.redirected,
    asked: "misconfigured",
    changed: "misconfigured",
    status: "standby",
    isApplied: false,
  },
  {
    name: "412",
    fault: faults.indexMissing,
    ...noAnswer,
    changed: "unavailable",
    status: "standby",
    isApplied: false,
    isOfServing: true,
  },
  { name: "expired token", fault: faults.expiredToken, ...over, isApplied: false, once: true },
  { name: "revoked token", fault: faults.revokedToken, ...over, isApplied: false, once: true },
  { name: "expired session", fault: faults.expiredToken, ...signsInAgain, once: true },
  { name: "revoked session", fault: faults.revokedToken, ...signsInAgain, once: true },
  {
    name: "wrong certificate",
    fault: faults.wrongCertificate(aCertificateAuthority("Another CA").issue()),
    asked: "misconfigured",
    changed: "misconfigured",
    status: "tls",
    isApplied: false,
    authority,
  },
  {
    name: "clock skew",
    fault: faults.clockSkew(900),
    asked: undefined,
    changed: undefined,
    status: "up",
    isApplied: true,
  },
  { name: "11 MB body", fault: faults.tooBig(), ...noAnswer, status: "misconfigured", isApplied: true },
]
