import { randomBytes } from "node:crypto"
import { decodeBase64url, decodePaddedBase64url } from "./base64url.ts"
import { CryptoError } from "./crypto-error.ts"
import { deriveKey, Key, keyBytesLength, shortCheckValue } from "./key.ts"
import type { KeyEncryptionKey } from "./keyring.ts"

// Shorter than a key: one that was put in the label's place must not become a name that is stored and shown.
const labelForm = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/
const howToMake = "Make one with: openssl rand -base64 32 | tr '+/' '-_' | tr -d '='"
const howToMakeFernet = "Make one with: openssl rand -base64 32 | tr '+/' '-_'"

/** At least one, the newest first. */
export type OneOrMore<Item> = [Item, ...Item[]]

/**
 * The keys in `STRONGROOM_KEK`: base64url of 32 bytes without padding, or several, newest first, separated by commas;
 * each may have a label (`2026-11:key`), else it is called `kek-` and the short check value.
 * Throws CryptoError `invalid_key` for any other form and for keys that weren't drawn at random. The message says
 * which key and why, without quoting it.
 */
export function parseKeyEncryptionKeys(text: string): OneOrMore<KeyEncryptionKey> {
  return listed(text, "STRONGROOM_KEK", (entry, where) => {
    const colon = entry.indexOf(":")
    const bytes = ofKeyLength(decodeBase64url(entry.slice(colon + 1)), where, "without padding", howToMake)
    refuseWeak(bytes, where, howToMake)
    const key = Key.fromBytes(bytes)
    return { key, label: colon < 0 ? `kek-${shortCheckValue(key.checkValue)}` : labelOf(entry.slice(0, colon), where) }
  })
}

/** A new key as `STRONGROOM_KEK` takes it, for an installation that has none yet. It is stored once and never shown. */
export function newKeyEncryptionKeyText(): string {
  return randomBytes(keyBytesLength).toString("base64url")
}

/**
 * The keys in `FERNET_SECRET_KEY`, to read and write Fernet tokens: base64url of 32 bytes with padding, several
 * separated by commas; the first one writes. Throws CryptoError `invalid_key` for any other form. A key that was typed
 * by hand still reads what it wrote.
 */
export function parseFernetKeys(text: string): OneOrMore<Key> {
  return listed(text, "FERNET_SECRET_KEY", (entry, where) => Key.fromBytes(fernetKeyBytes(entry, where)))
}

/**
 * The same keys as key encryption keys, for an installation that has only `FERNET_SECRET_KEY`:
 * HKDF-SHA256(key, info "strongroom/v1 kek-from-fernet"), called `fernet-` and the short check value.
 * Throws CryptoError `invalid_key` also for keys that weren't drawn at random.
 */
export function keyEncryptionKeysFromFernet(text: string): OneOrMore<KeyEncryptionKey> {
  return listed(text, "FERNET_SECRET_KEY", (entry, where) => {
    const bytes = fernetKeyBytes(entry, where)
    refuseWeak(bytes, where, howToMakeFernet)
    const key = deriveKey(Key.fromBytes(bytes), "strongroom/v1 kek-from-fernet")
    bytes.fill(0)
    return { key, label: `fernet-${shortCheckValue(key.checkValue)}` }
  })
}

function fernetKeyBytes(entry: string, where: string): Buffer {
  return ofKeyLength(decodePaddedBase64url(entry), where, "with padding", howToMakeFernet)
}

function listed<Parsed>(
  text: string,
  setting: string,
  parse: (entry: string, where: string) => Parsed,
): OneOrMore<Parsed> {
  const [first = "", ...others] = text.split(",").map((entry) => entry.trim())
  const where = (at: number) => (others.length === 0 ? setting : `${setting}, key ${at} of ${others.length + 1}`)
  return [parse(first, where(1)), ...others.map((entry, at) => parse(entry, where(at + 2)))]
}

function ofKeyLength(bytes: Buffer | undefined, where: string, padding: string, howTo: string): Buffer {
  if (bytes?.byteLength === keyBytesLength) return bytes
  throw new CryptoError("invalid_key", `${where}: a key is base64url of exactly 32 bytes, ${padding}. ${howTo}`)
}

function refuseWeak(bytes: Buffer, where: string, howTo: string): void {
  const weakness = weaknessOf(bytes)
  if (weakness !== undefined) throw new CryptoError("invalid_key", `${where}: ${weakness}. ${howTo}`)
}

function labelOf(label: string, where: string): string {
  if (labelForm.test(label)) return label
  throw new CryptoError("invalid_key", `${where}: the label before ":" has up to 32 letters, digits, ".", "_" and "-".`)
}

// The key of the Fernet specification's test vectors: everyone has it.
const published = ["cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4"]

// 32 random bytes have about 30 different values. Fewer than 16, or nothing but printable characters, or equal steps
// happen by chance less than once in 10^13 keys; people who type a key make them all the time.
function weaknessOf(bytes: Buffer): string | undefined {
  if (new Set(bytes).size < 16) return "this key repeats itself"
  if (bytes.every((byte) => byte >= 0x20 && byte < 0x7f)) return "this key was made of text, not drawn at random"
  if (hasEqualSteps(bytes)) return "this key counts"
  if (published.includes(bytes.toString("base64url"))) return "this key is a published sample"
  return undefined
}

function hasEqualSteps(bytes: Buffer): boolean {
  const steps = Array.from(bytes.subarray(1), (byte, at) => (byte - (bytes[at] ?? 0)) & 0xff)
  return new Set(steps).size === 1
}
