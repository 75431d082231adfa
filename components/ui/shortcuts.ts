/**
 * The keys that a page listens to, in one list: the key list dialog shows what is registered, and one listener serves
 * all. Keys without Ctrl or Cmd are silent while something is typed, while a dialog is open, and when a person has
 * switched them off (WCAG 2.1.4).
 */
import { useEffectEvent, useLayoutEffect, useSyncExternalStore } from "react"

export interface Shortcut {
  /** `c`, `/`, `?`, `j`, `ArrowDown`, or `mod+k` (Cmd on a Mac, else Ctrl). */
  keys: readonly string[]
  /** What it does, as the key list says it; without one it isn't listed. */
  label?: string
}

interface Registered extends Shortcut {
  run: (event: KeyboardEvent) => boolean
}

let registered: readonly Registered[] = []
const subscribers = new Set<() => void>()

/** Runs `run` on the given keys while the component is there. The latest one registered goes first; `false` passes on. */
export function useShortcut(shortcut: Shortcut, run: (event: KeyboardEvent) => boolean | undefined): void {
  const latest = useEffectEvent((event: KeyboardEvent) => run(event) !== false)
  const keys = shortcut.keys.join(" ")
  const { label } = shortcut
  // Before it is painted: a key that a page shows is a key that works.
  useLayoutEffect(() => {
    const entry: Registered = { keys: keys.split(" "), run: (event) => latest(event), ...(label && { label }) }
    change([entry, ...registered])
    return () => change(registered.filter((other) => other !== entry))
  }, [keys, label])
}

/** What the key list dialog shows. */
export function useShortcutList(): readonly Shortcut[] {
  return useSyncExternalStore(
    subscribe,
    () => registered,
    () => none,
  )
}

const none: readonly Registered[] = []

function subscribe(notify: () => void): () => void {
  subscribers.add(notify)
  return () => subscribers.delete(notify)
}

function change(next: readonly Registered[]): void {
  if (registered.length === 0) document.addEventListener("keydown", answer)
  registered = next
  if (registered.length === 0) document.removeEventListener("keydown", answer)
  for (const notify of subscribers) notify()
}

function answer(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return
  const name = nameOf(event)
  if (!name.startsWith("mod+") && (isTaken(event) || !singleKeysAreOn())) return
  const taker = registered.find((shortcut) => shortcut.keys.includes(name) && shortcut.run(event))
  if (taker !== undefined) event.preventDefault()
}

function nameOf(event: KeyboardEvent): string {
  const mod = event.ctrlKey || event.metaKey ? "mod+" : ""
  return mod + (event.key.length === 1 ? event.key.toLowerCase() : event.key)
}

/** True where a plain key means something else: text is typed, or a popup is open. */
function isTaken(event: KeyboardEvent): boolean {
  const target = event.target instanceof Element ? event.target : document.body
  if (event.altKey) return true
  if (target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable=true]")) return true
  if (target.closest("[role=combobox], [role=tablist], [role=radiogroup]")) return true
  return document.querySelector(openPopup) !== null
}

const openPopup = ":is([role=dialog], [role=alertdialog], [role=menu])[data-open], [data-open] [role=listbox]"

const storageKey = "strongroom-single-keys"

/** Whether keys without Ctrl or Cmd work, as this person chose in this browser. */
export function singleKeysAreOn(): boolean {
  return localStorage.getItem(storageKey) !== "off"
}

export function switchSingleKeys(on: boolean): void {
  localStorage.setItem(storageKey, on ? "on" : "off")
}
