import { command } from "../command.ts"
import { open } from "../connection.ts"
import { allItems } from "../pages.ts"

export const scopeList = command({
  words: [],
  options: {},
  about: "Lists the organizations, teams and workspaces that you may see.",
  run: async (options) => {
    const { api } = await open(options)
    const items = await allItems((paging) => api.listScopes(paging))
    const rows = items.map(({ path, kind, environment, secretCount }) => [
      path,
      kind,
      environment ?? "",
      String(secretCount),
    ])
    const table = { columns: ["SCOPE", "KIND", "ENVIRONMENT", "SECRETS"], rows, empty: "You have a role at no scope." }
    return { kind: "table", table, json: items }
  },
})
