/**
 * Canaries: values that are planted through every way in, and searched for afterwards in everything that left. A value
 * can leave in another dress, so each is looked for in all of them, and within what was compressed.
 *
 * Only what has twelve random bytes or more can be told from noise. Shorter values are planted too, but whether they
 * leave is shown otherwise: what two instances answer whose stored values alone differ is held against each other.
 */
import { randomBytes, randomInt } from "node:crypto"
import { brotliDecompressSync, constants, inflateRawSync, inflateSync } from "node:zlib"
import { type Needle, type NeedleSearch, searchFor, shortestNeedle } from "./many-needles.ts"

export interface Canary {
  /** Where it was planted, for the report. */
  planted: string
  value: string
  /** The part of the value that is searched for: what is planted around it may be common. */
  needle: string
  /** Bytes that aren't text stand as base64 in both. */
  encoding?: "base64"
}

export interface Sighting {
  planted: string
  form: CanaryForm
  /** Where it was found. */
  where: string
}

export const canaryForms = ["raw", "base64", "base64url", "hex", "percent", "JSON", "HTML", "UTF-16"] as const
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

const kinds = ["ASCII", "UTF-8", "binary", "PEM", "JSON", "white space", "long", "short"] as const

/** As many different canaries of every kind: text, bytes, PEM, JSON, white space, from one byte to 64 KiB. */
export function makeCanaries(planted: string, count: number): Canary[] {
  return Array.from({ length: count }, (_, index) => ofKind(kinds[index % kinds.length] ?? "ASCII", planted, index))
}

function ofKind(kind: (typeof kinds)[number], planted: string, index: number): Canary {
  const ascii = randomBytes(24).toString("base64url")
  switch (kind) {
    case "ASCII":
      return { planted, value: ascii, needle: ascii }
    case "UTF-8":
      return makeCanary(planted, (canary) => `пароль ${canary} 密码`)
    case "binary": {
      const bytes = randomBytes(32 + (index % 64)).toString("base64")
      return { planted, value: bytes, needle: bytes, encoding: "base64" }
    }
    case "PEM":
      return makeCanary(planted, (canary) => `-----BEGIN PRIVATE KEY-----\n${canary}\n-----END PRIVATE KEY-----\n`)
    case "JSON":
      return asJsonText(makeCanary(planted))
    case "white space": {
      const spaces = Array.from({ length: 64 }, () => " \t\n\r"[randomInt(4)]).join("")
      return { planted, value: spaces, needle: spaces }
    }
    case "long": {
      const size = Math.min(2 ** (10 + ((index >>> 3) % 7)), 65_536)
      return makeCanary(planted, (canary) => canary.padEnd(size - (Buffer.byteLength(canary) - canary.length), "-"))
    }
    case "short": {
      const bytes = randomBytes(1 + ((index >>> 3) % (shortestNeedle - 1))).toString("base64")
      return { planted, value: bytes, needle: bytes, encoding: "base64" }
    }
  }
}

/** Within a JSON text a canary stands as JSON writes it. */
function asJsonText({ planted, value }: Canary): Canary {
  return {
    planted,
    value: JSON.stringify({ user: "root", password: value }),
    needle: JSON.stringify(value).slice(1, -1),
  }
}

/** Whether it can be found: what is shorter stands everywhere by chance. */
export function isSearchable({ needle, encoding }: Canary): boolean {
  return Buffer.byteLength(needle, encoding ?? "utf8") >= shortestNeedle
}

/** Every canary that the text or bytes hold, in any form. To look in several places, make the search once. */
export function findCanaries(canaries: readonly Canary[], where: string, left: Uint8Array | string): Sighting[] {
  return canarySearch(canaries)(where, left)
}

/** The search for these canaries: in a place itself, and in each compressed stream within it. */
export function canarySearch(canaries: readonly Canary[]): (where: string, left: Uint8Array | string) => Sighting[] {
  const dressed = canaries.filter(isSearchable).flatMap(dressesOf)
  const search = searchFor(dressed)
  return (where, left) => lookIn(search, where, typeof left === "string" ? Buffer.from(left, "utf8") : left, 2)
}

interface Dressed {
  planted: string
  form: CanaryForm
}

function lookIn(search: NeedleSearch<Dressed>, where: string, left: Uint8Array, depth: number): Sighting[] {
  const here = [...search(left)].map(({ planted, form }) => ({ planted, form, where }))
  const within =
    depth === 0
      ? []
      : [...unpacked(left)].flatMap(({ as, bytes }) => lookIn(search, `${where}, ${as}`, bytes, depth - 1))
  return [...new Map([...here, ...within].map((sighting) => [Object.values(sighting).join("\n"), sighting])).values()]
}

// --- dresses

function dressesOf(canary: Canary): Needle<Dressed>[] {
  const bytes = Buffer.from(canary.needle, canary.encoding ?? "utf8")
  const written = [...ofBytes(bytes), ...(canary.encoding === undefined ? ofText(canary.needle) : [])]
  // Several ways of a form write some values alike.
  const different = new Map<string, Needle<Dressed>>()
  for (const [form, dress] of written) {
    const own = typeof dress === "string" ? Buffer.from(dress, "utf8") : dress
    if (own.length < shortestNeedle) continue
    different.set(`${form} ${own.toString("latin1")}`, { bytes: own, means: { planted: canary.planted, form } })
  }
  return [...different.values()]
}

