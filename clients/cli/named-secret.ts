/** The secret that a command is about: by its address as a word, or by --vault-name and --name. */
import { StrongroomError } from "../sdk/index.ts"
import { type GivenOptions, type OptionSpecs, scopeOption } from "./command.ts"
import { type Connection, scopeFor } from "./connection.ts"
import { parseReference } from "./reference.ts"

export const secretOptions = {
  ...scopeOption,
  "vault-name": { type: "string", value: "VAULT", about: "the vault, instead of an address" },
  name: { type: "string", value: "NAME", about: "the secret, instead of an address" },
} as const satisfies OptionSpecs

export interface NamedSecret {
  scope: string
  vault: string
  secret: string
}

/** @throws StrongroomError `invalid` when it is named twice, in part or not at all */
export async function secretNamed(
  connection: Connection,
  options: GivenOptions<typeof secretOptions>,
  address: string | undefined,
): Promise<NamedSecret & { version: number | undefined }> {
  const { scope, vault, secret, version } = wherever(options, address)
  return { scope: scope ?? (await scopeFor(connection, options.scope)), vault, secret, version }
}

function wherever(options: GivenOptions<typeof secretOptions>, address: string | undefined) {
  const { "vault-name": vault, name: secret } = options
  if (address !== undefined && vault === undefined && secret === undefined) return parseReference(address)
  if (address === undefined && vault !== undefined && secret !== undefined) {
    return { scope: undefined, vault, secret, version: undefined }
  }
  throw new StrongroomError(
    "invalid",
    "Say which secret: by its address, such as default/DB_PASSWORD, or by --vault-name and --name.",
  )
}

export function addressOf({ scope, vault, secret }: NamedSecret): string {
  return `${scope}/${vault}/${secret}`
}
