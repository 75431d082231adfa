import { command, scopeOption } from "../command.ts"
import { openAsMachine, readingScope } from "../connection.ts"
import { readBytes } from "../given-value.ts"
import { note } from "../output.ts"
import { writePrivately } from "../private-file.ts"
import { readValues, type Value } from "../reading.ts"
import { parseTemplate, type Template } from "../reference.ts"

export const inject = command({
  words: [],
  options: {
    ...scopeOption,
    input: { type: "string", value: "FILE", short: "i", about: "the template; - or nothing is standard input" },
    output: { type: "string", value: "FILE", short: "o", about: "the file to write; - or nothing is standard output" },
  },
  about:
    "Fills a template in: each strongroom://SCOPE/VAULT/SECRET, bare or in {{ }}, gives way to its value, byte for byte.\nThe file is one that its owner alone may read (0600), and is there as a whole or not at all.",
  run: async (options) => {
    const template = await readTemplate(options.input ?? "-")
    const { api } = await openAsMachine(options)
    const values = await readValues(api, template.references, readingScope(options.scope))
    const filled = fillIn(template, values)
    const { output = "-" } = options
    if (output === "-") return { kind: "raw", bytes: filled }
    await writePrivately(output, filled)
    note(`${output} is written, with ${values.length} ${values.length === 1 ? "value" : "values"}.`)
    return { kind: "said", text: "", json: { file: output, refs: values.map(({ ref }) => ref) } }
  },
})

/** Byte for byte: a template may be text of any encoding that has ASCII in it. */
async function readTemplate(file: string): Promise<Template> {
  const template = parseTemplate(Buffer.from(await readBytes(file)).toString("latin1"))
  if (template.references.length === 0) note("There is no reference in the template.")
  return template
}

/** The values stand in the order of the references. */
function fillIn({ texts }: Template, values: readonly Value[]): Buffer {
  const nothing = Buffer.alloc(0)
  return Buffer.concat(texts.flatMap((text, index) => [Buffer.from(text, "latin1"), values[index]?.bytes ?? nothing]))
}
