/**
 * A remote store as core meets one, in memory: it gives versions tokens of its own and knows nothing of our numbers or
 * operations, compares before it sets, has a trash, may forget old versions, and can be changed by others. Without
 * versions it is as KV v1: one value, no token, and a write replaces whatever is there.
 */
import {
  type Place,
  ProviderError,
  type ProviderErrorClass,
  type SecretStore,
  type StoredVersion,
  type VersionKey,
} from "../providers/provider.ts"
import { expose, Secret } from "../secret.ts"

export interface RemoteBackend {
  store: SecretStore
  /** Names of the calls that were made, in their order. */
  calls: string[]
  /** What every call fails with until it is set to undefined. */
  failing: ProviderErrorClass | undefined
  /** Waited for at the begin of every call. */
  gate: () => Promise<void>
  /** What others do there, at a location. */
  others: {
    write(location: string, text: string): void
    set(location: string, token: string, state: StoredVersion["state"]): void
    removeAll(location: string): void
  }
  /** Tokens and texts of what is held at a location, oldest first; undefined when nothing is there. */
  at(location: string): { token: string | null; text: string | null; state: string }[] | undefined
}

interface HeldVersion {
  token: string | null
  state: StoredVersion["state"]
  bytes: Uint8Array | null
  createdAt: Date
}

interface Held {
  isOurs: boolean
  last: number
  versions: HeldVersion[]
}

export interface RemoteTraits {
  keepsVersions?: boolean
  /** How many it keeps. */
  keeps?: number
  now?: () => Date
}

export function aRemoteStore({
  keepsVersions = true,
  keeps = 10,
  now = () => new Date(),
}: RemoteTraits = {}): RemoteBackend {
  const places = new Map<string, Held>()
  const token = (number: number): string | null => (keepsVersions ? String(number) : null)

  function add(location: string, bytes: Uint8Array, isOurs: boolean): HeldVersion {
    const held = places.get(location) ?? { isOurs, last: 0, versions: [] }
    held.last += 1
    const version = { token: token(held.last), state: "held", bytes, createdAt: now() } as const
    held.versions = [...(keepsVersions ? held.versions : []), version].slice(-keeps)
    places.set(location, held)
    return version
  }

  function find({ location }: Place, key: VersionKey | "latest"): HeldVersion {
    const versions = places.get(location)?.versions ?? []
    const found = key === "latest" ? versions.at(-1) : versions.find((each) => each.token === key.backendVersion)
    if (found === undefined) throw new ProviderError("not_found", "It isn't there.")
    return found
  }

  function change({ location }: Place, keys: readonly VersionKey[], state: HeldVersion["state"]): void {
    const held = places.get(location)
    if (held === undefined) return
    const wanted = keys.map(({ backendVersion }) => backendVersion)
    held.versions = held.versions.map((version) =>
      wanted.includes(version.token) && version.state !== "destroyed"
        ? { ...version, state, bytes: state === "destroyed" ? null : version.bytes }
        : version,
    )
  }

  async function begin(name: string): Promise<void> {
    backend.calls.push(name)
    await backend.gate()
    if (backend.failing !== undefined) throw new ProviderError(backend.failing, "as the test wants it")
  }

  const store: SecretStore = {
    locate: ({ scope, vault, name, secretId, isTaken }) =>
      `${scope.replaceAll(".", "/")}/${vault}/${name}${isTaken ? `-${secretId}` : ""}`,
    list: async () => {
      await begin("list")
      return {
        items: [...places].map(([location, { isOurs }]) => ({ location, isManaged: isOurs })),
        nextCursor: null,
      }
    },
    describe: async ({ location }) => {
      await begin("describe")
      const held = places.get(location)
      return {
        managedBy: held === undefined ? "nobody" : held.isOurs ? "us" : "others",
        versions: (held?.versions ?? []).map(({ token: backendVersion, state, createdAt }) => {
          return { number: null, operationId: null, backendVersion, state, createdAt }
        }),
      }
    },
    read: async (place, key) => {
      await begin("read")
      const { bytes, state, token: backendVersion } = find(place, key)
      if (state !== "held" || bytes === null) {
        throw new ProviderError(state === "destroyed" ? "destroyed" : "deleted", "It was.")
      }
      return { value: Secret.fromBytes(bytes.slice()), backendVersion }
    },
    write: async ({ location }, { value, after }) => {
      await begin("write")
      const held = places.get(location)
      if (held !== undefined && !held.isOurs) throw new ProviderError("not_managed", "It isn't ours.")
      const newest = held?.versions.at(-1)?.token ?? null
      if (keepsVersions && newest !== after) throw new ProviderError("conflict", "Something newer is there.")
      return { backendVersion: add(location, expose(value).slice(), true).token }
    },
    remove: async (place, keys) => {
      await begin("remove")
      if (keys === "all") places.delete(place.location)
      else change(place, keys, "destroyed")
    },
    close: () => Promise.resolve(),
    ...(keepsVersions && {
      trash: {
        deleteVersions: async (place: Place, keys: readonly VersionKey[]) => {
          await begin("delete")
          change(place, keys, "deleted")
        },
        restoreVersions: async (place: Place, keys: readonly VersionKey[]) => {
          await begin("restore")
          change(place, keys, "held")
        },
      },
    }),
  }

  const place = (location: string): Place => ({ organizationId: "", secretId: "", location, field: null })
  const backend: RemoteBackend = {
    store,
    calls: [],
    failing: undefined,
    gate: () => Promise.resolve(),
    others: {
      write: (location, text) => add(location, new TextEncoder().encode(text), places.get(location)?.isOurs ?? false),
      set: (location, backendVersion, state) => {
        change(place(location), [{ number: 0, backendVersion }], state)
      },
      removeAll: (location) => places.delete(location),
    },
    at: (location) =>
      places.get(location)?.versions.map(({ bytes, ...version }) => {
        return {
          token: version.token,
          text: bytes === null ? null : new TextDecoder().decode(bytes),
          state: version.state,
        }
      }),
  }
  return backend
}
