"use client"

import { useRouter } from "next/navigation"
import { type ReactNode, useState } from "react"
import type { Webhook } from "@/lib/contract/dto"
import type { NoticeEvent } from "@/lib/contract/words"
import { noticeEvents } from "@/lib/contract/words"
import { ActDialog } from "../acts/act-dialog"
import { ConfirmedAct } from "../acts/confirmed-act"
import { formOf } from "../acts/form-of"
import { ShownOnce } from "../acts/shown-once"
import { usePressed } from "../acts/use-pressed"
import { noticeWords } from "../providers/words"
import { answerOf } from "../secrets/row-runs"
import type { FormAnswer } from "../ui/action-form"
import { Button } from "../ui/button"
import { Card } from "../ui/card"
import { Checkbox } from "../ui/choices"
import { Field, Input } from "../ui/field"
import { RelativeTime } from "../ui/relative-time"
import { Tag } from "../ui/tag"
import { useToast } from "../ui/toast"
import { UndismissableDialog } from "../ui/undismissable-dialog"

type Action<Result = null> = (form: FormData) => Promise<FormAnswer<Result>>

export interface WebhookActions {
  create: Action<{ signingKey: string | null }>
  change: Action
  remove: Action
  test: Action<{ delivered: boolean; problem: string | null }>
}

export type ListedWebhook = Pick<Webhook, "id" | "url" | "events" | "disabled" | "lastDelivery">

/** Who is told of what happens at a scope: names, never values. */
export function WebhookList({
  scope,
  webhooks,
  actions,
}: {
  scope: string
  webhooks: readonly ListedWebhook[]
  actions: WebhookActions
}): ReactNode {
  return (
    <Card title="Webhooks" action={<NewWebhook scope={scope} create={actions.create} />}>
      {webhooks.length === 0 && (
        <p className="px-4 py-3 text-ink-3">
          No webhooks yet. One is told, in signed messages, when a provider is sealed or can&apos;t be reached, a
          credential ends, a secret was changed at its backend, or a rotation is due.
        </p>
      )}
      {webhooks.length > 0 && (
        <ul aria-label="Webhooks" className="divide-y divide-line px-4">
          {webhooks.map((webhook) => (
            <WebhookRow key={webhook.id} scope={scope} webhook={webhook} actions={actions} />
          ))}
        </ul>
      )}
    </Card>
  )
}

function WebhookRow({
  scope,
  webhook: { id, url, events, disabled, lastDelivery },
  actions,
}: {
  scope: string
  webhook: ListedWebhook
  actions: WebhookActions
}): ReactNode {
  const fields = { scope, webhook: id }
  return (
    <li className="grid gap-1 py-3">
      <div className="flex flex-wrap items-center gap-2">
        <code className="font-semibold break-all">{url}</code>
        {disabled && <Tag tone="warn">Disabled</Tag>}
      </div>
      <p className="text-ink-2">{events.map((event) => noticeWords[event]).join(" · ")}</p>
      <Delivery last={lastDelivery} />
      <div className="flex flex-wrap gap-2 pt-1">
        {!disabled && <Test fields={fields} url={url} test={actions.test} />}
        <ActDialog
          title="What it is told of"
          trigger={
            <Button small aria-label={`Change what ${url} is told of`}>
              Change…
            </Button>
          }
          action={actions.change}
          fields={fields}
          submit="Save"
          done="Saved"
        >
          <Events chosen={events} />
        </ActDialog>
        <ConfirmedAct
          act={
            disabled
              ? { title: "It is told again", confirm: "Enable", done: "The webhook is enabled" }
              : {
                  title: "It is told nothing until it is enabled again",
                  confirm: "Disable",
                  done: "The webhook is disabled",
                }
          }
          action={actions.change}
          fields={{ ...fields, disabled: String(!disabled) }}
          trigger={<Button small>{disabled ? "Enable" : "Disable"}</Button>}
        />
        <ConfirmedAct
          act={{
            title: "It is told nothing any more",
            confirm: "Delete the webhook",
            danger: true,
            done: "The webhook is deleted",
          }}
          action={actions.remove}
          fields={fields}
          trigger={
            <Button small look="quiet" aria-label={`Delete the webhook ${url}`}>
              Delete
            </Button>
          }
        >
          <p>Its signing key is dropped. Another webhook to this address gets another key.</p>
        </ConfirmedAct>
      </div>
    </li>
  )
}

