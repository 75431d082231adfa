/** The stores that hold values: the built-in one, and those of registered providers. */
import type { Database } from "../db/database.ts"
import { openSealedValues } from "../db/sealed-values.ts"
import type { SecretStore } from "../providers/provider.ts"
import { builtInProvider } from "../providers/registry.ts"
import type { OrganizationKeys } from "./organization-keys.ts"
import { openSealing } from "./sealing.ts"

export interface Stores {
  /** The store that a binding names. Throws for a provider that isn't there: a fault of ours, since bindings are kept. */
  of(binding: StoreBinding): Promise<SecretStore>
}

/** Which store: no provider's id means the built-in one. */
export interface StoreBinding {
  organizationId: string
  providerId: string | null
}

/** The kind of the built-in store. */
export const builtInStore = builtInProvider.kind

interface Parts {
  database: Database
  organizationKeys: OrganizationKeys
  instanceId: string
}

export function openStores({ database, organizationKeys, instanceId }: Parts): Stores {
  const builtIn = builtInProvider.open({
    now: () => new Date(),
    sealing: openSealing(organizationKeys, instanceId),
    sealedValues: openSealedValues(database),
  })
  return {
    of: async ({ providerId }) => {
      if (providerId === null) return builtIn
      throw new Error(`No provider ${providerId} is open.`)
    },
  }
}
