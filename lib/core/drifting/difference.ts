/**
 * What a backend holds of a secret against what we know of it: pure reckoning, so that it can be done again under the
 * secret's lock. Nothing here reads or opens a value.
 *
 * A version that the backend has and we don't is new: it gets the next of our numbers. One that we have and the backend
 * doesn't was forgotten there. A version's number never changes or returns, whatever happens at the backend.
 */
import type { Ownership, VersionState } from "../../contract/words.ts"
import type { KnownVersion } from "../../db/remote-secrets.ts"
import type { StoredState, StoredVersion } from "../../providers/provider.ts"

/** What was learned of the newest value by reading it. */
export interface NewestFacts {
  backendVersion: string | null
  fingerprint: Uint8Array
  sizeAtLeast: number
  sizeAtMost: number
  isText: boolean
  /** Whether a fingerprint is this value's, under any key that the organization ever had. */
  matches(fingerprint: Uint8Array): boolean
}

export interface NewVersion {
  backendVersion: string | null
  state: VersionState
  /** By the backend's clock; null where it doesn't say. */
  createdAt: Date | null
  facts: NewestFacts | null
}

export interface Difference {
  /** Oldest first: they get the next numbers, and the last of them becomes the current version. */
  added: readonly NewVersion[]
  /** By number. */
  states: ReadonlyMap<number, VersionState>
  /** The current version's token by now, where others changed what lies beside it and left its value as it is. */
  token: string | null
  /** Whether our marker is gone from what lies there: then it isn't ours to change any more. */
  isLost: boolean
  /** Whether somebody did something there: what a backend forgets of itself, as it was set to, isn't drift. */
  isDrift: boolean
}

export interface Known {
  currentVersion: number
  ownership: Ownership
  /** The one field there that the secret is; null when it is the whole. */
  field: string | null
  /** Oldest first. */
  versions: readonly KnownVersion[]
}

/** `newest` is needed where the backend's versions have no tokens, or where a token may have been given anew. */
export function differenceOf(known: Known, there: StoredState, newest: NewestFacts | null): Difference {
  // What has no token is known by its value alone.
  const hasTokens = there.versions.every(({ backendVersion }) => backendVersion !== null)
  const difference = hasTokens ? differenceOfVersions(known, there, newest) : differenceOfValue(known, there, newest)
  return isUnmarked(known, there) ? { ...difference, isLost: true, isDrift: true } : difference
}

/** Nobody's marker is expected on one field of what others keep. */
function isUnmarked({ ownership, field }: Known, { managedBy, versions }: StoredState): boolean {
  return ownership === "managed" && field === null && versions.length > 0 && managedBy !== "us"
}

// --- backends that keep versions

function differenceOfVersions(known: Known, there: StoredState, newest: NewestFacts | null): Difference {
  const living = livingOf(known, there, newest)
  const lastKnown = there.versions.findLastIndex(({ backendVersion }) => living.has(backendVersion ?? ""))
  const added = there.versions
    .slice(lastKnown + 1)
    .slice(-mostAdded)
    .map((version) => toNew(version, newest))
  const states = new Map<number, VersionState>()
  for (const version of known.versions) {
    const isThere = version.backendVersion !== null && living.get(version.backendVersion) === version.number
    const held = isThere
      ? there.versions.find(({ backendVersion }) => backendVersion === version.backendVersion)
      : undefined
    const state = held === undefined ? forgotten(version.state) : stateNow(version.state, held.state)
    if (state !== version.state) states.set(version.number, state)
  }
  const token = tokenBeside(known, added)
  if (token !== null) {
    states.delete(known.currentVersion)
    return { added: [], states, token, isLost: false, isDrift: isMoreThanForgetting(known, states, there) }
  }
  return {
    added,
    states,
    token,
    isLost: false,
    isDrift: added.length > 0 || isMoreThanForgetting(known, states, there),
  }
}

/** A server may claim thousands, each time others. Of so many, the newest ones are taken down, and the rest passed over. */
const mostAdded = 100

/** A new version of the whole isn't one of a single field, when that has the value that it had. */
function tokenBeside({ field, currentVersion, versions }: Known, added: readonly NewVersion[]): string | null {
  const newest = added.at(-1)
  const current = versions.find(({ number }) => number === currentVersion)
  if (field === null || newest?.facts == null || current?.fingerprint == null || current.state !== "enabled")
    return null
  return newest.facts.matches(current.fingerprint) ? newest.backendVersion : null
}

