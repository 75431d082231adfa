import { command, scopeOption } from "../command.ts"
import { open, scopeFor } from "../connection.ts"
import { allItems } from "../pages.ts"

export const secretVaultList = command({
  words: [],
  options: scopeOption,
  about: "Lists the vaults of a scope.",
  run: async (options) => {
    const connection = await open(options)
    const scope = await scopeFor(connection, options.scope)
    const vaults = await allItems((paging) => connection.api.listVaults({ scope, ...paging }))
    const rows = vaults.map(({ name, secretCount, inheritable, description }) => [
      name,
      String(secretCount),
      inheritable ? "inherited" : "private",
      description,
    ])
    const table = {
      columns: ["VAULT", "SECRETS", "BENEATH", "DESCRIPTION"],
      rows,
      empty: `${scope} has no vault. Make one: strongroom secret vault create default`,
    }
    return { kind: "table", table, json: vaults }
  },
})
