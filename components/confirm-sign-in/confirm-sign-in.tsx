"use client"

import { useRouter } from "next/navigation"
import { createContext, type ReactNode, type SubmitEvent, use, useRef, useState } from "react"
import { approvalPage } from "../frame/addresses"
import { answerOf } from "../secrets/row-runs"
import type { FormAnswer } from "../ui/action-form"
import { Button, ButtonLink } from "../ui/button"
import { Dialog } from "../ui/dialog"
import { Field, Input } from "../ui/field"
import { useToast } from "../ui/toast"

/** Runs an act; where it wants a fresh sign-in, asks for the password and runs it again. */
export type WithFreshSignIn = <Result>(act: () => Promise<FormAnswer<Result>>) => Promise<FormAnswer<Result>>

const FreshSignInContext = createContext<WithFreshSignIn>((act) => act())

/**
 * What lets a machine read a value needs a sign-in that is at most ten minutes old: the API answers with the field
 * `signIn` when it isn't. `useFreshSignIn()` wraps such an act, so that the question comes when it is needed and what
 * was asked for is then done. Where two people are asked for, it leads to the request that waits.
 */
export function useFreshSignIn(): WithFreshSignIn {
  return use(FreshSignInContext)
}

/** Stands around every page of a scope. `method` is how the session began: a password can be asked for again here. */
export function ConfirmSignIn({
  method,
  confirm,
  children,
}: {
  method: string
  confirm: (form: FormData) => Promise<FormAnswer>
  children: ReactNode
}): ReactNode {
  const [isOpen, setIsOpen] = useState(false)
  const router = useRouter()
  const toast = useToast()
  const settle = useRef<(isConfirmed: boolean) => void>(undefined)

  const ask = (): Promise<boolean> =>
    new Promise((resolve) => {
      settle.current = resolve
      setIsOpen(true)
    })

  function close(isConfirmed: boolean): void {
    setIsOpen(false)
    settle.current?.(isConfirmed)
    settle.current = undefined
  }

  const withFreshSignIn: WithFreshSignIn = async (act) => {
    const first = await act()
    const answer = wantsFreshSignIn(first) && (await ask()) ? await act() : first
    if (answer.state === "failed" && answer.approval !== undefined) {
      toast({ title: "It waits for a second person", description: "Say why you ask, so that they can decide." })
      router.push(approvalPage(answer.approval.scope, answer.approval.id))
    }
    return answer
  }

  return (
    <FreshSignInContext value={withFreshSignIn}>
      {children}
      <Dialog
        title="Confirm that it is you"
        description="This may let a machine read values, so your sign-in must be at most ten minutes old."
        open={isOpen}
        onOpenChange={(open) => {
          if (!open) close(false)
        }}
      >
        {method === "password" ? (
          <PasswordForm confirm={confirm} onDone={() => close(true)} onCancel={() => close(false)} />
        ) : (
          <SignInElsewhere onDone={() => close(true)} onCancel={() => close(false)} />
        )}
      </Dialog>
    </FreshSignInContext>
  )
}

/**
 * Not an ActionForm: React counts transitions that overlap as one, and the act that waits for the password is one. Its
 * pending state would keep this form's.
 */
function PasswordForm({
  confirm,
  onDone,
  onCancel,
}: {
  confirm: (form: FormData) => Promise<FormAnswer>
  onDone: () => void
  onCancel: () => void
}): ReactNode {
  const [fault, setFault] = useState<string>()
  const [isPending, setIsPending] = useState(false)

  async function send(event: SubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault()
    // React hands events of a portal to the tree around it, where another form may stand.
    event.stopPropagation()
    const form = event.currentTarget
    setIsPending(true)
    const answer = await answerOf(() => confirm(new FormData(form)))
    setIsPending(false)
    form.reset()
    setFault(answer.state === "failed" ? answer.message : undefined)
    if (answer.state === "done") onDone()
    else form.querySelector("input")?.focus()
  }

  return (
    <form method="post" noValidate onSubmit={send} aria-label="Confirm that it is you" className="grid gap-4">
      <Field label="Your password" name="password" fault={fault}>
        <Input type="password" autoComplete="current-password" autoFocus />
      </Field>
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="primary" pending={isPending}>
          Confirm
        </Button>
        <Button look="quiet" onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </form>
  )
}

/** Who came in by an identity provider proves it there, in another tab, so that nothing typed here is lost. */
function SignInElsewhere({ onDone, onCancel }: { onDone: () => void; onCancel: () => void }): ReactNode {
  return (
    <div className="grid gap-4">
      <p className="text-ink-2">
        You came in by an identity provider. Sign in there again in another tab, then come back and go on.
      </p>
      <div className="flex flex-wrap gap-2">
        <ButtonLink href="/sign-in?again=1" target="_blank" rel="noreferrer" look="primary">
          Sign in again
        </ButtonLink>
        <Button onClick={onDone}>Go on</Button>
        <Button look="quiet" onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </div>
  )
}

function wantsFreshSignIn(answer: FormAnswer<unknown>): boolean {
  return answer.state === "failed" && answer.fields?.signIn !== undefined
}
