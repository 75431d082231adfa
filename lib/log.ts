/**
 * The one way into the operator's log: JSON lines on standard error, each record exactly one line. Fields are
 * primitives, so that no object goes in whole, and with it what it happens to hold.
 */
import { isAppError } from "./errors.ts"

export type LogLevel = "debug" | "info" | "warn" | "error"
export type LogFields = Readonly<Record<string, string | number | boolean | bigint | null | undefined>>

export interface Log {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** A log whose every record has these fields too, such as the `requestId` of what it is about. */
  with(fields: LogFields): Log
}

export interface LogOptions {
  /** Takes one record, with its line end. */
  write: (line: string) => void
  /** Asked for each record, so that it can change. */
  level: () => LogLevel
  now?: () => Date
}

let level: LogLevel = "info"

/** Sets what the process's log leaves out: everything below this level. */
export function setLogLevel(wanted: LogLevel): void {
  level = wanted
}

/** The log of this process. */
export const log: Log = createLog({ write: (line) => process.stderr.write(line), level: () => level })

export function createLog(options: LogOptions, shared: LogFields = {}): Log {
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      if (severity[level] < severity[options.level()]) return
      const time = (options.now?.() ?? new Date()).toISOString()
      options.write(lineOf({ ...primitives({ ...shared, ...fields }), time, level, message }))
    }
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    with: (fields) => createLog(options, { ...shared, ...fields }),
  }
}

const severity = { debug: 0, info: 1, warn: 2, error: 3 }

/**
 * What the log may know of an error: names, codes and where it was thrown, through its causes. The message is kept for
 * our own errors alone: others quote their input (a parser its text, a database its row).
 */
export function describeError(error: unknown): string {
  const parts: string[] = []
  for (let at = error; at !== undefined && parts.length < 5; at = at instanceof Error ? at.cause : undefined) {
    parts.push(describeOne(at))
  }
  return parts.join(" <- ")
}

function describeOne(error: unknown): string {
  if (!(error instanceof Error)) return `thrown ${typeof error}`
  const code = "code" in error && typeof error.code === "string" ? ` (${error.code})` : ""
  const message = isAppError(error) ? `: ${error.message}` : ""
  const frames = (error.stack ?? "").split("\n").filter((line) => /^ {4}at /.test(line))
  return [`${error.name}${code}${message}`, ...frames.slice(0, 6).map((line) => line.trim())].join(" ")
}

// Types keep objects out; this keeps them out when a type was talked round.
function primitives(fields: Readonly<Record<string, unknown>>): LogFields {
  const entries = Object.entries(fields).map(([name, value]): [string, LogFields[string]] => {
    if (typeof value === "bigint") return [name, value.toString()]
    return [name, isPrimitive(value) ? value : "[left out: not a primitive]"]
  })
  return Object.fromEntries(entries)
}

function isPrimitive(value: unknown): value is LogFields[string] {
  return value === null || ["string", "number", "boolean", "undefined"].includes(typeof value)
}

/** `time`, `level` and `message` come first and are the record's own. */
function lineOf({ time, level, message, ...fields }: LogFields): string {
  return `${JSON.stringify({ time, level, message, ...fields }).replace(unprintable, escaped)}\n`
}

// JSON escapes the control characters below U+0020. These too can end a line, or change how a terminal shows it.
const unprintable = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
}
