"use client"

import { type ReactNode, type SubmitEvent, useState } from "react"
import { Button } from "../ui/button"
import { Dialog } from "../ui/dialog"
import { Field, Input } from "../ui/field"

interface Days {
  from: string | undefined
  to: string | undefined
}

/** Two days, both included: what happened between them. */
export function DayRange({ from, to, hrefOf }: Days & { hrefOf: (days: Days) => string }): ReactNode {
  const [isOpen, setIsOpen] = useState(false)

  function show(event: SubmitEvent<HTMLFormElement>): void {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    setIsOpen(false)
    history.pushState(null, "", hrefOf({ from: dayIn(form, "from"), to: dayIn(form, "to") }))
  }

  return (
    <Dialog
      title="Between two days"
      description="Both included, by UTC. One of them is enough."
      open={isOpen}
      onOpenChange={setIsOpen}
      trigger={
        <button
          type="button"
          className="inline-flex h-control-small items-center rounded-pill border border-dashed border-line-strong px-3 text-small whitespace-nowrap text-ink-2 hover:bg-hover hover:text-ink"
        >
          days
        </button>
      }
    >
      <form method="post" onSubmit={show} className="grid gap-4" aria-label="Between two days">
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="From" name="from">
            <Input type="date" defaultValue={from} />
          </Field>
          <Field label="To" name="to">
            <Input type="date" defaultValue={to} />
          </Field>
        </div>
        <Button type="submit" look="primary" className="justify-self-start">
          Show these days
        </Button>
      </form>
    </Dialog>
  )
}

function dayIn(form: FormData, name: string): string | undefined {
  const entry = form.get(name)
  return typeof entry === "string" && entry !== "" ? entry : undefined
}
