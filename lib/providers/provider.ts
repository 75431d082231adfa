/**
 * What a provider is: the contract between core and the places where values live. provider-contract.ts holds each
 * store to it.
 *
 * A provider is stateless: it knows its kind, its settings and what it can do. `open` makes a `SecretStore` of one
 * registered place. Abilities that not every place has are further small interfaces that a store has or has not; none
 * is a stub that throws. No vendor's type or word leaves a provider's folder.
 *
 * There are two sorts. The built-in kind keeps values in Strongroom's own database, is always there and has no settings.
 * A remote kind is registered by people: it has an address, a credential, a check that is run before anything is saved,
 * and a server that may be down, replaced, or changed by somebody else.
 */
import type { z } from "zod"
import type { Secret } from "../secret.ts"

export interface BuiltInProvider {
  readonly kind: string
  readonly capabilities: Capabilities
  open(host: BuiltInHost): SecretStore
}

/** What is kept of a remote provider's settings: flat, and never a credential. */
export type Settings = Readonly<Record<string, string | number | boolean | null>>

/** What is typed of a credential, by field. */
export type Credential = Readonly<Record<string, Secret>>

export interface RemoteProvider {
  readonly kind: string
  /** What the form and the API take; a certificate in it is text, never a path. It comes out complete, with defaults. */
  readonly settings: z.ZodType<Settings>
  /** The credential's fields that these settings need, each of which is a secret of its own. */
  credentialFieldsOf(settings: Settings): readonly string[]
  /**
   * Where a credential goes: scheme, host, port and what the server is trusted by. A credential is sealed with it as
   * context, and dropped when it changes.
   */
  endpointOf(settings: Settings): string
  /** What an approval is about, in one line for people: the address, and the part of it that values go to. */
  targetOf(settings: Settings): string
  capabilitiesOf(settings: Settings): Capabilities
  /** The command of the backend's own tool that lists what is kept there, for people to paste. */
  listCommandOf?(settings: Settings): string
  /** A store ready for use. Nothing is sent yet: the first call finds out whether the place answers. */
  open(settings: Settings, host: RemoteHost): SecretStore
  /**
   * Tries settings and credential live, and tells each line as soon as it is known. Writes nothing there. What goes
   * wrong there is a line that failed, never a throw.
   */
  check(settings: Settings, host: RemoteHost, tell: (line: CheckLine) => void): Promise<CheckResult>
  /** Makes a team's own place and credential from an admin credential that is used once, where the backend can. */
  readonly bootstrap?: Bootstrap
}

// --- what it can do

/** For each ability: the backend's own, made up for by us, or not there. */
export type Support = "native" | "emulated" | "none"

export interface Capabilities {
  /** A write that fails when the version is there already, instead of replacing it. */
  createOnly: Support
  /** Reading an earlier version. */
  versions: Support
  /** Removing one version's value so that it can be brought back. */
  trash: Support
  /** Removing one version's value for good. */
  destroyVersion: Support
  /** Sending the same write twice makes one version. */
  idempotentWrite: Support
  /** Finding what others have put there, to adopt it. */
  adoption: Support
  limits: {
    valueBytes: number
    /** Versions that the backend keeps before it forgets the oldest; null when it forgets none, or doesn't say. */
    versions: number | null
  }
}

// --- what it needs of ours; it reaches for nothing else

export interface BuiltInHost {
  now(): Date
  sealing: Sealing
  sealedValues: SealedValues
}

export interface RemoteHost {
  now(): Date
  /** The one way out: it refuses forbidden addresses, follows no redirect, and caps size and time. */
  fetch: GuardedFetch
  /** The credential's fields that `credentialFieldsOf` names. */
  credential: Credential
  /** Where a signed-in state is kept, one for all processes. */
  sessions: SessionPort
  /** Written on what we make at a backend, to know it again: this installation's id. */
  instanceId: string
}

export interface GuardedRequest {
  method: string
  url: URL
  headers: Readonly<Record<string, string>>
  body?: Uint8Array
  /** PEM text of the authorities that the server must be certified by, instead of the usual ones. */
  ca?: string
  timeoutMs: number
  maxResponseBytes: number
  signal?: AbortSignal
}

export interface GuardedAnswer {
  status: number
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>
  body: Uint8Array
  /** The server's certificate, over https. */
  certificate?: ServerCertificate
}

export interface ServerCertificate {
  subject: string
  issuer: string
  validFrom: Date
  validTo: Date
}

/** Throws ConnectionError, and nothing else, when no whole answer came. */
export type GuardedFetch = (request: GuardedRequest) => Promise<GuardedAnswer>

/** Why no answer came, as coarsely as it may be told to who typed the address. */
export type ConnectionFault =
  | "forbidden_address"
  | "bad_url"
  | "dns"
  | "refused"
  | "reset"
  | "tls"
  | "timeout"
  | "too_large"
  | "redirect"
  | "protocol"
  | "aborted"

