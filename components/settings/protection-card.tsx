"use client"

import type { ReactNode } from "react"
import type { Protection } from "@/lib/contract/words"
import { ConfirmedAct } from "../acts/confirmed-act"
import type { FormAnswer } from "../ui/action-form"
import { Button } from "../ui/button"
import { Card } from "../ui/card"
import { Tag } from "../ui/tag"

/** How many people it takes to let a machine read here, and changing that: one may ask for two, two may ask for one. */
export function ProtectionCard({
  scope,
  own,
  effective,
  mayChange,
  change,
}: {
  scope: string
  /** What is chosen at this very scope. */
  own: Protection
  /** What counts here: a wider scope may ask for two people. */
  effective: Protection
  mayChange: boolean
  change: (form: FormData) => Promise<FormAnswer>
}): ReactNode {
  const isRecorded = effective === "recorded"
  return (
    <Card
      title="Protection"
      tag={<Tag>{isRecorded ? "Recorded" : "Two people"}</Tag>}
      action={
        mayChange && (own === effective || own === "recorded") && <Change scope={scope} own={own} change={change} />
      }
      padded
    >
      <div className="grid gap-2 text-ink-2">
        <p>
          {isRecorded
            ? "One person who may delegate lets a machine read, with a sign-in at most ten minutes old. The secrets say who it was, and the audit log holds it."
            : "A second person who may delegate confirms before a machine can read anything more."}
        </p>
        {!isRecorded && own === "recorded" && <p className="text-ink-3">A wider scope asks for it.</p>}
      </div>
    </Card>
  )
}

function Change({
  scope,
  own,
  change,
}: {
  scope: string
  own: Protection
  change: (form: FormData) => Promise<FormAnswer>
}): ReactNode {
  const isRaising = own === "recorded"
  return (
    <ConfirmedAct
      act={{
        title: isRaising ? `In ${scope} it takes two people` : `In ${scope} one person is enough again`,
        confirm: isRaising ? "Ask for two people" : "Ask a second person",
        done: "Two people are asked for from now on.",
      }}
      action={change}
      fields={{ scope, protection: isRaising ? "two_people" : "recorded" }}
      trigger={<Button small>{isRaising ? "Ask for two people" : "Go back to one"}</Button>}
    >
      <p>
        {isRaising
          ? "What lets a machine read more here or beneath waits for somebody else. Going back takes two people, too."
          : "Somebody else who may delegate here has to accept that first."}
      </p>
    </ConfirmedAct>
  )
}
