import { StrongroomError } from "../../sdk/index.ts"
import { command, scopeOption } from "../command.ts"
import { open, scopeFor } from "../connection.ts"

export const tokenRevoke = command({
  words: ["ACCOUNT", "TOKEN"],
  options: scopeOption,
  about: "Revokes an access token, by its id or its prefix as `token list` shows it. The next request meets it.",
  run: async (options, [account, token]) => {
    const connection = await open(options)
    const scope = await scopeFor(connection, options.scope)
    const { tokens } = await connection.api.describeServiceAccount({ scope, account })
    const [found, ...others] = tokens.filter(({ id, prefix }) => id === token || prefix === token)
    if (found === undefined || others.length > 0) {
      throw new StrongroomError("not_found", `${account} has no such token. Look at: strongroom token list ${account}`)
    }
    await connection.api.revokeToken({ scope, account, token: found.id })
    return { kind: "said", text: `${found.prefix} is revoked.`, json: { id: found.id, prefix: found.prefix } }
  },
})
