import { command, scopeOption } from "../command.ts"
import { open, scopeFor } from "../connection.ts"
import { exitCodes } from "../exit-codes.ts"
import { showLine } from "../registering.ts"

export const providerCheck = command({
  words: ["PROVIDER"],
  options: scopeOption,
  about: "Checks a registered provider now, live. Ends with 1 where the check doesn't pass.",
  run: async (options, [provider]) => {
    const connection = await open(options)
    const scope = await scopeFor(connection, options.scope)
    const checked = await connection.api.recheckProvider({ scope, provider })
    const { passed, lines, status } = checked.report
    if (!options.json) for (const line of lines) showLine(line)
    const text = passed ? `${checked.name} is ${status}.` : `${checked.name} is ${status}: its check didn't pass.`
    return { kind: "said", text, json: checked.report, code: passed ? exitCodes.done : exitCodes.failed }
  },
})
