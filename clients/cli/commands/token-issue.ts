import { StrongroomError } from "../../sdk/index.ts"
import { command, scopeOption } from "../command.ts"
import { open, scopeFor } from "../connection.ts"
import { wholeNumber } from "../numbers.ts"
import { note, when } from "../output.ts"

export const tokenIssue = command({
  words: ["ACCOUNT"],
  options: {
    ...scopeOption,
    name: { type: "string", value: "TEXT", about: "what the token is for" },
    "expires-in-days": { type: "string", value: "DAYS", about: "90 if left out, 365 at most" },
    cidr: { type: "string", value: "RANGE", multiple: true, about: "only from these addresses; may be repeated" },
  },
  about:
    "Issues an access token of a service account, and prints it once. It lets a machine read values, so it needs the\nright to delegate and a sign-in of the last ten minutes.",
  run: async (options, [account]) => {
    const connection = await open(options)
    const scope = await scopeFor(connection, options.scope)
    const { "expires-in-days": days, cidr } = options
    const issued = await connection.api.issueToken({
      scope,
      account,
      name: options.name ?? "from the command line",
      cidrs: cidr,
      ...(days !== undefined && { expiresInDays: wholeNumber("expires-in-days", days) }),
    })
    if (issued.token === undefined)
      throw new StrongroomError("internal", "The token was issued, and not shown. Revoke it.")
    note(`Valid until ${when(issued.accessToken.expiresAt)}. It isn't shown again.`)
    return { kind: "said", text: issued.token, json: issued }
  },
})
