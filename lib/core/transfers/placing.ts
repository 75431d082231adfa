/**
 * Where the copy of a secret goes at another provider, and how it is taken back from there. Nothing is touched there but
 * what carries the marker of this very secret, and the place is noted before anything is put there.
 */
import { findBound } from "../../db/adoptions.ts"
import { beginCopy, type HeldTransfer, type ItemToCarry, type VersionToCopy } from "../../db/carried-transfers.ts"
import { findHolder } from "../../db/remote-secrets.ts"
import { describeError, log } from "../../log.ts"
import { type Place, ProviderError } from "../../providers/provider.ts"
import type { House } from "../context.ts"
import type { NamedStore } from "../providers/named-store.ts"
import { keep, TransferLost } from "./hold.ts"

/**
 * Where the copy goes. What lies there from an earlier try carries this secret's marker and goes first; what lies there
 * otherwise, or belongs to another secret of ours, is never touched, and the copy goes beside it.
 */
export async function placeCopy(
  house: House,
  transfer: HeldTransfer,
  item: ItemToCarry,
  target: NamedStore,
  versions: readonly VersionToCopy[],
): Promise<Place> {
  const { organizationId } = transfer
  const { secretId, secret, toLocation } = item
  const { name, scope, vault } = secret
  const { store, providerId } = target
  const at = (location: string): Place => ({ organizationId, secretId, location, field: null })
  if (providerId === null) {
    // What the built-in store has of this secret is left from when it was kept there.
    const place = at(store.locate({ secretId, scope, vault, name }))
    await begin(house, transfer, item, place)
    await store.remove(place, versions)
    return place
  }
  if (toLocation !== null && (await clear(house, transfer, at(toLocation), target))) return at(toLocation)
  const plain = { secretId, scope, vault, name }
  // The third is free even where earlier transfers of this secret have left a copy at the others.
  for (const wanted of [
    plain,
    { ...plain, isTaken: true as const },
    { ...plain, secretId: transfer.id, isTaken: true as const },
  ]) {
    const place = at(store.locate(wanted))
    if ((await findHolder(house.database, { ...place, providerId }, secretId)) !== undefined) continue
    const { managedBy, versions: held } = await store.describe(place)
    if (managedBy !== "nobody" || held.length > 0) continue
    await begin(house, transfer, item, place)
    return place
  }
  throw new ProviderError("not_managed", `Something else lies where ${name} would go at ${target.name}.`)
}

async function begin(house: House, transfer: HeldTransfer, item: ItemToCarry, { location }: Place): Promise<void> {
  await keep(house, transfer)
  if (!(await beginCopy(house.database, transfer, item, location))) throw new TransferLost("Another process has it.")
  item.toLocation = location
}

/** Removes what an earlier try has left at a place. False when that isn't ours to touch. */
async function clear(
  house: House,
  transfer: HeldTransfer,
  place: Place,
  { store, providerId }: Pick<NamedStore, "store" | "providerId">,
): Promise<boolean> {
  await keep(house, transfer)
  if (await isBound(house, { ...place, providerId })) return false
  try {
    await store.remove(place, "all")
    return true
  } catch (error) {
    if (error instanceof ProviderError && error.class === "not_managed") return false
    throw error
  }
}

/** Takes back what was copied of an item that won't be bound to it. Where it lies, if that doesn't work now. */
export async function takeBack(house: House, transfer: HeldTransfer, item: ItemToCarry): Promise<string | undefined> {
  const { organizationId, toProviderId: providerId } = transfer
  const { secretId, toLocation: location } = item
  if (location === null) return undefined
  try {
    const store = await house.stores.of({ organizationId, providerId })
    await clear(house, transfer, { organizationId, secretId, location, field: null }, { store, providerId })
    return undefined
  } catch (error) {
    if (error instanceof TransferLost) throw error
    log.warn("what was copied of a secret is still there", { secret: secretId, error: describeError(error) })
    return location
  }
}

/** Whether a secret of ours is kept at a place, this one included. */
export async function isBound({ database }: House, place: Place & { providerId: string | null }): Promise<boolean> {
  const { organizationId, providerId, location, field, secretId } = place
  if (providerId === null) {
    const where = { organizationId, id: secretId, providerId: null, state: { not: "destroyed" } }
    return (await database.prisma.secret.count({ where })) > 0
  }
  const bound = await findBound(database.prisma, organizationId, [providerId], [location])
  return bound.some((each) => each.field === null || field === null || each.field === field)
}
