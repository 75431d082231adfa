/** The four commands that change whether a secret, or one version of it, can be read. */
import { type Command, command } from "./command.ts"
import { type Api, open } from "./connection.ts"
import { addressOf, type NamedSecret, secretNamed, secretOptions } from "./named-secret.ts"
import { wholeNumber } from "./numbers.ts"

interface Change {
  about: string
  whole(api: Api, secret: NamedSecret): Promise<object>
  one(api: Api, secret: NamedSecret & { version: number }): Promise<object>
  /** What is true afterwards, of "acme/default/A" or "version 3 of acme/default/A". */
  sentence(what: string): string
}

export function lifecycleCommand({ about, whole, one, sentence }: Change): Command {
  return command({
    words: ["[SECRET]"],
    options: {
      ...secretOptions,
      version: { type: "string", value: "NUMBER", about: "this one version instead of the secret" },
    },
    about,
    run: async (options, [address]) => {
      const connection = await open(options)
      const { version: addressed, ...named } = await secretNamed(connection, options, address)
      const version = options.version === undefined ? addressed : wholeNumber("version", options.version)
      if (version === undefined) {
        return { kind: "said", text: sentence(addressOf(named)), json: await whole(connection.api, named) }
      }
      const json = await one(connection.api, { ...named, version })
      return { kind: "said", text: sentence(`Version ${version} of ${addressOf(named)}`), json }
    },
  })
}
