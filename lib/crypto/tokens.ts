import { hash, randomBytes, randomInt } from "node:crypto"
import { crc32 } from "node:zlib"
import { base62Decode, base62Encode, base62EncodeNumber } from "./base62.ts"

// A credential is
//
//   srm_<kind>_<id: a UUID, 22 base62 digits>_<256 random bits, 43 base62 digits><checksum, 6 base62 digits>
//
// The prefix and the checksum (CRC-32 of all before it) let secret scanners find one with few false hits. Only
// SHA-256 of the whole is stored: with 256 random bits nothing slower is needed (OWASP ASVS 5.0, 6.5.2).
const kinds = ["pat", "sat", "ses", "inv"] as const
const form = /^srm_(pat|sat|ses|inv)_([0-9A-Za-z]{22})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/
const checksumLength = 6

/** Personal token, service account's access token, session, invitation. */
export type TokenKind = (typeof kinds)[number]

export interface NewToken {
  /** The credential: shown to its owner once, stored nowhere. */
  token: string
  /** SHA-256 of the token, 32 bytes: what the database keeps and looks up. */
  hash: Uint8Array
  /** The token's part that may be shown and logged: kind and id. */
  prefix: string
}

export interface ParsedToken {
  kind: TokenKind
  /** The UUID that the token was made for, lower case with dashes. */
  id: string
  /** SHA-256 of the token, 32 bytes. */
  hash: Uint8Array
}

/** A new credential for the row `id`, a UUID. */
export function newToken(kind: TokenKind, id: string): NewToken {
  const prefix = `srm_${kind}_${base62Encode(Buffer.from(id.replaceAll("-", ""), "hex"), 22)}`
  const text = `${prefix}_${base62Encode(randomBytes(32), 43)}`
  const token = text + checksumOf(text)
  return { token, hash: hashToken(token), prefix }
}

/**
 * What a presented text claims to be, or undefined when it isn't of our form or its checksum is wrong. It proves
 * nothing: the caller looks `hash` up. The work depends on the form alone, never on what is stored.
 */
export function parseToken(text: string): ParsedToken | undefined {
  const [, kind, id, , checksum] = form.exec(text) ?? []
  const known = kinds.find((each) => each === kind)
  if (known === undefined || id === undefined || checksumOf(text.slice(0, -checksumLength)) !== checksum)
    return undefined
  const bytes = base62Decode(id, 16)
  return bytes && { kind: known, id: uuidOf(bytes), hash: hashToken(text) }
}

/** SHA-256 of a token's text, 32 bytes. */
export function hashToken(token: string): Uint8Array {
  // As a text of bytes: a Buffer that Node makes for a hash costs more than hashing does.
  return Buffer.from(hash("sha256", token, "binary"), "latin1")
}

// Crockford's base32: no I, L, O or U, so that a person can read it aloud and type it.
const setupAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
const setupForm = /^[0-9A-HJKMNP-TV-Z]{28}$/

/** The code that makes the first owner: 140 random bits as seven groups of four, and its SHA-256. */
export function newSetupCode(): { code: string; hash: Uint8Array } {
  const digits = Array.from({ length: 28 }, () => setupAlphabet.charAt(randomInt(setupAlphabet.length))).join("")
  return { code: digits.replace(/.{4}(?=.)/g, "$&-"), hash: hashToken(digits) }
}

/**
 * SHA-256 of a typed setup code, to compare with the stored one by `timingSafeEqual`, or undefined when it can't be
 * one. Case, dashes and spaces don't matter, and O, I and L count as 0, 1 and 1.
 */
export function hashSetupCode(typed: string): Uint8Array | undefined {
  const digits = typed.toUpperCase().replace(/[\s-]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1")
  return setupForm.test(digits) ? hashToken(digits) : undefined
}

function checksumOf(text: string): string {
  return base62EncodeNumber(crc32(text), checksumLength)
}

function uuidOf(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString("hex")
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
