import { StrongroomError } from "../../sdk/index.ts"
import { readBrief } from "../brief.ts"
import { variablesOf } from "../child-variables.ts"
import { command } from "../command.ts"
import { openAsMachine } from "../connection.ts"
import { environmentForChild } from "../environment.ts"
import { wholeNumber } from "../numbers.ts"
import { questionOf, readingOptions, readVariables } from "../reading.ts"
import { type Environment, runChild } from "../running.ts"

export const run = command({
  words: [],
  rest: "COMMAND…",
  options: {
    ...readingOptions,
    brief: { type: "string", value: "FILE", about: "a JSON file whose secret_refs are the secrets to get" },
    "allow-env": {
      type: "string",
      value: "NAME",
      multiple: true,
      about: "let a secret set this variable, although programs can be made to do something else by it",
    },
    watch: {
      type: "string",
      value: "MODE",
      bare: "restart",
      about: "when a value changed: restart the program, or with --watch=signal send it SIGHUP",
    },
    "watch-seconds": { type: "string", value: "COUNT", about: "how often to look: 60 if left out" },
  },
  about:
    "Starts a program with the values in its environment, and nowhere else: in no file, no argument list, no log. Signals\ngo through to it, and its exit code comes back: 128 and the signal's number where a signal ended it; 127 where there is\nno such program, 126 where it can't be executed, 125 where it wasn't started.",
  run: async (options, _, typed) => {
    const [program, ...args] = typed
    if (program === undefined) throw new StrongroomError("invalid", "Say what to run, after two dashes: -- node app.js")
    const watch = watchingOf(options.watch, options["watch-seconds"])
    const question = questionOf(options, await readBrief(options.brief))
    const { api } = await openAsMachine(options)
    const readEnvironment = async (known?: string): Promise<Environment | undefined> => {
      const found = await readVariables(api, question, known)
      if (found === undefined) return undefined
      const variables = { ...environmentForChild(), ...variablesOf(found.variables, options["allow-env"]) }
      return { variables, tag: found.tag }
    }
    return { kind: "ended", code: await runChild({ program, args, readEnvironment, watch }) }
  },
})

function watchingOf(mode: string | undefined, seconds: string | undefined) {
  if (mode === undefined) return undefined
  if (mode !== "restart" && mode !== "signal") throw new StrongroomError("invalid", "--watch is restart or signal.")
  return { mode, everyMs: Math.max(1, wholeNumber("watch-seconds", seconds ?? "60")) * 1_000 } as const
}
