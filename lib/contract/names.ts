/**
 * Names and addresses: one syntax for API, CLI, SDK, Terraform, the console's URLs and audit.
 * Safe for browsers: it needs zod alone.
 */
import { z } from "zod"
import { isRefusedEnvironmentName } from "./environment-names.ts"

const slugPattern = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
const secretNamePattern = /^[A-Za-z0-9._-]{1,128}$/

/** Names that would mean something else in a path, a language or a backend. */
const reservedNames: ReadonlySet<string> = new Set(["root", "sys", "new", "api", "-", "__proto__", "constructor"])

/** How names are compared: NFKC, then case folding. Two names that fold alike are one name. */
export function fold(name: string): string {
  return name.normalize("NFKC").toLowerCase()
}

function notReserved(name: string): boolean {
  return !reservedNames.has(fold(name))
}

const slugForm = "Use 1 to 63 lower-case letters, digits and inner dashes."

/** One organization, team or workspace, such as `payments`. */
export const slug = z
  .string()
  .regex(slugPattern, slugForm)
  .refine(notReserved, "This name is reserved. Choose another.")

/** Slugs joined by dots, widest first: `acme.payments.prod`. */
export const scopePath = z
  .string()
  .max(191)
  .refine((path) => {
    const slugs = path.split(".")
    return slugs.length <= 3 && slugs.every((part) => slug.safeParse(part).success)
  }, "A scope is one to three slugs joined by dots, such as acme.payments.prod.")

export const vaultName = slug

/** A secret's name keeps its case and is unique without it: `DB_PASSWORD`, `api-key`. */
export const secretName = z
  .string()
  .regex(secretNamePattern, "Use 1 to 128 letters, digits, dots, dashes and underscores.")
  .refine((name) => name !== "." && name !== ".." && notReserved(name), "This name is reserved. Choose another.")

/** The name of the environment variable that a secret arrives in. */
const envName = z
  .string()
  .max(128)
  .regex(/^[A-Z_][A-Z0-9_]*$/, "Use upper-case letters, digits and underscores, not starting with a digit.")

/** One that is chosen for a secret: it may not be one that would change what a program does. */
export const ownEnvName = envName.refine((name) => !isRefusedEnvironmentName(name), {
  error: ({ input }) => refusedEnvironmentName(String(input)),
})

/** What is said of a name that `isRefusedEnvironmentName`. */
export function refusedEnvironmentName(name: string): string {
  return `${name} would change how programs that get this secret run, connect or trust. Choose another environment name.`
}

/** What a secret without an `envName` of its own is called in an environment: `api-key` becomes `API_KEY`. */
export function defaultEnvName(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9]/g, "_")
}

export interface SecretReference {
  scope: string
  vault: string
  secret: string
}

/** `acme.payments.prod/default/DB_PASSWORD` */
export function formatReference({ scope, vault, secret }: SecretReference): string {
  return `${scope}/${vault}/${secret}`
}

/** The reverse of `formatReference`; undefined when the text isn't a reference. */
export function parseReference(text: string): SecretReference | undefined {
  const parts = text.split("/")
  const parsed = z.tuple([scopePath, vaultName, secretName]).safeParse(parts)
  if (!parsed.success) return undefined
  const [scope, vault, secret] = parsed.data
  return { scope, vault, secret }
}

/** A secret as a file or an environment variable names it. */
export interface SecretAddress {
  /** Null is the reader's own workspace. */
  scope: string | null
  vault: string
  secret: string
  /** Null is the current one. */
  version: number | null
}

/** `strongroom://acme.payments.prod/default/DB_PASSWORD?version=3`; with three slashes, the reader's own workspace. */
export function formatAddress({ scope, vault, secret, version }: SecretAddress): string {
  return `strongroom://${scope ?? ""}/${vault}/${secret}${version === null ? "" : `?version=${version}`}`
}

const addressPattern = /^strongroom:\/\/([^/?#]*)\/([^/?#]+)\/([^/?#]+?)(?:\?version=([1-9]\d{0,9}))?$/

/** The reverse of `formatAddress`; undefined when the text isn't an address. */
function parseAddress(text: string): SecretAddress | undefined {
  const [, scope = "", vault = "", secret = "", version] = addressPattern.exec(text) ?? []
  const number = version === undefined ? null : Number(version)
  if (number !== null && number > 2_147_483_647) return undefined
  const isRight = (scope === "" || scopePath.safeParse(scope).success) && vaultName.safeParse(vault).success
  if (!isRight || !secretName.safeParse(secret).success) return undefined
  return { scope: scope === "" ? null : scope, vault, secret, version: number }
}

export const secretAddress = z.string().transform((text, context): SecretAddress => {
  const address = parseAddress(text)
  if (address !== undefined) return address
  context.addIssue("An address looks like strongroom://acme.payments.prod/default/DB_PASSWORD?version=3.")
  return z.NEVER
})

/** Where a secret's page is in the console. */
export function secretUrl({ scope, vault, secret }: SecretReference): string {
  return `/s/${scope}/vaults/${vault}/${encodeURIComponent(secret)}`
}
