import { consenting } from "../backend-options.ts"
import { command, scopeOption } from "../command.ts"
import { open, scopeFor } from "../connection.ts"
import { openPrompter, type Prompter } from "../prompt.ts"
import { type Backend, checkAndRegister, type ProviderKind, readKind } from "../registering.ts"

/** Those whose questions are known. The others are registered by `provider add`, by their settings' names. */
const askedFor: readonly ProviderKind[] = ["vault", "vault_dev", "vault_hcp"]

export const secretsRegister = command({
  words: [],
  options: {
    ...scopeOption,
    consent: { type: "string", value: "WORD", multiple: true, about: "agree to what the check names; may be repeated" },
    "make-default": { type: "boolean", about: "keep the scope's new secrets there from now on" },
  },
  about:
    "Registers a backend: asks for its kind, its URL and a token, checks them live, and saves them. Where nobody sits at\nthe terminal, the answers are lines of standard input, in the same order.",
  run: async (options) => {
    const consentsTo = consenting(options.consent)
    const connection = await open(options)
    const scope = await scopeFor(connection, options.scope)
    const backend = await askForBackend()
    return checkAndRegister(connection.api, { scope, ...backend }, { makeDefault: options["make-default"], consentsTo })
  },
})

async function askForBackend(): Promise<Omit<Backend, "scope">> {
  using prompter = openPrompter()
  const kind = readKind(
    await prompter.ask({ text: `Kind (${askedFor.join(", ")})`, otherwise: "vault", among: askedFor }),
  )
  const name = await prompter.ask({ text: "Name here", otherwise: kind.replace("_", "-") })
  const settings = await askForSettings(prompter, kind)
  const token = await prompter.ask({ text: "Token (it isn't shown)", secret: true })
  return { kind, name, settings, credential: { token } }
}

async function askForSettings({ ask }: Prompter, kind: ProviderKind): Promise<Record<string, string>> {
  const isDevelopment = kind === "vault_dev"
  const address = await ask({ text: "URL", ...(isDevelopment && { otherwise: "http://127.0.0.1:8200" }) })
  const mount = await ask({ text: "Mount of the KV engine", otherwise: isDevelopment ? "secret" : "kv" })
  const prefix = await ask({ text: "Prefix beneath it, empty for all of it", otherwise: "" })
  const namespace = kind === "vault_hcp" ? await ask({ text: "Namespace", otherwise: "admin" }) : ""
  return { address, mount, ...(prefix !== "" && { prefix }), ...(namespace !== "" && { namespace }) }
}
