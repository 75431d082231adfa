import { StrongroomError } from "../../sdk/index.ts"
import { command, scopeOption } from "../command.ts"
import { open, scopeFor } from "../connection.ts"
import { generateOptions, readGenerate } from "../generating.ts"
import { readGivenValue, valueOptions } from "../given-value.ts"
import { metadataOf, metadataOptions } from "../metadata.ts"
import { addressOf } from "../named-secret.ts"
import { tellWritten } from "../written.ts"

export const secretCreate = command({
  words: [],
  options: {
    "vault-name": { type: "string", value: "VAULT", about: "the vault that it goes into" },
    name: { type: "string", value: "NAME", about: "such as DB_PASSWORD or api-key" },
    ...scopeOption,
    ...valueOptions,
    generate: generateOptions.kind,
    length: generateOptions.length,
    ...metadataOptions,
    note: { type: "string", value: "TEXT", about: "a note on the first version" },
  },
  about:
    "Keeps a new secret; it never overwrites one. The value comes from --value-file, from standard input, or is asked\nfor; --generate makes one that nobody knows. Afterwards nobody can read it here.",
  run: async (options) => {
    const { "vault-name": vault, name, note } = options
    if (vault === undefined || name === undefined) {
      throw new StrongroomError("invalid", "Say which secret to make: --vault-name VAULT --name NAME.")
    }
    const connection = await open(options)
    const scope = await scopeFor(connection, options.scope)
    const value =
      options.generate === undefined
        ? await readGivenValue(options)
        : { generate: readGenerate(options.generate, options.length) }
    const { outcome, version } = await connection.api.createSecret({
      scope,
      vault,
      name,
      ...value,
      ...metadataOf(options),
      ...(note !== undefined && { note }),
    })
    return tellWritten(addressOf({ scope, vault, secret: name }), { outcome, version })
  },
})
