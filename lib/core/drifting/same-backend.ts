/**
 * Before anything is concluded from what a backend doesn't have, it is asked who it is: another one at the address, or
 * one that can't say, has told us nothing about our secrets.
 */
import { findProvider } from "../../db/providers.ts"
import { ProviderError, type SecretStore } from "../../providers/provider.ts"
import type { House } from "../context.ts"
import type { StoreBinding } from "../stores.ts"

/** Throws ProviderError `replaced`, or `unavailable` when the backend doesn't say. */
export async function requireSameBackend(
  { database }: House,
  { organizationId, providerId }: StoreBinding,
  store: SecretStore,
): Promise<void> {
  if (providerId === null || store.identity === undefined) return
  const registered = (await findProvider(database.prisma, { organizationId, id: providerId }))?.clusterId ?? null
  if (registered === null) return
  const found = await store.identity()
  if (found === registered) return
  if (found === null) throw new ProviderError("unavailable", "The backend doesn't say who it is at the moment.")
  throw new ProviderError("replaced", "Another backend than the registered one answers at the provider's address.")
}
