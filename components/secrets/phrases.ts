/** What a page says of secrets and versions, in whole words. */
import type { SecretDetail, SecretSummary, SizeClass, Version } from "@/lib/contract/dto"
import type { SecretMark, SecretState, VersionOrigin } from "@/lib/contract/words"
import type { Tone } from "../ui/tag"

/** How long a deleted secret can be restored. */
const recoverableForDays = 30
const dayInMs = 86_400_000

/** "22 December", with the year where it isn't this one; `short` for a table: "22 Dec". */
export function dayWords(day: string | Date, now: Date = new Date(), month: "long" | "short" = "long"): string {
  const date = new Date(day)
  const isThisYear = date.getUTCFullYear() === now.getUTCFullYear()
  const form: Intl.DateTimeFormatOptions = { day: "numeric", month, timeZone: "UTC" }
  if (!isThisYear) form.year = "numeric"
  return new Intl.DateTimeFormat("en-GB", form).format(date)
}

/** The day until which what is deleted now can be restored. */
export function restorableUntil(now: Date = new Date()): string {
  return dayWords(new Date(now.getTime() + recoverableForDays * dayInMs), now)
}

/** "24 to 32 bytes": sizes are kept as ranges, never exactly. */
export function sizeWords({ atLeast, atMost }: SizeClass): string {
  const most = atMost.toLocaleString("en")
  return atLeast === atMost ? `${most} bytes` : `${atLeast.toLocaleString("en")} to ${most} bytes`
}

/** "24 to 32 bytes, text"; undefined for what has no value any more. */
export function valueWords({ size, isText }: Pick<Version, "size" | "isText">): string | undefined {
  if (size === null) return undefined
  return isText === null ? sizeWords(size) : `${sizeWords(size)}, ${isText ? "text" : "not text"}`
}

/** "1 secret", "1,200 secrets". */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? noun : plural}`
}

/** "A", "A and B", "A, B and C". */
export function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""}`
}

/** How a version came to be, before "by Alice". */
export function originWords({ origin, sourceVersion }: Pick<Version, "origin" | "sourceVersion">): string {
  if (origin === "rolled_back") return `Rolled back${sourceVersion === null ? "" : ` from version ${sourceVersion}`}`
  return originVerb[origin]
}

const originVerb: Readonly<Record<Exclude<VersionOrigin, "rolled_back">, string>> = {
  typed: "Typed",
  generated: "Generated",
  imported: "Imported",
  changed_at_backend: "Changed at the backend",
  adopted: "Adopted",
}

export interface StateWord {
  words: string
  tone: Tone
}

const markWords: Readonly<Record<SecretMark, StateWord>> = {
  expired: { words: "Expired", tone: "bad" },
  rotation_due: { words: "Rotation due", tone: "bad" },
  old_version_in_use: { words: "Old version in use", tone: "warn" },
  drifted: { words: "Changed at the backend", tone: "warn" },
  external: { words: "External", tone: "neutral" },
  self_granted: { words: "Self-granted", tone: "neutral" },
  shadowed: { words: "Shadowed", tone: "neutral" },
}

/** The words of a secret's states and marks, the gravest first; "Current" when there is nothing to say. */
export function stateWords({
  state,
  marks,
  purgeAfter,
}: Pick<SecretSummary, "state" | "marks" | "purgeAfter">): StateWord[] {
  if (state === "destroyed") return [{ words: "Destroyed", tone: "bad" }]
  if (state === "deleted") {
    return [{ words: purgeAfter === null ? "Deleted" : `Deleted until ${dayWords(purgeAfter)}`, tone: "bad" }]
  }
  const said = inOrder(marks).map((mark) => markWords[mark])
  if (state === "disabled") said.unshift({ words: "Disabled", tone: "warn" })
  return said.length === 0 ? [{ words: "Current", tone: "ok" }] : said
}

function inOrder(marks: readonly SecretMark[]): SecretMark[] {
  const order = Object.keys(markWords)
  return [...marks].sort((one, other) => order.indexOf(one) - order.indexOf(other))
}

/** What the state filter offers, with the words of the marks. */
export const stateChoices: readonly { value: SecretState | SecretMark; label: string }[] = [
  { value: "active", label: "Active" },
  { value: "disabled", label: "Disabled" },
  { value: "deleted", label: "Deleted" },
  ...Object.entries(markWords).map(([value, { words }]) => ({ value: value as SecretMark, label: words })), // keys of that very table
]

/** The state of a version on the timeline. */
export function versionStateWord({ isCurrent, state }: Pick<Version, "isCurrent" | "state">): StateWord {
  if (state === "destroyed") return { words: "Destroyed", tone: "bad" }
  if (state === "disabled") return { words: isCurrent ? "Current, disabled" : "Disabled", tone: "warn" }
  if (state === "deleted") return { words: isCurrent ? "Current, deleted" : "Deleted", tone: "warn" }
  if (state === "forgotten") return { words: "Forgotten", tone: "neutral" }
  return isCurrent ? { words: "Current", tone: "ok" } : { words: "Previous", tone: "neutral" }
}

/** What is to know of a backend's history, where it isn't all that there ever was. */
export function historyWords({ versions, keepsVersions }: SecretDetail["abilities"]): string | undefined {
  if (versions === "none") {
    return "KV version 1 keeps no history: it holds the current value alone. The versions listed here say who wrote what when; going back to one isn't possible."
  }
  if (keepsVersions === null || keepsVersions === 0) return undefined
  return `Its backend keeps the last ${counted(keepsVersions, "version")}. Older ones are forgotten there: they stay listed here, without a value.`
}

/** Why nobody may know a value, or who does. */
export function knownByWords({
  knownBy,
  origin,
  currentVersion,
}: Pick<SecretDetail, "knownBy" | "origin" | "currentVersion">): string {
  if (currentVersion === null) return "nobody: there is no version yet"
  if (origin === "changed_at_backend") return "whoever changed it at the backend"
  if (origin === "adopted") return "whoever put it at the backend"
  if (knownBy === null) return "nobody: it was generated"
  return `${knownBy.name}, who ${origin === "imported" ? "imported" : "typed"} it`
}

/** What machines get under the name once this secret is deleted. */
export function uncoveredWords({ scope, name, uncovers }: Pick<SecretDetail, "scope" | "name" | "uncovers">): string {
  if (uncovers === null) return `Machines in ${scope} then get nothing under this name.`
  const version = uncovers.version === null ? "" : `, version ${uncovers.version}`
  return `${scope} will then get ${uncovers.scope}'s ${name}${version}.`
}

/** Who loses a secret that is disabled, deleted or destroyed. */
export function readersWords(count: number): string {
  return count === 0 ? "No service account may read it." : `${counted(count, "service account")} may read it.`
}
