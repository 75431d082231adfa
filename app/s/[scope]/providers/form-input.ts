/** How the forms of providers become the inputs of operations. What a field may hold is the API's to check. */
import type { InputOf } from "@/lib/contract/api"
import { type ProviderConsent, type ProviderKind, providerConsents, providerKinds } from "@/lib/contract/words"
import { optionalNumberOf, textOf, textsOf } from "@/lib/web/form"

type Check = InputOf<"checkProvider">
type Registration = InputOf<"registerProvider">

export function placeIn(form: FormData): { scope: string; provider: string } {
  return { scope: textOf(form, "scope"), provider: textOf(form, "provider") }
}

export function kindIn(form: FormData): ProviderKind {
  return providerKinds.find((kind) => kind === form.get("kind")) ?? "vault"
}

/**
 * Fields called `settings.…`, as they were typed: the kind's own default stands for an empty one. A version of the
 * engine is a number where it isn't to be detected.
 */
export function settingsIn(form: FormData): Check["settings"] {
  const settings = Object.fromEntries(fieldsOf(form, "settings."))
  const { kvVersion } = settings
  return { ...settings, ...((kvVersion === "1" || kvVersion === "2") && { kvVersion: Number(kvVersion) }) }
}

/** Fields called `credential.…`, straight on to the API. */
export function credentialIn(form: FormData): NonNullable<Check["credential"]> {
  return Object.fromEntries(fieldsOf(form, "credential."))
}

export function consentsIn(form: FormData): ProviderConsent[] {
  const ticked = textsOf(form, "consents")
  return providerConsents.filter((consent) => ticked.includes(consent))
}

type Times = Pick<Registration, "cacheSeconds" | "staleSeconds" | "checkSeconds">

export function timesIn(form: FormData): Times {
  const [cacheSeconds, staleSeconds, checkSeconds] = ["cacheSeconds", "staleSeconds", "checkSeconds"].map((name) =>
    optionalNumberOf(form, name),
  )
  return {
    ...(cacheSeconds !== undefined && { cacheSeconds }),
    ...(staleSeconds !== undefined && { staleSeconds }),
    ...(checkSeconds !== undefined && { checkSeconds }),
  }
}

/** The fields that were filled in. A form's text has CRLF for its line breaks. */
function fieldsOf(form: FormData, prefix: string): [string, string][] {
  return [...form].flatMap(([name, entry]): [string, string][] =>
    name.startsWith(prefix) && typeof entry === "string" && entry !== ""
      ? [[name.slice(prefix.length), entry.replaceAll("\r\n", "\n")]]
      : [],
  )
}