/** What `GuardedFetch` throws. Its message is ours: what happened, and what to do where we know. */
export class ConnectionError extends Error {
  readonly fault: ConnectionFault
  /** Whether bytes of the request may have reached the server. */
  readonly wasSent: boolean
  /**
   * The exact entry that would let a forbidden address through, where the operator may allow it; "" where the operator
   * may, and it would tell who typed a name what that name leads to.
   */
  readonly allowEntry: string | null

  constructor(fault: ConnectionFault, message: string, wasSent: boolean, allowEntry: string | null = null) {
    super(message)
    this.name = "ConnectionError"
    this.fault = fault
    this.wasSent = wasSent
    this.allowEntry = allowEntry
  }
}

/** A signed-in state at a backend. */
export interface BackendSession {
  token: Secret
  /** The handle by which it can be looked up or revoked without it. */
  accessor: string | null
  /** Null when it doesn't end. */
  expiresAt: Date | null
  /** From when on whoever uses it renews it first, or signs in anew; null for one that needs neither. */
  renewAt: Date | null
  canBeRenewed: boolean
}

/** One session for all processes: whoever needs a new one makes it, and the others wait for that one. */
export interface SessionPort {
  /** The session in use, or undefined while there is none. */
  current(): Promise<BackendSession | undefined>
  /**
   * Replaces the session `old`, unless somebody else has by now: then that one is answered and `signIn` isn't called.
   * `signIn` gets the session to renew, if one is still good enough to be.
   */
  replace(
    old: BackendSession | undefined,
    signIn: (session: BackendSession | undefined) => Promise<BackendSession>,
  ): Promise<BackendSession>
}

// --- places and versions

/** Where a secret is kept. `location` and `field` are the stored binding, never computed anew. */
export interface Place {
  organizationId: string
  secretId: string
  location: string
  /** The one field of what lies there that is the secret; null when the whole is ours. */
  field: string | null
}

/** A new secret that needs a place. */
export interface Wanted {
  secretId: string
  scope: string
  vault: string
  name: string
  /** That the plain place is bound already, by a secret that was renamed since: then it's one that no other has. */
  isTaken?: true
}

/** A version as both sides know it: our number, and the backend's own number or token where it has one. */
export interface VersionKey {
  number: number
  backendVersion: string | null
}

export interface NewStoredVersion {
  /** Strongroom's number of the version. It was never used for this secret before. */
  number: number
  value: Secret
  /** The write's id: our marker on what is stored where it has room for one, and what makes a repeated write the same. */
  operationId: string
  /** The backend's token of the newest version that we know of there; null when we know of none. Another one: conflict. */
  after: string | null
}

/** A version that a store holds or remembers, without its value. */
export interface StoredVersion {
  /** Strongroom's number; null where the backend doesn't keep it. */
  number: number | null
  /** The write that made it; null when it wasn't us, or the backend doesn't keep it. */
  operationId: string | null
  backendVersion: string | null
  /** `deleted` can be brought back there, `destroyed` can't. */
  state: "held" | "deleted" | "destroyed"
  /** By the backend's clock; null where it doesn't say. */
  createdAt: Date | null
}

export interface StoredState {
  /** Whose marker is on it: `others` covers another installation's. */
  managedBy: "us" | "nobody" | "others"
  /** With `others`: the other secret of this organization that the marker names, where the backend can tell. */
  markedFor?: string
  /** Oldest first; none when nothing is there. */
  versions: StoredVersion[]
}

export interface StoreReceipt {
  /** The backend's own number or token of the new version, where it has one. */
  backendVersion: string | null
}

export interface ReadVersion {
  value: Secret
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
 * One place that keeps values. Every method may throw ProviderError, and nothing else that is foreseen. A failure is
 * never reported as an absence: an empty answer means that the place was asked and holds nothing.
 */
export interface SecretStore {
  /** Where a new secret is to be kept: readable by people and their other tools, and another's never. Nothing is sent. */
  locate(wanted: Wanted): string

  /** What the organization keeps here, in a stable order, `limit` at a time. No value is fetched for it. */
  list(organizationId: string, page: { cursor: string | null; limit: number }): Promise<StorePage>

  /** What is held at a place. No value is fetched for it, where the backend can tell without. */
  describe(place: Place): Promise<StoredState>

  /**
   * The bytes of a version exactly as they were written, or of the newest one. Throws `not_found` when the place answers
   * that it doesn't hold it, `deleted` or `destroyed` when it remembers that it did, `damaged` when what it holds isn't
   * what was written there.
   */
  read(place: Place, version: VersionKey | "latest"): Promise<ReadVersion>

  /**
   * Keeps a version's value, durably when this resolves; a store in our own database may leave that to the commit that
   * makes the version current, which its log writes after. The same operation again is the same write, and answers as
   * the first did, where `idempotentWrite` says so. Throws `already_exists` when the number is taken by another
   * operation, `conflict` when the place holds something newer than `after`: nothing was replaced. `outcome_unknown`
   * when the place didn't say whether it took it: then `describe` finds out, not a second write. What lies there
   * without our marker isn't written over: `not_managed`. The value isn't wiped and isn't kept.
   */
  write(place: Place, version: NewStoredVersion): Promise<StoreReceipt>

  /** Removes values for good: these versions', or all of the place's. What isn't there counts as removed. */
  remove(place: Place, versions: readonly VersionKey[] | "all"): Promise<void>

