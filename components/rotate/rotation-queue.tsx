"use client"

import { type ReactNode, useEffect, useRef, useState } from "react"
import { type RowTask, useRowRuns } from "../secrets/row-runs"
import type { WriteAction, WriteResult } from "../secrets/secret-form"
import { useSecretsChanged } from "../secrets/use-secret-pages"
import { Button, ButtonLink } from "../ui/button"
import { Notice } from "../ui/notice"
import { TwoColumns } from "../ui/page-head"
import { EmptyState } from "../ui/states"
import { QueueList } from "./queue-list"
import { type QueueItem, QueueStep, type Taken, whatWasTyped } from "./queue-step"
import { Review } from "./review"
import { RolledBackTogether } from "./rolled-back-together"
import { type Rotated, rememberRotated } from "./rotated-today"
import { RotationResult } from "./rotation-result"

/**
 * Many secrets, one field at a time: value, Enter, next; then one review, and all of them are made current. Each
 * secret has a form of its own that stays in the page, hidden while another one's turn it is: what was typed is in its
 * field and nowhere else, until it is sent or the page is left.
 */
export function RotationQueue({
  scope,
  items,
  write,
  rollBack,
}: {
  scope: string
  items: readonly QueueItem[]
  write: WriteAction
  rollBack: WriteAction
}): ReactNode {
  // The page is read again after the rotation, and what is no longer due must not vanish from the result.
  const [queue] = useState(items)
  const [at, setAt] = useState(0)
  const [taken, setTaken] = useState<ReadonlyMap<string, Taken>>(new Map())
  const [written, setWritten] = useState<ReadonlyMap<string, WriteResult>>(new Map())
  const forms = useRef(new Map<string, HTMLFormElement>())
  const work = useRowRuns()
  const changed = useSecretsChanged()
  const hasRun = work.runs.size > 0
  const ready = queue.filter(({ id }) => taken.has(id))
  const isReview = at >= queue.length
  useFocusOnStep(forms.current, queue[at]?.id)
  useLeaveWarning(taken.size > written.size)

  function take(item: QueueItem, form: HTMLFormElement): void {
    const what = whatWasTyped(form)
    setTaken((before) => withEntry(before, item.id, what))
    if (what !== undefined) setAt((step) => step + 1)
  }

  function skip(item: QueueItem): void {
    setTaken((before) => withEntry(before, item.id, undefined))
    setAt((step) => step + 1)
  }

  async function run(rows: readonly QueueItem[]): Promise<void> {
    const rotated: Rotated[] = []
    await work.start(
      rows.map(
        (item): RowTask => ({
          id: item.id,
          run: async () => {
            const form = forms.current.get(item.id)
            if (form === undefined) return { state: "failed", message: "Its field is gone. Open the queue again." }
            const answer = await write(new FormData(form))
            if (answer.state === "failed") return answer
            form.reset()
            const { result } = answer
            setWritten((before) => new Map(before).set(item.id, result))
            if (item.currentVersion !== null)
              rotated.push({ ...addressOf(item), from: item.currentVersion, to: result.version })
            return { state: "done", result: `Version ${result.version} made current` }
          },
        }),
      ),
    )
    rememberRotated(scope, rotated)
    changed()
  }

  const failed = ready.filter(({ id }) => work.runs.get(id)?.state === "failed")
  const tookBack = (
    <RolledBackTogether scope={scope} rollBack={rollBack} renewed={written.size} isBusy={work.isRunning} />
  )
  if (queue.length === 0) return <NothingDue scope={scope}>{tookBack}</NothingDue>
  return (
    <TwoColumns
      aside={<QueueList queue={queue} taken={taken} runs={work.runs} at={at} onGo={hasRun ? undefined : setAt} />}
    >
      {tookBack}
      {queue.map((item, index) => (
        <QueueStep
          key={item.id}
          item={item}
          place={{ number: index + 1, of: queue.length }}
          isShown={!hasRun && index === at}
          formRef={(form) => {
            if (form) forms.current.set(item.id, form)
            else forms.current.delete(item.id)
          }}
          onTake={(form) => take(item, form)}
          onSkip={() => skip(item)}
          {...(index > 0 && { onBack: () => setAt(index - 1) })}
        />
      ))}
      {isReview && !hasRun && (
        <Review ready={ready} taken={taken} onBack={() => setAt(queue.length - 1)} onRun={() => void run(ready)} />
      )}
      {hasRun && (
        <>
          <RotationResult ready={ready} runs={work.runs} written={written} />
          {!work.isRunning && (
            <div className="flex flex-wrap gap-2">
              {failed.length > 0 && (
                <Button look="primary" onClick={() => void run(failed)}>
                  Try the {failed.length} again that failed
                </Button>
              )}
              <ButtonLink href={`/s/${scope}`}>Back to the secrets</ButtonLink>
            </div>
          )}
          {failed.length > 0 && !work.isRunning && (
            <Notice tone="warn">What you typed for them is still in their fields, until you leave this page.</Notice>
          )}
        </>
      )}
    </TwoColumns>
  )
}

function NothingDue({ scope, children }: { scope: string; children: ReactNode }): ReactNode {
  return (
    <>
      {children}
      <EmptyState
        title="Nothing is due here"
        action={<ButtonLink href={`/s/${scope}`}>Back to the secrets</ButtonLink>}
      >
        A secret is due when its rotation interval has passed since its current version was written. Any others can be
        rotated too: choose them in the list.
      </EmptyState>
    </>
  )
}

function addressOf({ scope, vault, name }: QueueItem): { scope: string; vault: string; name: string } {
  return { scope, vault, name }
}

function withEntry<Value>(map: ReadonlyMap<string, Value>, key: string, value: Value | undefined): Map<string, Value> {
  const next = new Map(map)
  if (value === undefined) next.delete(key)
  else next.set(key, value)
  return next
}

/** The field of the secret whose turn it is has the focus. */
function useFocusOnStep(forms: ReadonlyMap<string, HTMLFormElement>, id: string | undefined): void {
  useEffect(() => {
    if (id !== undefined) forms.get(id)?.querySelector<HTMLElement>("textarea:not([disabled])")?.focus()
  }, [forms, id])
}

/** Leaving loses what was typed: the browser asks first. */
function useLeaveWarning(isWanted: boolean): void {
  useEffect(() => {
    if (!isWanted) return
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault()
    addEventListener("beforeunload", warn)
    return () => removeEventListener("beforeunload", warn)
  }, [isWanted])
}
