"use client"

import { Tooltip as Base } from "@base-ui/react/tooltip"
import type { ReactElement, ReactNode } from "react"

/** A few words about a control, on hover and on focus. Never the only place where something is said. */
export function Tooltip({ words, children }: { words: ReactNode; children: ReactElement }): ReactNode {
  return (
    <Base.Root>
      <Base.Trigger render={children} />
      <Base.Portal>
        <Base.Positioner sideOffset={6} className="z-20">
          <Base.Popup className="max-w-aside rounded-control bg-ink px-2 py-1 text-small text-ground shadow-popup">
            {words}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
