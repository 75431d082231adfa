/** Values that Strongroom makes and nobody sees. */
import { StrongroomError } from "../sdk/index.ts"
import type { OptionSpecs } from "./command.ts"
import { wholeNumber } from "./numbers.ts"

const kinds = ["password", "alphanumeric", "hex", "base64url", "uuid", "ed25519", "ec_p256", "rsa_3072"] as const

export const generateOptions = {
  kind: { type: "string", value: "KIND", about: `generate the value: ${kinds.join(", ")}` },
  length: { type: "string", value: "COUNT", about: "how many characters it gets: 32 if left out" },
} as const satisfies OptionSpecs

export interface Generate {
  kind: (typeof kinds)[number]
  length?: number
}

/** @throws StrongroomError `invalid` for a kind that there isn't */
export function readGenerate(text: string, length: string | undefined): Generate {
  const kind = kinds.find((known) => known === text)
  if (kind === undefined) throw new StrongroomError("invalid", `What can be generated is: ${kinds.join(", ")}.`)
  return { kind, ...(length !== undefined && { length: wholeNumber("length", length) }) }
}
