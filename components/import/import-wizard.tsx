"use client"

import { type ReactNode, useEffect, useRef, useState } from "react"
import type { ImportPreviewRow, ImportResultRow } from "@/lib/contract/dto"
import { formatLabel, guessFormat, parseImport } from "@/lib/contract/import-formats"
import { type ImportFormat, importFormats } from "@/lib/contract/words"
import { answerOf } from "../secrets/row-runs"
import { useSecretsChanged } from "../secrets/use-secret-pages"
import { type VaultReach, WhoMayRead } from "../secrets/who-may-read"
import type { FormAnswer } from "../ui/action-form"
import { Button } from "../ui/button"
import { Card } from "../ui/card"
import { Field } from "../ui/field"
import { Notice } from "../ui/notice"
import { Select } from "../ui/select"
import { HeldValues } from "./held-values"
import { type ParsedRow, type PlannedRow, planRows } from "./import-plan"
import { ImportPreview } from "./import-preview"
import { ImportResult } from "./import-result"
import { PasteArea, type Pasted } from "./paste-area"
import { useImportRun } from "./use-import-run"

export interface ImportActions {
  preview: (form: FormData) => Promise<FormAnswer<ImportPreviewRow[]>>
  run: (form: FormData) => Promise<FormAnswer<ImportResultRow[]>>
}

/**
 * Paste or drop a file, look at its names, import. The file is read in the browser: names alone are asked about, and
 * each value leaves once, in the batch that stores it, after which it is dropped here.
 */
export function ImportWizard({
  scope,
  vaults,
  workspaces,
  startVault,
  actions,
}: {
  scope: string
  vaults: readonly VaultReach[]
  workspaces: readonly string[]
  startVault: string
  actions: ImportActions
}): ReactNode {
  const [vault, setVault] = useState(startVault)
  const [rows, setRows] = useState<readonly PlannedRow[]>()
  const [fileProblem, setFileProblem] = useState<string>()
  const values = useHeldValues()
  const run = useImportRun({ scope, vault, values, send: actions.run })
  const changed = useSecretsChanged()
  useLeaveWarning(run.isRunning)

  function startAnew(): void {
    values.dropAll()
    run.clear()
    setRows(undefined)
    setFileProblem(undefined)
  }

  async function start(chosen: readonly PlannedRow[]): Promise<void> {
    await run.start(chosen)
    changed()
  }

  if (run.results.size > 0) {
    return (
      <ImportResult
        scope={scope}
        rows={rows ?? []}
        run={run}
        onRetry={(failed) => void start(failed)}
        onAgain={startAnew}
      />
    )
  }
  if (rows !== undefined) {
    return (
      <>
        {fileProblem !== undefined && <Notice tone="warn">{fileProblem}</Notice>}
        <ImportPreview
          place={`${scope}/${vault}`}
          rows={rows}
          onChange={setRows}
          onRun={(chosen) => void start(chosen)}
          onBack={startAnew}
        />
      </>
    )
  }
  return (
    <PasteStep
      scope={scope}
      vaults={vaults}
      workspaces={workspaces}
      vault={vault}
      onVault={setVault}
      values={values}
      preview={actions.preview}
      onRows={(planned, problem) => {
        setRows(planned)
        setFileProblem(problem)
      }}
    />
  )
}

