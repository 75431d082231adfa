import { command } from "../command.ts"
import { open } from "../connection.ts"
import { readGivenValue, valueOptions } from "../given-value.ts"
import { addressOf, secretNamed, secretOptions } from "../named-secret.ts"
import { wholeNumber } from "../numbers.ts"
import { tellWritten } from "../written.ts"

export const secretSet = command({
  words: ["[SECRET]"],
  options: {
    ...secretOptions,
    ...valueOptions,
    "expected-version": { type: "string", value: "NUMBER", about: "fail if another version is current by now" },
    note: { type: "string", value: "TEXT", about: "a note on this version" },
  },
  about: "Writes a new version of a secret, which becomes the current one.",
  run: async (options, [address]) => {
    const connection = await open(options)
    const { scope, vault, secret } = await secretNamed(connection, options, address)
    const { "expected-version": expected, note } = options
    const value = await readGivenValue(options)
    const written = await connection.api.writeVersion({
      scope,
      vault,
      secret,
      ...value,
      ...(expected !== undefined && { expectedVersion: wholeNumber("expected-version", expected) }),
      ...(note !== undefined && { note }),
    })
    return tellWritten(addressOf({ scope, vault, secret }), written)
  },
})
