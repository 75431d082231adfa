/**
 * The keys of versions that were opened lately, unwrapped. A value that is read again and again is decrypted each time,
 * but its key isn't unwrapped each time. Each is kept for a minute, and wiped then, whether anybody asks again or not;
 * that of a version which is destroyed here is wiped at once. A key serves for the very bytes and the place that it was
 * unwrapped from.
 */
import { type SealedContext, unwrapVersionKey } from "../crypto/envelope.ts"
import type { Key } from "../crypto/key.ts"

export interface VersionKeys {
  /** The key of a version. It stays ours: don't wipe it. Throws CryptoError as `unwrapVersionKey` does. */
  of(wrappedKey: Uint8Array, context: SealedContext): Key
  /** Wipes the key of a version, or of all versions of a secret. */
  forget(secretId: string, version: number | "all"): void
}

export interface Keeping {
  now?: () => number
  keptForMilliseconds?: number
}

const mostKept = 16_384

interface Kept {
  since: number
  secret: string
  version: number | undefined
  wrappedKey: Uint8Array
  key: Key
}

/** Of one organization's key. */
export function keepVersionKeys(
  organizationKey: Key,
  { now = Date.now, keptForMilliseconds = 60_000 }: Keeping = {},
): VersionKeys {
  // In the order in which they came, so the first are the oldest.
  const kept = new Map<string, Kept>()
  let timer: NodeJS.Timeout | undefined

  function drop(place: string, { key }: Kept): void {
    kept.delete(place)
    key.wipe()
  }

  function makeRoom(most: number): void {
    for (const [place, oldest] of kept) {
      if (kept.size < most && now() - oldest.since < keptForMilliseconds) return
      drop(place, oldest)
    }
  }

  function wipeInTime(): void {
    const [oldest] = kept.values()
    if (oldest === undefined || timer !== undefined) return
    const inMilliseconds = Math.max(1, oldest.since + keptForMilliseconds - now())
    timer = setTimeout(() => {
      timer = undefined
      makeRoom(Number.POSITIVE_INFINITY)
      wipeInTime()
    }, inMilliseconds).unref()
  }

  return {
    of: (wrappedKey, context) => {
      const { instance, organization, secret = "", version, keyId } = context
      const place = `${instance}/${organization}/${secret}/${String(version)}/${keyId}`
      const found = kept.get(place)
      if (found !== undefined) {
        const isGood = now() - found.since < keptForMilliseconds
        if (isGood && Buffer.compare(found.wrappedKey, wrappedKey) === 0) return found.key
        drop(place, found)
      }
      const key = unwrapVersionKey(organizationKey, wrappedKey, context)
      makeRoom(mostKept)
      kept.set(place, { since: now(), secret, version, wrappedKey: Uint8Array.from(wrappedKey), key })
      wipeInTime()
      return key
    },
    forget: (secretId, version) => {
      for (const [place, each] of kept) {
        if (each.secret === secretId && (version === "all" || each.version === version)) drop(place, each)
      }
    },
  }
}
