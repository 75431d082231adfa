import { command, scopeOption } from "../command.ts"
import { open, scopeFor } from "../connection.ts"

export const secretVaultCreate = command({
  words: ["NAME"],
  options: {
    ...scopeOption,
    description: { type: "string", value: "TEXT", about: "what is kept in it" },
    private: { type: "boolean", about: "keep narrower scopes from inheriting it" },
  },
  about: "Makes a vault: a named container of secrets at one scope.",
  run: async (options, [name]) => {
    const connection = await open(options)
    const scope = await scopeFor(connection, options.scope)
    const { description } = options
    const vault = await connection.api.createVault({
      scope,
      name,
      inheritable: !options.private,
      ...(description !== undefined && { description }),
    })
    return { kind: "said", text: `The vault ${vault.name} is at ${vault.scope} now.`, json: vault }
  },
})
