/**
 * Before anything is changed at a backend, it is asked who it is: another one than was registered, at the same address,
 * gets nothing. The answer is believed for a few seconds.
 */
import type { StoredProvider } from "../../db/providers.ts"
import { ProviderError, type SecretStore } from "../../providers/provider.ts"

const believedForMilliseconds = 5_000

/** The store, with a look at the backend's identity before each change. Reads go through as they are. */
export function onlyTo(
  { name, clusterId }: Pick<StoredProvider, "name" | "clusterId">,
  store: SecretStore,
): SecretStore {
  const { identity, trash, adoption } = store
  if (identity === undefined || clusterId === null) return store
  let checked: { until: number; outcome: Promise<void> } | undefined

  function check(): Promise<void> {
    if (checked !== undefined && performance.now() < checked.until) return checked.outcome
    const outcome = compare()
    checked = { until: performance.now() + believedForMilliseconds, outcome }
    // Trouble is told to those who wait for it, and asked again by those who come later.
    outcome.catch(() => {
      checked = undefined
    })
    return outcome
  }

  async function compare(): Promise<void> {
    const found = await identity?.()
    if (found === null) throw doesNotSay(name)
    if (found !== clusterId) throw replaced(name)
  }

  const guarded = {
    ...bound(store),
    write: async (...of: Parameters<SecretStore["write"]>) => {
      await check()
      return store.write(...of)
    },
    remove: async (...of: Parameters<SecretStore["remove"]>) => {
      await check()
      return store.remove(...of)
    },
  }
  return {
    ...guarded,
    ...(trash && {
      trash: {
        deleteVersions: async (place, versions) => {
          await check()
          return trash.deleteVersions(place, versions)
        },
        restoreVersions: async (place, versions) => {
          await check()
          return trash.restoreVersions(place, versions)
        },
      },
    }),
    ...(adoption && {
      adoption: {
        browse: (folder, page) => adoption.browse(folder, page),
        fieldsOf: (location) => adoption.fieldsOf(location),
        isInside: (location, folder) => adoption.isInside(location, folder),
        mark: async (place) => {
          await check()
          return adoption.mark(place)
        },
      },
    }),
  }
}

/** A store may be of a class: each method is called on the store itself. */
function bound(store: SecretStore): Pick<SecretStore, "locate" | "list" | "describe" | "read" | "close" | "identity"> {
  return {
    locate: (wanted) => store.locate(wanted),
    list: (organizationId, page) => store.list(organizationId, page),
    describe: (place) => store.describe(place),
    read: (place, version) => store.read(place, version),
    close: () => store.close(),
    ...(store.identity && { identity: store.identity.bind(store) }),
  }
}

function replaced(name: string): ProviderError {
  return new ProviderError(
    "replaced",
    `Another server than the registered one answers at the address of ${name}. Nothing was sent to it: check the address.`,
  )
}

/** A sealed server, for one. */
function doesNotSay(name: string): ProviderError {
  return new ProviderError("unavailable", `${name} doesn't say who it is at the moment, so nothing was sent to it.`)
}
