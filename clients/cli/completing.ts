/** What shells need to complete our commands and options, made from the commands themselves. */
import { commands } from "./commands.ts"

interface Completable {
  words: string[]
  summary: string
  options: { name: string; about: string; takesValue: boolean }[]
}

export const completionScripts: Readonly<Record<string, () => Promise<string>>> = {
  bash: async () => bashScript(await completables()),
  // zsh can run what bash has, and asks in the same way.
  zsh: async () => `autoload -U +X bashcompinit && bashcompinit\n${bashScript(await completables())}`,
  fish: async () => fishScript(await completables()),
}

function completables(): Promise<Completable[]> {
  return Promise.all(
    commands.map(async ({ name, summary, load }) => {
      const { options } = await load()
      const listed = Object.entries(options).map(([option, spec]) => ({
        name: option,
        about: spec.about,
        takesValue: spec.type === "string",
      }))
      return { words: name.split(" "), summary, options: listed }
    }),
  )
}

/** The words that may follow what was typed: those of commands, and then a command's options. */
function nextWords(all: readonly Completable[]): ReadonlyMap<string, Set<string>> {
  const next = new Map<string, Set<string>>()
  for (const { words, options } of all) {
    for (let count = 0; count < words.length; count++) {
      const before = words.slice(0, count).join(" ")
      next.set(before, (next.get(before) ?? new Set()).add(words[count] ?? ""))
    }
    const whole = words.join(" ")
    next.set(whole, new Set([...(next.get(whole) ?? []), ...options.map(({ name }) => `--${name}`)]))
  }
  return next
}

function bashScript(all: readonly Completable[]): string {
  const cases = [...nextWords(all)].map(([before, words]) => `    "${before}") words="${[...words].join(" ")}" ;;`)
  return `# Completes the commands and options of strongroom.
_strongroom() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="" words="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in
      --) COMPREPLY=(); return ;;
      -*) continue ;;
    esac
    before="\${before:+$before }$word"
  done
  while :; do
    case "$before" in
${cases.join("\n")}
    esac
    [[ -n "$words" || "$before" != *" "* ]] && break
    before="\${before% *}"
  done
  COMPREPLY=()
  [[ -z "$words" ]] || COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _strongroom strongroom
`
}

function fishScript(all: readonly Completable[]): string {
  const quoted = (text: string): string => `'${text.replace(/['\\]/g, "\\$&")}'`
  const lines = all.flatMap(({ words, summary, options }) => [
    `complete -c strongroom -f -n ${quoted(`__strongroom_typed ${words.slice(0, -1).join(" ")}`.trim())} -a ${words.at(-1) ?? ""} -d ${quoted(summary)}`,
    ...options.map(
      ({ name, about, takesValue }) =>
        `complete -c strongroom -n ${quoted(`__strongroom_typed ${words.join(" ")}`)} -l ${name}${takesValue ? " -r" : ""} -d ${quoted(about)}`,
    ),
  ])
  return `# Completes the commands and options of strongroom.
function __strongroom_typed
  set -l typed (commandline -opc)[2..-1]
  set -l words (string match -v -- '-*' $typed)
  test "$words[1..(count $argv)]" = "$argv"; and test (count $words) -ge (count $argv)
end
${lines.join("\n")}
`
}