type Dress = [form: CanaryForm, dress: string | Buffer]

function ofBytes(bytes: Buffer): Dress[] {
  const hex = bytes.toString("hex")
  const escaped = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("")
  return [
    ["raw", bytes],
    ...offsets.flatMap((offset): Dress[] => [
      ["base64", inner(bytes, offset, "base64")],
      ["base64url", inner(bytes, offset, "base64url")],
    ]),
    ["hex", hex],
    ["hex", hex.toUpperCase()],
    ["percent", escaped],
    ["percent", escaped.toUpperCase()],
  ]
}

function ofText(text: string): Dress[] {
  const percent = encodeURIComponent(text)
  const form = new URLSearchParams({ v: text }).toString().slice(2)
  const utf16 = Buffer.from(text, "utf16le")
  const json = JSON.stringify(text).slice(1, -1)
  return [
    ["percent", percent],
    ["percent", lowerEscapes(percent)],
    ["percent", form],
    ["percent", lowerEscapes(form)],
    ["JSON", json],
    ["JSON", asciiJson(text)],
    ["JSON", JSON.stringify(JSON.stringify(text)).slice(3, -3)],
    ["JSON", unitsOf(text, (unit) => `\\u${unit}`)],
    ["JSON", unitsOf(text, (unit) => `\\u${unit.toUpperCase()}`)],
    ["HTML", asHtml(text, "&#x27;")],
    ["HTML", asHtml(text, "&#39;")],
    ["HTML", asHtml(text, "'")],
    ["HTML", Array.from(text, (char) => `&#${char.codePointAt(0) ?? 0};`).join("")],
    ["HTML", Array.from(text, (char) => `&#x${(char.codePointAt(0) ?? 0).toString(16)};`).join("")],
    ["UTF-16", utf16],
    ["UTF-16", Buffer.from(utf16).swap16()],
  ]
}

const offsets = [0, 1, 2]

/** The base64 of the value as it stands in the middle of something longer: without the digits that its neighbours share. */
function inner(bytes: Buffer, offset: number, encoding: "base64" | "base64url"): string {
  const start = (3 - offset) % 3
  const end = start + Math.floor((bytes.length - start) / 3) * 3
  return bytes.subarray(start, end).toString(encoding)
}

function lowerEscapes(text: string): string {
  return text.replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase())
}

function asciiJson(value: string): string {
  const escaped = JSON.stringify(value).slice(1, -1)
  return escaped.replaceAll(/[<>&\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)
}

function unitsOf(text: string, write: (unit: string) => string): string {
  return Array.from({ length: text.length }, (_, at) => write(text.charCodeAt(at).toString(16).padStart(4, "0"))).join(
    "",
  )
}

function asHtml(value: string, apostrophe: string): string {
  return value
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", apostrophe)
}

// --- what was compressed

const most = { maxOutputLength: 64 * 1024 * 1024 }
/** What ends before its end is read as far as it goes. */
const cutShort = { ...most, finishFlush: constants.Z_SYNC_FLUSH }

/** Streams of gzip and zlib wherever they begin; deflate and brotli have no mark, and are tried from the beginning. */
function* unpacked(bytes: Uint8Array): Generator<{ as: string; bytes: Uint8Array }> {
  for (const at of placesOf(bytes, [0x1f, 0x8b, 0x08]))
    yield* attempt(`gzip at ${at}`, () => inflateRawSync(bytes.subarray(afterGzipHeader(bytes, at)), cutShort))
  for (const level of [0x01, 0x5e, 0x9c, 0xda]) {
    for (const at of placesOf(bytes, [0x78, level]))
      yield* attempt(`zlib at ${at}`, () => inflateSync(bytes.subarray(at), cutShort))
  }
  yield* attempt("deflate", () => inflateRawSync(bytes, most))
  if (bytes.length <= 1024 * 1024) yield* attempt("brotli", () => brotliDecompressSync(bytes, most))
}

/**
 * Where a gzip member's own bytes begin (RFC 1952, 2.3). Node's gunzip takes nothing of a stream that something else
 * follows, as it does in what we gather.
 */
function afterGzipHeader(bytes: Uint8Array, at: number): number {
  const flags = bytes[at + 3] ?? 0
  let next = at + 10
  if (flags & 4) next += 2 + (bytes[next] ?? 0) + 256 * (bytes[next + 1] ?? 0)
  for (const text of [8, 16]) if (flags & text) next = bytes.indexOf(0, next) + 1
  return flags & 2 ? next + 2 : next
}

function* attempt(as: string, unpack: () => Uint8Array): Generator<{ as: string; bytes: Uint8Array }> {
  let bytes: Uint8Array
  try {
    bytes = unpack()
  } catch {
    return // it only looked like one
  }
  if (bytes.length >= shortestNeedle) yield { as, bytes }
}

function* placesOf(bytes: Uint8Array, mark: readonly number[]): Generator<number> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const wanted = Buffer.from(mark)
  for (let at = buffer.indexOf(wanted); at !== -1; at = buffer.indexOf(wanted, at + 1)) yield at
}
