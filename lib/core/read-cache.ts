/**
 * What was read from remote stores, kept for a while: bytes alone, each sealed under a key that this process made for
 * itself, and nobody's right to have them. Whoever asks was checked in Postgres before.
 *
 * An entry is of one version as we know it, so a write anywhere misses it. It is fresh for the provider's time-to-live,
 * less a little, so that not all run out at once. However many ask for one entry, its store is asked once. While the
 * store can't answer (sealed, unreachable, throttled), what it said last is served on, up to a bound, and marked as
 * stale; when it says no (forbidden, gone), never.
 */
import { open, type SealedContext, seal } from "../crypto/envelope.ts"
import { Key } from "../crypto/key.ts"
import { ProviderError, type ProviderErrorClass } from "../providers/provider.ts"
import type { Secret } from "../secret.ts"
import { type After, inTime, Line, withDeadline } from "./disclosing/line.ts"

/** What an entry is of. The epoch grows when the secret is bound elsewhere. */
export interface CachedVersion {
  organizationId: string
  secretId: string
  epoch: number
  number: number
  backendVersion: string | null
  /** True where being the newest one there is part of what is known; an earlier version is asked for by itself. */
  isLatest: boolean
}

/** How long the provider's values are kept. */
export interface CacheTerms {
  providerId: string
  cacheSeconds: number
  /** For how long after it was read a value is served while its store can't answer. */
  staleSeconds: number
}

export interface CachedValue {
  /** The caller's own copy. */
  value: Secret
  fetchedAt: Date
  /** True when its store can't answer now, and this is what it said at `fetchedAt`. */
  isStale: boolean
}

export interface ReadCache {
  /** The value of an entry; `fetch` asks its store when there is no fresh one. Throws what `fetch` throws. */
  read(version: CachedVersion, terms: CacheTerms, fetch: () => Promise<Secret>): Promise<CachedValue>
  /** Until when the entry is fresh; undefined when it isn't. */
  freshUntil(version: CachedVersion): Date | undefined
  /** What can still be served of a provider's while it is down: how many versions, and until when the last of them. */
  holdingsOf(organizationId: string, providerId: string): { count: number; until: Date | null }
  /** Drops what can't be served any more, and answers how many values that were. */
  sweep(): number
  /** Its clock, in milliseconds. */
  now(): number
}

/** Thrown by a `fetch` that can't tell yet what the value is: what was served before goes on, and nobody is to blame. */
export class NotSettled extends Error {
  constructor() {
    super("A write of the secret is under way.")
    this.name = "NotSettled"
  }
}

export interface ReadCacheOptions {
  instanceId: string
  now?: () => number
  /** Between 0 and 1. */
  random?: () => number
  after?: After
  /** How many bytes it may hold. */
  mostBytes?: number
  /** How many calls to one provider may be under way. */
  callsAtOnce?: number
  /** How long a call may take, its wait for others included. */
  deadlineMilliseconds?: number
}

interface Entry {
  organizationId: string
  providerId: string
  sealed: Uint8Array
  fetchedAt: number
  freshUntil: number
  staleUntil: number
}

/** A store that said no, remembered for a moment, so that not everyone who asks makes it say so again. */
interface Refusal {
  error: Error
  until: number
}

/** A provider that can't answer: nobody waits for it again before `until`. */
interface Outage extends Refusal {
  pauseMilliseconds: number
}

