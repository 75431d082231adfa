import type { Place, SecretStore } from "../../providers/provider.ts"

/**
 * Takes back what the first write of a secret left at a remote store when nothing came of it: a place with our mark on
 * it, and no value. Whatever holds anything stays as it is. Throws ProviderError when the store doesn't answer.
 */
export async function takeBackMark(store: SecretStore, place: Place): Promise<void> {
  const { managedBy, versions } = await store.describe(place)
  if (managedBy === "us" && versions.length === 0) await store.remove(place, "all")
}