function Delivery({ last }: { last: Webhook["lastDelivery"] }): ReactNode {
  if (last === null) return <p className="text-small text-ink-3">Nothing was sent yet.</p>
  const word = { waiting: "Waiting", delivered: "Delivered", failed: "Failed" }[last.state]
  return (
    <p className="flex flex-wrap items-center gap-2 text-small text-ink-3">
      Last message
      <Tag tone={last.state === "failed" ? "bad" : last.state === "delivered" ? "ok" : "neutral"}>{word}</Tag>
      <RelativeTime at={last.at} />
      {last.problem !== null && <span className="text-bad">{last.problem}</span>}
    </p>
  )
}

function Test({
  fields,
  url,
  test,
}: {
  fields: Readonly<Record<string, string>>
  url: string
  test: WebhookActions["test"]
}): ReactNode {
  const [isPending, setIsPending] = useState(false)
  const toast = useToast()
  const router = useRouter()

  async function send(): Promise<void> {
    setIsPending(true)
    const answer = await answerOf(() => test(formOf(fields)))
    setIsPending(false)
    const problem = answer.state === "failed" ? answer.message : answer.result.problem
    const isDelivered = answer.state === "done" && answer.result.delivered
    if (isDelivered) toast({ title: "The test was delivered" })
    else toast({ title: "The test wasn’t delivered", tone: "bad", ...(problem !== null && { description: problem }) })
    router.refresh()
  }

  return (
    <Button small pending={isPending} aria-label={`Send a test to ${url}`} onClick={() => void send()}>
      Send a test
    </Button>
  )
}

function NewWebhook({ scope, create }: { scope: string; create: WebhookActions["create"] }): ReactNode {
  const [key, setKey] = useState<string>()
  usePressed("new-webhook", `New webhook in ${scope}`)
  return (
    <>
      <ActDialog
        title="New webhook"
        description="It gets names and what happened, never a value. Each message is signed; the key is shown once."
        trigger={
          <Button id="new-webhook" small>
            New webhook
          </Button>
        }
        action={create}
        fields={{ scope }}
        submit="Make it"
        onDone={(result) => setKey(result.signingKey ?? undefined)}
      >
        <Field label="Address" name="url" hint="Where messages are posted to, as JSON.">
          <Input
            mono
            autoComplete="off"
            spellCheck={false}
            placeholder="https://hooks.example.com/strongroom"
            inputMode="url"
          />
        </Field>
        <Events chosen={noticeEvents} />
      </ActDialog>
      <UndismissableDialog
        open={key !== undefined}
        onClose={() => setKey(undefined)}
        title="The webhook’s signing key"
        acknowledge="I have stored the key"
      >
        {key !== undefined && (
          <>
            <p className="text-ink-2">
              It is shown now and never again. Whoever receives the messages checks their signature with it, so that
              nobody else can send them any.
            </p>
            <ShownOnce text={key} label="The signing key" copy="Copy the key" />
          </>
        )}
      </UndismissableDialog>
    </>
  )
}

function Events({ chosen }: { chosen: readonly NoticeEvent[] }): ReactNode {
  return (
    <fieldset className="grid gap-2">
      <legend className="pb-1 text-small font-medium">Told when</legend>
      {noticeEvents.map((event) => (
        <Checkbox key={event} name="events" value={event} defaultChecked={chosen.includes(event)}>
          {noticeWords[event]}
        </Checkbox>
      ))}
    </fieldset>
  )
}
