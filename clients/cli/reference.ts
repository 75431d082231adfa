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
const scopes = `${slug}(?:\\.${slug}){0,2}`
const version = "\\?version=([1-9][0-9]{0,9})"
const address = new RegExp(`^strongroom://(${scopes})?/(${slug})/([A-Za-z0-9._-]{1,128})(?:${version})?$`)
const path = new RegExp(`^(?:(${scopes})/)?(${slug})/([A-Za-z0-9._-]{1,128})$`)
const bareAddress = `strongroom://(?:${scopes})?/${slug}/[A-Za-z0-9._-]{0,127}[A-Za-z0-9_-](?:${version})?`

/** An address within a text: in braces, or bare, where a dot at its end belongs to the sentence. */
const addressInText = new RegExp(`\\{\\{\\s*(strongroom://[^\\s{}]*)\\s*\\}\\}|${bareAddress}`, "g")

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

export interface Template {
  /** What stands before each reference, and after the last. */
  texts: string[]
  references: Reference[]
}

/** Takes a text apart at its addresses. @throws StrongroomError `invalid` for one that is none, by its line */
export function parseTemplate(text: string): Template {
  const template: Template = { texts: [], references: [] }
  let end = 0
  for (const found of text.matchAll(addressInText)) {
    template.texts.push(text.slice(end, found.index))
    template.references.push(parseReference(found[1] ?? found[0]))
    end = found.index + found[0].length
  }
  template.texts.push(text.slice(end))
  const left = template.texts.findIndex((part) => part.includes("strongroom://"))
  if (left === -1) return template
  const before =
    template.texts
      .slice(0, left + 1)
      .join("")
      .split("strongroom://")[0] ?? ""
  throw new StrongroomError(
    "invalid",
    `In the template, after ${before.split("\n").length - 1} line breaks, something begins with strongroom:// and isn't a secret's address.`,
  )
}
