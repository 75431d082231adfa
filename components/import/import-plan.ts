/** What an import will do with each row, and in which portions it is sent. No value comes near this. */
import type { ImportPreviewRow, ImportResultRow } from "@/lib/contract/dto"
import type { StateWord } from "../secrets/phrases"

/** A line of what was pasted. `key` is its idempotency key, made once: sent again, the row has the same result. */
export interface PlannedRow {
  key: string
  line: number
  name: string
  bytes: number
  state: ImportPreviewRow["state"]
  problem: string | null
  /** For a name that is there already: write a new version, or leave it. */
  writesOver: boolean
}

export interface ParsedRow {
  key: string
  line: number
  name: string
  bytes: number
  problem: string | null
}

/** Joins what was parsed with what the API says of the names. */
export function planRows(parsed: readonly ParsedRow[], previews: readonly ImportPreviewRow[]): PlannedRow[] {
  const known = new Map(previews.map((preview) => [preview.name, preview]))
  return parsed.map((row): PlannedRow => {
    const preview = row.problem === null ? known.get(row.name) : undefined
    return {
      ...row,
      state: preview?.state ?? "invalid",
      problem: row.problem ?? preview?.problem ?? null,
      writesOver: false,
    }
  })
}

export function willBeSent({ state, writesOver }: PlannedRow): boolean {
  return state === "new" || (state === "exists" && writesOver)
}

/** What the preview says of a row. */
export function previewWord(row: PlannedRow): StateWord {
  switch (row.state) {
    case "new":
      return { words: "New", tone: "ok" }
    case "exists":
      return row.writesOver ? { words: "New version", tone: "warn" } : { words: "Exists, skipped", tone: "neutral" }
    case "deleted":
      return { words: "Deleted, skipped", tone: "neutral" }
    case "invalid":
      return { words: "Invalid, skipped", tone: "bad" }
  }
}

/** What the result says of a row; a failure brings its own words. */
export function resultWords({ outcome, version, problem }: ImportResultRow): string {
  switch (outcome) {
    case "created":
      return `Created, version ${version ?? 1}`
    case "written":
      return `Version ${version ?? ""} is current`
    case "unchanged":
      return "Was done already"
    case "skipped":
      return "Skipped: it exists"
    case "failed":
      return problem ?? "It failed, and the reason isn't known. Try it again."
  }
}

/** A body may hold 512 KiB; a batch of values at most 100. Small ones keep the progress moving. */
const maxBatchBytes = 100 * 1024
const maxBatchRows = 20
const bytesAroundAValue = 200

/** The rows in portions that each fit into one request. */
export function inBatches<Row extends { bytes: number; name: string }>(rows: readonly Row[]): Row[][] {
  const batches: Row[][] = []
  let room = 0
  for (const row of rows) {
    const size = row.bytes + row.name.length + bytesAroundAValue
    const last = batches.at(-1)
    if (last === undefined || size > room || last.length === maxBatchRows) {
      batches.push([row])
      room = maxBatchBytes - size
    } else {
      last.push(row)
      room -= size
    }
  }
  return batches
}
