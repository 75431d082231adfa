/**
 * Values that remote stores keep, for machines that were found to have a right to them. Where each is kept, and whether
 * its provider is approved, is looked up in Postgres every time; bytes come from the cache or from the store.
 *
 * Reading the newest value again after the cache's time also finds out what was changed at the backend: that is written
 * down first, and whoever asked then gets the new version under its own number.
 */
import { formatReference } from "../../contract/names.ts"
import type { FoundSecret } from "../../db/hot-reads.ts"
import { type Binding, type FindBinding, openBindings } from "../../db/remote-secrets.ts"
import { AppError } from "../../errors.ts"
import { type Place, ProviderError, type ProviderErrorClass, type SecretStore } from "../../providers/provider.ts"
import type { Secret } from "../../secret.ts"
import type { House } from "../context.ts"
import { observe } from "../drift.ts"
import { requireSameBackend } from "../drifting/same-backend.ts"
import { isFingerprintOf } from "../fingerprints.ts"
import { type CachedValue, type CachedVersion, NotSettled } from "../read-cache.ts"
import { isAbsence } from "../writing/store-errors.ts"
import type { RemoteSecret } from "./granted.ts"

/** Thrown when what was asked for isn't what is there any more: look everything up again. */
export class Moved extends Error {
  constructor() {
    super("The secret was changed at its backend, or is bound elsewhere by now.")
    this.name = "Moved"
  }
}

export interface RemoteValue extends CachedValue {
  /** Until when its being what it is needn't be asked again. */
  freshUntil: Date
  /** The name of the provider that keeps it. */
  provider: string
}

/** One that can't be read now, and why. */
export interface RemoteFailure {
  secret: RemoteSecret
  error: ProviderError | NotSettled
}

/** What stores answer of several secrets: the values of those that can be read, and what fails of the others. */
export interface RemoteReads {
  values: ReadonlyMap<RemoteSecret, RemoteValue>
  failures: readonly RemoteFailure[]
}

/** Reads several side by side. Throws Moved, or what is no store's failure: then nothing is left open. */
export type ReadRemote = (organizationId: string, secrets: readonly RemoteSecret[]) => Promise<RemoteReads>

export function openRemoteReads(house: House): ReadRemote {
  const find = openBindings(house.database)
  return async (organizationId, secrets) => {
    const room = { left: mostBytes }
    const values = new Map<RemoteSecret, RemoteValue>()
    const failures: RemoteFailure[] = []
    const faults: unknown[] = []
    await Promise.all(
      secrets.map(async (secret) => {
        try {
          values.set(secret, await readOne(house, find, organizationId, secret, room))
        } catch (error) {
          if (isOfStore(error)) failures.push({ secret, error })
          else faults.push(error)
        }
      }),
    )
    if (faults.length === 0) return { values, failures: inOrderOf(secrets, failures) }
    for (const { value } of values.values()) value.wipe()
    throw faults.find((fault) => fault instanceof Moved) ?? faults[0]
  }
}

function inOrderOf(secrets: readonly RemoteSecret[], failures: readonly RemoteFailure[]): RemoteFailure[] {
  return secrets.flatMap((secret) => failures.filter((failure) => failure.secret === secret))
}

/** What one answer holds of remote stores' values, in bytes. Theirs may be larger than those that are written here. */
const mostBytes = 16 * 1024 * 1024

interface Room {
  left: number
}

async function readOne(
  house: House,
  find: FindBinding,
  organizationId: string,
  secret: FoundSecret,
  room: Room,
): Promise<RemoteValue> {
  const binding = await find({ organizationId, secretId: secret.id, number: secret.version })
  if (binding?.epoch !== secret.epoch) throw new Moved()
  if (!binding.isApproved) throw notApproved()
  const version: CachedVersion = {
    organizationId,
    secretId: secret.id,
    epoch: secret.epoch,
    number: secret.version,
    backendVersion: binding.backendVersion,
    isLatest: binding.isCurrent,
  }
  if (room.left < 0) throw tooMuch()
  const read = await house.readCache.read(version, binding, () => fetch(house, version, binding))
  room.left -= read.value.size
  if (room.left < 0) {
    read.value.wipe()
    throw tooMuch()
  }
  return {
    ...read,
    freshUntil: house.readCache.freshUntil(version) ?? read.fetchedAt,
    provider: binding.providerName,
  }
}

function tooMuch(): AppError {
  return new AppError("too_large", "These values are larger together than one answer may be. Ask for fewer at a time.")
}

