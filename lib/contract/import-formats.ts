/**
 * Reads the files that people import secrets from: `.env`, JSON, YAML, CSV. Each entry becomes a row with a value or with
 * a problem, and nothing that is wrong with a file throws. Values are taken verbatim: nothing is trimmed that is inside
 * quotes, nothing is interpolated, a number is never read as one. No problem repeats a value, nor a name that can't be
 * one, since with swapped columns or a torn line that would be a value too.
 *
 * Safe for browsers: the console reads files there, and only rows leave. The libraries are loaded when they are needed.
 */
import { fold, secretName } from "./names.ts"
import type { ImportFormat } from "./words.ts"

export type ParsedRow = { line: number; name: string } & (
  | { value: string; problem: null }
  | { value: null; problem: string }
)

export interface ParsedImport {
  /** In the order of the file. A row's name is empty where the file's isn't one. */
  rows: ParsedRow[]
  /** What is wrong with the file as a whole; the rows are then those that could be read. */
  problem: string | null
}

/** The most rows that one import takes. */
export const mostImportRows = 2000

/** The most characters that a file may have. */
const mostCharacters = 4 * 1024 * 1024

/** The most bytes of a value, as in value-input.ts, which a browser doesn't load. */
const mostValueBytes = 64 * 1024

export async function parseImport(text: string, format: ImportFormat): Promise<ParsedImport> {
  if (text.length > mostCharacters) return failure("This file is larger than 4 MB. Import it in parts.")
  try {
    const { entries, problem = null } = await parsers[format](text.replace(/^\uFEFF/, ""))
    const rows = toRows(entries.slice(0, mostImportRows))
    return { rows, problem: entries.length > mostImportRows ? tooManyRows : problem }
  } catch {
    // Parsers quote what they couldn't read, so their words stay here.
    return failure(`This couldn't be read as ${formatLabel[format]}. Check the format.`)
  }
}

export const formatLabel: Readonly<Record<ImportFormat, string>> = {
  env: ".env",
  json: "JSON",
  yaml: "YAML",
  csv: "CSV",
}

/** The format that a file most likely has, by its name if that says so, else by how it begins. */
export function guessFormat(fileName: string | undefined, text: string): ImportFormat {
  return guessByName(fileName ?? "") ?? guessByContent(text.replace(/^\uFEFF/, ""))
}

function guessByName(name: string): ImportFormat | undefined {
  const lower = name.toLowerCase()
  if (lower.endsWith(".json")) return "json"
  if (/\.ya?ml$/.test(lower)) return "yaml"
  if (/\.[ct]sv$/.test(lower)) return "csv"
  if (/(^|[/\\])\.env(\.|$)|\.env$/.test(lower)) return "env"
  return undefined
}

