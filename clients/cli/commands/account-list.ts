import { command, scopeOption } from "../command.ts"
import { open, scopeFor } from "../connection.ts"
import { when } from "../output.ts"
import { allItems } from "../pages.ts"

export const accountList = command({
  words: [],
  options: scopeOption,
  about: "Lists the service accounts of a scope.",
  run: async (options) => {
    const connection = await open(options)
    const scope = await scopeFor(connection, options.scope)
    const accounts = await allItems((paging) => connection.api.listServiceAccounts({ scope, ...paging }))
    const rows = accounts.map((account) => [
      account.name,
      String(account.grantCount),
      String(account.activeTokens),
      when(account.lastUsedAt),
      account.disabled ? "disabled" : "",
    ])
    const columns = ["ACCOUNT", "GRANTS", "TOKENS", "LAST USED", "STATE"]
    const empty = `${scope} has no service account. Make one: strongroom account create NAME`
    return { kind: "table", table: { columns, rows, empty }, json: accounts }
  },
})
