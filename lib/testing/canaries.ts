/**
 * Canaries: values that are planted through every way in, and searched for afterwards in everything that left. A value
 * can leave in another dress, so each is looked for in all of them.
 */
import { randomBytes } from "node:crypto"

export interface Canary {
  /** Where it was planted, for the report. */
  planted: string
  value: string
  /** The part of the value that is searched for: what is planted around it may be common. */
  needle: string
}

export interface Sighting {
  planted: string
  form: CanaryForm
  /** Where it was found. */
  where: string
}

export const canaryForms = ["raw", "base64", "base64url", "hex", "percent", "JSON", "HTML"] as const
export type CanaryForm = (typeof canaryForms)[number]

/**
 * A new canary: 24 random characters between characters that each form writes in its own way, so that no form of it
 * looks like another. `body` puts it into something larger, such as a PEM or a JSON text.
 */
export function makeCanary(planted: string, body: (canary: string) => string = (canary) => canary): Canary {
  const core = randomBytes(18).toString("base64url").replaceAll(/[-_]/g, "x")
  const needle = `cnry"<${core}>&'é/+`
  return { planted, value: body(needle), needle }
}

/** Every canary that the text or bytes hold, in any form. */
export function findCanaries(canaries: readonly Canary[], where: string, left: Uint8Array | string): Sighting[] {
  const bytes = typeof left === "string" ? Buffer.from(left, "utf8") : Buffer.from(left)
  const lowerCase = Buffer.from(bytes.toString("latin1").toLowerCase(), "latin1")
  return canaries.flatMap(({ planted, needle }) =>
    canaryForms
      .filter((form) =>
        dresses[form](needle).some((dress) => (ignoresCase.has(form) ? lowerCase : bytes).includes(dress)),
      )
      .map((form) => ({ planted, form, where })),
  )
}

const dresses: Readonly<Record<CanaryForm, (value: string) => string[]>> = {
  raw: (value) => [value],
  base64: (value) => offsets.map((offset) => inner(value, offset, "base64")),
  base64url: (value) => offsets.map((offset) => inner(value, offset, "base64url")),
  hex: (value) => [Buffer.from(value, "utf8").toString("hex")],
  percent: (value) => [
    encodeURIComponent(value).toLowerCase(),
    new URLSearchParams({ v: value }).toString().slice(2).toLowerCase(),
  ],
  JSON: (value) => [
    JSON.stringify(value).slice(1, -1),
    asciiJson(value),
    JSON.stringify(JSON.stringify(value)).slice(3, -3),
  ],
  HTML: (value) => [asHtml(value, "&#x27;"), asHtml(value, "&#39;"), asHtml(value, "'")],
}

/** Hexadecimal digits are written in either case. */
const ignoresCase: ReadonlySet<CanaryForm> = new Set(["hex", "percent"])

const offsets = [0, 1, 2]

/** The base64 of the value as it stands in the middle of something longer: without the digits that its neighbours share. */
function inner(value: string, offset: number, encoding: "base64" | "base64url"): string {
  const bytes = Buffer.from(value, "utf8")
  const start = (3 - offset) % 3
  const end = start + Math.floor((bytes.length - start) / 3) * 3
  return bytes.subarray(start, end).toString(encoding)
}

function asciiJson(value: string): string {
  const escaped = JSON.stringify(value).slice(1, -1)
  return escaped.replaceAll(/[<>&\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)
}

function asHtml(value: string, apostrophe: string): string {
  return value
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", apostrophe)
}
