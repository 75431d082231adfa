import type { RefObject } from "react"
import { useShortcut } from "./shortcuts"

/**
 * `j` and `k` or the arrows move the focus through a list's rows; a row's link opens with `Enter` as links do, and `x`
 * ticks the row. `step` moves from the focused row, or begins at the first.
 */
export function useRowKeys(list: RefObject<HTMLElement | null>, step: (by: 1 | -1) => void): void {
  const isThere = (): boolean => list.current !== null && list.current.getClientRects().length > 0
  const move = (by: 1 | -1, event: KeyboardEvent): boolean => {
    const isArrow = event.key.startsWith("Arrow")
    // Arrows scroll the page, unless the hand is in the list already.
    if (!isThere() || (isArrow && !list.current?.contains(document.activeElement))) return false
    step(by)
    return true
  }
  useShortcut({ keys: ["j", "ArrowDown"], label: "Next row" }, (event) => move(1, event))
  useShortcut({ keys: ["k", "ArrowUp"], label: "Previous row" }, (event) => move(-1, event))
  useShortcut({ keys: ["x"], label: "Select the row" }, () => {
    const row = document.activeElement?.closest("[data-row]")
    const box = row?.querySelector<HTMLElement>("[role=checkbox]")
    if (!box || !list.current?.contains(box)) return false
    box.click()
    return true
  })
}
