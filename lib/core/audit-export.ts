/** The forms that an exported event takes. */

import type { StoredEvent } from "../db/audit-events.ts"
import { canonicalJson } from "./audit.ts"

/** One JSON object on a line of its own. */
export function writeJsonLine(event: object): string {
  return `${JSON.stringify(event)}\n`
}

/** CSV (RFC 4180) with a header, safe to open in a spreadsheet. */
export async function* writeCsv(events: AsyncIterable<StoredEvent>): AsyncGenerator<string> {
  yield lineOf(columns.map(([name]) => name))
  for await (const event of events) yield lineOf(columns.map(([, cellOf]) => cellOf(event)))
}

type Cell = string | number | bigint | null

const columns: readonly (readonly [string, (event: StoredEvent) => Cell])[] = [
  ["seq", ({ seq }) => seq],
  ["at", ({ at }) => at.toISOString()],
  ["class", (event) => event.class],
  ["action", ({ action }) => action],
  ["outcome", ({ outcome }) => outcome],
  ["reason", ({ reason }) => reason],
  ["actor kind", ({ actorKind }) => actorKind],
  ["actor id", ({ actorId }) => actorId],
  ["actor", ({ actorName }) => actorName],
  ["credential kind", ({ credentialKind }) => credentialKind],
  ["credential id", ({ credentialId }) => credentialId],
  ["address", ({ address }) => address],
  ["scope", ({ scope }) => scope],
  ["vault", ({ vault }) => vault],
  ["secret id", ({ secretId }) => secretId],
  ["secret", ({ secretName }) => secretName],
  ["version", ({ version }) => version],
  ["target kind", ({ targetKind }) => targetKind],
  ["target id", ({ targetId }) => targetId],
  ["target", ({ targetName }) => targetName],
  ["details", ({ details }) => canonicalJson(details)],
  ["request id", ({ requestId }) => requestId],
  ["previous", ({ previous }) => Buffer.from(previous).toString("hex")],
  ["hash", ({ hash }) => Buffer.from(hash).toString("hex")],
]

function lineOf(cells: readonly Cell[]): string {
  return `${cells.map(writeCell).join(",")}\r\n`
}

// A spreadsheet takes a cell that begins so for a formula, and a formula can send the sheet away (OWASP, CSV injection).
const formulaStart = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/

function writeCell(cell: Cell): string {
  const text = cell === null ? "" : String(cell)
  const guarded = formulaStart.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded
}
