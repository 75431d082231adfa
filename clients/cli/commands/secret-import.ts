import { randomUUID } from "node:crypto"
import { guessFormat, type ParsedRow, parseImport } from "../../../lib/contract/import-formats.ts"
import { importFormats } from "../../../lib/contract/words.ts"
import { StrongroomError } from "../../sdk/index.ts"
import { type Answer, command, scopeOption } from "../command.ts"
import { type Api, open, scopeFor } from "../connection.ts"
import { exitCodes } from "../exit-codes.ts"
import { readBytes } from "../given-value.ts"
import { note, plain } from "../output.ts"

export const secretImport = command({
  words: ["FILE"],
  options: {
    ...scopeOption,
    "vault-name": { type: "string", value: "VAULT", about: "the vault that they go into: default if left out" },
    format: { type: "string", value: "FORMAT", about: `${importFormats.join(", ")}; guessed if left out` },
    overwrite: { type: "boolean", about: "write a new version of those that exist, instead of skipping them" },
    "dry-run": { type: "boolean", about: "say what would happen, and write nothing" },
  },
  about:
    "Imports secrets from a file; - is standard input. Each row stands for itself: what failed can be imported again.\nEnds with 1 where a row failed.",
  run: async (options, [file]) => {
    const rows = await readRows(file, options.format)
    const connection = await open(options)
    const place = { scope: await scopeFor(connection, options.scope), vault: options["vault-name"] ?? "default" }
    const bad = rows.flatMap((row) => (row.problem === null ? [] : [invalidRow(row)]))
    const good = rows.filter((row) => row.problem === null)
    if (options["dry-run"]) return tellPlan(await preview(connection.api, place, good), bad)
    const onExisting = options.overwrite ? "write" : "skip"
    const sent = good.map(({ name, value }) => ({ name, value, onExisting, key: randomUUID() }) as const)
    return tellResults([...bad, ...(await importAll(connection.api, place, sent))])
  },
})

type GoodRow = Extract<ParsedRow, { problem: null }>
type ImportRow = Parameters<Api["runImport"]>[0]["rows"][number]
interface Place {
  scope: string
  vault: string
}
interface Result {
  name: string
  outcome: string
  version: number | null
  problem: string | null
}

async function readRows(file: string, named: string | undefined): Promise<ParsedRow[]> {
  const text = Buffer.from(await readBytes(file)).toString("utf8")
  const format = named === undefined ? guessFormat(file, text) : importFormats.find((known) => known === named)
  if (format === undefined) throw new StrongroomError("invalid", `A format is one of: ${importFormats.join(", ")}.`)
  const { rows, problem } = await parseImport(text, format)
  if (problem !== null) throw new StrongroomError("invalid", problem)
  if (rows.length === 0) throw new StrongroomError("invalid", "There is nothing in it to import.")
  return rows
}

function invalidRow({ line, name, problem }: ParsedRow): Result {
  return { name: name === "" ? `line ${line}` : name, outcome: "failed", version: null, problem }
}

async function preview(api: Api, place: Place, rows: readonly GoodRow[]): Promise<Result[]> {
  if (rows.length === 0) return []
  const previewed = await api.previewImport({ ...place, names: rows.map(({ name }) => name) })
  return previewed.rows.map(({ name, state, problem }) => ({ name, outcome: state, version: null, problem }))
}

/** What a request may hold: 200 rows, and well under the 100 KiB of a batch. */
const mostRows = 200
const mostBytes = 80 * 1024

async function importAll(api: Api, place: Place, rows: readonly ImportRow[]): Promise<Result[]> {
  const results: Result[] = []
  for (const batch of batchesOf(rows)) {
    const answer = await sendBatch(api, { ...place, rows: batch })
    results.push(...answer.rows)
    if (rows.length > batch.length) note(`${results.length} of ${rows.length}`)
  }
  return results
}

function batchesOf(rows: readonly ImportRow[]): ImportRow[][] {
  const batches: ImportRow[][] = []
  let room = 0
  for (const row of rows) {
    const size = Buffer.byteLength(JSON.stringify(row))
    const last = batches.at(-1)
    if (last === undefined || last.length === mostRows || room < size) {
      batches.push([row])
      room = mostBytes - size
    } else {
      last.push(row)
      room -= size
    }
  }
  return batches
}

/** A batch that got no answer is sent again: its rows have keys, so none is written twice. */
async function sendBatch(api: Api, batch: Parameters<Api["runImport"]>[0]): ReturnType<Api["runImport"]> {
  try {
    return await api.runImport(batch)
  } catch (error) {
    if (!(error instanceof StrongroomError) || !["unavailable", "timeout"].includes(error.code)) throw error
    note("There was no answer. The batch is sent again.")
    return api.runImport(batch)
  }
}

function tellPlan(planned: readonly Result[], bad: readonly Result[]): Answer {
  return { ...tellResults([...bad, ...planned]), code: exitCodes.done }
}

function tellResults(results: readonly Result[]): Answer {
  const rows = results.map(({ name, outcome, version, problem }) => [
    name,
    outcome,
    version === null ? "" : String(version),
    plain(problem ?? ""),
  ])
  const hasFailed = results.some(({ outcome }) => outcome === "failed")
  return {
    kind: "table",
    table: { columns: ["SECRET", "OUTCOME", "VERSION", "PROBLEM"], rows, empty: "" },
    json: results,
    code: hasFailed ? exitCodes.failed : exitCodes.done,
  }
}
