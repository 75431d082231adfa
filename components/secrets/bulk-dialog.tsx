"use client"

import { type ReactNode, useState } from "react"
import type { SecretSummary } from "@/lib/contract/dto"
import { type Category, categories, categoryLabel } from "@/lib/contract/words"
import { useFreshSignIn } from "../confirm-sign-in/confirm-sign-in"
import type { FormAnswer } from "../ui/action-form"
import { Button } from "../ui/button"
import { Dialog } from "../ui/dialog"
import { Field } from "../ui/field"
import { Notice } from "../ui/notice"
import { ProgressBar, ProgressRows } from "../ui/progress"
import { Select } from "../ui/select"
import { type BulkAct, bulkDone, bulkVerb, type PlannedRow, planRow } from "./bulk-plan"
import { MoveTarget } from "./move-target"
import { counted, restorableUntil } from "./phrases"
import { progressRow, type RowTask, useRowRuns } from "./row-runs"
import { addressForm, type SecretActions } from "./secret-form"
import { useSecretDetails } from "./use-secret-details"
import { useSecretsChanged } from "./use-secret-pages"

function titleOf(kind: BulkAct["kind"]): string {
  return kind === "delete" ? `These can be restored until ${restorableUntil()}, then they are destroyed` : titles[kind]
}

const titles: Readonly<Record<Exclude<BulkAct["kind"], "delete">, string>> = {
  category: "Set a category",
  move: "Move to another vault",
  disable: "Machines stop getting these",
  enable: "Machines get these again",
  restore: "Bring these back",
}

/** Shows what an act will do to each chosen secret, does it row by row, and can try again what failed. */
export function BulkDialog({
  kind,
  secrets,
  actions,
  onClose,
}: {
  kind: BulkAct["kind"]
  secrets: readonly SecretSummary[]
  actions: SecretActions
  onClose: (isDone: boolean) => void
}): ReactNode {
  // The list behind changes while rows are worked on: what was chosen stays what it was.
  const [chosen] = useState(secrets)
  const [act, setAct] = useState<BulkAct | undefined>(() => actWithoutChoice(kind))
  const needsDetails = kind === "delete" || kind === "disable" || kind === "enable" || kind === "move"
  const details = useSecretDetails(chosen, needsDetails)
  const changed = useSecretsChanged()
  const withFreshSignIn = useFreshSignIn()
  const work = useRowRuns()
  const plan = act === undefined ? [] : chosen.map((secret) => planRow(act, secret, details.get(secret.id)))
  const toDo = plan.filter(({ skipped }) => skipped === undefined)
  const hasRun = work.runs.size > 0
  const failed = toDo.filter(({ secret }) => work.runs.get(secret.id)?.state === "failed")

  async function run(rows: readonly PlannedRow[]): Promise<void> {
    if (act === undefined) return
    await work.start(
      rows.map(
        ({ secret }): RowTask => ({
          id: secret.id,
          run: async () => withWords(await withFreshSignIn(() => perform(act, secret, actions)), bulkDone[act.kind]),
        }),
      ),
    )
    changed()
  }

  const close = (): void => {
    if (!work.isRunning) onClose(hasRun)
  }
  return (
    <Dialog wide open title={titleOf(kind)} onOpenChange={(open) => !open && close()}>
      {!hasRun && kind === "category" && <CategoryChoice onChange={(category) => setAct({ kind, category })} />}
      {!hasRun && kind === "move" && (
        <MoveTarget from={sharedPlace(chosen)} onChange={(target) => setAct(target && { kind, ...target })} />
      )}
      {act !== undefined && !hasRun && <Preview plan={plan} />}
      {hasRun && (
        <div className="grid gap-3">
          <ProgressBar label="Done so far" parts={runParts(work.runs)} of={toDo.length} />
          <ProgressRows
            label="Result of each secret"
            rows={toDo.map(({ secret, effect }) =>
              progressRow(secret.id, secret.name, work.runs.get(secret.id), effect),
            )}
          />
        </div>
      )}
      <div className="flex flex-wrap justify-end gap-2">
        {hasRun ? (
          <>
            {failed.length > 0 && !work.isRunning && (
              <Button onClick={() => void run(failed)}>Try the {failed.length} again that failed</Button>
            )}
            <Button look="primary" pending={work.isRunning} onClick={close}>
              Done
            </Button>
          </>
        ) : (
          <>
            <Button look="quiet" onClick={close}>
              Cancel
            </Button>
            <Button
              look={kind === "delete" || kind === "disable" ? "danger" : "primary"}
              disabled={toDo.length === 0}
              onClick={() => void run(toDo)}
            >
              {act === undefined ? "Choose first" : bulkVerb(act, toDo.length)}
            </Button>
          </>
        )}
      </div>
    </Dialog>
  )
}

function Preview({ plan }: { plan: readonly PlannedRow[] }): ReactNode {
  const skipped = plan.filter((row) => row.skipped !== undefined).length
  return (
    <div className="grid gap-3">
      {skipped > 0 && <Notice>{counted(skipped, "secret")} will be left as they are.</Notice>}
      <ul
        aria-label="What will happen"
        className="max-h-scroll-table divide-y divide-line overflow-y-auto rounded-card border border-line"
      >
        {plan.map(({ secret, effect, skipped: reason }) => (
          <li key={secret.id} className="grid gap-0.5 px-3 py-2">
            <span className="font-mono text-small font-semibold break-all">{secret.name}</span>
            <span className={reason === undefined ? "text-ink-2" : "text-ink-3"}>{effect}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}

const noCategory = "none"

function CategoryChoice({ onChange }: { onChange: (category: Category | null) => void }): ReactNode {
  const options = [
    ...categories.map((value) => ({ value, label: categoryLabel[value] })),
    { value: noCategory, label: "No category" },
  ]
  return (
    <Field label="Category">
      <Select
        options={options}
        onChange={(value) => onChange(categories.find((category) => category === value) ?? null)}
      />
    </Field>
  )
}

function actWithoutChoice(kind: BulkAct["kind"]): BulkAct | undefined {
  return kind === "category" || kind === "move" ? undefined : { kind }
}

function perform(act: BulkAct, secret: SecretSummary, actions: SecretActions): Promise<FormAnswer> {
  switch (act.kind) {
    case "category":
      return actions.changeSecret(addressForm(secret, { category: act.category ?? "" }))
    case "move":
      return actions.moveSecret(addressForm(secret, { toScope: act.scope, toVault: act.vault }))
    case "disable":
      return actions.disableSecret(addressForm(secret))
    case "enable":
      return actions.enableSecret(addressForm(secret))
    case "delete":
      return actions.deleteSecret(addressForm(secret))
    case "restore":
      return actions.restoreSecret(addressForm(secret))
  }
}

function withWords(answer: FormAnswer, words: string): FormAnswer<string> {
  return answer.state === "done" ? { state: "done", result: words } : answer
}

function runParts(runs: ReadonlyMap<string, { state: string }>): { count: number; tone: "accent" | "bad" }[] {
  const count = (state: string): number => [...runs.values()].filter((run) => run.state === state).length
  return [
    { count: count("done"), tone: "accent" },
    { count: count("failed"), tone: "bad" },
  ]
}

/** The place that the chosen secrets share; where they differ, their first one's. */
function sharedPlace(secrets: readonly SecretSummary[]): { scope: string; vault: string } {
  const [first] = secrets
  const isShared = secrets.every(({ vault, scope }) => vault === first?.vault && scope === first.scope)
  return { scope: first?.scope ?? "", vault: isShared ? (first?.vault ?? "") : "" }
}
