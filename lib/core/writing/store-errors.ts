/** What a store's error means to the person who asked. Its own words go to the operator's log as the cause. */
import { AppError, type ErrorCode } from "../../errors.ts"
import { ProviderError, type ProviderErrorClass } from "../../providers/provider.ts"

/** True when the store may have done what was asked, so that only looking tells. */
export function isUncertain(error: ProviderError): boolean {
  return error.class === "timeout" || error.class === "outcome_unknown"
}

/** True when the store answered that it has no such value (any more). */
export function isAbsence(error: unknown): boolean {
  return error instanceof ProviderError && absences.has(error.class)
}

const absences: ReadonlySet<ProviderErrorClass> = new Set(["not_found", "deleted", "destroyed"])

/** True when there is no value to be read: none at all, or what is there isn't one. */
export function isNoValue(error: unknown): boolean {
  return isAbsence(error) || (error instanceof ProviderError && error.class === "damaged")
}

/** A refused credential of ours is `unavailable` to the caller, never `forbidden`: it isn't theirs that was refused. */
export function fromStore(error: ProviderError, name: string): AppError {
  const code = codes[error.class] ?? "unavailable"
  const message = code === "unavailable" ? whyUnavailable(error.class, name) : messages[code]?.(name)
  return new AppError(code, message ?? unavailable(name), {
    cause: error,
    ...(error.retryAfterSeconds !== undefined && { retryAfterSeconds: error.retryAfterSeconds }),
  })
}

const codes: Readonly<Partial<Record<ProviderErrorClass, ErrorCode>>> = {
  not_found: "gone",
  destroyed: "gone",
  damaged: "gone",
  already_exists: "conflict",
  conflict: "conflict",
  pending_deletion: "conflict",
  disabled: "conflict",
  not_managed: "conflict",
  rate_limited: "rate_limited",
  invalid: "invalid",
  too_large: "too_large",
  unsupported: "unsupported",
}

const messages: Readonly<Partial<Record<ErrorCode, (name: string) => string>>> = {
  gone: (name) =>
    `What the store holds of ${name} can't be read any more. Choose another version, or write the value anew.`,
  conflict: (name) => `The store of ${name} holds something else in that place. Nothing was changed.`,
  rate_limited: (name) => `The store of ${name} is asked too often. Nothing was changed: try again later.`,
  invalid: (name) => `The store of ${name} doesn't take this value or name.`,
  too_large: (name) => `This value is larger than the store of ${name} takes.`,
  unsupported: (name) => `The store of ${name} can't do this.`,
}

function whyUnavailable(errorClass: ProviderErrorClass, name: string): string | undefined {
  const why = reasons[errorClass]
  return why && `The store of ${name} ${why} Nothing was changed.`
}

const refuses = "refuses Strongroom's credential: who manages the provider can mend that on its page."

const reasons: Readonly<Partial<Record<ProviderErrorClass, string>>> = {
  sealed: "is sealed: try again when somebody has unsealed it.",
  replaced: "isn't the one that was registered: another server answers at its address. See the provider's page.",
  misconfigured: "isn't in order: the provider's page tells what to mend.",
  permission_denied: refuses,
  unauthenticated: refuses,
}

function unavailable(name: string): string {
  return `The store of ${name} can't be reached or refuses us. Nothing was changed: try again later, or ask the operator.`
}
