import { command } from "../command.ts"
import { open } from "../connection.ts"
import { generateOptions, readGenerate } from "../generating.ts"
import { addressOf, secretNamed, secretOptions } from "../named-secret.ts"
import { tellWritten } from "../written.ts"

export const secretGenerate = command({
  words: ["[SECRET]"],
  options: {
    ...secretOptions,
    ...generateOptions,
    note: { type: "string", value: "TEXT", about: "a note on this version" },
  },
  about:
    "Writes a new version that Strongroom makes and nobody sees: a password if --kind is left out.\nOf a key pair, the public half is shown.",
  run: async (options, [address]) => {
    const connection = await open(options)
    const { scope, vault, secret } = await secretNamed(connection, options, address)
    const { note } = options
    const written = await connection.api.writeVersion({
      scope,
      vault,
      secret,
      generate: readGenerate(options.kind ?? "password", options.length),
      ...(note !== undefined && { note }),
    })
    return tellWritten(addressOf({ scope, vault, secret }), written)
  },
})
