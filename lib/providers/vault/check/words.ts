/** Words of a server in a person's sentence: never more than a name, and never its errors. */
import { z } from "zod"

/** A name that the server gave, fit for one line. */
export function named(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "\uFFFD")
  // Half a character, sent so or cut so, is nothing that a row could keep.
  return (line.length > 100 ? `${line.slice(0, 100)}…` : line).toWellFormed()
}

/** A server can name a hundred thousand policies, and a line is kept with each check. */
const mostListed = 20

/** `"a", "b" and "c"` */
export function listed(names: readonly string[]): string {
  const more = names.length - mostListed
  const quoted = names.slice(0, mostListed).map((name) => `"${named(name)}"`)
  if (more > 0) return `${quoted.join(", ")} and ${more} more`
  return quoted.length < 2 ? quoted.join("") : `${quoted.slice(0, -1).join(", ")} and ${quoted.at(-1) ?? ""}`
}

/** `40 s`, `8 h`, `32 d` */
export function duration(seconds: number): string {
  const units: [number, string][] = [
    [86_400, "d"],
    [3_600, "h"],
    [60, "min"],
  ]
  const unit = units.find(([size]) => seconds >= 2 * size)
  return unit === undefined ? `${Math.round(seconds)} s` : `${Math.floor(seconds / unit[0])} ${unit[1]}`
}

/** `3 May 2027` */
export function day(date: Date): string {
  return date.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" })
}

const errorBody = z.object({ errors: z.array(z.string()) })

/** What the server says went wrong, to tell cases apart by. It may quote anything: it goes into no message. */
export function errorsIn(body: unknown): string {
  const parsed = errorBody.safeParse(body)
  return parsed.success ? parsed.data.errors.join("\n") : ""
}