  /** Lets go of connections. Calls under way may fail; calling it twice is fine. */
  close(): Promise<void>

  /**
   * Whose answers these are: the backend's own identity, which a check answers as `clusterId`. Cheap, without a
   * credential: ask it before a write. Null where the backend doesn't say.
   */
  readonly identity?: () => Promise<string | null>
  readonly trash?: Trash
  readonly adoption?: Adoption
  /**
   * Our own database keeps what this makes of a value, so it can go there in the transaction that makes it current:
   * instead of `write`, and as if it had been written.
   */
  readonly seal?: (place: Place, number: number, value: Secret) => Promise<SealedText>
}

/** Versions can be deleted there and brought back. */
export interface Trash {
  deleteVersions(place: Place, versions: readonly VersionKey[]): Promise<void>
  restoreVersions(place: Place, versions: readonly VersionKey[]): Promise<void>
}

/** Others' secrets can be found there and taken over. */
export interface Adoption {
  /** Names beneath a folder, which is one inside of the provider's prefix; "" is the prefix itself. Never a value. */
  browse(folder: string, page: { cursor: string | null; limit: number }): Promise<BrowsePage>
  /** The names of the fields that a secret there has: one of them can be adopted by itself. Never a value. */
  fieldsOf(location: string): Promise<string[]>
  /** Puts our marker on what lies there, for this secret. Throws `not_managed` when it carries another's. */
  mark(place: Place): Promise<void>
  /** Whether a location lies inside of a folder beneath the provider's prefix, segment by segment. Nothing is sent. */
  isInside(location: string, folder: string): boolean
}

export interface BrowsePage {
  items: ({ kind: "folder"; path: string } | { kind: "secret"; location: string })[]
  nextCursor: string | null
}

// --- checking and making

/** How a remote provider is doing, from best to worst known. */
export const providerStatuses = [
  "up",
  "standby",
  "throttled",
  "forbidden",
  "unauthenticated",
  "sealed",
  "uninitialized",
  "misconfigured",
  "tls",
  "unreachable",
] as const
export type ProviderStatus = (typeof providerStatuses)[number]

export interface CheckLine {
  /** What was tried, in a word that stays the same: `reachable`, `tls`, `version`, `capability.read`… */
  id: string
  state: "passed" | "warning" | "failed" | "skipped"
  /** What was found, in one sentence. */
  text: string
  /** What to do about it, if anything. */
  mend: string | null
  /** The exact text to paste, such as a policy. */
  paste: string | null
}

/** What people must tick before settings like these are saved. */
export const consents = ["plain_http", "development_server", "root_token", "own_authority", "personal_token"] as const
export type Consent = (typeof consents)[number]

export interface CheckResult {
  status: ProviderStatus
  /** Whether secrets can be kept there: all that is needed passed. Warnings don't prevent it. */
  passed: boolean
  /** Whether it can write, not only read. */
  canWrite: boolean
  /** The settings with what was found out, such as the engine's version. */
  settings: Settings
  /** The backend's own identity; null where it has none. Another one at the same address gets no write. */
  clusterId: string | null
  serverVersion: string | null
  latencyMs: number | null
  /** How far the backend's clock is ahead of ours. */
  clockSkewMs: number | null
  /** Who we are there, in a few words, and when that ends. */
  signedInAs: string | null
  expiresAt: Date | null
  canBeRenewed: boolean
  /** What must be ticked before this is saved. */
  needsConsent: readonly Consent[]
}

export interface Bootstrap {
  /** What `run` will make there: for people to read before. Nothing is sent. */
  plan(settings: Settings, options: BootstrapOptions): BootstrapPlan
  /**
   * Makes it with an admin credential that is used for nothing else, telling each thing as soon as it exists. What is
   * there already and the same is left as it is; what is there and differs is never overwritten: `conflict`. Throws
   * ProviderError when a step fails: what was told exists until then.
   */
  run(
    settings: Settings,
    options: BootstrapOptions,
    admin: Secret,
    host: Pick<RemoteHost, "now" | "fetch">,
    tell: (made: Made) => void,
  ): Promise<{ settings: Settings; credential: Credential }>
}

export interface BootstrapOptions {
  /** The team's name, as it goes into the names of what is made. */
  team: string
  /** Whether to make the place itself (a mount) if it isn't there. */
  makePlace: boolean
}

export interface BootstrapPlan {
  steps: string[]
  /** The policy that the new credential will have, exactly. */
  policy: string
  /** The settings that the provider will have: how the admin credential is to be used before anything is made. */
  settings: Settings
}

export interface Made {
  kind: string
  name: string
  /** False when it was there already, just so. */
  isNew: boolean
  /** The command of the backend's own tool that removes it; null for what needn't be removed. */
  undo: string | null
}

// --- the built-in store's host

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
  | "deleted"
  | "destroyed"
  | "permission_denied"
  | "unauthenticated"
  | "sealed"
  /** Another backend than the registered one answers at the address. */
  | "replaced"
  /** Its address, certificate or settings are wrong, so that asking again is no use. */
  | "misconfigured"
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
