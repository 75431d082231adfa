/**
 * The keys of versions that were opened lately, unwrapped. A value that is read again and again is decrypted each time,
 * but its key isn't unwrapped each time. They are kept for a minute, and no longer than the organization's key that opens
 * them all; then they are wiped. A key serves for the very bytes and the place that it was unwrapped from.
 */
import { type SealedContext, unwrapVersionKey } from "../crypto/envelope.ts"
import type { Key } from "../crypto/key.ts"

/** The key of a version. It stays ours: don't wipe it. Throws CryptoError as `unwrapVersionKey` does. */
export type VersionKeys = (wrappedKey: Uint8Array, context: SealedContext) => Key

const keptForMilliseconds = 60_000
const mostKept = 16_384

interface Kept {
  since: number
  wrappedKey: Uint8Array
  key: Key
}

/** Of one organization's key. */
export function keepVersionKeys(organizationKey: Key, now: () => number = Date.now): VersionKeys {
  // In the order in which they came, so the first are the oldest.
  const kept = new Map<string, Kept>()

  function drop(place: string, { key }: Kept): void {
    kept.delete(place)
    key.wipe()
  }

  function makeRoom(): void {
    for (const [place, oldest] of kept) {
      if (kept.size < mostKept && now() - oldest.since < keptForMilliseconds) return
      drop(place, oldest)
    }
  }

  return (wrappedKey, context) => {
    const { instance, organization, secret = "", version = "", keyId } = context
    const place = [instance, organization, secret, version, keyId].join("/")
    const found = kept.get(place)
    if (found !== undefined) {
      const isGood = now() - found.since < keptForMilliseconds
      if (isGood && Buffer.compare(found.wrappedKey, wrappedKey) === 0) return found.key
      drop(place, found)
    }
    const key = unwrapVersionKey(organizationKey, wrappedKey, context)
    makeRoom()
    kept.set(place, { since: now(), wrappedKey: Uint8Array.from(wrappedKey), key })
    return key
  }
}
