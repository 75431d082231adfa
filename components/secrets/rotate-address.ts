/** The rotation queue's address: which secrets are in it, by their references. Never a value. */
import { formatReference, parseReference, type SecretReference } from "@/lib/contract/names"

/** The most that one queue holds: more than anybody types in one sitting. */
export const maxQueue = 100

export function rotateHref(scope: string, secrets: readonly { scope: string; vault: string; name: string }[]): string {
  const query = new URLSearchParams()
  for (const { scope: own, vault, name } of secrets.slice(0, maxQueue)) {
    query.append("secret", formatReference({ scope: own, vault, secret: name }))
  }
  return `/s/${scope}/rotate?${query}`
}

/** The references that an address names; what isn't one is left out. */
export function readQueue(query: URLSearchParams): SecretReference[] {
  return query
    .getAll("secret")
    .slice(0, maxQueue)
    .flatMap((text) => parseReference(text) ?? [])
}