/**
 * Numbers of our versions by their tokens, as far as the backend's tokens still mean ours: when the history there began
 * anew, a token comes again for another value.
 */
function livingOf(known: Known, there: StoredState, newest: NewestFacts | null): Map<string, number> {
  const living = new Map<string, number>()
  for (const { backendVersion, number, state } of known.versions) {
    if (backendVersion !== null && state !== "forgotten") living.set(backendVersion, number)
  }
  return hasBegunAnew(known, there, newest, living) ? new Map<string, number>() : living
}

function hasBegunAnew(
  known: Known,
  there: StoredState,
  newest: NewestFacts | null,
  living: ReadonlyMap<string, number>,
): boolean {
  const last = there.versions.at(-1)
  if (last === undefined) return false
  const current = known.versions.find(({ number }) => number === known.currentVersion)
  const holds = (token: string | null | undefined) =>
    there.versions.some(({ backendVersion }) => backendVersion === token)
  if (current?.backendVersion != null && !holds(current.backendVersion) && living.has(last.backendVersion ?? ""))
    return true
  if (newest !== null && newest.backendVersion === current?.backendVersion && isOther(newest, current)) return true
  return there.versions.some((version) => {
    const own = known.versions.find(({ number }) => number === living.get(version.backendVersion ?? ""))
    return own !== undefined && isLaterThan(version, own)
  })
}

/** A version is written down after its backend made it; only clocks that differ make it seem otherwise. */
const mostClockSkewMilliseconds = 10 * 60_000

function isLaterThan({ createdAt }: StoredVersion, own: KnownVersion): boolean {
  return createdAt !== null && createdAt.getTime() > own.createdAt.getTime() + mostClockSkewMilliseconds
}

function toNew(version: StoredVersion, newest: NewestFacts | null): NewVersion {
  const { backendVersion, createdAt } = version
  const facts = newest?.backendVersion === backendVersion ? newest : null
  return { backendVersion, createdAt, facts, state: version.state === "held" ? "enabled" : version.state }
}

/** What was destroyed or forgotten doesn't come back, and what somebody disabled here stays so until they enable it. */
function stateNow(ours: VersionState, there: StoredVersion["state"]): VersionState {
  if (ours === "destroyed" || ours === "forgotten") return ours
  if (there === "destroyed") return "destroyed"
  if (ours === "disabled") return "disabled"
  return there === "deleted" ? "deleted" : "enabled"
}

function forgotten(ours: VersionState): VersionState {
  return ours === "destroyed" ? "destroyed" : "forgotten"
}

/** A backend that keeps so many versions drops the oldest ones by itself; the current one never. */
function isMoreThanForgetting(known: Known, states: ReadonlyMap<number, VersionState>, there: StoredState): boolean {
  if (there.versions.length === 0) return states.size > 0
  return [...states].some(([number, state]) => state !== "forgotten" || number === known.currentVersion)
}

// --- backends that keep one value

/** What our history means there: when each value was written. Only the newest can be read. */
function differenceOfValue(known: Known, there: StoredState, newest: NewestFacts | null): Difference {
  const [held] = there.versions
  const states = new Map<number, VersionState>()
  const isGone = held === undefined
  const current = known.versions.find(({ number }) => number === known.currentVersion)
  // A token of ours that is gone says as much as another value.
  const isReplaced = current?.state === "forgotten" || current?.backendVersion != null
  const isChanged = !isGone && (isReplaced || isOther(newest, current))
  for (const { number, state } of known.versions) {
    const isOver = number < known.currentVersion || isGone || isChanged
    if (isOver && forgotten(state) !== state) states.set(number, forgotten(state))
  }
  const added = held !== undefined && isChanged ? [toNew(held, newest)] : []
  return { added, states, token: null, isLost: false, isDrift: isChanged || (isGone && states.size > 0) }
}

/** Where no fingerprint was kept, nobody can tell. */
function isOther(newest: NewestFacts | null, current: KnownVersion | undefined): boolean {
  return newest !== null && current?.fingerprint != null && !newest.matches(current.fingerprint)
}
