import { command, scopeOption } from "../command.ts"
import { open, scopeFor } from "../connection.ts"

export const providerList = command({
  words: [],
  options: scopeOption,
  about: "Lists the providers that a scope's secrets can be kept in.",
  run: async (options) => {
    const connection = await open(options)
    const scope = await scopeFor(connection, options.scope)
    const { items } = await connection.api.listProviders({ scope })
    const rows = items.map((provider) => [
      provider.name,
      provider.kind,
      provider.scope ?? "",
      provider.isApproved ? provider.status : "waits for approval",
      provider.isDefault ? "default" : "",
      provider.target,
    ])
    const table = { columns: ["PROVIDER", "KIND", "SCOPE", "STATUS", "", "TARGET"], rows, empty: "There is none." }
    return { kind: "table", table, json: items }
  },
})
