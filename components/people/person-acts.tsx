"use client"

import type { ReactNode } from "react"
import { ConfirmedAct } from "../acts/confirmed-act"
import type { FormAnswer } from "../ui/action-form"
import { Button, ButtonLink } from "../ui/button"

type Action = (form: FormData) => Promise<FormAnswer>

/** What can be done with a person as a whole. */
export function PersonActs({
  id,
  name,
  isMe,
  isDisabled,
  mayManage,
  auditHref,
  disable,
  enable,
}: {
  id: string
  name: string
  isMe: boolean
  isDisabled: boolean
  mayManage: boolean
  auditHref: string
  disable: Action
  enable: Action
}): ReactNode {
  return (
    <>
      <ButtonLink look="quiet" href={auditHref}>
        {isMe ? "What you did" : "What they did"}
      </ButtonLink>
      {mayManage && isDisabled && (
        <ConfirmedAct
          action={enable}
          fields={{ person: id }}
          act={{ title: `${name} can sign in again`, confirm: "Enable", done: `${name} can sign in again.` }}
          trigger={<Button>Enable</Button>}
        >
          <p>They have the same roles as before. Their personal tokens stay revoked.</p>
        </ConfirmedAct>
      )}
      {mayManage && !isDisabled && (
        <ConfirmedAct
          action={disable}
          fields={{ person: id }}
          act={{
            title: `${name} is signed out everywhere and can't come in`,
            confirm: "Disable",
            danger: true,
            done: `${name} is disabled.`,
          }}
          trigger={<Button>Disable</Button>}
        >
          <p>Their sessions end at once, and their personal tokens are revoked. Their roles and what they did stay.</p>
          <p>Service accounts that they made or granted something go on: look at those too.</p>
        </ConfirmedAct>
      )}
    </>
  )
}
