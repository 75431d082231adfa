/**
 * What a provider is: the contract between core and the places where values live. provider-contract.ts holds each
 * store to it.
 *
 * A `Provider` is stateless: it knows its kind, its settings and what it can do. `open` makes a `SecretStore` of one
 * registered place. Abilities that not every place has are further small interfaces that a store has or has not; none
 * is a stub that throws. No vendor's type or word leaves a provider's folder.
 */
import type { z } from "zod"
import type { Secret } from "../secret.ts"

export interface Provider<Settings> {
  readonly kind: string
  /** What the operator fills in. Checked before `open`; a certificate or key in it is text, never a path. */
  readonly settings: z.ZodType<Settings>
  readonly capabilities: Capabilities
  /** A store ready for use. Nothing is sent yet: the first call finds out whether the place answers. */
  open(settings: Settings, host: ProviderHost): SecretStore
}

/** For each ability: the backend's own, made up for by us, or not there. */
export type Support = "native" | "emulated" | "none"

export interface Capabilities {
  /** A write that fails when the version is there already, instead of replacing it. */
  createOnly: Support
  /** Reading an earlier version. */
  versions: Support
  /** Removing one version's value for good. */
  destroyVersion: Support
  /** Sending the same write twice makes one version. */
  idempotentWrite: Support
  limits: {
    valueBytes: number
    /** Versions that the backend keeps before it forgets the oldest; null when it forgets none. */
    versions: number | null
  }
}

/** What a provider needs of ours; it reaches for nothing else. */
export interface ProviderHost {
  now(): Date
  sealing: Sealing
  sealedValues: SealedValues
}

/** Where a secret is kept. `location` and `field` are the stored binding, never computed anew. */
export interface Place {
  organizationId: string
  secretId: string
  location: string
  field: string | null
}

export interface NewStoredVersion {
  /** Strongroom's number of the version. It was never used for this secret before. */
  number: number
  value: Secret
  /** The write's id: our marker on what is stored, and what makes a repeated write the same one. */
  operationId: string
}

/** A version that a store holds, without its value. */
export interface StoredVersion {
  number: number
  /** The write that made it; null when it wasn't us. */
  operationId: string | null
  /** The backend's own number or token, where it has one. */
  backendVersion: string | null
}

export interface StoreReceipt {
  /** The backend's own number or token of the new version, where it has one. */
  backendVersion: string | null
}

export interface StoredSecret {
  location: string
  /** Whether it carries our marker. What doesn't is external: read-only until somebody adopts it. */
  isManaged: boolean
}

export interface StorePage {
  items: StoredSecret[]
  /** Hand it in for what follows; null when that was all. */
  nextCursor: string | null
}

/**
 * One registered place that keeps values. Every method may throw ProviderError, and nothing else that is foreseen. A
 * failure is never reported as an absence: an empty answer means that the place was asked and holds nothing.
 */
export interface SecretStore {
  /** What the organization keeps here, in a stable order, `limit` at a time. No value is fetched for it. */
  list(organizationId: string, page: { cursor: string | null; limit: number }): Promise<StorePage>

  /** The versions that are held at a place, oldest first; none when nothing is. No value is fetched for it. */
  describe(place: Place): Promise<StoredVersion[]>

  /**
   * The bytes of a version exactly as they were written. Throws `not_found` when the place answers that it doesn't
   * hold this version, `damaged` when what it holds isn't what was written there.
   */
  read(place: Place, number: number): Promise<Secret>

  /**
   * Keeps a version's value, durably when this resolves; a store in our own database may leave that to the commit that
   * makes the version current, which its log writes after. The same operation again is the same write, and answers as
   * the first did. Throws `already_exists` when the number is taken by another operation: nothing was replaced.
   * `outcome_unknown` when the place didn't say whether it took it: then `describe` finds out, not a second write.
   * The value isn't wiped and isn't kept.
   */
  write(place: Place, version: NewStoredVersion): Promise<StoreReceipt>

  /** Removes values for good: these versions', or all of the place's. What isn't there counts as removed. */
  remove(place: Place, versions: readonly number[] | "all"): Promise<void>

  /** Lets go of connections. Calls under way may fail; calling it twice is fine. */
  close(): Promise<void>
}

/** Seals values under keys that the provider never sees. */
export interface Sealing {
  /** The value under a key of its own, bound to this place and number. It opens nowhere else. */
  seal(place: Place, number: number, value: Secret): Promise<SealedText>
  /** The value again. Throws ProviderError `damaged` when anything about it was changed. */
  open(place: Place, number: number, sealed: SealedText): Promise<Secret>
}

export interface SealedText {
  sealed: Uint8Array
  wrappedKey: Uint8Array
  /** Which of the organization's keys wraps it. */
  keyEpoch: number
}

/** The built-in store's table. */
export interface SealedValues {
  /** Adds a row, durably when this resolves; `exists` when the number is taken, and by which operation. */
  add(row: SealedRow): Promise<{ outcome: "added" } | { outcome: "exists"; operationId: string }>
  find(key: SealedKey): Promise<SealedText | undefined>
  /** Numbers and operations of a secret's rows, by number. */
  versionsOf(secret: Omit<SealedKey, "version">): Promise<{ version: number; operationId: string }[]>
  remove(secret: Omit<SealedKey, "version">, versions: readonly number[] | "all"): Promise<void>
  /** Ids of secrets that have rows, in their order, after the given one. */
  secretIds(organizationId: string, after: string | null, limit: number): Promise<string[]>
}

export interface SealedKey {
  organizationId: string
  secretId: string
  version: number
}

export interface SealedRow extends SealedKey, SealedText {
  operationId: string
}

/** What can go wrong at a store, as coarsely as core tells it apart. */
export type ProviderErrorClass =
  | "not_found"
  | "already_exists"
  | "conflict"
  /** Deleted there, but its name is held until a date: restore, purge or wait. */
  | "pending_deletion"
  | "disabled"
  | "destroyed"
  | "permission_denied"
  | "unauthenticated"
  | "sealed"
  | "unavailable"
  | "rate_limited"
  | "quota_exceeded"
  | "invalid"
  | "too_large"
  | "unsupported"
  /** What is stored isn't what was written: changed, cut, or under a key that we don't have. */
  | "damaged"
  /** It doesn't carry our marker, so we don't touch it. */
  | "not_managed"
  | "timeout"
  /** The request was sent and no answer came: it may have taken effect. */
  | "outcome_unknown"

/**
 * The one error of a store. Its message is ours and may hold names; a vendor's body, headers or settings never get
 * into it, and it has no cause, which could carry them along.
 */
export class ProviderError extends Error {
  readonly class: ProviderErrorClass
  /** When another try makes sense, if the backend said so. */
  readonly retryAfterSeconds: number | undefined

  constructor(errorClass: ProviderErrorClass, message: string, retryAfterSeconds?: number) {
    super(message)
    this.name = "ProviderError"
    this.class = errorClass
    this.retryAfterSeconds = retryAfterSeconds
  }
}
