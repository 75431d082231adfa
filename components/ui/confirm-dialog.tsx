"use client"

import { AlertDialog } from "@base-ui/react/alert-dialog"
import clsx from "clsx"
import { type ReactElement, type ReactNode, type SubmitEvent, useId, useState, useTransition } from "react"
import { Button } from "./button"
import { dialogLook, type OpenState, veilLook } from "./dialog"
import { controlLook } from "./field"
import { Notice } from "./notice"

/**
 * Asks before something that hurts. The title says the consequence ("Machines in prod stop getting DB_PASSWORD"), the
 * button is the verb. With `typeName`, nothing brings the thing back, and its name has to be typed first.
 *
 * `onConfirm` answers nothing when it was done (the dialog closes), or a sentence that says why not (it stays).
 */
export function ConfirmDialog({
  title,
  confirm,
  danger = false,
  typeName,
  trigger,
  onConfirm,
  children,
  open: heldOpen,
  onOpenChange,
}: OpenState & {
  title: ReactNode
  confirm: string
  danger?: boolean | undefined
  typeName?: string | undefined
  trigger?: ReactElement
  onConfirm: () => Promise<string | undefined>
  children?: ReactNode
}): ReactNode {
  const [ownOpen, setOwnOpen] = useState(false)
  const [typed, setTyped] = useState("")
  const [fault, setFault] = useState<string>()
  const [isPending, startTransition] = useTransition()
  const id = useId()
  const mayConfirm = typeName === undefined || typed === typeName

  function show(open: boolean): void {
    setOwnOpen(open)
    onOpenChange?.(open)
    if (open) return
    setTyped("")
    setFault(undefined)
  }

  function submit(event: SubmitEvent): void {
    event.preventDefault()
    // React hands events of a portal to the tree around it: a form there must not be sent along.
    event.stopPropagation()
    if (!mayConfirm || isPending) return
    startTransition(async () => {
      const answer = await onConfirm()
      if (answer === undefined) show(false)
      else setFault(answer)
    })
  }

  return (
    <AlertDialog.Root open={heldOpen ?? ownOpen} onOpenChange={(next) => show(next)}>
      {trigger && <AlertDialog.Trigger render={trigger} />}
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={veilLook} />
        <AlertDialog.Popup className={clsx(dialogLook, "max-w-dialog")}>
          <form method="post" onSubmit={submit} className="grid gap-4">
            <AlertDialog.Title className="text-large font-semibold break-words">{title}</AlertDialog.Title>
            {children !== undefined && (
              <AlertDialog.Description render={<div />} className="grid gap-2 text-ink-2">
                {children}
              </AlertDialog.Description>
            )}
            {typeName !== undefined && (
              <div className="grid gap-1">
                <label htmlFor={id} className="text-small font-medium">
                  Type <code className="font-semibold">{typeName}</code> to go on
                </label>
                <input
                  id={id}
                  value={typed}
                  onChange={(event) => setTyped(event.currentTarget.value)}
                  autoComplete="off"
                  spellCheck={false}
                  className={clsx(controlLook, "h-control font-mono text-small")}
                />
              </div>
            )}
            <div role="alert" className="empty:hidden">
              {fault !== undefined && <Notice tone="bad">{fault}</Notice>}
            </div>
            <div className="flex flex-wrap justify-end gap-2">
              <AlertDialog.Close render={<Button look="quiet">Cancel</Button>} />
              <Button type="submit" look={danger ? "danger" : "primary"} disabled={!mayConfirm} pending={isPending}>
                {confirm}
              </Button>
            </div>
          </form>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
