import { StrongroomError } from "../../sdk/index.ts"
import { command } from "../command.ts"
import { openAsMachine } from "../connection.ts"
import { exportFormats } from "../exporting.ts"
import { note } from "../output.ts"
import { writePrivately } from "../private-file.ts"
import { questionOf, readingOptions, readVariables } from "../reading.ts"

export const exportValues = command({
  words: [],
  options: {
    ...readingOptions,
    format: { type: "string", value: "FORMAT", about: `${Object.keys(exportFormats).join(", ")}: env if left out` },
    output: { type: "string", value: "FILE", short: "o", about: "a file, 0600, instead of standard output" },
    "object-name": { type: "string", value: "NAME", about: "k8s: the Secret's name, strongroom if left out" },
    namespace: { type: "string", value: "NAME", about: "k8s: the Secret's namespace" },
  },
  about:
    "Writes the values out by their environment names: env for a shell to read, json, yaml, docker for --env-file, k8s as\na Secret's manifest. Where the program can be started by it, `strongroom run` leaves no copy behind.",
  run: async (options) => {
    const write = exportFormats[options.format ?? "env"]
    if (write === undefined) {
      throw new StrongroomError("invalid", `A format is one of: ${Object.keys(exportFormats).join(", ")}.`)
    }
    const question = questionOf(options)
    const { api } = await openAsMachine(options)
    const { variables = [] } = (await readVariables(api, question)) ?? {}
    const text = write(variables, { name: options["object-name"] ?? "strongroom", namespace: options.namespace })
    if (options.output === undefined || options.output === "-") return { kind: "raw", bytes: text }
    await writePrivately(options.output, text)
    note(`${options.output} is written, with ${variables.length} ${variables.length === 1 ? "value" : "values"}.`)
    return { kind: "said", text: "", json: { file: options.output, names: variables.map(({ envName }) => envName) } }
  },
})
