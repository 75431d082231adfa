"use client"

import { useState } from "react"
import type { ImportResultRow } from "@/lib/contract/dto"
import { answerOf, type RowRun } from "../secrets/row-runs"
import type { FormAnswer } from "../ui/action-form"
import type { HeldValues } from "./held-values"
import { inBatches, type PlannedRow, resultWords } from "./import-plan"

export interface ImportRun {
  /** How each row that was sent stands, by its key. */
  results: ReadonlyMap<string, RowRun>
  isRunning: boolean
  start: (rows: readonly PlannedRow[]) => Promise<void>
  clear: () => void
}

/** Sends rows batch by batch. A row's value is dropped once the row is done; one that failed keeps it for another try. */
export function useImportRun({
  scope,
  vault,
  values,
  send,
}: {
  scope: string
  vault: string
  values: HeldValues
  send: (form: FormData) => Promise<FormAnswer<ImportResultRow[]>>
}): ImportRun {
  const [results, setResults] = useState<ReadonlyMap<string, RowRun>>(new Map())
  const [isRunning, setIsRunning] = useState(false)
  const put = (entries: readonly (readonly [string, RowRun])[]): void =>
    setResults((before) => new Map([...before, ...entries]))

  async function start(rows: readonly PlannedRow[]): Promise<void> {
    setIsRunning(true)
    put(rows.map(({ key }) => [key, { state: "waiting", words: "Waiting" }]))
    for (const batch of inBatches(rows)) {
      put(batch.map(({ key }) => [key, { state: "running", words: "Importing" }]))
      put(await sendBatch(batch))
    }
    setIsRunning(false)
  }

  async function sendBatch(batch: readonly PlannedRow[]): Promise<(readonly [string, RowRun])[]> {
    const form = new FormData()
    form.set("scope", scope)
    form.set("vault", vault)
    const wire = batch.map(({ key, name, writesOver }) => ({ key, name, onExisting: writesOver ? "write" : "skip" }))
    form.set("rows", values.rowsForWire(wire))
    const answer = await answerOf(() => send(form))
    return batch.map(({ key }, index) => {
      const row = answer.state === "done" ? answer.result[index] : undefined
      if (row === undefined) return [key, failedRun(answer)]
      if (row.outcome === "failed") return [key, { state: "failed", words: resultWords(row) }]
      values.drop(key)
      return [key, { state: "done", words: resultWords(row) }]
    })
  }

  return { results, isRunning, start, clear: () => setResults(new Map()) }
}

function failedRun(answer: FormAnswer<unknown>): RowRun {
  const words = answer.state === "failed" ? answer.message : "There was no result for this row. Try it again."
  return { state: "failed", words }
}
