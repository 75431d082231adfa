"use client"

import { type KeyboardEvent, type ReactNode, type SubmitEvent, useState } from "react"
import { HiddenFields } from "../secrets/hidden-fields"
import { Button } from "../ui/button"
import { Card } from "../ui/card"
import { FaultsContext } from "../ui/faults"
import { Kbd } from "../ui/kbd"
import { RelativeTime } from "../ui/relative-time"
import { ValueField } from "../value-field/value-field"

export interface QueueItem {
  id: string
  scope: string
  vault: string
  name: string
  description: string
  currentVersion: number | null
  updatedAt: string
}

/** What the field of a secret holds, in words alone. */
export interface Taken {
  how: "typed" | "generated"
  /** How many bytes were typed; undefined where it will be generated. */
  bytes?: number
}

const nothingThere = { value: "Type a value, generate one, or skip this secret." }

/** One secret's turn: its field, and on. */
export function QueueStep({
  item,
  place,
  isShown,
  formRef,
  onTake,
  onSkip,
  onBack,
}: {
  item: QueueItem
  place: { number: number; of: number }
  isShown: boolean
  formRef: (form: HTMLFormElement | null) => void
  onTake: (form: HTMLFormElement) => void
  onSkip: () => void
  onBack?: () => void
}): ReactNode {
  const [isFaulty, setIsFaulty] = useState(false)
  const { scope, vault, name, currentVersion, updatedAt, description } = item

  function submit(event: SubmitEvent<HTMLFormElement>): void {
    event.preventDefault()
    const form = event.currentTarget
    setIsFaulty(whatWasTyped(form) === undefined)
    onTake(form)
  }

  return (
    <div hidden={!isShown}>
      <Card
        title={<span className="font-mono">{name}</span>}
        tag={
          <span className="text-ink-3">
            {place.number} of {place.of}
          </span>
        }
        padded
      >
        <FaultsContext value={isFaulty ? nothingThere : {}}>
          <form
            ref={formRef}
            method="post"
            aria-label={`New value of ${name}`}
            onSubmit={submit}
            onKeyDown={nextOnEnter}
            className="grid gap-4"
          >
            <HiddenFields fields={{ scope, vault, secret: name, expectedVersion: String(currentVersion ?? 0) }} />
            <p className="text-ink-2">
              {description !== "" && `${description} · `}
              <code className="break-all">
                {scope}/{vault}/{name}
              </code>
              {" · "}
              {currentVersion === null ? "no version yet" : `version ${currentVersion}`}, set{" "}
              <RelativeTime at={updatedAt} />
            </p>
            <ValueField hint="Enter goes on, Shift and Enter make a new line. Nothing is saved before the review." />
            <div className="flex flex-wrap items-center gap-2">
              <Button type="submit" look="primary">
                Next <Kbd onAccent>Enter</Kbd>
              </Button>
              <Button onClick={onSkip}>Skip</Button>
              {onBack && (
                <Button look="quiet" onClick={onBack}>
                  Back
                </Button>
              )}
            </div>
          </form>
        </FaultsContext>
      </Card>
    </div>
  )
}

/** Enter in the value goes on: the queue is for values of one line; others are pasted, or typed with Shift. */
function nextOnEnter(event: KeyboardEvent<HTMLFormElement>): void {
  const isPlain = !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.altKey
  if (event.key !== "Enter" || !isPlain || event.nativeEvent.isComposing) return
  if (!(event.target instanceof HTMLTextAreaElement)) return
  event.preventDefault()
  event.currentTarget.requestSubmit()
}

/** What the form would send, without looking at it: undefined while there is nothing. */
export function whatWasTyped(form: HTMLFormElement): Taken | undefined {
  const data = new FormData(form)
  if (data.has("generate")) return { how: "generated" }
  const encoded = data.get("value")
  if (typeof encoded !== "string" || encoded === "") return undefined
  return { how: "typed", bytes: bytesOfBase64(encoded) }
}

function bytesOfBase64(encoded: string): number {
  const padding = encoded.endsWith("==") ? 2 : encoded.endsWith("=") ? 1 : 0
  return (encoded.length / 4) * 3 - padding
}
