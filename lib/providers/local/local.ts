/**
 * The built-in store: values in Strongroom's own database, each sealed under a key of its own. Sealing and the table
 * come from the host; what is here is the order of things.
 */
import { z } from "zod"
import { type Provider, ProviderError, type ProviderHost, type SecretStore } from "../provider.ts"

const settings = z.strictObject({})

export const localEncrypted: Provider<z.output<typeof settings>> = {
  kind: "local_encrypted",
  settings,
  capabilities: {
    createOnly: "native",
    versions: "native",
    destroyVersion: "native",
    idempotentWrite: "native",
    limits: { valueBytes: 64 * 1024, versions: null },
  },
  open: (_, host) => openLocalStore(host),
}

function openLocalStore({ sealing, sealedValues }: ProviderHost): SecretStore {
  return {
    list: async (organizationId, { cursor, limit }) => {
      const ids = await sealedValues.secretIds(organizationId, cursor, limit)
      return {
        items: ids.map((location) => ({ location, isManaged: true })),
        nextCursor: ids.length < limit ? null : (ids.at(-1) ?? null),
      }
    },

    describe: async (place) => {
      const rows = await sealedValues.versionsOf(place)
      return rows.map(({ version, operationId }) => ({ number: version, operationId, backendVersion: null }))
    },

    read: async (place, number) => {
      const sealed = await sealedValues.find({ ...place, version: number })
      if (sealed === undefined) throw new ProviderError("not_found", `The built-in store has no version ${number}.`)
      return sealing.open(place, number, sealed)
    },

    write: async (place, { number, value, operationId }) => {
      const { organizationId, secretId } = place
      const sealed = await sealing.seal(place, number, value)
      const added = await sealedValues.add({ organizationId, secretId, version: number, ...sealed, operationId })
      if (added.outcome === "exists" && added.operationId !== operationId) {
        throw new ProviderError("already_exists", `Version ${number} was written by another operation.`)
      }
      return { backendVersion: null }
    },

    remove: (place, versions) => sealedValues.remove(place, versions),

    // It holds nothing open: the database is the house's.
    close: async () => undefined,
  }
}