async function fetch(house: House, version: CachedVersion, binding: Binding): Promise<Secret> {
  const { organizationId, secretId, number, backendVersion, isLatest } = version
  const place: Place = { organizationId, secretId, location: binding.location, field: binding.field }
  const { providerId } = binding
  const store = await house.stores.of({ organizationId, providerId })
  try {
    if (isLatest) return await fetchLatest(house, store, place, version, binding)
    // Without a token, the store could only give what is newest there.
    if (backendVersion === null) throw new ProviderError("not_found", "Its store keeps the newest value alone.")
    return (await store.read(place, { number, backendVersion })).value
  } catch (error) {
    // Another backend at the address doesn't have it, either.
    if (isAbsence(error)) await requireSameBackend(house, { organizationId, providerId }, store)
    throw error
  }
}

async function fetchLatest(
  house: House,
  store: SecretStore,
  place: Place,
  version: CachedVersion,
  binding: Binding,
): Promise<Secret> {
  const newest = await readOrNothing(store, place)
  if (newest !== undefined && (await isKnown(house, newest, version, binding))) return newest.value
  newest?.value.wipe()
  const sight = await observe(house, { organizationId: place.organizationId, id: place.secretId }, { closely: true })
  if (sight === "changed") throw new Moved()
  const { number, backendVersion } = version
  // Something of ours is on its way there: until that is settled, the version that we know is the current one.
  if (backendVersion !== null) return (await store.read(place, { number, backendVersion })).value
  if (sight === "busy") throw new NotSettled()
  throw new ProviderError("not_found", "Its store doesn't hold it.")
}

/** Undefined when the store says that there is none. */
async function readOrNothing(
  store: SecretStore,
  place: Place,
): Promise<{ value: Secret; backendVersion: string | null } | undefined> {
  try {
    return await store.read(place, "latest")
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw error
  }
}

/** Whether it is the version that we know as the current one: by its token, and by its value where we know that. */
async function isKnown(
  { organizationKeys }: House,
  newest: { value: Secret; backendVersion: string | null },
  { organizationId, secretId, backendVersion }: CachedVersion,
  { fingerprint: known }: Binding,
): Promise<boolean> {
  if (newest.backendVersion !== backendVersion) return false
  return known === null || isFingerprintOf(organizationKeys, { organizationId, secretId }, newest.value, known)
}

// --- what is told when it can't be read

function notApproved(): ProviderError {
  return new ProviderError("misconfigured", "Nobody has approved yet that values are kept where the provider points.")
}

function isOfStore(error: unknown): error is RemoteFailure["error"] {
  return error instanceof ProviderError || error instanceof NotSettled
}

/** A failure is never an absence: the whole answer fails, and names all that it failed for. */
export function refusalOf(failures: readonly RemoteFailure[]): AppError {
  const references = failures.map(({ secret: { scope, vault, name } }) =>
    formatReference({ scope, vault, secret: name }),
  )
  const more = failures.length === 1 ? "" : ` Of ${references[0] ?? ""}:`
  const message = `${references.join(", ")} can't be read now.${more} ${failures.map(whyOf)[0] ?? ""}`
  const code = failures.every(isGone) ? "gone" : "unavailable"
  return new AppError(code, message, patienceWith(failures))
}

/** For the operator what the first store said, for the caller when another try makes sense. */
export function patienceWith(failures: readonly RemoteFailure[]): { cause: unknown; retryAfterSeconds: number } {
  const error = failures[0]?.error
  const cause = error instanceof ProviderError ? error : undefined
  return { cause, retryAfterSeconds: cause?.retryAfterSeconds ?? 5 }
}

/** Whether its store answered that it doesn't hold it any more. */
export function isGone({ error }: RemoteFailure): boolean {
  return isAbsence(error)
}

/** Why it can't be read, and what to do. */
export function whyOf({ error }: RemoteFailure): string {
  if (error instanceof NotSettled) return "It is being written right now: try again in a moment."
  return reasons[error.class] ?? "Its store isn't in order: the provider's page tells what to mend."
}

const noAnswer = "Its store doesn't answer, and nothing of it is cached: try again in a moment."
const refused = "Its store refuses Strongroom's credential: who manages the provider can mend that."
const noMore = "Its store doesn't hold it any more. Look at its history."

const reasons: Readonly<Partial<Record<ProviderErrorClass, string>>> = {
  sealed: "Its store is sealed, and nothing of it is cached: it can be read again when somebody unseals it.",
  unavailable: noAnswer,
  timeout: noAnswer,
  outcome_unknown: noAnswer,
  rate_limited: "Its store is asked too often: try again later.",
  quota_exceeded: "Its store is asked too often: try again later.",
  permission_denied: refused,
  unauthenticated: refused,
  not_found: noMore,
  deleted: noMore,
  destroyed: noMore,
  damaged: "What its store holds isn't what was written there. Look at its history.",
}
