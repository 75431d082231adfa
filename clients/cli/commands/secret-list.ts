import { command, scopeOption } from "../command.ts"
import { open, scopeFor } from "../connection.ts"
import { readCategory } from "../metadata.ts"
import { when } from "../output.ts"
import { allItems } from "../pages.ts"

export const secretList = command({
  words: [],
  options: {
    ...scopeOption,
    "vault-name": { type: "string", value: "VAULT", multiple: true, about: "those of this vault; may be repeated" },
    category: { type: "string", value: "CATEGORY", multiple: true, about: "those of this category; may be repeated" },
    text: { type: "string", value: "TEXT", about: "those whose name has this text" },
    effective: { type: "boolean", about: "what the scope's machines get, inherited ones included" },
  },
  about: "Lists the secrets that are defined at a scope, or with --effective those that it sees.",
  run: async (options) => {
    const connection = await open(options)
    const scope = await scopeFor(connection, options.scope)
    const { "vault-name": vault, text, effective } = options
    const category = options.category.map(readCategory)
    const filters = { vault, category, effective, ...(text !== undefined && { text }) }
    const secrets = await allItems((paging) => connection.api.listSecrets({ scope, ...filters, ...paging }))
    const rows = secrets.map((secret) => [
      `${secret.scope}/${secret.vault}/${secret.name}`,
      secret.currentVersion === null ? "" : String(secret.currentVersion),
      when(secret.updatedAt),
      secret.updatedBy.name,
      secret.provider.name,
      [secret.state, ...secret.marks].filter((word) => word !== "active").join(" "),
    ])
    const table = {
      columns: ["SECRET", "VERSION", "UPDATED", "BY", "PROVIDER", "STATE"],
      rows,
      empty: `${scope} has no such secret. Make one: strongroom secret create --vault-name default --name NAME`,
    }
    return { kind: "table", table, json: secrets }
  },
})
