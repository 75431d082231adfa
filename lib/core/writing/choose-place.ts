/** Where a new secret goes: to the store that its scope chose, at a place that no other secret of ours has. */
import { findHolder } from "../../db/remote-secrets.ts"
import type { ScopeRef } from "../../db/scopes.ts"
import type { Place, Wanted } from "../../providers/provider.ts"
import type { Context, House } from "../context.ts"
import type { StoreBinding } from "../stores.ts"

export interface ChosenPlace {
  kind: string
  /** Null is the built-in store. */
  providerId: string | null
  /** The provider's name. */
  name: string
  /** Of where the provider points, which is where the value may go. */
  providerEpoch: StoreBinding["providerEpoch"]
  location: string
}

/** A secret that was renamed keeps its place, so a new one of its old name goes to another. */
export async function choosePlace({ house, caller }: Context, scope: ScopeRef, wanted: Wanted): Promise<ChosenPlace> {
  const { kind, providerId, name, providerEpoch, store } = await house.stores.forNew(scope, caller)
  const chosen = { kind, providerId, name, providerEpoch, location: store.locate(wanted) }
  if (providerId === null) return chosen
  const place = { organizationId: scope.organizationId, providerId, location: chosen.location, field: null }
  const holder = await findHolder(house.database, place, wanted.secretId)
  return holder === undefined ? chosen : { ...chosen, location: store.locate({ ...wanted, isTaken: true }) }
}

/** Whether a secret that was destroyed is still being removed from a place: what is put there now would go with it. */
export async function isBeingCleared(house: House, place: Place, providerId: string | null): Promise<boolean> {
  if (providerId === null) return false
  const holder = await findHolder(house.database, { ...place, providerId }, place.secretId)
  return holder?.isBeingRemoved === true
}
