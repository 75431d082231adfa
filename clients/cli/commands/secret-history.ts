import { command } from "../command.ts"
import { open } from "../connection.ts"
import { addressOf, secretNamed, secretOptions } from "../named-secret.ts"
import { when } from "../output.ts"
import { allItems } from "../pages.ts"

export const secretHistory = command({
  words: ["[SECRET]"],
  options: secretOptions,
  about: "Lists a secret's versions, the newest first.",
  run: async (options, [address]) => {
    const connection = await open(options)
    const { version: _, ...named } = await secretNamed(connection, options, address)
    const versions = await allItems((paging) => connection.api.listVersions({ ...named, ...paging }))
    const rows = versions.map((version) => [
      String(version.number),
      version.isCurrent ? "current" : version.state,
      when(version.createdAt),
      version.createdBy.name,
      version.sourceVersion === null ? version.origin : `${version.origin} from ${version.sourceVersion}`,
      version.note,
    ])
    const columns = ["VERSION", "STATE", "CREATED", "BY", "HOW", "NOTE"]
    return { kind: "table", table: { columns, rows, empty: `${addressOf(named)} has no version.` }, json: versions }
  },
})
