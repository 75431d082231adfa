/**
 * A store that forgets everything when its process ends: for tests, and the shortest example of the contract. It keeps
 * copies, as a backend would, so a value that its owner wipes stays readable.
 */
import { z } from "zod"
import { expose, Secret } from "../../secret.ts"
import { type Place, type Provider, ProviderError, type SecretStore, type StoredVersion } from "../provider.ts"

const settings = z.strictObject({})

export const memory: Provider<z.output<typeof settings>> = {
  kind: "memory",
  settings,
  capabilities: {
    createOnly: "native",
    versions: "native",
    destroyVersion: "native",
    idempotentWrite: "native",
    limits: { valueBytes: 64 * 1024, versions: null },
  },
  open: () => openMemoryStore(),
}

interface HeldVersion extends StoredVersion {
  bytes: Uint8Array
}

function openMemoryStore(): SecretStore {
  const held = new Map<string, Map<number, HeldVersion>>()
  const at = ({ organizationId, location }: Place): string => `${organizationId}/${location}`

  return {
    list: async (organizationId, { cursor, limit }) => {
      const prefix = `${organizationId}/`
      const locations = [...held.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length))
      const following = locations.toSorted().filter((location) => cursor === null || location > cursor)
      return {
        items: following.slice(0, limit).map((location) => ({ location, isManaged: true })),
        nextCursor: following.length > limit ? (following[limit - 1] ?? null) : null,
      }
    },

    describe: async (place) => {
      const versions = [...(held.get(at(place))?.values() ?? [])]
      return versions
        .toSorted((a, b) => a.number - b.number)
        .map(({ number, operationId, backendVersion }) => ({ number, operationId, backendVersion }))
    },

    read: async (place, number) => {
      const version = held.get(at(place))?.get(number)
      if (version === undefined) throw new ProviderError("not_found", `Memory has no version ${number}.`)
      return Secret.fromBytes(version.bytes.slice())
    },

    write: async (place, { number, value, operationId }) => {
      const versions = held.get(at(place)) ?? new Map<number, HeldVersion>()
      const existing = versions.get(number)
      if (existing !== undefined && existing.operationId !== operationId) {
        throw new ProviderError("already_exists", `Version ${number} was written by another operation.`)
      }
      const backendVersion = `memory-${number}`
      if (existing === undefined) {
        versions.set(number, { number, operationId, backendVersion, bytes: expose(value).slice() })
      }
      held.set(at(place), versions)
      return { backendVersion }
    },

    remove: async (place, numbers) => {
      const versions = held.get(at(place))
      for (const number of numbers === "all" ? (versions?.keys() ?? []) : numbers) versions?.delete(number)
      if (versions?.size === 0) held.delete(at(place))
    },

    close: async () => held.clear(),
  }
}
