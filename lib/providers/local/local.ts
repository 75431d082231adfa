/**
 * The built-in store: values in Strongroom's own database, each sealed under a key of its own. Sealing and the table
 * come from the host; what is here is the order of things.
 */
import { type BuiltInHost, type BuiltInProvider, ProviderError, type SecretStore } from "../provider.ts"

export const localEncrypted: BuiltInProvider = {
  kind: "local_encrypted",
  capabilities: {
    createOnly: "native",
    versions: "native",
    trash: "none",
    destroyVersion: "native",
    idempotentWrite: "native",
    adoption: "none",
    limits: { valueBytes: 64 * 1024, versions: null },
  },
  open: openLocalStore,
}

function openLocalStore({ sealing, sealedValues }: BuiltInHost): SecretStore {
  return {
    locate: ({ secretId }) => secretId,

    list: async (organizationId, { cursor, limit }) => {
      const ids = await sealedValues.secretIds(organizationId, cursor, limit)
      return {
        items: ids.map((location) => ({ location, isManaged: true })),
        nextCursor: ids.length < limit ? null : (ids.at(-1) ?? null),
      }
    },

    describe: async (place) => {
      const rows = await sealedValues.versionsOf(place)
      return {
        managedBy: rows.length === 0 ? "nobody" : "us",
        versions: rows.map(({ version: number, operationId }) => {
          return { number, operationId, backendVersion: null, state: "held", createdAt: null }
        }),
      }
    },

    read: async (place, version) => {
      const number =
        version === "latest" ? ((await sealedValues.versionsOf(place)).at(-1)?.version ?? 0) : version.number
      const sealed = await sealedValues.find({ ...place, version: number })
      if (sealed === undefined) throw new ProviderError("not_found", `The built-in store has no version ${number}.`)
      return { value: await sealing.open(place, number, sealed), backendVersion: null }
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

    seal: (place, number, value) => sealing.seal(place, number, value),

    remove: (place, versions) =>
      sealedValues.remove(place, versions === "all" ? "all" : versions.map(({ number }) => number)),

    // It holds nothing open: the database is the house's.
    close: async () => undefined,
  }
}
