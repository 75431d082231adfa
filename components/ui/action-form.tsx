"use client"

import { unstable_rethrow } from "next/navigation"
import { type ReactNode, type RefObject, type SubmitEvent, useEffect, useRef, useState, useTransition } from "react"
import { Button, type ButtonLook } from "./button"
import { FaultsContext } from "./faults"
import { Notice } from "./notice"

/** What an action answers a form with. It never holds a value that was typed. */
export type FormAnswer<Result = null> =
  | { state: "done"; result: Result }
  | {
      state: "failed"
      message: string
      fields?: Readonly<Record<string, string>>
      /** Nothing failed: it waits for a second person. */
      approval?: { scope: string; id: string }
    }

/**
 * A form that sends itself to an action. What was typed stays until the action says `done`; then the form is emptied
 * (unless `keep`), `onDone` hears the result, and focus goes to the first field. After a failure the message stands at
 * the form's foot, each field's fault at the field, and focus goes there.
 *
 * It is sent by `onSubmit` and not by React's `action`, which would empty the form after failures too. Its method is
 * POST, so that no field ends in an address when somebody submits before the page is alive.
 */
export function ActionForm<Result>({
  action,
  onDone,
  submit,
  submitLook = "primary",
  submitAside,
  keep = false,
  onFailed,
  className = "grid gap-4",
  label,
  children,
}: {
  action: (form: FormData) => Promise<FormAnswer<Result>>
  onDone?: (result: Result) => void
  onFailed?: (message: string) => void
  /** The verb on the button: "Save version 5". Without one, put a SubmitButton of your own inside. */
  submit?: ReactNode
  submitLook?: ButtonLook
  /** Beside the button: a Cancel, a hint. */
  submitAside?: ReactNode
  keep?: boolean | undefined
  className?: string | undefined
  /** The form's name, for those who don't see what stands above it. */
  label?: string | undefined
  children: ReactNode
}): ReactNode {
  const form = useRef<HTMLFormElement>(null)
  const [failure, setFailure] = useState<Failure>()
  const [isPending, startTransition] = useTransition()
  useFocusOnFault(form, failure)

  function send(event: SubmitEvent<HTMLFormElement>): void {
    event.preventDefault()
    if (isPending) return
    const sent = event.currentTarget
    const data = new FormData(sent, event.nativeEvent.submitter)
    startTransition(async () => {
      const answer = await ask(action, data)
      if (answer.state === "failed") {
        setFailure(answer)
        onFailed?.(answer.message)
        return
      }
      setFailure(undefined)
      if (!keep) sent.reset()
      onDone?.(answer.result)
    })
  }

  return (
    <FaultsContext value={failure?.fields ?? {}}>
      <form ref={form} method="post" noValidate onSubmit={send} aria-label={label} className={className}>
        {children}
        <div role="alert" className="empty:hidden">
          {failure && <Notice tone={failure.approval ? "neutral" : "bad"}>{failure.message}</Notice>}
        </div>
        {submit !== undefined && (
          <div className="flex flex-wrap items-center gap-2">
            <Button type="submit" look={submitLook} pending={isPending}>
              {submit}
            </Button>
            {submitAside}
          </div>
        )}
      </form>
    </FaultsContext>
  )
}

type Failure = Extract<FormAnswer, { state: "failed" }>

async function ask<Result>(
  action: (form: FormData) => Promise<FormAnswer<Result>>,
  data: FormData,
): Promise<FormAnswer<Result>> {
  try {
    return await action(data)
  } catch (error) {
    // A redirect arrives as an error that Next wants back.
    unstable_rethrow(error)
    return {
      state: "failed",
      message: "Strongroom could not be reached, so it is not known whether this was done. Look, then try again.",
    }
  }
}

function useFocusOnFault(form: RefObject<HTMLFormElement | null>, failure: Failure | undefined): void {
  useEffect(() => {
    if (failure) form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus()
  }, [form, failure])
}
