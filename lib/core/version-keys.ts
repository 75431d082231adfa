/**
 * The keys of versions that were opened lately, unwrapped. A value that is read again and again is decrypted each time,
 * but its key isn't unwrapped each time. Each is kept for a minute, and wiped then, whether anybody asks again or not;
 * that of a version which is destroyed here is wiped at once. A key serves for the very bytes and the place that it was
 * unwrapped from.
 */
import { openerUnderOwnKey, type SealedContext, type SealedVersion, unwrapVersionKey } from "../crypto/envelope.ts"
import type { Key } from "../crypto/key.ts"
import type { Secret } from "../secret.ts"

export interface VersionKeys {
  /** The key of a version. It stays ours: don't wipe it. Throws CryptoError as `unwrapVersionKey` does. */
  of(wrappedKey: Uint8Array, context: SealedContext): Key
  /** The value that is sealed under it. Throws CryptoError as `openVersion` does. */
  open(version: SealedVersion, context: SealedContext): Secret
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
  context: SealedContext
  wrappedKey: Uint8Array
  key: Key
  open: (sealed: Uint8Array) => Secret
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

  function keep(place: string, wrappedKey: Uint8Array, context: SealedContext): Kept {
    const key = unwrapVersionKey(organizationKey, wrappedKey, context)
    makeRoom(mostKept)
    const open = openerUnderOwnKey(key, context)
    const made = { since: now(), context, wrappedKey: Uint8Array.from(wrappedKey), key, open }
    kept.set(place, made)
    wipeInTime()
    return made
  }

  function find(wrappedKey: Uint8Array, context: SealedContext): Kept {
    const place = `${context.secret ?? ""}/${String(context.version)}`
    const found = kept.get(place)
    if (found !== undefined) {
      const isGood = now() - found.since < keptForMilliseconds && isSamePlace(found.context, context)
      if (isGood && Buffer.compare(found.wrappedKey, wrappedKey) === 0) return found
      drop(place, found)
    }
    return keep(place, wrappedKey, context)
  }

  return {
    of: (wrappedKey, context) => find(wrappedKey, context).key,
    open: ({ wrappedKey, sealed }, context) => find(wrappedKey, context).open(sealed),
    forget: (secretId, version) => {
      for (const [place, each] of kept) {
        const isOfSecret = (each.context.secret ?? "") === secretId
        if (isOfSecret && (version === "all" || each.context.version === version)) drop(place, each)
      }
    },
  }
}

function isSamePlace(a: SealedContext, b: SealedContext): boolean {
  return (
    a.purpose === b.purpose &&
    a.instance === b.instance &&
    a.organization === b.organization &&
    a.secret === b.secret &&
    a.version === b.version &&
    a.field === b.field &&
    a.keyId === b.keyId
  )
}
