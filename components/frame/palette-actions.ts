"use client"

import { useEffect, useSyncExternalStore } from "react"

/** Something that the palette can do or open on this page. */
export interface PaletteAction {
  id: string
  /** A verb and its object: "Rotate DB_PASSWORD". */
  label: string
  /** Where it leads, or what it does. */
  href?: string
  run?: () => void
}

let offered: readonly (readonly PaletteAction[])[] = []
const subscribers = new Set<() => void>()
const none: readonly (readonly PaletteAction[])[] = []

/** Offers a page's actions in the palette while the page is there. Keep the list stable (useMemo, or a constant). */
export function usePaletteActions(actions: readonly PaletteAction[]): void {
  useEffect(() => {
    change([...offered, actions])
    return () => change(offered.filter((other) => other !== actions))
  }, [actions])
}

export function useOfferedActions(): readonly PaletteAction[] {
  const lists = useSyncExternalStore(
    subscribe,
    () => offered,
    () => none,
  )
  return lists.flat()
}

function change(next: readonly (readonly PaletteAction[])[]): void {
  offered = next
  for (const notify of subscribers) notify()
}

function subscribe(notify: () => void): () => void {
  subscribers.add(notify)
  return () => subscribers.delete(notify)
}
