"use client"

import { createContext, type ReactNode, use, useRef, useState } from "react"
import { ActionForm, type FormAnswer } from "../ui/action-form"
import { Button, ButtonLink } from "../ui/button"
import { Dialog } from "../ui/dialog"
import { Field, Input } from "../ui/field"

/** Runs an act; where it wants a fresh sign-in, asks for the password and runs it again. */
export type WithFreshSignIn = <Result>(act: () => Promise<FormAnswer<Result>>) => Promise<FormAnswer<Result>>

const FreshSignInContext = createContext<WithFreshSignIn>((act) => act())

/**
 * What lets a machine read a value needs a sign-in that is at most ten minutes old: the API answers with the field
 * `signIn` when it isn't. `useFreshSignIn()` wraps such an act, so that the question comes when it is needed and what
 * was asked for is then done.
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
    const answer = await act()
    if (!wantsFreshSignIn(answer) || !(await ask())) return answer
    return act()
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
          <ActionForm
            action={confirm}
            submit="Confirm"
            label="Confirm that it is you"
            onDone={() => close(true)}
            submitAside={
              <Button look="quiet" onClick={() => close(false)}>
                Cancel
              </Button>
            }
          >
            <Field label="Your password" name="password">
              <Input type="password" autoComplete="current-password" autoFocus />
            </Field>
          </ActionForm>
        ) : (
          <SignInElsewhere onDone={() => close(true)} onCancel={() => close(false)} />
        )}
      </Dialog>
    </FreshSignInContext>
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
