// What the suites that prove a promise measured in this run, as one table.
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { root } from "./project.mjs"

const folder = join(root, ".cache", "figures")

/** Before a run: so that the table holds nothing of an earlier one. */
export function forgetFigures() {
  rmSync(folder, { recursive: true, force: true })
}

/** The table as text, a line for each figure; "" when no suite told any. */
export function tableOfFigures() {
  const rows = figures().map(({ suite, what, measured, promised }) => [suite, what, String(measured), String(promised)])
  if (rows.length === 0) return ""
  const all = [["suite", "what", "measured", "promised"], ...rows]
  const widths = all[0].map((_, column) => Math.max(...all.map((row) => row[column].length)))
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join("  ")
        .trimEnd(),
    )
    .join("\n")
}

function figures() {
  if (!existsSync(folder)) return []
  const files = readdirSync(folder).filter((name) => name.endsWith(".jsonl"))
  const lines = files.sort().flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n"))
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line))
}
