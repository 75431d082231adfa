/**
 * The stores that hold values: the built-in one, and those of registered providers. A provider's store is opened once
 * for each state of its row, and closed when that changes.
 */
import type { Protection, ProviderKind, ProviderStatus } from "../contract/words.ts"
import { builtInName } from "../contract/words.ts"
import type { Database } from "../db/database.ts"
import { findDefaults } from "../db/provider-defaults.ts"
import { findProvider, type StoredProvider } from "../db/providers.ts"
import type { ScopeRef } from "../db/scopes.ts"
import { openSealedValues } from "../db/sealed-values.ts"
import { AppError } from "../errors.ts"
import { ProviderError, type SecretStore } from "../providers/provider.ts"
import { builtInProvider } from "../providers/registry.ts"
import type { Caller } from "./caller.ts"
import type { OrganizationKeys } from "./organization-keys.ts"
import { takesValuesOf } from "./providers/approval.ts"
import type { Backends } from "./providers/backends.ts"
import { onlyTo } from "./providers/write-guard.ts"
import { openSealing } from "./sealing.ts"

export interface Stores {
  /**
   * The store that a binding names. Its calls throw ProviderError, `misconfigured` for a provider that can't be opened.
   * Throws for a provider that isn't there: a fault of ours, since bindings are kept.
   */
  of(binding: StoreBinding): Promise<SecretStore>

  /**
   * Where a new secret of a scope goes: the choice of the narrowest scope on the way up that makes one. Throws `conflict`
   * when that provider can't write, `forbidden` while nobody has approved that this caller's values go there.
   */
  forNew(scope: ScopeRef, caller: Caller): Promise<ChosenStore>

  /**
   * Throws `forbidden` unless a value of this caller may be written to a store, for a secret of a scope with this
   * protection. Ask before the first side effect of a write to a secret that is there, and have the store opened by the
   * epoch that this answers.
   */
  requireApproved(
    binding: StoreBinding,
    scope: Pick<ScopeRef, "protection">,
    caller: Caller,
  ): Promise<StoreBinding["providerEpoch"]>

  /** What a cache of its values has to know. As it was a second or two ago at the most. */
  conditions(binding: StoreBinding): Promise<StoreConditions>

  /** Closes every store. Calls under way may fail. */
  close(): Promise<void>
}

/** Which store: no provider's id means the built-in one. */
export interface StoreBinding {
  organizationId: string
  providerId: string | null
  /** Of where a provider pointed when somebody's value was let go there: a store elsewhere isn't opened for it. */
  providerEpoch?: number | undefined
}

export interface ChosenStore {
  kind: ProviderKind
  /** Null is the built-in store. */
  providerId: string | null
  /** What people call it. */
  name: string
  /** Of where its provider points, which is where values may go; undefined for the built-in store. */
  providerEpoch?: number
  store: SecretStore
}

export interface StoreConditions {
  /** How long a value that was read there may be served without asking again. 0 for the built-in store. */
  cacheSeconds: number
  /** How long it may be served while the backend can't be asked. */
  staleSeconds: number
  status: ProviderStatus
}

/** The kind of the built-in store. */
const builtInStore: ProviderKind = "local_encrypted"

/** How long what is known of a provider's conditions is used. */
const conditionsKeptForMilliseconds = 1_500

/** How long a store that was replaced is left to who got it a moment ago. */
const callsEndWithinMilliseconds = 30_000

interface Parts {
  database: Database
  organizationKeys: OrganizationKeys
  instanceId: string
  backends: Backends
}

interface Opened {
  /** The state of the row that it was opened with. */
  state: string
  store: Promise<SecretStore>
}

