import { command, scopeOption } from "../command.ts"
import { open, scopeFor } from "../connection.ts"

export const accountCreate = command({
  words: ["NAME"],
  options: { ...scopeOption, description: { type: "string", value: "TEXT", about: "what the machine does" } },
  about: "Makes a service account: a machine's identity at a scope. It can read nothing yet.",
  run: async (options, [name]) => {
    const connection = await open(options)
    const scope = await scopeFor(connection, options.scope)
    const { description } = options
    const account = await connection.api.createServiceAccount({
      scope,
      name,
      ...(description !== undefined && { description }),
    })
    const text = `The service account ${account.name} is at ${account.scope} now. Grant it what it may read: strongroom account grant ${account.name}`
    return { kind: "said", text, json: account }
  },
})
