"use client"

import { useRouter } from "next/navigation"
import { type ReactNode, useState } from "react"
import type { SecretSummary } from "@/lib/contract/dto"
import { useFreshSignIn } from "../confirm-sign-in/confirm-sign-in"
import { transferPage } from "../frame/addresses"
import { HiddenFields } from "../secrets/hidden-fields"
import { counted } from "../secrets/phrases"
import { ActionForm, type FormAnswer } from "../ui/action-form"
import { Button } from "../ui/button"
import { Dialog } from "../ui/dialog"
import { Field } from "../ui/field"
import { Notice } from "../ui/notice"
import { Select } from "../ui/select"
import { HowItMoves } from "./move-here"

/** Where secrets of a scope can be moved to, for who may decide that. */
export interface Moving {
  /** Names of providers that take values. */
  providers: readonly string[]
  start: (form: FormData) => Promise<FormAnswer<{ transfer: string }>>
}

/** Moves the chosen secrets to another provider; the move has its own page, where it is followed. */
export function MoveToProvider({
  scope,
  secrets,
  moving,
  onClose,
}: {
  scope: string
  secrets: readonly SecretSummary[]
  moving: Moving
  onClose: () => void
}): ReactNode {
  const [to, setTo] = useState(moving.providers[0] ?? "")
  const router = useRouter()
  const withFreshSignIn = useFreshSignIn()
  const { toMove, left } = planMove(scope, secrets, to)
  return (
    <Dialog
      wide
      open
      title="Move to another provider"
      onOpenChange={(open) => {
        if (!open) onClose()
      }}
    >
      <ActionForm
        keep
        label="Move to another provider"
        action={(form) => withFreshSignIn(() => moving.start(form))}
        {...(toMove.length > 0 && { submit: `Move ${counted(toMove.length, "secret")} to ${to}` })}
        submitAside={
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
        }
        onDone={({ transfer }) => router.push(transferPage(scope, transfer))}
      >
        <HiddenFields fields={{ scope }} />
        <Field label="To" name="to">
          <Select value={to} onChange={setTo} options={moving.providers.map((value) => ({ value, label: value }))} />
        </Field>
        {left.length > 0 && <Notice>{counted(left.length, "secret")} will be left as they are.</Notice>}
        <ul
          tabIndex={0}
          aria-label="What will happen"
          className="max-h-scroll-table divide-y divide-line overflow-y-auto rounded-card border border-line"
        >
          {toMove.map(({ id, vault, name, provider }) => (
            <PlanRow
              key={id}
              name={name}
              effect={`From ${provider.name} to ${to}, with its history where that is kept.`}
            >
              <input type="hidden" name="vault" value={vault} />
              <input type="hidden" name="secret" value={name} />
            </PlanRow>
          ))}
          {left.map(({ secret, reason }) => (
            <PlanRow key={secret.id} name={secret.name} effect={reason} />
          ))}
        </ul>
        <HowItMoves />
      </ActionForm>
    </Dialog>
  )
}

function PlanRow({ name, effect, children }: { name: string; effect: string; children?: ReactNode }): ReactNode {
  return (
    <li className="grid gap-0.5 px-3 py-2">
      {children}
      <span className="font-mono text-small font-semibold break-all">{name}</span>
      <span className={children === undefined ? "text-ink-3" : "text-ink-2"}>{effect}</span>
    </li>
  )
}

interface MovePlan {
  toMove: SecretSummary[]
  left: { secret: SecretSummary; reason: string }[]
}

/** Which of the chosen secrets move, and why the others stay. */
export function planMove(scope: string, secrets: readonly SecretSummary[], to: string): MovePlan {
  const plan: MovePlan = { toMove: [], left: [] }
  for (const secret of secrets) {
    const reason = reasonToStay(scope, secret, to)
    if (reason === undefined) plan.toMove.push(secret)
    else plan.left.push({ secret, reason })
  }
  return plan
}

function reasonToStay(scope: string, secret: SecretSummary, to: string): string | undefined {
  if (secret.state === "deleted" || secret.state === "destroyed") return "Deleted: left as it is."
  if (secret.scope !== scope) return `Defined at ${secret.scope}: move it there.`
  if (secret.provider.name === to) return "There already."
  if (secret.ownership === "external") return "External: somebody else keeps it where it is."
  return undefined
}