export function openStores({ database, organizationKeys, instanceId, backends }: Parts): Stores {
  const builtIn = builtInProvider.open({
    now: () => new Date(),
    sealing: openSealing(organizationKeys, instanceId),
    sealedValues: openSealedValues(database),
  })
  const opened = new Map<string, Opened>()
  const conditions = new Map<string, { until: number; known: Promise<StoreConditions> }>()

  async function rowOf({ organizationId, providerId }: StoreBinding & { providerId: string }): Promise<StoredProvider> {
    const provider = await findProvider(database.prisma, { organizationId, id: providerId })
    if (provider === undefined) throw new Error(`No provider ${providerId} is registered.`)
    return provider
  }

  function storeOf(provider: StoredProvider): Promise<SecretStore> {
    const state = stateOf(provider)
    const known = opened.get(provider.id)
    if (known?.state === state) return known.store
    if (known !== undefined) closeLater(known)
    const entry = { state, store: open(backends, provider) }
    opened.set(provider.id, entry)
    entry.store.catch(() => opened.get(provider.id) === entry && opened.delete(provider.id))
    return entry.store
  }

  async function readConditions(binding: StoreBinding & { providerId: string }): Promise<StoreConditions> {
    const { cacheSeconds, staleSeconds, status } = await rowOf(binding)
    return { cacheSeconds, staleSeconds, status }
  }

  return {
    of: async ({ organizationId, providerId, providerEpoch }) => {
      if (providerId === null) return builtIn
      const provider = await rowOf({ organizationId, providerId })
      if (providerEpoch !== undefined && provider.epoch !== providerEpoch) throw pointsElsewhere(provider)
      return storeOf(provider)
    },

    forNew: async (scope, caller) => {
      const choice = (await findDefaults(database.prisma, scope.organizationId, scope.lineage)).find(
        ({ kind }) => kind !== "inherit",
      )
      if (choice?.kind !== "provider") {
        return { kind: builtInStore, providerId: null, name: builtInName, store: builtIn }
      }
      const { organizationId } = scope
      const provider = await rowOf({ organizationId, providerId: choice.providerId })
      if (!provider.canWrite) throw cantWrite(scope, provider)
      if (!takesValuesOf(provider, scope.protection, caller)) throw notApproved(provider, scope.protection)
      const { kind, id: providerId, name, epoch: providerEpoch } = provider
      return { kind, providerId, name, providerEpoch, store: await storeOf(provider) }
    },

    requireApproved: async ({ organizationId, providerId }, { protection }, caller) => {
      if (providerId === null) return undefined
      const provider = await rowOf({ organizationId, providerId })
      if (!takesValuesOf(provider, protection, caller)) throw notApproved(provider, protection)
      return provider.epoch
    },

    conditions: async ({ organizationId, providerId }) => {
      if (providerId === null) return { cacheSeconds: 0, staleSeconds: 0, status: "up" }
      const recent = conditions.get(providerId)
      if (recent !== undefined && performance.now() < recent.until) return recent.known
      const known = readConditions({ organizationId, providerId })
      conditions.set(providerId, { until: performance.now() + conditionsKeptForMilliseconds, known })
      known.catch(() => conditions.delete(providerId))
      return known
    },

    close: async () => {
      const all = [...opened.values()]
      opened.clear()
      await Promise.allSettled(all.map(async ({ store }) => (await store).close()))
    },
  }
}

async function open(backends: Backends, provider: StoredProvider): Promise<SecretStore> {
  const kind = backends.find(provider.kind)
  if (kind === undefined)
    throw new ProviderError("misconfigured", `${provider.name} is of a kind that this version doesn't know.`)
  const store = kind.open(provider.settings, await backends.hostOf(provider))
  return onlyTo(provider, store)
}

/** What a store is opened with. What a check finds isn't part of it. */
function stateOf({ epoch, updatedAt }: StoredProvider): string {
  return `${String(epoch)} ${updatedAt.toISOString()}`
}

/** Calls that are under way on it may end first, and nobody waits for that. */
function closeLater({ store }: Opened): void {
  const close = async (): Promise<void> => {
    try {
      await (await store).close()
    } catch {
      // It was never open, or its connections are gone already.
    }
  }
  setTimeout(() => void close(), callsEndWithinMilliseconds).unref()
}

/** Somebody changed its address, mount or prefix between the question whether values may go there and the write. */
function pointsElsewhere({ name }: StoredProvider): ProviderError {
  return new ProviderError("misconfigured", `${name} points elsewhere by now. Nothing was sent there: try again.`)
}

export function cantWrite({ path }: Pick<ScopeRef, "path">, { name, scope }: StoredProvider): AppError {
  return new AppError(
    "conflict",
    `New secrets of ${path} go to ${name} (${scope}), and its credential can't write there. Mend that on its page, or choose another default.`,
  )
}

export function notApproved({ name, scope }: StoredProvider, protection: Protection): AppError {
  const who = protection === "two_people" ? "somebody else than who registered it" : "somebody who may delegate"
  return new AppError(
    "forbidden",
    `Nobody has approved yet that values go to ${name} (${scope}): ${who}, an owner, an admin or a lead, does that on its page. Nothing was changed.`,
  )
}
