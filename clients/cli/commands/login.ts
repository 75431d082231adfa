import { StrongroomError } from "../../sdk/index.ts"
import { command } from "../command.ts"
import { changeConfiguration } from "../configuration.ts"
import { identityOf, openAsNobody, openWith } from "../connection.ts"
import { credentialsFile, keepToken } from "../credentials.ts"
import { readBytes } from "../given-value.ts"
import { openPrompter } from "../prompt.ts"

export const login = command({
  words: [],
  options: { "token-stdin": { type: "boolean", about: "read the token from standard input instead of asking for it" } },
  about:
    "Keeps a token for the calls that follow: a personal token, made in the console under your account, or a service\naccount's. It is kept in the system's keyring where there is one, else in a file that you alone may read.",
  run: async (options) => {
    const { url } = await openAsNobody(options)
    const { token } = identityOf(await readToken(options["token-stdin"]), "What was given")
    const me = await openWith(url, token).describeMe({})
    const keeper = await keepToken(url, token)
    await changeConfiguration({ url })
    const place = keeper === "keyring" ? "the system's keyring" : credentialsFile()
    return {
      kind: "said",
      text: `Signed in at ${url} as ${me.name}. The token is kept in ${place}.`,
      json: { url, name: me.name, kind: me.kind, keptIn: keeper },
    }
  },
})

async function readToken(fromInput: boolean): Promise<string> {
  if (fromInput) return Buffer.from(await readBytes("-")).toString("utf8")
  if (!process.stdin.isTTY) throw new StrongroomError("invalid", "Nobody can be asked here. Use --token-stdin.")
  using prompter = openPrompter()
  return await prompter.ask({ text: "Token (it isn't shown)", secret: true })
}
