/**
 * What a machine is answered with that asks for several secrets as an environment: values by the names of variables,
 * where each comes from, and what of it can't be had, each by its name and reason.
 *
 * A program must not start with a part of what it asked for without having said that this is fine. So whatever can't be
 * had fails the whole answer, before anything is opened for it, unless the caller takes a part.
 */
import type { Disclosure, Resolution, ResolvedEntry, Unresolved } from "../../contract/dto.ts"
import { formatReference } from "../../contract/names.ts"
import type { FoundSecret } from "../../db/hot-reads.ts"
import { AppError, type AppErrorDetails, type ErrorCode } from "../../errors.ts"
import { aboutSeveral, faultOf, type Loaded, type ReadableSecret } from "../disclosing/granted.ts"
import { isGone, patienceWith, type RemoteFailure, whyOf } from "../disclosing/remote.ts"
import { environmentNameOf } from "../secrets/environment-name.ts"

/** A secret under the reference by which it is answered. */
export interface Referred<Found extends FoundSecret = FoundSecret> {
  ref: string
  secret: Found
}

export interface Findings {
  /** The scope that is read in. */
  scope: string
  found: readonly Referred[]
  /** What was not found, or isn't granted. */
  unresolved?: readonly Unresolved[]
  /** Whether an answer without what can't be had is fine. */
  partial: boolean
}

/** What can be answered of what was found. Throws, naming each, for what can't be had where a part isn't enough. */
export function resolutionOf({ scope, found, unresolved = [], partial }: Findings): Loaded<Resolution> {
  const readable = found.filter(isReadable)
  const unreadable = found.flatMap(({ ref, secret }) => {
    const obstacle = obstacleOf(secret)
    return obstacle === undefined ? [] : [{ name: secret.name, ref, ...obstacle }]
  })
  const colliding = collisionsIn(readable)
  const rest = readable.filter((referred) => !colliding.has(referred))
  return loaded({ scope, partial, referred: rest, unresolved: [...unresolved, ...unreadable, ...colliding.values()] })
}

function isReadable(referred: Referred): referred is Referred<ReadableSecret> {
  return obstacleOf(referred.secret) === undefined
}

/** Why a secret that was found and granted can't be read; undefined when it can. Throws for a damaged one. */
function obstacleOf(secret: FoundSecret): Pick<Unresolved, "reason" | "detail"> | undefined {
  const fault = faultOf(secret)
  return fault === undefined ? undefined : toObstacle(fault)
}

/** A fault of a secret as a reason. Throws those that are no state of it. */
export function toObstacle(fault: AppError): Pick<Unresolved, "reason" | "detail"> {
  const reason = reasonOf[fault.code]
  if (reason === undefined) throw fault
  return { reason, detail: fault.message }
}

const reasonOf: Readonly<Partial<Record<ErrorCode, Unresolved["reason"]>>> = {
  conflict: "disabled",
  not_found: "missing",
  gone: "gone",
}

/** Two secrets can't both arrive in one environment variable, and we don't choose for anybody: neither does. */
function collisionsIn(readable: readonly Referred<ReadableSecret>[]): Map<Referred<ReadableSecret>, Unresolved> {
  const collisions = new Map<Referred<ReadableSecret>, Unresolved>()
  for (const [variable, sharing] of Map.groupBy(readable, ({ secret }) => environmentNameOf(secret))) {
    const different = new Map(sharing.map(({ secret }) => [`${secret.id}@${secret.version}`, secret]))
    if (different.size < 2) continue
    const detail = collisionDetail(variable, [...different.values()])
    for (const referred of sharing) {
      const { ref, secret } = referred
      collisions.set(referred, { name: secret.name, ref, reason: "colliding", detail })
    }
  }
  return collisions
}

/** What is said of secrets that meet in one variable. */
export function collisionDetail(
  variable: string,
  sharing: readonly Pick<FoundSecret, "scope" | "vault" | "name">[],
): string {
  const references = sharing.map(({ scope, vault, name }) => formatReference({ scope, vault, secret: name }))
  return `${references.join(" and ")} meet in the environment variable ${variable}. Give one of them an environment name of its own, or ask for one vault only.`
}

interface ToAnswer {
  scope: string
  partial: boolean
  referred: readonly Referred<ReadableSecret>[]
  unresolved: readonly Unresolved[]
}

function loaded(answer: ToAnswer, patience: AppErrorDetails = {}): Loaded<Resolution> {
  const { scope, partial, referred, unresolved } = answer
  if (unresolved.length > 0 && !partial) throw refusal(unresolved, patience)
  const secrets = referred.map(({ secret }) => secret)
  return {
    secrets,
    about: { details: { ...aboutSeveral(secrets).details, ...(unresolved.length > 0 && listed(unresolved)) } },
    compose: (disclosures, providers) => ({
      scope,
      ...environmentOf(referred, disclosures, providers),
      unresolved: [...unresolved],
    }),
    without: (failures) => loaded(leftBy(answer, failures), patienceWith(failures)),
  }
}

function environmentOf(
  referred: readonly Referred<ReadableSecret>[],
  disclosures: readonly Disclosure[],
  providers: readonly string[],
): Pick<Resolution, "env" | "entries"> {
  const env: Record<string, string> = {}
  const entries = disclosures.map(({ value, ...disclosed }, index): ResolvedEntry => {
    const { ref = "", secret } = referred[index] ?? {}
    const envName = environmentNameOf(secret ?? { name: disclosed.name, envName: null })
    env[envName] = value
    return { ...disclosed, envName, ref, provider: providers[index] ?? "" }
  })
  return { env, entries }
}

function leftBy(answer: ToAnswer, failures: readonly RemoteFailure[]): ToAnswer {
  const failed = new Map<ReadableSecret, RemoteFailure>(failures.map((failure) => [failure.secret, failure]))
  const unresolved = answer.referred.flatMap(({ ref, secret }): Unresolved[] => {
    const failure = failed.get(secret)
    if (failure === undefined) return []
    const reason = isGone(failure) ? "gone" : "unavailable"
    const reference = formatReference({ scope: secret.scope, vault: secret.vault, secret: secret.name })
    return [{ name: secret.name, ref, reason, detail: `${reference} can't be read now. ${whyOf(failure)}` }]
  })
  return {
    ...answer,
    referred: answer.referred.filter(({ secret }) => !failed.has(secret)),
    unresolved: [...answer.unresolved, ...unresolved],
  }
}

function listed(unresolved: readonly Unresolved[]): { unresolved: string } {
  return { unresolved: unresolved.map(({ reason, ref }) => `${reason} ${ref}`).join(" ") }
}

/** The error that names them all. It can pass by itself only if every one of them can. */
export function refusal(unresolved: readonly Unresolved[], patience: AppErrorDetails = {}): AppError {
  const reasons = new Set(unresolved.map(({ reason }) => reason))
  const details = new Set(unresolved.map(({ detail }) => detail))
  const [only = ""] = details
  const refs = unresolved.map(({ ref }) => ref).join(", ")
  const message =
    details.size === 1
      ? only
      : `${unresolved.length} references can't be resolved: ${refs}. Each is listed with its reason; partial=true answers without them.`
  return new AppError(codeOf(reasons), message, { ...patience, unresolved })
}

function codeOf(reasons: ReadonlySet<Unresolved["reason"]>): ErrorCode {
  if (reasons.has("missing") || reasons.has("forbidden")) return "not_found"
  if (reasons.has("disabled") || reasons.has("colliding")) return "conflict"
  return reasons.has("unavailable") ? "unavailable" : "gone"
}
