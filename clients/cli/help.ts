/** What `--help` says. */
import type { Command, OptionSpec } from "./command.ts"
import { commands } from "./commands.ts"

/** The commands whose names begin with these words; all of them where none does. */
export function overview(words: readonly string[] = []): string {
  const begun = commands.filter(({ name }) => words.length > 0 && name.split(" ")[0] === words[0])
  const shown = begun.length > 0 ? begun : commands
  const width = Math.max(...shown.map(({ name }) => name.length))
  const lines = shown.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)
  return [
    "Strongroom's command line: put secrets in as a person, get them out as a machine.",
    "",
    "usage: strongroom COMMAND [OPTIONS]",
    "",
    ...lines,
    "",
    "`strongroom COMMAND --help` says more of one. Every command takes --url and --json.",
    "STRONGROOM_URL and STRONGROOM_TOKEN say where and who, before what `login` keeps.",
    "",
  ].join("\n")
}

export function helpOf(name: string, { words, options, about, rest }: Command): string {
  const specs = Object.entries(options)
  const labels = specs.map(([option, spec]) => labelOf(option, spec))
  const width = Math.max(...labels.map((label) => label.length))
  const usage = ["strongroom", name, "[OPTIONS]", ...words, ...(rest === undefined ? [] : ["--", rest])].join(" ")
  const lines = specs.map(([, spec], index) => `  ${(labels[index] ?? "").padEnd(width)}  ${spec.about}`)
  return [`usage: ${usage}`, "", about, "", ...lines, ""].join("\n")
}

function labelOf(option: string, spec: OptionSpec): string {
  const short = spec.short === undefined ? "    " : `-${spec.short}, `
  if (spec.type === "boolean") return `${short}--${option}`
  return `${short}--${option}${spec.bare === undefined ? ` ${spec.value}` : `[=${spec.value}]`}`
}
