import { command } from "../command.ts"
import { open } from "../connection.ts"
import { addressOf, secretNamed, secretOptions } from "../named-secret.ts"
import { facts, when } from "../output.ts"

export const secretDescribe = command({
  words: ["[SECRET]"],
  options: secretOptions,
  about: "Says what is known of a secret. Its value is shown to nobody.",
  run: async (options, [address]) => {
    const connection = await open(options)
    const { scope, vault, secret } = await secretNamed(connection, options, address)
    const found = await connection.api.describeSecret({ scope, vault, secret })
    const text = facts({
      secret: addressOf({ scope: found.scope, vault: found.vault, secret: found.name }),
      state: [found.state, ...found.marks].join(" "),
      version: found.currentVersion === null ? null : String(found.currentVersion),
      origin: found.origin,
      updated: `${when(found.updatedAt)} by ${found.updatedBy.name}`,
      "known by": found.knownBy?.name ?? "nobody",
      category: found.category,
      description: found.description,
      environment: found.envName,
      provider: found.provider.name,
      "kept at": found.keptAt,
      size: found.size === null ? null : `${found.size.atLeast} to ${found.size.atMost} bytes`,
      "readable by": `${found.readerCount} service accounts`,
      "last read": when(found.lastReadAt),
      "rotation due": when(found.rotationDueAt),
      "destroyed after": when(found.purgeAfter),
    })
    return { kind: "said", text, json: found }
  },
})
