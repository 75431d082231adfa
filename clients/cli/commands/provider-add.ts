import { backendOptions, consenting, readBackend, readCredential } from "../backend-options.ts"
import { command } from "../command.ts"
import { open, scopeFor } from "../connection.ts"
import { checkAndRegister } from "../registering.ts"

export const providerAdd = command({
  words: [],
  options: {
    ...backendOptions,
    "credential-file": {
      type: "string",
      value: "FIELD=FILE",
      multiple: true,
      about: "a field of the credential, such as token=FILE; - is standard input",
    },
  },
  about:
    "Registers a backend as a place where values are kept, after a live check of these settings and this credential.\nNothing is written there. `strongroom secrets register` asks for the same.",
  run: async (options) => {
    const backend = readBackend(options)
    const consentsTo = consenting(options.consent)
    const connection = await open(options)
    const scope = await scopeFor(connection, options.scope)
    const credential = await readCredential(options["credential-file"])
    return checkAndRegister(
      connection.api,
      { scope, ...backend, credential },
      { makeDefault: options["make-default"], consentsTo },
    )
  },
})
