/** The store that somebody names at a scope: `built-in`, or a provider registered there or at a wider scope. */
import { builtInKind, builtInName, type ProviderKind } from "../../contract/words.ts"
import { findProvider, findProvidersNamed, type StoredProvider } from "../../db/providers.ts"
import type { ScopeRef } from "../../db/scopes.ts"
import { AppError } from "../../errors.ts"
import type { Capabilities, SecretStore } from "../../providers/provider.ts"
import { builtInProvider } from "../../providers/registry.ts"
import type { Caller } from "../caller.ts"
import type { House } from "../context.ts"
import { cantWrite, notApproved } from "../stores.ts"
import { isApproved, takesValuesOf } from "./approval.ts"

export interface NamedStore {
  organizationId: string
  /** Null is the built-in store. */
  providerId: string | null
  /** Where it was registered; null for the built-in store. */
  scopeId: string | null
  kind: ProviderKind
  name: string
  capabilities: Capabilities
  store: SecretStore
}

/** A registered provider by its name, the narrowest scope's first. Throws `not_found` when the scope sees none. */
export async function findNamedProvider(house: House, scope: ScopeRef, name: string): Promise<StoredProvider> {
  const { organizationId, lineage } = scope
  const found = await findProvidersNamed(house.database.prisma, organizationId, lineage, name)
  const narrowest = found.toSorted((a, b) => lineage.indexOf(a.scopeId) - lineage.indexOf(b.scopeId))[0]
  if (narrowest !== undefined) return narrowest
  throw new AppError("not_found", `${scope.path} sees no provider "${name}".`)
}

/** Its store, to look at what lies there. */
export async function openNamedStore(house: House, scope: ScopeRef, name: string): Promise<NamedStore> {
  if (name === builtInName) return openStoreOf(house, { organizationId: scope.organizationId, providerId: null })
  return open(house, await findNamedProvider(house, scope, name))
}

/**
 * Its store, for secrets of the scope to be kept there. Throws `conflict` when its credential can't write, `forbidden`
 * while nobody has approved that this caller's values go there; values of others don't go where the caller alone says.
 */
export async function chooseStoreFor(
  house: House,
  scope: ScopeRef,
  name: string,
  caller: Caller,
  { toWrite = true, ofOthers = false }: { toWrite?: boolean; ofOthers?: boolean } = {},
): Promise<NamedStore> {
  if (name === builtInName) return openNamedStore(house, scope, name)
  const provider = await findNamedProvider(house, scope, name)
  if (toWrite && !provider.canWrite) throw cantWrite(scope, provider)
  const { protection } = scope
  const takes = ofOthers ? isApproved(provider, protection) : takesValuesOf(provider, protection, caller)
  if (!takes) throw notApproved(provider, protection)
  return open(house, provider)
}

/** The store of a binding that is kept, with what it can do. */
export async function openStoreOf(
  house: House,
  { organizationId, providerId }: { organizationId: string; providerId: string | null },
): Promise<NamedStore> {
  if (providerId !== null) {
    const provider = await findProvider(house.database.prisma, { organizationId, id: providerId })
    if (provider === undefined) throw new Error(`No provider ${providerId} is registered.`)
    return open(house, provider)
  }
  const store = await house.stores.of({ organizationId, providerId })
  const { capabilities } = builtInProvider
  return { organizationId, providerId, scopeId: null, kind: builtInKind, name: builtInName, capabilities, store }
}

/** The store of a provider as it was read: whoever asked whether values may go there has asked of this place. */
export async function open(house: House, provider: StoredProvider): Promise<NamedStore> {
  const { organizationId, id: providerId, scopeId, kind, name, settings, epoch: providerEpoch } = provider
  const store = await house.stores.of({ organizationId, providerId, providerEpoch })
  const capabilities = house.backends.kind(kind).capabilitiesOf(settings)
  return { organizationId, providerId, scopeId, kind, name, capabilities, store }
}
