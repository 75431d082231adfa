import { command, scopeOption } from "../command.ts"
import { open, scopeFor } from "../connection.ts"
import { when } from "../output.ts"

export const tokenList = command({
  words: ["ACCOUNT"],
  options: scopeOption,
  about: "Lists the access tokens of a service account, by their prefixes.",
  run: async (options, [account]) => {
    const connection = await open(options)
    const scope = await scopeFor(connection, options.scope)
    const { tokens } = await connection.api.describeServiceAccount({ scope, account })
    const rows = tokens.map((token) => [
      token.prefix,
      token.name,
      when(token.expiresAt),
      when(token.lastUsedAt),
      token.revokedAt === null ? "" : "revoked",
    ])
    const columns = ["PREFIX", "NAME", "EXPIRES", "LAST USED", "STATE"]
    return { kind: "table", table: { columns, rows, empty: `${account} has no token.` }, json: tokens }
  },
})
