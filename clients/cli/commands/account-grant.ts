import { StrongroomError } from "../../sdk/index.ts"
import { command, scopeOption } from "../command.ts"
import { open, scopeFor } from "../connection.ts"

export const accountGrant = command({
  words: ["ACCOUNT"],
  options: {
    ...scopeOption,
    access: { type: "string", value: "ACCESS", about: "read or write: read if left out" },
    "vault-name": { type: "string", value: "VAULT", about: "this vault alone" },
    prefix: { type: "string", value: "TEXT", about: "names that begin so alone" },
    at: { type: "string", value: "SCOPE", about: "a scope beneath the account's own where it holds" },
  },
  about:
    "Lets a service account read or write. It needs the right to delegate and a sign-in of the last ten minutes, and\nleaves its mark on every secret concerned.",
  run: async (options, [account]) => {
    const connection = await open(options)
    const scope = await scopeFor(connection, options.scope)
    const { at, "vault-name": vault, prefix } = options
    const { outcome, grant } = await connection.api.grantAccess({
      scope,
      account,
      access: readAccess(options.access ?? "read"),
      ...(at !== undefined && { grantScope: at }),
      ...(vault !== undefined && { vault }),
      ...(prefix !== undefined && { prefix }),
    })
    const what = `${grant.vault === null ? "every vault" : `the vault ${grant.vault}`} of ${grant.scope}`
    const text =
      outcome === "granted"
        ? `${account} may ${grant.access} in ${what} now.`
        : `${account} may ${grant.access} in ${what} as soon as a second person confirms it.`
    return { kind: "said", text, json: { outcome, grant } }
  },
})

function readAccess(text: string): "read" | "write" {
  if (text === "read" || text === "write") return text
  throw new StrongroomError("invalid", "--access is read or write.")
}
