/** How people name a secret, on a command line and in files. */
import { StrongroomError } from "../sdk/index.ts"

export interface Reference {
  /** Undefined: the reader's own workspace, or the chosen scope. */
  scope: string | undefined
  vault: string
  secret: string
  version: number | undefined
}

const slug = "[a-z0-9][a-z0-9-]*"
const inAddress = `(${slug}(?:\\.${slug}){0,2})?/(${slug})/([A-Za-z0-9._-]{1,128})(?:\\?version=([1-9][0-9]{0,9}))?`
const address = new RegExp(`^strongroom://${inAddress}$`)
const path = new RegExp(`^(?:(${slug}(?:\\.${slug}){0,2})/)?(${slug})/([A-Za-z0-9._-]{1,128})$`)

/** Every address of a secret in a text, bare or as `{{ strongroom://… }}`. */
export const addressesIn = new RegExp(`\\{\\{\\s*strongroom://${inAddress}\\s*\\}\\}|strongroom://${inAddress}`, "g")

/**
 * `strongroom://acme.payments.prod/default/DB_PASSWORD?version=3`, `strongroom:///default/DB_PASSWORD`,
 * `acme.payments.prod/default/DB_PASSWORD` or `default/DB_PASSWORD`.
 * @throws StrongroomError `invalid`, without the text: it may be a value that is out of place
 */
export function parseReference(text: string): Reference {
  const found = address.exec(text) ?? path.exec(text)
  const [, scope, vault, secret, version] = found ?? []
  if (vault === undefined || secret === undefined) {
    throw new StrongroomError(
      "invalid",
      "This isn't a secret's address. Write strongroom://acme.payments.prod/default/DB_PASSWORD, or default/DB_PASSWORD for the chosen scope.",
    )
  }
  return { scope, vault, secret, version: version === undefined ? undefined : Number(version) }
}

export function formatReference({ scope = "", vault, secret, version }: Reference): string {
  return `strongroom://${scope}/${vault}/${secret}${version === undefined ? "" : `?version=${version}`}`
}
