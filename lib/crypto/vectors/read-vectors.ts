import { readFileSync } from "node:fs"

interface Table {
  columns: string[]
  rows: unknown[][]
}

/** The rows of a file in this folder, as `describe` shapes them: each field is read by the name of its column. */
export function readVectors<Row>(file: string, describe: (field: (name: string) => unknown) => Row): Row[] {
  // We wrote the files: their form is known.
  const { columns, rows } = JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8")) as Table
  return rows.map((row) => describe((name) => row[columns.indexOf(name)]))
}

/** The bytes of a hexadecimal field. */
export function fromHex(field: unknown): Buffer {
  return Buffer.from(String(field), "hex")
}
