/**
 * What a command is: the words and options that it takes, and what it does with them. `commands.ts` lists them all;
 * each is loaded when it is called.
 */
import { parseArgs } from "node:util"
import { StrongroomError } from "../sdk/index.ts"

export type OptionSpec =
  /** `bare`: what it means without a value. */
  | { type: "string"; value: string; about: string; short?: string; multiple?: true; bare?: string }
  | { type: "boolean"; about: string; short?: string }
export type OptionSpecs = Readonly<Record<string, OptionSpec>>

type GivenOption<Spec> = Spec extends { type: "boolean" }
  ? boolean
  : Spec extends { multiple: true }
    ? string[]
    : string | undefined
export type GivenOptions<Specs> = { [Name in keyof Specs]: GivenOption<Specs[Name]> }

/** A word in brackets may be left out. */
type GivenWords<Words> = {
  [Index in keyof Words]: Words[Index] extends `[${string}]` ? string | undefined : string
}

/** What every command takes. */
export const commonOptions = {
  url: { type: "string", value: "URL", about: "where Strongroom is; else STRONGROOM_URL, else the last login" },
  json: { type: "boolean", about: "answer in JSON" },
  help: { type: "boolean", short: "h", about: "say what the command does" },
} as const satisfies OptionSpecs

/** What commands take that work on one scope. */
export const scopeOption = {
  scope: {
    type: "string",
    value: "SCOPE",
    short: "s",
    about: "such as acme.payments.prod; else STRONGROOM_SCOPE, else what `scope use` chose",
  },
} as const satisfies OptionSpecs

/** How a command ends, when it ends well. */
export type Answer =
  /** A sentence or lines for people, and the same for programs. */
  | { kind: "said"; text: string; json: unknown; code?: number }
  | { kind: "table"; table: Table; json: unknown; code?: number }
  /** Bytes for standard output, exactly these. */
  | { kind: "raw"; bytes: string | Uint8Array; code?: number }
  /** All that was to be said was said. */
  | { kind: "ended"; code: number }

export interface Table {
  columns: readonly string[]
  rows: readonly (readonly string[])[]
  /** What to say when there is no row. */
  empty: string
}

export interface Command {
  words: readonly string[]
  options: OptionSpecs
  /** What `--help` says beneath the usage. */
  about: string
  /** Takes whatever stands after `--`: named so in the usage. */
  rest?: string
  run(
    options: Readonly<Record<string, unknown>>,
    words: readonly (string | undefined)[],
    rest: readonly string[],
  ): Promise<Answer>
}

/** A command whose `run` gets its options and words by their types. */
export function command<const Words extends readonly string[], const Specs extends OptionSpecs>(spec: {
  words: Words
  options: Specs
  about: string
  rest?: string
  run(
    options: GivenOptions<Specs & typeof commonOptions>,
    words: GivenWords<Words>,
    rest: readonly string[],
  ): Promise<Answer>
}): Command {
  const { run, ...rest } = spec
  return {
    ...rest,
    options: { ...spec.options, ...commonOptions },
    // `readArguments` fills in just what the specs say.
    run: (given, words, after) =>
      run(given as GivenOptions<Specs & typeof commonOptions>, words as unknown as GivenWords<Words>, after),
  }
}

export interface Arguments {
  options: Record<string, string | boolean | string[] | undefined>
  words: (string | undefined)[]
  rest: string[]
}

/**
 * Reads what was typed after the command's own words.
 * @throws StrongroomError `invalid`, which repeats no argument: one that is out of place may be a value
 */
export function readArguments({ words, options, rest }: Command, typed: readonly string[]): Arguments {
  const end = typed.indexOf("--")
  const before = rest === undefined || end === -1 ? typed : typed.slice(0, end)
  const given = parsed(
    options,
    before.map((word) => withBareValue(options, word)),
  )
  if (given.values.help === true) return { options: given.values, words: [], rest: [] }
  const needed = words.filter((word) => !word.startsWith("["))
  if (given.positionals.length < needed.length) {
    throw new StrongroomError("invalid", `${needed[given.positionals.length] ?? "A word"} is missing.`)
  }
  if (given.positionals.length > words.length) {
    throw new StrongroomError(
      "invalid",
      "There are more words than this command takes. Put quotes around one with blanks.",
    )
  }
  const after = rest === undefined || end === -1 ? [] : typed.slice(end + 1)
  return { options: given.values, words: words.map((_, index) => given.positionals[index]), rest: after }
}

function withBareValue(options: OptionSpecs, word: string): string {
  const spec = word.startsWith("--") ? options[word.slice(2)] : undefined
  return spec !== undefined && "bare" in spec ? `${word}=${spec.bare}` : word
}

function parsed(options: OptionSpecs, typed: readonly string[]) {
  const config = Object.fromEntries(
    Object.entries(options).map(([name, spec]) => [
      name,
      {
        type: spec.type,
        ...(spec.short !== undefined && { short: spec.short }),
        ...("multiple" in spec && { multiple: true }),
      },
    ]),
  )
  try {
    const { values, positionals } = parseArgs({
      args: [...typed],
      options: config,
      allowPositionals: true,
      strict: true,
    })
    const filled = Object.entries(options).map(([name, spec]) => [name, values[name] ?? unset(spec)])
    return { values: Object.fromEntries(filled) as Arguments["options"], positionals }
  } catch (error) {
    throw new StrongroomError("invalid", error instanceof Error ? firstSentence(error.message) : "Unknown options.")
  }
}

function unset(spec: OptionSpec): boolean | string[] | undefined {
  if (spec.type === "boolean") return false
  return spec.multiple === true ? [] : undefined
}

/** Node names the option, and then advises at length. */
function firstSentence(message: string): string {
  return `${message.split(/\.\s|\n/)[0] ?? message}.`.replace(/\.\.$/, ".")
}
