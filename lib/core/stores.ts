/** The stores that hold values, by the kind that a secret's binding names. */
import type { Database } from "../db/database.ts"
import { openSealedValues } from "../db/sealed-values.ts"
import type { SecretStore } from "../providers/provider.ts"
import { providers } from "../providers/registry.ts"
import type { OrganizationKeys } from "./organization-keys.ts"
import { openSealing } from "./sealing.ts"

export interface Stores {
  /** The store of this kind. Throws for a kind that isn't open here: a fault of ours, since bindings are stored. */
  of(kind: string): SecretStore
}

/** Where new secrets go while nothing else is registered. */
export const builtInStore = "local_encrypted"

interface Parts {
  database: Database
  organizationKeys: OrganizationKeys
  instanceId: string
}

export function openStores({ database, organizationKeys, instanceId }: Parts): Stores {
  const host = {
    now: () => new Date(),
    sealing: openSealing(organizationKeys, instanceId),
    sealedValues: openSealedValues(database),
  }
  const open = new Map(Object.values(providers).map((provider) => [provider.kind, provider.open({}, host)]))
  return {
    of: (kind) => {
      const store = open.get(kind)
      if (store === undefined) throw new Error(`No store of the kind "${kind}" is open.`)
      return store
    },
  }
}
