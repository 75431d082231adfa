"use client"

import { useRouter } from "next/navigation"
import type { ReactNode } from "react"
import { ActDialog } from "../acts/act-dialog"
import { transferPage } from "../frame/addresses"
import { counted } from "../secrets/phrases"
import type { FormAnswer } from "../ui/action-form"
import { Button } from "../ui/button"
import { Checkbox } from "../ui/choices"
import { Notice } from "../ui/notice"

/** Offers to move what a scope keeps elsewhere to this provider. */
export function MoveHere({
  scope,
  provider,
  elsewhere,
  start,
}: {
  scope: string
  provider: string
  /** How many secrets of the scope are kept elsewhere. */
  elsewhere: number
  start: (form: FormData) => Promise<FormAnswer<{ transfer: string }>>
}): ReactNode {
  const router = useRouter()
  const secrets = counted(elsewhere, "secret")
  return (
    <Notice
      title={`${secrets} of ${scope} ${elsewhere === 1 ? "is" : "are"} kept elsewhere`}
      action={
        <ActDialog
          title={`Move ${secrets} to ${provider}`}
          trigger={<Button small>Move them here…</Button>}
          action={start}
          fields={{ scope, to: provider }}
          submit={`Move ${secrets}`}
          onDone={({ transfer }) => router.push(transferPage(scope, transfer))}
        >
          <HowItMoves />
        </ActDialog>
      }
    >
      They can move here with their values. Nobody sees one.
    </Notice>
  )
}

/** What a move does, and the one choice that it has. */
export function HowItMoves(): ReactNode {
  return (
    <>
      <p className="text-ink-2">
        Each is copied on the server, the copy is compared with the original, and only then machines get it from there.
        It can be paused, and what fails stays where it is.
      </p>
      <Checkbox
        name="removeAtSource"
        value="1"
        hint="Otherwise the old copies stay where they are, and nothing reads them any more."
      >
        Then remove each at its old place
      </Checkbox>
    </>
  )
}
