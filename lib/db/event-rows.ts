/**
 * Rows of the audit log on their way in: a list for each column, in Postgres's binary form, taken apart there by place.
 * Of what was tried (JSON, a recordset, unnest, many parameters) this costs both ends the least, by a factor of four.
 */
import type { LinkedAuditRow } from "./audit-log.ts"
import { bigints, byteas, ints, texts, times, uuids } from "./binary-lists.ts"

interface Column {
  name: keyof LinkedAuditRow
  type: string
  list: (rows: readonly LinkedAuditRow[]) => Buffer
}

const columns: readonly Column[] = [
  { name: "organizationId", type: "uuid", list: (rows) => uuids(rows.map((row) => row.organizationId)) },
  { name: "seq", type: "int8", list: (rows) => bigints(rows.map((row) => row.seq)) },
  { name: "at", type: "timestamptz", list: (rows) => times(rows.map((row) => row.at)) },
  text("class"),
  text("action"),
  text("outcome"),
  text("reason"),
  text("actorKind"),
  uuid("actorId"),
  text("actorName"),
  text("credentialKind"),
  uuid("credentialId"),
  text("address"),
  uuid("scopeId"),
  text("scope"),
  text("vault"),
  uuid("secretId"),
  text("secretName"),
  { name: "version", type: "int4", list: (rows) => ints(rows.map((row) => row.version)) },
  text("targetKind"),
  text("targetId"),
  text("targetName"),
  { name: "details", type: "text", list: (rows) => texts(rows.map((row) => JSON.stringify(row.details))) },
  text("requestId"),
  { name: "previous", type: "bytea", list: (rows) => byteas(rows.map((row) => row.previous)) },
  { name: "hash", type: "bytea", list: (rows) => byteas(rows.map((row) => row.hash)) },
]

/** How many parameters `listsOfEvents` fills. */
export const eventParameters = columns.length

/** The parameters of a statement with `insertEvents`. */
export function listsOfEvents(rows: readonly LinkedAuditRow[]): Buffer[] {
  return columns.map(({ list }) => list(rows))
}

/**
 * Inserts the events whose lists are the parameters from `first` on, if `source` (something to select from, with one
 * row or none) has a row.
 */
export function insertEvents(first: number, source?: string): string {
  const names = columns.map(({ name }) => `"${name}"`).join(", ")
  const values = columns.map(({ name, type }, index) => {
    const value = `($${first + index}::${type}[])[place]`
    return name === "details" ? `${value}::jsonb` : value
  })
  const places = `generate_series(1, cardinality($${first}::uuid[])) AS place`
  return `INSERT INTO "AuditEvent" (${names})
    SELECT ${values.join(", ")} FROM ${source === undefined ? places : `${source}, ${places}`}`
}

type Named<Value> = {
  [Name in keyof LinkedAuditRow]: LinkedAuditRow[Name] extends Value ? Name : never
}[keyof LinkedAuditRow]

function text(name: Named<string | null>): Column {
  return { name, type: "text", list: (rows) => texts(rows.map((row) => row[name])) }
}

function uuid(name: Named<string | null>): Column {
  return { name, type: "uuid", list: (rows) => uuids(rows.map((row) => row[name])) }
}