function PasteStep({
  scope,
  vaults,
  workspaces,
  vault,
  onVault,
  values,
  preview,
  onRows,
}: {
  scope: string
  vaults: readonly VaultReach[]
  workspaces: readonly string[]
  vault: string
  onVault: (vault: string) => void
  values: HeldValues
  preview: ImportActions["preview"]
  onRows: (rows: readonly PlannedRow[], problem: string | undefined) => void
}): ReactNode {
  const pasted = useRef<Pasted>(null)
  const [fileName, setFileName] = useState<string>()
  const [format, setFormat] = useState<string>("guess")
  const [fault, setFault] = useState<string>()
  const [isPending, setIsPending] = useState(false)
  const reach = vaults.find(({ name }) => name === vault)

  async function look(): Promise<void> {
    setIsPending(true)
    setFault(await lookAt(pasted.current?.text() ?? ""))
    setIsPending(false)
  }

  /** Reads the file and asks about its names. Answers what is wrong, if that is why there is no preview. */
  async function lookAt(text: string): Promise<string | undefined> {
    if (text.trim() === "") return "Paste a file's text, or drop a file, first."
    const chosen = importFormats.find((one) => one === format) ?? guessFormat(fileName, text)
    const { rows: parsed, problem } = await parseImport(text, chosen)
    if (parsed.length === 0) return problem ?? `There are no entries in this, read as ${formatLabel[chosen]}.`
    values.dropAll()
    const held = parsed.map((row): ParsedRow => {
      const key = crypto.randomUUID()
      if (row.value !== null) values.hold(key, row.value)
      const bytes = row.value === null ? 0 : new TextEncoder().encode(row.value).byteLength
      return { key, line: row.line, name: row.name, bytes, problem: row.problem }
    })
    const names = held.filter((row) => row.problem === null).map((row) => row.name)
    const answer = await askAbout(names)
    if (answer.state === "failed") {
      values.dropAll()
      return answer.message
    }
    pasted.current?.empty()
    onRows(planRows(held, answer.result), problem ?? undefined)
    return undefined
  }

  async function askAbout(names: readonly string[]): Promise<FormAnswer<ImportPreviewRow[]>> {
    if (names.length === 0) return { state: "done", result: [] }
    const form = new FormData()
    form.set("scope", scope)
    form.set("vault", vault)
    for (const name of names) form.append("name", name)
    return answerOf(() => preview(form))
  }

  return (
    <div className="grid max-w-form gap-4">
      <Card padded>
        <div className="grid gap-4">
          <div className="grid gap-4 sm:grid-cols-2">
            <Field label="Into the vault">
              <Select
                value={vault}
                onChange={onVault}
                options={vaults.map(({ name, inheritable }) => ({
                  value: name,
                  label: name,
                  ...(!inheritable && { note: "private" }),
                }))}
              />
            </Field>
            <Field label="Format">
              <Select
                value={format}
                onChange={setFormat}
                options={[
                  { value: "guess", label: "As it looks" },
                  ...importFormats.map((value: ImportFormat) => ({ value, label: formatLabel[value] })),
                ]}
              />
            </Field>
          </div>
          <PasteArea
            ref={pasted}
            label="Names and values"
            placeholder={"DB_PASSWORD=…\nAPI_KEY=…\n\nPaste a .env, JSON, YAML or CSV, or drop a file"}
            onFileName={setFileName}
          />
          <div role="alert" className="empty:hidden">
            {fault !== undefined && <Notice tone="bad">{fault}</Notice>}
          </div>
        </div>
      </Card>
      {reach !== undefined && <WhoMayRead vault={reach} workspaces={workspaces} />}
      <div>
        <Button look="primary" pending={isPending} onClick={() => void look()}>
          Preview the names
        </Button>
      </div>
    </div>
  )
}

/** They are forgotten when the page is left, and when the browser keeps it for the way back. */
function useHeldValues(): HeldValues {
  const [values] = useState(() => new HeldValues())
  useEffect(() => {
    const drop = (): void => values.dropAll()
    addEventListener("pagehide", drop)
    return () => {
      removeEventListener("pagehide", drop)
      drop()
    }
  }, [values])
  return values
}

/** Leaving would stop the import between two batches: the browser asks first. */
function useLeaveWarning(isWanted: boolean): void {
  useEffect(() => {
    if (!isWanted) return
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault()
    addEventListener("beforeunload", warn)
    return () => removeEventListener("beforeunload", warn)
  }, [isWanted])
}
