/** Settings and credentials as they are typed, held against what a kind of provider takes. */
import type { ProviderSettings } from "../../contract/dto.ts"
import { AppError } from "../../errors.ts"
import type { Credential, RemoteProvider, Settings } from "../../providers/provider.ts"

/** The settings, complete. Throws `invalid` with a message for each field: `settings.address`. */
export function parseSettings(kind: RemoteProvider, typed: ProviderSettings): Settings {
  refuseUnstorable(typed)
  const parsed = kind.settings.safeParse(typed)
  if (parsed.success) return parsed.data
  const fields = parsed.error.issues.map((issue): [string, string] => {
    const names = issue.code === "unrecognized_keys" ? issue.keys : [issue.path.map(String).join(".")]
    const message = issue.code === "unrecognized_keys" ? "This setting isn't known here." : issue.message
    return [`settings.${names[0] ?? ""}`, message]
  })
  throw new AppError("invalid", "Some of the settings can't be used. Correct those that are named.", {
    fields: Object.fromEntries(fields.reverse()),
  })
}

/** No row holds half a character, or one that Postgres takes for a text's end. */
function refuseUnstorable(typed: ProviderSettings): void {
  const wrong = Object.entries(typed).filter(
    ([, value]) => typeof value === "string" && (value.includes("\0") || !value.isWellFormed()),
  )
  if (wrong.length === 0) return
  throw new AppError(
    "invalid",
    "Some of the settings hold characters that no text has. Correct those that are named.",
    {
      fields: Object.fromEntries(wrong.map(([name]) => [`settings.${name}`, "Enter it as plain text."])),
    },
  )
}

/** Throws `invalid` unless the credential has just the fields that these settings need: `credential.token`. */
export function requireCredential(kind: RemoteProvider, settings: Settings, credential: Credential): void {
  const needed = kind.credentialFieldsOf(settings)
  const missing = needed.filter((field) => credential[field] === undefined)
  const unknown = Object.keys(credential).filter((field) => !needed.includes(field))
  if (missing.length === 0 && unknown.length === 0) return
  throw new AppError("invalid", "The credential isn't the one that these settings need.", {
    fields: {
      ...messages(unknown, "These settings don't need it: leave it out."),
      ...messages(missing, "Enter it."),
    },
  })
}

/** Throws `invalid` when something must be ticked that wasn't. */
export function requireConsents(needed: readonly string[], given: readonly string[]): void {
  const missing = needed.filter((consent) => !given.includes(consent))
  if (missing.length === 0) return
  throw new AppError("invalid", "Some of what the check found must be accepted deliberately before this is saved.", {
    fields: { consents: missing.join(", ") },
  })
}

function messages(fields: readonly string[], message: string): Record<string, string> {
  return Object.fromEntries(fields.map((field) => [`credential.${field}`, message]))
}