export function openReadCache(options: ReadCacheOptions): ReadCache {
  const { instanceId, now = Date.now, random = Math.random, after = inTime } = options
  const { mostBytes = 64 * 1024 * 1024, callsAtOnce = 16, deadlineMilliseconds = 10_000 } = options
  const key = Key.random()
  // In the order of their last use.
  const entries = new Map<string, Entry>()
  const flights = new Map<string, Promise<Entry>>()
  const refusals = new Map<string, Refusal>()
  const outages = new Map<string, Outage>()
  const lines = new Map<string, Line>()
  let bytes = 0

  function drop(name: string): void {
    bytes -= entries.get(name)?.sealed.byteLength ?? 0
    entries.delete(name)
  }

  function keep(name: string, entry: Entry): void {
    drop(name)
    entries.set(name, entry)
    bytes += entry.sealed.byteLength
    for (const oldest of entries.keys()) {
      if (bytes <= mostBytes) break
      drop(oldest)
    }
  }

  function sealedContext({ organizationId, secretId, number }: CachedVersion, name: string): SealedContext {
    const place = { organization: organizationId, secret: secretId, version: number, field: name }
    return { purpose: "cache", instance: instanceId, ...place, keyId: "process" }
  }

  function serve(version: CachedVersion, name: string, entry: Entry, isStale: boolean): CachedValue {
    if (entries.get(name) === entry) {
      entries.delete(name)
      entries.set(name, entry)
    }
    const value = open(entry.sealed, key, sealedContext(version, name))
    return { value, fetchedAt: new Date(entry.fetchedAt), isStale }
  }

  async function ask(
    version: CachedVersion,
    name: string,
    terms: CacheTerms,
    fetch: () => Promise<Secret>,
  ): Promise<Entry> {
    const { organizationId } = version
    const { providerId } = terms
    const line = lines.get(providerId) ?? new Line(callsAtOnce)
    lines.set(providerId, line)
    const fetchedAt = now()
    const value = await withDeadline(line, fetch, deadlineMilliseconds, after)
    try {
      const sealed = seal(value, key, sealedContext(version, name))
      // Up to a tenth less, never more.
      const freshUntil = fetchedAt + terms.cacheSeconds * 1_000 * (1 - random() / 10)
      const staleUntil = Math.max(freshUntil, fetchedAt + terms.staleSeconds * 1_000)
      const entry = { organizationId, providerId, sealed, fetchedAt, freshUntil, staleUntil }
      if (staleUntil > fetchedAt) keep(name, entry)
      outages.delete(providerId)
      refusals.delete(name)
      return entry
    } finally {
      value.wipe()
    }
  }

  function remember(name: string, { providerId, cacheSeconds }: CacheTerms, error: unknown): void {
    if (!(error instanceof ProviderError)) return
    if (cannotAnswer(error)) {
      const before = outages.get(providerId)
      const pauseMilliseconds = Math.min((before?.pauseMilliseconds ?? shortestPause / 2) * 2, longestPause)
      const asked = Math.min((error.retryAfterSeconds ?? 0) * 1_000, longestPause)
      outages.set(providerId, { error, until: now() + Math.max(pauseMilliseconds, asked), pauseMilliseconds })
      return
    }
    drop(name)
    outages.delete(providerId)
    refusals.set(name, { error, until: now() + Math.min(cacheSeconds * 1_000, refusalKept) })
  }

  /** One call for all who wait for the entry. */
  function fly(version: CachedVersion, name: string, terms: CacheTerms, fetch: () => Promise<Secret>): Promise<Entry> {
    const flight = ask(version, name, terms, fetch)
      .catch((error: unknown) => {
        remember(name, terms, error)
        throw error
      })
      .finally(() => flights.delete(name))
    flights.set(name, flight)
    return flight
  }

  return {
    now,

    read: async (version, terms, fetch) => {
      const name = nameOf(version)
      const held = entries.get(name)
      if (held !== undefined && now() < held.freshUntil) return serve(version, name, held, false)
      const staleEntry = held !== undefined && now() < held.staleUntil ? held : undefined
      const outage = outages.get(terms.providerId)
      if (outage !== undefined && now() < outage.until && !flights.has(name)) {
        if (staleEntry !== undefined) return serve(version, name, staleEntry, true)
        throw outage.error
      }
      const refusal = refusals.get(name)
      if (refusal !== undefined && now() < refusal.until) throw refusal.error
      try {
        return serve(version, name, await (flights.get(name) ?? fly(version, name, terms, fetch)), false)
      } catch (error) {
        const isPassing = error instanceof NotSettled || (error instanceof ProviderError && cannotAnswer(error))
        if (staleEntry === undefined || !isPassing) throw error
        return serve(version, name, staleEntry, true)
      }
    },

    freshUntil: (version) => {
      const entry = entries.get(nameOf(version))
      return entry !== undefined && now() < entry.freshUntil ? new Date(entry.freshUntil) : undefined
    },

    holdingsOf: (organizationId, providerId) => {
      const served = [...entries.values()].filter(
        (entry) =>
          entry.organizationId === organizationId && entry.providerId === providerId && now() < entry.staleUntil,
      )
      const until = served.length === 0 ? null : new Date(Math.max(...served.map(({ staleUntil }) => staleUntil)))
      return { count: served.length, until }
    },

    sweep: () => {
      const before = entries.size
      for (const [name, { staleUntil }] of entries) if (now() >= staleUntil) drop(name)
      for (const [name, { until }] of refusals) if (now() >= until) refusals.delete(name)
      for (const [id, { until, pauseMilliseconds }] of outages) {
        if (now() >= until + pauseMilliseconds) outages.delete(id)
      }
      for (const [id, line] of lines) if (line.isEmpty) lines.delete(id)
      return before - entries.size
    },
  }
}

/** How long one that can't answer is left alone: twice as long each time, in milliseconds. */
const shortestPause = 500
const longestPause = 5_000

/** How long a store's no is repeated, in milliseconds. */
const refusalKept = 2_000

/** Classes that say nothing about the value: the store is there no more, or not yet again. Any other is its answer. */
const noAnswer: readonly ProviderErrorClass[] = [
  "sealed",
  "unavailable",
  "rate_limited",
  "quota_exceeded",
  "timeout",
  "outcome_unknown",
]

function cannotAnswer(error: ProviderError): boolean {
  return noAnswer.includes(error.class)
}

function nameOf({ organizationId, secretId, epoch, number, backendVersion, isLatest }: CachedVersion): string {
  const version = backendVersion === null ? `#${number}` : `@${backendVersion}`
  return [organizationId, secretId, epoch, isLatest ? "latest" : "one", version].join("/")
}
