"use client"

import { useCallback, useMemo, useSyncExternalStore } from "react"

const storageKey = "strongroom-folded-scopes"
const subscribers = new Set<() => void>()

export interface FoldedScopes {
  /** What somebody did with a scope here holds; else it is as `byDefault` says. */
  isFolded(path: string, byDefault: boolean): boolean
  fold(path: string, isFolded: boolean): void
}

/** The folded scopes of the rail, which this browser remembers, and those that were opened (`+` and the path). */
export function useFoldedScopes(): FoldedScopes {
  const stored = useSyncExternalStore(subscribe, read, () => "")
  const known = useMemo(() => new Set(stored.split(" ").filter(Boolean)), [stored])
  const isFolded = useCallback(
    (path: string, byDefault: boolean) => known.has(path) || (byDefault && !known.has(`+${path}`)),
    [known],
  )
  const fold = useCallback((path: string, folded: boolean) => {
    const next = new Set(read().split(" ").filter(Boolean))
    next.delete(path)
    next.delete(`+${path}`)
    next.add(folded ? path : `+${path}`)
    localStorage.setItem(storageKey, [...next].join(" "))
    for (const notify of subscribers) notify()
  }, [])
  return { isFolded, fold }
}

function read(): string {
  return localStorage.getItem(storageKey) ?? ""
}

function subscribe(notify: () => void): () => void {
  subscribers.add(notify)
  return () => subscribers.delete(notify)
}
