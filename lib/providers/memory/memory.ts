/**
 * A store that forgets everything when its process ends: for tests, and the shortest example of the contract. It keeps
 * copies, as a backend would, so a value that its owner wipes stays readable.
 */
import { expose, Secret } from "../../secret.ts"
import {
  type BuiltInProvider,
  type Place,
  ProviderError,
  type SecretStore,
  type StoredVersion,
  type VersionKey,
} from "../provider.ts"

export const memory: BuiltInProvider = {
  kind: "memory",
  capabilities: {
    createOnly: "native",
    versions: "native",
    trash: "none",
    destroyVersion: "native",
    idempotentWrite: "native",
    adoption: "none",
    limits: { valueBytes: 64 * 1024, versions: null },
  },
  open: () => openMemoryStore(),
}

interface HeldVersion extends StoredVersion {
  number: number
  bytes: Uint8Array
}

function openMemoryStore(): SecretStore {
  const held = new Map<string, Map<number, HeldVersion>>()
  const at = ({ organizationId, location }: Place): string => `${organizationId}/${location}`

  return {
    locate: ({ secretId }) => secretId,

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
      const versions = [...(held.get(at(place))?.values() ?? [])].toSorted((a, b) => a.number - b.number)
      return {
        managedBy: versions.length === 0 ? "nobody" : "us",
        versions: versions.map(({ bytes: _, ...version }) => version),
      }
    },

    read: async (place, wanted) => {
      const versions = held.get(at(place))
      const number = wanted === "latest" ? Math.max(0, ...(versions?.keys() ?? [])) : wanted.number
      const version = versions?.get(number)
      if (version === undefined) throw new ProviderError("not_found", `Memory has no version ${number}.`)
      return { value: Secret.fromBytes(version.bytes.slice()), backendVersion: version.backendVersion }
    },

    write: async (place, { number, value, operationId }) => {
      const versions = held.get(at(place)) ?? new Map<number, HeldVersion>()
      const existing = versions.get(number)
      if (existing !== undefined && existing.operationId !== operationId) {
        throw new ProviderError("already_exists", `Version ${number} was written by another operation.`)
      }
      const backendVersion = `memory-${number}`
      if (existing === undefined) {
        const bytes = expose(value).slice()
        versions.set(number, { number, operationId, backendVersion, state: "held", createdAt: null, bytes })
      }
      held.set(at(place), versions)
      return { backendVersion }
    },

    remove: async (place, wanted) => {
      const versions = held.get(at(place))
      for (const number of wanted === "all" ? (versions?.keys() ?? []) : wanted.map(numberOf)) versions?.delete(number)
      if (versions?.size === 0) held.delete(at(place))
    },

    close: async () => held.clear(),
  }
}

function numberOf({ number }: VersionKey): number {
  return number
}
