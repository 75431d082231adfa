"use client"

import { useRouter } from "next/navigation"
import { type ReactElement, type ReactNode, useState } from "react"
import { useFreshSignIn } from "../confirm-sign-in/confirm-sign-in"
import { HiddenFields } from "../secrets/hidden-fields"
import { ActionForm, type FormAnswer } from "../ui/action-form"
import { Button } from "../ui/button"
import { Dialog } from "../ui/dialog"
import { useToast } from "../ui/toast"

/**
 * A button that opens a form. What the form's action needs beside its fields comes in `fields`. Once it is done the
 * dialog closes and the page is read again; `onDone` hears the result, and may lead somewhere else.
 */
export function ActDialog<Result>({
  trigger,
  title,
  description,
  wide = false,
  action,
  fields = {},
  submit,
  done,
  onDone,
  children,
}: {
  trigger: ReactElement
  title: string
  description?: ReactNode
  wide?: boolean
  action: (form: FormData) => Promise<FormAnswer<Result>>
  fields?: Readonly<Record<string, string>>
  /** The verb on the button. */
  submit: string
  /** Said once it is done. */
  done?: string
  onDone?: (result: Result) => void
  children: ReactNode
}): ReactNode {
  const [isOpen, setIsOpen] = useState(false)
  const router = useRouter()
  const toast = useToast()
  const withFreshSignIn = useFreshSignIn()
  return (
    <Dialog
      trigger={trigger}
      title={title}
      wide={wide}
      open={isOpen}
      onOpenChange={setIsOpen}
      {...(description !== undefined && { description })}
    >
      <ActionForm
        keep
        label={title}
        action={(form) => withFreshSignIn(() => action(form))}
        submit={submit}
        submitAside={
          <Button look="quiet" onClick={() => setIsOpen(false)}>
            Cancel
          </Button>
        }
        onDone={(result) => {
          setIsOpen(false)
          if (done !== undefined) toast({ title: done })
          onDone?.(result)
          router.refresh()
        }}
      >
        <HiddenFields fields={fields} />
        {children}
      </ActionForm>
    </Dialog>
  )
}
