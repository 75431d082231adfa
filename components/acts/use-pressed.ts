"use client"

import { useMemo } from "react"
import { usePaletteActions } from "../frame/palette-actions"

/** Offers a button of the page in the palette too: choosing it there presses it. */
export function usePressed(buttonId: string, label: string): void {
  const offered = useMemo(
    () => [{ id: `press ${buttonId}`, label, run: () => document.getElementById(buttonId)?.click() }],
    [buttonId, label],
  )
  usePaletteActions(offered)
}
