"use client"

import { useCallback, useMemo, useSyncExternalStore } from "react"

const storageKey = "strongroom-folded-scopes"
const subscribers = new Set<() => void>()

/** The folded scopes of the rail, which this browser remembers, and how to fold one or open it. */
export function useFoldedScopes(): [ReadonlySet<string>, (path: string, isFolded: boolean) => void] {
  const stored = useSyncExternalStore(subscribe, read, () => "")
  const folded = useMemo(() => new Set(stored.split(" ").filter(Boolean)), [stored])
  const fold = useCallback((path: string, isFolded: boolean) => {
    const next = new Set(read().split(" ").filter(Boolean))
    if (isFolded) next.add(path)
    else next.delete(path)
    localStorage.setItem(storageKey, [...next].join(" "))
    for (const notify of subscribers) notify()
  }, [])
  return [folded, fold]
}

function read(): string {
  return localStorage.getItem(storageKey) ?? ""
}

function subscribe(notify: () => void): () => void {
  subscribers.add(notify)
  return () => subscribers.delete(notify)
}
