/** What can be done with the versions of a secret where it is kept. */
import type { SecretDetail } from "../../contract/dto.ts"
import { findProvider } from "../../db/providers.ts"
import type { Capabilities } from "../../providers/provider.ts"
import { builtInProvider } from "../../providers/registry.ts"
import type { House } from "../context.ts"
import type { StoreBinding } from "../stores.ts"

/** What a store can do; undefined for a provider of a kind that this version doesn't know. */
export async function capabilitiesOf(
  { database, backends }: Pick<House, "database" | "backends">,
  { organizationId, providerId }: StoreBinding,
): Promise<Capabilities | undefined> {
  if (providerId === null) return builtInProvider.capabilities
  const provider = await findProvider(database.prisma, { organizationId, id: providerId })
  return provider && backends.find(provider.kind)?.capabilitiesOf(provider.settings)
}

export async function abilitiesOf(
  house: Pick<House, "database" | "backends">,
  binding: StoreBinding,
): Promise<SecretDetail["abilities"]> {
  const known = await capabilitiesOf(house, binding)
  if (known === undefined) return { versions: "none", trash: "none", destroyVersion: "none", keepsVersions: null }
  const { versions, trash, destroyVersion, limits } = known
  return { versions, trash, destroyVersion, keepsVersions: limits.versions }
}
