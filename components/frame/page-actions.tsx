"use client"

import type { ReactNode } from "react"
import { type PaletteAction, usePaletteActions } from "./palette-actions"

/** For a server component: offers links of this page in the palette. */
export function PageActions({ actions }: { actions: readonly Omit<PaletteAction, "run">[] }): ReactNode {
  usePaletteActions(actions)
  return null
}
