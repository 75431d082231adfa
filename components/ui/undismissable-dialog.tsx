"use client"

import { AlertDialog } from "@base-ui/react/alert-dialog"
import clsx from "clsx"
import { type ReactNode, useState } from "react"
import { Button } from "./button"
import { Checkbox } from "./choices"
import { dialogLook, veilLook } from "./dialog"

/**
 * For what is shown once: neither Escape nor a click outside closes it, only the button, and that only after the box
 * was ticked ("I have stored it").
 */
export function UndismissableDialog({
  open,
  onClose,
  title,
  acknowledge,
  close = "Done",
  children,
}: {
  open: boolean
  onClose: () => void
  title: ReactNode
  /** What the person says by ticking. */
  acknowledge: string
  close?: string
  children: ReactNode
}): ReactNode {
  const [isAcknowledged, setIsAcknowledged] = useState(false)
  return (
    <AlertDialog.Root
      open={open}
      onOpenChange={(_, details) => {
        details.cancel()
      }}
    >
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={veilLook} />
        <AlertDialog.Popup className={clsx(dialogLook, "max-w-form")}>
          <AlertDialog.Title className="text-large font-semibold break-words">{title}</AlertDialog.Title>
          {children}
          <div className="flex flex-wrap items-center justify-between gap-3">
            <Checkbox checked={isAcknowledged} onChange={setIsAcknowledged}>
              {acknowledge}
            </Checkbox>
            <Button
              look="primary"
              disabled={!isAcknowledged}
              onClick={() => {
                setIsAcknowledged(false)
                onClose()
              }}
            >
              {close}
            </Button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
