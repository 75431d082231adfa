import { command } from "../command.ts"
import { changeConfiguration } from "../configuration.ts"
import { open } from "../connection.ts"

export const scopeUse = command({
  words: ["SCOPE"],
  options: {},
  about:
    "Chooses the scope that commands are about when none is named. It is remembered for your user on this machine.",
  run: async (options, [scope]) => {
    const { api, identity, url } = await open(options)
    // A machine's own scope is all that it can be told of.
    if (identity.kind === "person") await api.describeScope({ scope })
    await changeConfiguration({ url, scope })
    return { kind: "said", text: `Commands are about ${scope} from now on.`, json: { scope, url } }
  },
})
