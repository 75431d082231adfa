"use client"

import type { ReactNode } from "react"
import { counted } from "../secrets/phrases"
import { Button } from "../ui/button"
import { Card } from "../ui/card"
import { Checkbox } from "../ui/choices"
import { Notice } from "../ui/notice"
import { Tag } from "../ui/tag"
import { type PlannedRow, previewWord, willBeSent } from "./import-plan"

/** What the import would do, row by row, with every value masked. For what exists: skip it, or write a new version. */
export function ImportPreview({
  place,
  rows,
  onChange,
  onRun,
  onBack,
}: {
  /** `acme.payments/default` */
  place: string
  rows: readonly PlannedRow[]
  onChange: (rows: readonly PlannedRow[]) => void
  onRun: (rows: readonly PlannedRow[]) => void
  onBack: () => void
}): ReactNode {
  const chosen = rows.filter(willBeSent)
  const existing = rows.filter(({ state }) => state === "exists")
  const overwritten = existing.filter(({ writesOver }) => writesOver)
  const setAll = (writesOver: boolean): void =>
    onChange(rows.map((row) => (row.state === "exists" ? { ...row, writesOver } : row)))
  return (
    <>
      <Card
        title={`Into ${place}`}
        tag={<span className="text-ink-3">{summaryWords(rows)}</span>}
        action={
          existing.length > 0 && (
            <Checkbox
              checked={overwritten.length === existing.length}
              indeterminate={overwritten.length > 0 && overwritten.length < existing.length}
              onChange={(checked) => setAll(checked)}
            >
              {existing.length === 1
                ? "A new version of the one that exists"
                : `New versions of the ${existing.length.toLocaleString("en")} that exist`}
            </Checkbox>
          )
        }
      >
        <ul aria-label="Rows to import" className="max-h-scroll-table divide-y divide-line overflow-y-auto">
          {rows.map((row) => (
            <PreviewRow
              key={row.key}
              row={row}
              onChange={(writesOver) =>
                onChange(rows.map((other) => (other.key === row.key ? { ...other, writesOver } : other)))
              }
            />
          ))}
        </ul>
      </Card>
      {chosen.length === 0 && (
        <Notice tone="warn">No row would be imported. Choose new versions, or start anew.</Notice>
      )}
      <div className="flex flex-wrap gap-2">
        <Button look="primary" disabled={chosen.length === 0} onClick={() => onRun(chosen)}>
          Import {counted(chosen.length, "secret")}
        </Button>
        <Button look="quiet" onClick={onBack}>
          Start anew
        </Button>
      </div>
    </>
  )
}

function PreviewRow({ row, onChange }: { row: PlannedRow; onChange: (writesOver: boolean) => void }): ReactNode {
  const { words, tone } = previewWord(row)
  const { name, line, bytes, problem, state, writesOver } = row
  return (
    <li className="flex min-h-row flex-wrap items-center gap-x-3 gap-y-1 px-4 py-1">
      <span className="w-8 shrink-0 text-right text-small text-ink-3 tabular-nums">
        <span className="sr-only">line </span>
        {line}
      </span>
      <span className="min-w-0 font-mono text-small font-semibold break-all">
        {name === "" ? <span className="font-sans font-normal text-ink-3">not a name</span> : name}
      </span>
      {state !== "invalid" && (
        <span className="text-small text-ink-3">
          <span aria-hidden>•••••• </span>
          {counted(bytes, "byte")}
        </span>
      )}
      {problem !== null && <span className="min-w-0 text-small text-ink-2">{problem}</span>}
      <span className="ml-auto flex items-center gap-3">
        {state === "exists" && (
          <Checkbox checked={writesOver} onChange={onChange}>
            <span className="text-small">new version</span>
            <span className="sr-only"> of {name}</span>
          </Checkbox>
        )}
        <Tag tone={tone}>{words}</Tag>
      </span>
    </li>
  )
}

/** "12 new, 3 exist, 1 invalid" */
function summaryWords(rows: readonly PlannedRow[]): string {
  const count = (state: PlannedRow["state"]): number => rows.filter((row) => row.state === state).length
  const counts: [number, string][] = [
    [count("new"), "new"],
    [count("exists"), "exist"],
    [count("deleted"), "deleted"],
    [count("invalid"), "invalid"],
  ]
  return counts.flatMap(([number, word]) => (number > 0 ? [`${number.toLocaleString("en")} ${word}`] : [])).join(", ")
}
