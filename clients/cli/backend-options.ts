/** How a backend is told on a command line. */
import { StrongroomError } from "../sdk/index.ts"
import { type GivenOptions, type OptionSpecs, scopeOption } from "./command.ts"
import { readBytes } from "./given-value.ts"
import { openPrompter } from "./prompt.ts"
import { type Consent, type ProviderKind, providerKinds, readConsents, readKind, sentenceOf } from "./registering.ts"

export const backendOptions = {
  ...scopeOption,
  kind: { type: "string", value: "KIND", about: providerKinds.join(", ") },
  name: { type: "string", value: "NAME", about: "what it is called here" },
  setting: {
    type: "string",
    value: "NAME=VALUE",
    multiple: true,
    about: "such as address=https://vault.example:8200 or mount=kv; digits alone are a number",
  },
  consent: { type: "string", value: "WORD", multiple: true, about: "agree to what the check names; may be repeated" },
  "make-default": { type: "boolean", about: "keep the scope's new secrets there from now on" },
} as const satisfies OptionSpecs

export function readBackend(options: GivenOptions<typeof backendOptions>): {
  kind: ProviderKind
  name: string
  settings: Record<string, string | number>
} {
  const { name } = options
  const kind = readKind(options.kind)
  if (name === undefined) throw new StrongroomError("invalid", "Say what it is called here: --name NAME.")
  const settings = options.setting.map((text): [string, string | number] => {
    const [setting, value] = pairOf("setting", text)
    return [setting, /^\d{1,9}$/.test(value) ? Number(value) : value]
  })
  return { kind, name, settings: Object.fromEntries(settings) }
}

/** `token=FILE`, with `-` for standard input. A credential is a line: the break at its end doesn't belong to it. */
export async function readCredential(pairs: readonly string[]): Promise<Record<string, string>> {
  const credential: Record<string, string> = {}
  for (const pair of pairs) {
    const [field, file] = pairOf("credential-file", pair)
    credential[field] = await readLine(file)
  }
  return credential
}

/** The content of a file, or of standard input for `-`, without one line break at its end. */
export async function readLine(file: string): Promise<string> {
  return Buffer.from(await readBytes(file))
    .toString("utf8")
    .replace(/\r?\n$/, "")
}

function pairOf(option: string, text: string): [name: string, value: string] {
  const at = text.indexOf("=")
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)]
  throw new StrongroomError("invalid", `--${option} takes NAME=VALUE.`)
}

/** Asks for what wasn't agreed to yet, where somebody sits at the terminal. */
export function consenting(given: readonly string[]): (needed: readonly Consent[]) => Promise<Consent[]> {
  const agreed = readConsents(given)
  return async (needed) => {
    const open = needed.filter((consent) => !agreed.includes(consent))
    if (open.length === 0) return agreed
    if (!process.stdin.isTTY) {
      const lines = open.map((consent) => `--consent ${consent}: ${sentenceOf(consent)}`)
      throw new StrongroomError("conflict", `Nothing is registered yet. It has to be agreed to: ${lines.join("; ")}.`)
    }
    using prompter = openPrompter()
    for (const consent of open) {
      if (await prompter.confirm(`Agree that ${sentenceOf(consent)}?`)) continue
      throw new StrongroomError("conflict", "Nothing is registered.")
    }
    return [...agreed, ...open]
  }
}
