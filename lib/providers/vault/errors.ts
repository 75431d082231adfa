/**
 * What Vault's answers mean, in the contract's classes. Statuses alone don't say it: a lost compare-and-set is a 400, a
 * version that was deleted and a mount that is gone are both 404. What a server wrote never gets into a message.
 */
import { z } from "zod"
import { ConnectionError, ProviderError } from "../provider.ts"
import type { VaultAnswer } from "./client.ts"

/** What was asked, as far as a message needs it. */
export interface Asked {
  method: string
  path: readonly string[]
  query?: Readonly<Record<string, string>>
  /** Whether it may have changed something there: then no answer doesn't mean that nothing happened. */
  changes: boolean
}

/** No whole answer came. Anything else that was thrown is handed back as it is. */
export function fromConnection(error: unknown, { changes }: Pick<Asked, "changes">): unknown {
  if (!(error instanceof ConnectionError)) return error
  const { fault, message, wasSent } = error
  if (hopeless.has(fault)) return new ProviderError("misconfigured", message)
  if (changes && wasSent) return outcomeUnknown(message)
  return new ProviderError(fault === "timeout" && wasSent ? "timeout" : "unavailable", message)
}

const hopeless = new Set<ConnectionError["fault"]>(["forbidden_address", "bad_url", "tls", "redirect"])

/** An answer with a status that its caller can do nothing with. */
export function refusal(answer: VaultAnswer, asked: Asked): ProviderError {
  const { status } = answer
  if (status === 403) return permissionDenied(asked)
  if (status === 404) return notThere(answer, asked)
  if (status === 429) {
    return new ProviderError("rate_limited", "Vault gets more requests than it allows just now.", retryAfter(answer))
  }
  if (status >= 300 && status < 400) {
    return new ProviderError(
      "misconfigured",
      "Vault sends us to another address, as a standby server does. We follow nobody: register the active server's address, or its load balancer's.",
    )
  }
  return status >= 500 || standby.has(status) ? ailing(answer, asked) : badRequest(answer)
}

/** Statuses of Vault Enterprise's standby and secondary servers; 412: it hasn't seen our last write yet. */
const standby = new Set([412, 472, 473, 474])

export function permissionDenied({ method, path, query }: Asked): ProviderError {
  const capability = query?.list === undefined ? (capabilities[method] ?? "read") : "list"
  return new ProviderError(
    "permission_denied",
    `Vault doesn't let this credential do that: its policy needs "${capability}" on "${path.join("/")}".`,
  )
}

const capabilities: Record<string, string> = {
  GET: "read",
  POST: "create and update",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
}

/** Whether it is Vault that says that there is nothing: not a mount that is gone, nor a proxy that knows no such page. */
export function isAbsence({ status, body }: VaultAnswer): boolean {
  return status === 404 && noErrors.safeParse(body).success
}

const noErrors = z.object({ errors: z.tuple([]) })

function notThere(answer: VaultAnswer, { path }: Asked): ProviderError {
  if (isAbsence(answer)) return new ProviderError("not_found", "Vault has nothing at this place.")
  if (says(answer, /no handler for route|unsupported path/)) {
    const [first = ""] = path
    return new ProviderError(
      "misconfigured",
      `Vault has nothing mounted at "${first}", or not what is expected there. Was the mount disabled, or moved?`,
    )
  }
  if (says(answer, /namespace not found/)) return new ProviderError("misconfigured", "Vault has no such namespace.")
  return new ProviderError("unavailable", "What answers at Vault's address knows no such page. Is it Vault?")
}

function ailing(answer: VaultAnswer, { changes }: Asked): ProviderError {
  if (says(answer, /\bsealed\b/)) return sealedError()
  if (answer.status < 500 || answer.status === 530) {
    return new ProviderError("unavailable", "This Vault server is a standby that doesn't serve requests just now.")
  }
  const message = `Vault failed with an error of its own (HTTP ${answer.status}).`
  if (changes) return outcomeUnknown(message)
  return new ProviderError("unavailable", message, answer.status === 503 ? retryAfter(answer) : undefined)
}

export function sealedError(): ProviderError {
  return new ProviderError("sealed", "Vault is sealed. Somebody must unseal it; until then it answers nothing.")
}

function badRequest(answer: VaultAnswer): ProviderError {
  if (isConflict(answer)) {
    return new ProviderError("conflict", "Something newer is at this place in Vault. Nothing was replaced.")
  }
  if (isStillUpgrading(answer)) {
    return new ProviderError("unavailable", "Vault is still preparing this mount. Try again in a minute.")
  }
  if (answer.status === 413) return new ProviderError("too_large", "This is more than Vault takes.")
  if (answer.status === 405) return new ProviderError("unsupported", "This Vault can't do that.")
  return new ProviderError("invalid", `Vault didn't accept the request (HTTP ${answer.status}).`)
}

export function isConflict(answer: VaultAnswer): boolean {
  return answer.status === 400 && says(answer, /check-and-set parameter (?:did|does) not match/)
}

/** For some seconds after a mount became KV v2. */
export function isStillUpgrading(answer: VaultAnswer): boolean {
  return answer.status === 400 && says(answer, /Upgrading from non-versioned/)
}

export function outcomeUnknown(message: string): ProviderError {
  return new ProviderError("outcome_unknown", `${message} It may have taken effect all the same.`)
}

/** @throws ProviderError `unavailable`, or `outcome_unknown` when it answers a change: the form isn't Vault's */
export function shaped<Shape extends z.ZodType>(shape: Shape, { body }: VaultAnswer, changes: boolean): z.infer<Shape> {
  const parsed = shape.safeParse(body)
  if (parsed.success) return parsed.data
  const message = "Vault answered in a form that we don't know."
  throw changes ? outcomeUnknown(message) : new ProviderError("unavailable", message)
}

function says({ body }: VaultAnswer, pattern: RegExp): boolean {
  const parsed = withErrors.safeParse(body)
  return parsed.success && parsed.data.errors.some((text) => pattern.test(text))
}

const withErrors = z.object({ errors: z.array(z.string()) })

const longestWaitSeconds = 300

/** In seconds or as a date; a server can't make us wait for longer than five minutes. */
function retryAfter({ headers }: VaultAnswer): number | undefined {
  const text = headers["retry-after"]
  if (text === undefined) return undefined
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : (Date.parse(text) - clockOf(headers)) / 1000
  return Number.isFinite(seconds) ? Math.min(Math.max(Math.ceil(seconds), 0), longestWaitSeconds) : undefined
}

/** The server's clock, in milliseconds. NaN when it doesn't say. */
export function clockOf(headers: VaultAnswer["headers"]): number {
  return Date.parse(headers.date ?? "")
}
