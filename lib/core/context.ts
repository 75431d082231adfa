/** What a use case gets to work with: who asks, the parts of the house, and the one event that it leaves. */
import type { OutputOf, ParsedInputOf } from "../contract/api.ts"
import type { OperationName } from "../contract/routes.ts"
import type { Keyring } from "../crypto/keyring.ts"
import type { Database, Transaction } from "../db/database.ts"
import type { ServingProcess } from "../db/encryption-keys.ts"
import type { KeyUse } from "../db/idempotency-keys.ts"
import type { GuardedFetch } from "../providers/provider.ts"
import type { Confirmation, SecondPerson } from "./approvals/second-person.ts"
import type { AuditEntry, EventFacts } from "./audit.ts"
import type { Caller, PersonCaller, RequestFacts } from "./caller.ts"
import type { InstallationKeys } from "./installation-keys.ts"
import type { IssuerKeys } from "./machines/issuer-keys.ts"
import type { OrganizationKeys } from "./organization-keys.ts"
import type { Backends } from "./providers/backends.ts"
import type { Credentials } from "./providers/credentials.ts"
import type { ReadCache } from "./read-cache.ts"
import type { Stores } from "./stores.ts"
import type { Writes } from "./writing/writes.ts"

/** The parts that core is opened with; they outlive a request. */
export interface House {
  readonly database: Database
  readonly keyring: Keyring
  /** Keys of the installation's own, which a rotation of the key encryption key doesn't change. */
  readonly installationKeys: InstallationKeys
  /** This process, where it serves: what it says to whoever rotates keys. */
  readonly serving: ServingProcess | undefined
  /** Unique to this installation, bound into every ciphertext. */
  readonly instanceId: string
  readonly publicUrl: string
  /** The identity providers that the operator configured: issuer and the audience that ID tokens must name. */
  readonly identityProviders: readonly { name: string; issuer: string; clientId: string }[]
  /** True when this runs for real: the built-in store then says that it is meant for development and small setups. */
  readonly production: boolean
  /** Each organization's own key, unwrapped for a bounded time. */
  readonly organizationKeys: OrganizationKeys
  /** Credentials of ours at backends, as they are kept. */
  readonly credentials: Credentials
  /** The kinds of backends that can be registered. */
  readonly backends: Backends
  /** Where values are kept. */
  readonly stores: Stores
  /** What the write path shares between requests. */
  readonly writes: Writes
  /** What was read from remote stores, sealed in memory. */
  readonly readCache: ReadCache
  /** The public keys of the issuers that trust rules name. */
  readonly issuerKeys: IssuerKeys
  /** The way out to webhooks, whose addresses tenants typed; and whether those may be plain http, for development. */
  readonly outgoing: { readonly fetch: GuardedFetch; readonly allowsPlain: boolean }
}

export interface Context<SomeCaller extends Caller = Caller> {
  readonly house: House
  readonly caller: SomeCaller
  readonly request: RequestFacts
  /**
   * The request's Idempotency-Key, for a use case that commits its change by itself: the same commit says in the key's
   * row that it was done. `commit` does so.
   */
  readonly keyUse: KeyUse | undefined

  /** Who confirms what this operation delegates, where two people are asked for. `authorizeDelegation` knows it. */
  readonly second: SecondPerson

  /** Says what the operation's event is about. Call it as soon as a target is known, so that a refusal names it too. */
  about(facts: EventFacts): void

  /**
   * Runs `work` in one transaction with the operation's event (outcome done), appended last. A use case that changes
   * anything ends with this, once; a second call is a fault of ours and throws. Where a second person is missing, `work`
   * is tried and taken back, what was asked for is filed, and `pending_approval` is thrown.
   */
  commit<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result>

  /**
   * For a use case that changes things step by step: before the first, as `commit` does it, whether a second person is
   * missing. A word that was given is used up by it.
   */
  confirmFirst(): Promise<void>

  /**
   * Does what `requester` asked for earlier, through the same use case, with the second person's word. It commits with
   * its own event, with `work`, and with the event of this operation.
   */
  performFor(
    requester: PersonCaller,
    request: { name: OperationName; input: unknown },
    confirmation: Confirmation,
    work: (transaction: Transaction) => Promise<void>,
  ): Promise<void>

  /**
   * Hands the operation's event out, for a use case that commits it by itself together with its change (batched
   * writes). Such a use case must not throw once that is committed: an error means that nothing was, and its event is
   * replaced by one that says so, unless `eventIsOut` was called.
   */
  takeEvent(outcome: AuditEntry["outcome"], facts?: EventFacts): AuditEntry

  /** Says that the event which was handed out is durable: a fault after that is told, and leaves no other event. */
  eventIsOut(): void
}

export type UseCase<Name extends OperationName> = (
  context: Context,
  input: ParsedInputOf<Name>,
) => Promise<OutputOf<Name>>

/** The use cases of a part of core, by their operations' names. */
export type UseCases<Name extends OperationName> = { readonly [Each in Name]: UseCase<Each> }
