"use client"

import { useRouter } from "next/navigation"
import type { ReactElement, ReactNode } from "react"
import { useFreshSignIn } from "../confirm-sign-in/confirm-sign-in"
import { answerOf } from "../secrets/row-runs"
import type { FormAnswer } from "../ui/action-form"
import { ConfirmDialog } from "../ui/confirm-dialog"
import type { OpenState } from "../ui/dialog"
import { useToast } from "../ui/toast"
import { formOf } from "./form-of"

export interface Act {
  /** The consequence, as a title: "ci-deploy stops reading at once". */
  title: string
  /** The verb on the button. */
  confirm: string
  danger?: boolean
  /** What has to be typed first, where nothing brings the thing back. */
  typeName?: string
  /** Said once it is done. */
  done: string
  /** Where to go then; without one, the page is read again. */
  leadsTo?: string
}

/** Asks, performs an action with these fields, says that it is done, and lets the page read again what it shows. */
export function ConfirmedAct({
  act,
  action,
  fields,
  trigger,
  open,
  onOpenChange,
  children,
}: OpenState & {
  act: Act
  action: (form: FormData) => Promise<FormAnswer>
  fields: Readonly<Record<string, string>>
  trigger?: ReactElement
  children?: ReactNode
}): ReactNode {
  const router = useRouter()
  const toast = useToast()
  const withFreshSignIn = useFreshSignIn()

  async function perform(): Promise<string | undefined> {
    const answer = await answerOf(() => withFreshSignIn(() => action(formOf(fields))))
    if (answer.state === "failed") return answer.message
    toast({ title: act.done })
    if (act.leadsTo === undefined) router.refresh()
    else router.push(act.leadsTo)
    return undefined
  }

  return (
    <ConfirmDialog
      title={act.title}
      confirm={act.confirm}
      danger={act.danger ?? false}
      onConfirm={perform}
      {...(act.typeName !== undefined && { typeName: act.typeName })}
      {...(trigger && { trigger })}
      {...(open !== undefined && { open })}
      {...(onOpenChange && { onOpenChange })}
    >
      {children}
    </ConfirmDialog>
  )
}
