import { StrongroomError } from "../../sdk/index.ts"
import { command } from "../command.ts"
import { open } from "../connection.ts"
import { addressOf, secretNamed, secretOptions } from "../named-secret.ts"
import { wholeNumber } from "../numbers.ts"
import { tellWritten } from "../written.ts"

export const secretRollback = command({
  words: ["[SECRET]"],
  options: {
    ...secretOptions,
    version: { type: "string", value: "NUMBER", about: "the version whose value shall be current again" },
    "expected-version": { type: "string", value: "NUMBER", about: "fail if another version is current by now" },
    note: { type: "string", value: "TEXT", about: "a note on the new version" },
  },
  about: "Makes a new version with the value of an old one. Nobody sees it.",
  run: async (options, [address]) => {
    if (options.version === undefined) throw new StrongroomError("invalid", "Say to which version: --version NUMBER.")
    const version = wholeNumber("version", options.version)
    const connection = await open(options)
    const { scope, vault, secret } = await secretNamed(connection, options, address)
    const { "expected-version": expected, note } = options
    const written = await connection.api.rollBack({
      scope,
      vault,
      secret,
      version,
      ...(expected !== undefined && { expectedVersion: wholeNumber("expected-version", expected) }),
      ...(note !== undefined && { note }),
    })
    return tellWritten(addressOf({ scope, vault, secret }), written)
  },
})