function guessByContent(text: string): ImportFormat {
  const first = text.split(/\r\n?|\n/).find((line) => /^\s*[^\s#]/.test(line)) ?? ""
  if (/^\s*[{[]/.test(first)) return "json"
  if (/^\s*(export\s+)?[\w.-]+\s*=/.test(first)) return "env"
  if (/^(---|%YAML)|^\s*["']?[\w.-]+["']?\s*:(\s|$)/.test(first)) return "yaml"
  return /[,;\t]/.test(first) ? "csv" : "env"
}

const tooManyRows = `An import takes ${mostImportRows.toLocaleString("en")} rows. The first of them are here: split the file for the rest.`

function failure(problem: string): ParsedImport {
  return { rows: [], problem }
}

// --- from entries to rows

/** What a parser found on a line: a name with its value, or why there is none. */
type Entry = { line: number; name: string } & ({ value: string } | { problem: string })

interface Entries {
  entries: Entry[]
  problem?: string
}

const parsers: Readonly<Record<ImportFormat, (text: string) => Entries | Promise<Entries>>> = {
  env: parseEnv,
  json: parseJson,
  yaml: parseYaml,
  csv: parseCsv,
}

function toRows(entries: readonly Entry[]): ParsedRow[] {
  const lineOf = new Map<string, number>()
  return entries.map((entry) => {
    const nameProblem = entry.name === "" ? undefined : secretName.safeParse(entry.name).error?.issues[0]?.message
    const name = nameProblem === undefined ? entry.name : ""
    const problem = problemOf(entry, nameProblem, lineOf.get(fold(name)))
    if (name !== "" && !lineOf.has(fold(name))) lineOf.set(fold(name), entry.line)
    const { line } = entry
    if (problem !== undefined) return { line, name, value: null, problem }
    return { line, name, value: "value" in entry ? entry.value : "", problem: null }
  })
}

function problemOf(entry: Entry, nameProblem: string | undefined, earlier: number | undefined): string | undefined {
  if ("problem" in entry) return entry.problem
  if (nameProblem !== undefined) return `This name isn't one that a secret can have. ${nameProblem}`
  if (entry.name === "") return "This line has no name."
  if (earlier !== undefined) return `${entry.name} is on line ${earlier.toString()} already. The first one counts.`
  return problemOfValue(entry.value)
}

function problemOfValue(value: string): string | undefined {
  if (value === "") return "It has no value."
  if (!value.isWellFormed() || value.includes("\uFFFD")) return "Its value isn't valid UTF-8 text."
  if (new TextEncoder().encode(value).byteLength > mostValueBytes) return "Its value has more than 64 KiB."
  return undefined
}

// --- .env

const lineEnd = /\r\n?|\n/g

/**
 * NAME=value, with or without `export`. Without quotes the value ends with the line or before ` #`, and blanks around it
 * don't count. Quotes of three kinds may hold several lines; in double ones \n, \r, \t, \", \\ and \$ are escapes.
 */
function parseEnv(text: string): Entries {
  const entries: Entry[] = []
  let at = 0
  let line = 1
  while (at < text.length) {
    const read = readEnvLine(text, at, line)
    if (read.entry !== undefined) entries.push(read.entry)
    line += text.slice(at, read.end).match(lineEnd)?.length ?? 0
    at = read.end
    // A quote that never closes would make names of what is inside it.
    if (read.isTorn === true)
      return { entries, problem: `Nothing after line ${line.toString()} was read: its quote never closes.` }
  }
  return { entries }
}

interface EnvLine {
  entry?: Entry
  /** Where the next line begins. */
  end: number
  isTorn?: true
}

function readEnvLine(text: string, start: number, line: number): EnvLine {
  const end = lineEndFrom(text, start)
  const whole = text.slice(start, end)
  const next = afterLineEnd(text, end)
  if (/^\s*(#|$)/.test(whole)) return { end: next }
  const [head, name = ""] = /^[ \t]*(?:export[ \t]+)?([^=]*?)[ \t]*=[ \t]*/.exec(whole) ?? []
  if (head === undefined) return { entry: { line, name: "", problem: 'This line has no "=".' }, end: next }
  const valueAt = start + head.length
  const quote = text[valueAt] ?? ""
  if (!`"'\``.includes(quote) || valueAt >= end) {
    return { entry: { line, name, value: unquoted(text.slice(valueAt, end)) }, end: next }
  }
  return readQuoted(text, valueAt, { line, name })
}

function readQuoted(text: string, openAt: number, { line, name }: { line: number; name: string }): EnvLine {
  const closeAt = closingQuote(text, openAt)
  if (closeAt === -1) return { entry: { line, name, problem: "Its quote never closes." }, end: openAt, isTorn: true }
  const end = lineEndFrom(text, closeAt)
  const rest = afterLineEnd(text, end)
  if (!/^\s*(#|$)/.test(text.slice(closeAt + 1, end))) {
    return { entry: { line, name, problem: "There is text after its closing quote." }, end: rest }
  }
  const inside = text.slice(openAt + 1, closeAt)
  return { entry: { line, name, value: text[openAt] === '"' ? unescaped(inside) : inside }, end: rest }
}

function unquoted(text: string): string {
  return text.replace(/(^|\s)#.*$/s, "").trim()
}

function closingQuote(text: string, openAt: number): number {
  const quote = text[openAt] ?? ""
  for (let at = openAt + 1; at < text.length; at += 1) {
    if (text[at] === quote) return at
    if (text[at] === "\\" && quote === '"') at += 1
  }
  return -1
}

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\", $: "$" }

function unescaped(text: string): string {
  return text.replace(/\\(.)/gs, (whole, character: string) => escapes[character] ?? whole)
}

function lineEndFrom(text: string, start: number): number {
  const found = text.slice(start).search(/[\r\n]/)
  return found === -1 ? text.length : start + found
}

function afterLineEnd(text: string, end: number): number {
  return text.startsWith("\r\n", end) ? end + 2 : Math.min(end + 1, text.length)
}

// --- JSON

/** One object of names and strings. Read by its text, since JSON.parse would let the last of two equal names win. */
function parseJson(text: string): Entries {
  const whole: unknown = JSON.parse(text)
  if (typeof whole !== "object" || whole === null || Array.isArray(whole)) {
    return { entries: [], problem: 'This isn\'t an object of names and values, such as {"NAME": "value"}.' }
  }
  return { entries: membersOf(text).map(toJsonEntry) }
}

interface Member {
  line: number
  name: string
  value: unknown
}

/** The members of the object that valid JSON text holds, repeated names included. */
function membersOf(text: string): Member[] {
  const members: Member[] = []
  let depth = 0
  let line = 1
  let name: { text: string; line: number } | undefined
  let valueAt = 0
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|\r\n?|\n/g)) {
    if (/^[\r\n]/.test(token)) line += 1
    else if ((token === "," && depth === 1) || (token === "}" && depth === 1)) {
      if (name !== undefined) members.push(toMember(name, text.slice(valueAt, index)))
      name = undefined
    } else if (token === ":" && depth === 1) valueAt = index + 1
    else if (token.startsWith('"') && depth === 1 && name === undefined) name = { text: token, line }
    if (token === "{" || token === "[") depth += 1
    if (token === "}" || token === "]") depth -= 1
  }
  return members
}

function toMember(name: { text: string; line: number }, value: string): Member {
  return { line: name.line, name: String(JSON.parse(name.text)), value: JSON.parse(value) }
}

function toJsonEntry({ line, name, value }: Member): Entry {
  if (typeof value === "string") return { line, name, value }
  const kind =
    value === null
      ? "null"
      : Array.isArray(value)
        ? "a list"
        : typeof value === "object"
          ? "an object"
          : `a ${typeof value}`
  return { line, name, problem: `Its value is ${kind}. Put it in quotes to import it as text.` }
}

// --- YAML

/** One mapping of names and scalars, taken as they are written: `0123` and `yes` are text. Aliases and tags are refused. */
async function parseYaml(text: string): Promise<Entries> {
  const { isAlias, isMap, isScalar, LineCounter, parseDocument } = await import("yaml")
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { schema: "failsafe", uniqueKeys: false, lineCounter, logLevel: "silent" })
  const [error] = document.errors
  if (error !== undefined) {
    return {
      entries: [],
      problem: `This isn't valid YAML: look at line ${lineCounter.linePos(error.pos[0]).line.toString()}.`,
    }
  }
  if (!isMap(document.contents)) {
    return { entries: [], problem: "This isn't a mapping of names and values, such as NAME: value." }
  }
  const entries = document.contents.items.map(({ key, value }): Entry => {
    const line = isScalar(key) ? lineCounter.linePos(key.range[0]).line : 1
    const name = isScalar(key) && typeof key.value === "string" ? key.value : ""
    if (isAlias(value)) return { line, name, problem: "Its value is an alias. Write it out." }
    if (!isScalar(value))
      return {
        line,
        name,
        problem: value === null ? "It has no value." : "Its value is nested. Use one line per secret.",
      }
    if (value.tag !== undefined) return { line, name, problem: "Its value has a tag. Write it as plain text." }
    if (value.type === "PLAIN" && /^(null|~|)$/i.test(String(value.value)))
      return { line, name, problem: "It has no value." }
    return { line, name, value: String(value.value) }
  })
  return { entries }
}

// --- CSV

/** Columns `name` and `value`, by a header or, without one, the first two. */
async function parseCsv(text: string): Promise<Entries> {
  const { default: papa } = await import("papaparse")
  const records: { line: number; fields: string[]; isTorn: boolean }[] = []
  let line = 1
  let from = 0
  papa.parse<string[]>(text, {
    delimitersToGuess: [",", ";", "\t"],
    step: ({ data, errors, meta }) => {
      const isTorn = errors.some(({ type }) => type === "Quotes")
      if (data.some((field) => field !== "")) records.push({ line, fields: data, isTorn })
      line += text.slice(from, meta.cursor).match(lineEnd)?.length ?? 0
      from = meta.cursor
    },
  })
  const columns = columnsOf(records[0]?.fields ?? [])
  const body = columns === undefined ? records : records.slice(1)
  return { entries: body.map((record) => toCsvEntry(record, columns ?? { name: 0, value: 1 }, columns !== undefined)) }
}

interface Columns {
  name: number
  value: number
}

function columnsOf(header: readonly string[]): Columns | undefined {
  const titles = header.map((title) => title.trim().toLowerCase())
  const name = titles.findIndex((title) => title === "name" || title === "key")
  const value = titles.indexOf("value")
  return name === -1 || value === -1 ? undefined : { name, value }
}

function toCsvEntry(
  { line, fields, isTorn }: { line: number; fields: readonly string[]; isTorn: boolean },
  columns: Columns,
  hasHeader: boolean,
): Entry {
  const name = fields[columns.name]?.trim() ?? ""
  const value = fields[columns.value]
  if (isTorn) return { line, name, problem: "A quote in this row isn't closed, or there is text after it." }
  if (value === undefined) return { line, name, problem: "This row has one column. It needs a name and a value." }
  if (!hasHeader && fields.length > 2) {
    return { line, name, problem: "This row has more than two columns. Put a header with name and value above." }
  }
  return { line, name, value }
}
