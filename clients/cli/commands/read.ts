import { isatty } from "node:tty"
import { StrongroomError } from "../../sdk/index.ts"
import { command, scopeOption } from "../command.ts"
import { openAsMachine, readingScope } from "../connection.ts"
import { readValues } from "../reading.ts"
import { parseReference } from "../reference.ts"

export const read = command({
  words: ["ADDRESS"],
  options: scopeOption,
  about:
    "Writes one value to standard output, byte for byte. The address is strongroom://SCOPE/VAULT/SECRET, with\n?version=NUMBER for an old one and strongroom:///VAULT/SECRET in the token's own workspace. For machines alone.",
  run: async (options, [address]) => {
    const reference = parseReference(address)
    const { api } = await openAsMachine(options)
    const [value] = await readValues(api, [reference], readingScope(options.scope))
    if (value === undefined) throw new StrongroomError("internal", "Strongroom left the reference unanswered.")
    const { bytes, isText, ref, version, name, vault } = value
    if (options.json) {
      const told = { ref, scope: value.scope, vault, name, version, value: bytes.toString(isText ? "utf8" : "base64") }
      return { kind: "said", text: "", json: isText ? told : { ...told, encoding: "base64" } }
    }
    // Only for the eye: what a script takes is the value and nothing else.
    return { kind: "raw", bytes: isatty(1) && isText ? `${bytes.toString()}\n` : bytes }
  },
})
