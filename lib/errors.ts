/** The one table of error codes and their HTTP statuses. Everything that can go wrong for a caller has one of these. */
export const statusOfCode = {
  /** Nothing went wrong: it waits for a second person. */
  pending_approval: 202,
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  gone: 410,
  too_large: 413,
  misdirected: 421,
  rate_limited: 429,
  internal: 500,
  unsupported: 501,
  unavailable: 503,
  timeout: 504,
} as const

export type ErrorCode = keyof typeof statusOfCode

/** One of several that were asked for together: which, and why it stands in the way of an answer. */
export interface UnresolvedReference {
  name: string
  ref: string
  /** One of the contract's `unresolvedReasons`. */
  reason: string
  /** What happened and what to do. */
  detail: string
}

export interface AppErrorDetails {
  /** What went wrong underneath. For the operator's log only: it never leaves. */
  cause?: unknown
  /** A message for each field of the input that is wrong, by its name. */
  fields?: Readonly<Record<string, string>>
  /** References that couldn't be resolved, each with its reason. */
  unresolved?: readonly UnresolvedReference[]
  /** For `rate_limited` and `unavailable`: seconds until another try makes sense. */
  retryAfterSeconds?: number
  /** For `pending_approval`: the request that waits. */
  approval?: ApprovalReference
}

/** Where to look how it stands with a request that waits for a second person. */
export interface ApprovalReference {
  scope: string
  id: string
}

/**
 * An error for the person or program that asked. The message says what happened and what to do; it may hold names,
 * never a value and never a backend's own words.
 */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly fields: Readonly<Record<string, string>> | undefined
  readonly unresolved: readonly UnresolvedReference[] | undefined
  readonly retryAfterSeconds: number | undefined
  readonly approval: ApprovalReference | undefined

  constructor(code: ErrorCode, message: string, details: AppErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = "AppError"
    this.code = code
    this.fields = details.fields
    this.unresolved = details.unresolved
    this.retryAfterSeconds = details.retryAfterSeconds
    this.approval = details.approval
  }
}

/** True for an AppError, also for one that another copy of this module made (Next bundles its own). */
export function isAppError(error: unknown): error is AppError {
  return error instanceof Error && error.name === "AppError" && "code" in error && String(error.code) in statusOfCode
}

/** What a caller gets to read of an error, on the wire. */
export interface ErrorBody {
  error: {
    code: ErrorCode
    message: string
    fields?: Readonly<Record<string, string>>
    approval?: ApprovalReference
    unresolved?: readonly UnresolvedReference[]
    requestId: string
  }
}
