/** What people and programs get to see: answers on standard output, all else on standard error. */
import { isatty } from "node:tty"
import type { Answer, Table } from "./command.ts"
import { variable } from "./environment.ts"

/** Names come from other people: nothing of them may steer a terminal. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, "�")
}

/** Prints a command's answer, as a table on a terminal, tab-separated elsewhere, or as JSON. */
export function printAnswer(answer: Answer, asJson: boolean): void {
  if (answer.kind === "ended") return
  if (answer.kind === "raw") process.stdout.write(answer.bytes)
  else if (asJson) process.stdout.write(`${JSON.stringify(answer.json, null, 2)}\n`)
  else if (answer.kind === "said") process.stdout.write(answer.text === "" ? "" : `${answer.text}\n`)
  else printTable(answer.table)
}

/** A line on standard error: progress, warnings, whatever isn't the answer. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`)
}

export function warn(text: string): void {
  note(`${paint("33", "warning:", process.stderr.fd)} ${text}`)
}

export function printProblem(text: string): void {
  note(`${paint("31", "strongroom:", process.stderr.fd)} ${text}`)
}

function printTable({ columns, rows, empty }: Table): void {
  const cells = rows.map((row) => row.map(plain))
  if (!isatty(1)) {
    process.stdout.write(cells.map((row) => `${row.join("\t")}\n`).join(""))
    return
  }
  if (cells.length === 0) {
    note(empty)
    return
  }
  const widths = columns.map((title, index) => Math.max(title.length, ...cells.map((row) => row[index]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join("  ")
      .trimEnd()
  process.stdout.write(`${[paint("2", line(columns), 1), ...cells.map(line)].join("\n")}\n`)
}

/** Colour, where somebody looks who wants it. */
function paint(code: string, text: string, to: number): string {
  const wanted = isatty(to) && variable("NO_COLOR") === undefined && variable("TERM") !== "dumb"
  return wanted ? `\u001B[${code}m${text}\u001B[0m` : text
}

/** `2026-12-01 15:04`, in the zone of whoever looks; nothing for what never was. */
export function when(time: string | null): string {
  if (time === null) return ""
  const date = new Date(time)
  const two = (part: number): string => String(part).padStart(2, "0")
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-")
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`
}

/** Facts under each other, as `name: value`. Empty ones are left out. */
export function facts(pairs: Readonly<Record<string, string | null>>): string {
  const told = Object.entries(pairs).filter((pair): pair is [string, string] => pair[1] !== null && pair[1] !== "")
  const width = Math.max(...told.map(([name]) => name.length))
  return told.map(([name, value]) => `${`${name}:`.padEnd(width + 2)}${plain(value)}`).join("\n")
}
