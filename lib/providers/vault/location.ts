/** Where a secret stands beneath a mount: in the prefix that is delegated to the scope, and nowhere else. */
import { ProviderError, type Wanted } from "../provider.ts"
import { isUsable, isWithin, segmentsOf } from "./paths.ts"
import type { VaultSettings } from "./settings.ts"

/**
 * `<prefix>/acme.payments.prod/default/DB_PASSWORD`: names as people write them, so that they and their other tools
 * find them. A name that Vault can't take as it is, or whose place is taken, gets the secret's id: no name of ours has
 * a `~` in it, so such a place is no other's.
 */
export function locate({ prefix }: VaultSettings, { scope, vault, name, secretId, isTaken }: Wanted): string {
  const isPlain = isUsable(name) && isTaken !== true
  const leaf = isPlain ? name : `${name.replaceAll(/\.{2,}|\.$/g, "_")}~${secretId}`
  return [...segmentsOf(prefix), scope, vault, leaf].join("/")
}

/**
 * Whether a location lies inside of a folder beneath the prefix, segment by segment, and could be asked for. Without a
 * folder: inside of the prefix.
 */
export function isInside({ prefix }: VaultSettings, location: string, folder = ""): boolean {
  const segments = location.split("/")
  const above = [prefix, folder].filter((part) => part !== "").flatMap((part) => part.split("/"))
  return segments.every(isUsable) && isWithin(segments, above) && segments.length > above.length
}

/**
 * The segments of a location that is about to be asked for.
 * @throws ProviderError `misconfigured` when it is outside of the prefix
 */
export function segmentsInside(settings: VaultSettings, location: string): string[] {
  if (isInside(settings, location)) return location.split("/")
  throw new ProviderError(
    "misconfigured",
    `"${location}" isn't inside of "${settings.prefix}", which is the part of the mount that this provider may use.`,
  )
}
