"use client"

import { Dialog as Base } from "@base-ui/react/dialog"
import clsx from "clsx"
import { X } from "lucide-react"
import type { ReactElement, ReactNode } from "react"
import { IconButton } from "./button"

export const veilLook =
  "fixed inset-0 bg-veil transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0"
export const dialogLook =
  "fixed top-1/2 left-1/2 grid max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] -translate-x-1/2 -translate-y-1/2 gap-4 overflow-y-auto rounded-card border border-line bg-raised p-5 shadow-popup transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0"

export interface OpenState {
  open?: boolean | undefined
  onOpenChange?: (open: boolean) => void
}

/** A dialog with a title. Give it a `trigger` (a Button), or hold `open` yourself. */
export function Dialog({
  title,
  description,
  trigger,
  wide = false,
  children,
  open,
  onOpenChange,
}: OpenState & {
  title: ReactNode
  description?: ReactNode
  trigger?: ReactElement
  wide?: boolean | undefined
  children: ReactNode
}): ReactNode {
  return (
    <Base.Root
      {...(open !== undefined && { open })}
      {...(onOpenChange && { onOpenChange: (next) => onOpenChange(next) })}
    >
      {trigger && <Base.Trigger render={trigger} />}
      <Base.Portal>
        <Base.Backdrop className={veilLook} />
        <Base.Popup className={clsx(dialogLook, wide ? "max-w-form" : "max-w-dialog")}>
          <div className="flex items-start gap-3">
            <div className="grid min-w-0 flex-1 gap-1">
              <Base.Title className="text-large font-semibold break-words">{title}</Base.Title>
              {description !== undefined && <Base.Description className="text-ink-2">{description}</Base.Description>}
            </div>
            <Base.Close render={<IconButton label="Close" className="-mt-1 -mr-1" />}>
              <X aria-hidden className="size-4" />
            </Base.Close>
          </div>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}
