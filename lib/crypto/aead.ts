import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto"
import { CryptoError } from "./crypto-error.ts"
import { type Key, keyObject } from "./key.ts"

// The one place of authenticated encryption: AES-256-GCM (NIST SP 800-38D, RFC 5116 AEAD_AES_256_GCM), always with a
// random nonce of 96 bits and a tag of 128. Node would accept shorter tags: neither direction leaves it the choice.
const algorithm = "aes-256-gcm"
const nonceLength = 12
const tagLength = 16
const options = { authTagLength: tagLength }

/** What `encrypt` adds to the length of a text, in bytes. */
export const overhead = nonceLength + tagLength

/**
 * Encrypts `plaintext` and binds `additionalData` to it: nonce(12) ‖ ciphertext ‖ tag(16). Random nonces allow 2^32
 * texts under one key (SP 800-38D 8.3); keys of versions are used once.
 */
export function encrypt(key: Key, plaintext: Uint8Array, additionalData: Uint8Array): Buffer {
  const nonce = randomBytes(nonceLength)
  return Buffer.concat([nonce, ...encryptParts(key, nonce, plaintext, additionalData)])
}

/** The text in `box`. Throws CryptoError: `malformed` when it is too short, `refused` when anything was changed. */
export function decrypt(key: Key, box: Uint8Array, additionalData: Uint8Array): Buffer {
  if (box.byteLength < overhead) throw new CryptoError("malformed")
  return decryptCounted(key, box.subarray(0, nonceLength), box.subarray(nonceLength), additionalData)
}

/**
 * The same with a nonce that the caller counts and that isn't in the box: ciphertext ‖ tag(16). A nonce must never come
 * again under the same key.
 */
export function encryptCounted(key: Key, nonce: Uint8Array, plaintext: Uint8Array, additionalData: Uint8Array): Buffer {
  return Buffer.concat(encryptParts(key, nonce, plaintext, additionalData))
}

/** The text in a box of `encryptCounted`. Throws as `decrypt` does. */
export function decryptCounted(key: Key, nonce: Uint8Array, box: Uint8Array, additionalData: Uint8Array): Buffer {
  if (box.byteLength < tagLength) throw new CryptoError("malformed")
  const tagAt = box.byteLength - tagLength
  const decipher = createDecipheriv(algorithm, keyObject(key), nonce, options)
  decipher.setAAD(additionalData)
  decipher.setAuthTag(box.subarray(tagAt))
  const plaintext = decipher.update(box.subarray(0, tagAt))
  try {
    decipher.final()
  } catch {
    // Unauthenticated text must not survive, and OpenSSL's reason says nothing that helps.
    plaintext.fill(0)
    throw new CryptoError("refused")
  }
  return plaintext
}

function encryptParts(key: Key, nonce: Uint8Array, plaintext: Uint8Array, additionalData: Uint8Array): Buffer[] {
  const cipher = createCipheriv(algorithm, keyObject(key), nonce, options)
  cipher.setAAD(additionalData)
  return [cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]
}

/** What a sealed text is for. Text of one purpose never opens as another. */
export type Purpose =
  | "kek→ork"
  | "kek→installation"
  | "ork→dek"
  | "value"
  | "backend-cred"
  | "backend-session"
  | "webhook-key"
  | "totp"
  | "oidc-secret"
  | "cache"

/**
 * Where a sealed text belongs. It opens there and nowhere else. Ids are immutable, so renaming seals nothing anew.
 * What is left out counts as the empty text.
 */
export interface Context {
  purpose: Purpose
  /** The installation's id. */
  instance: string
  organization: string
  /** The id of the secret, provider or other row that the text belongs to. */
  secret?: string
  /** The version's number: a non-negative integer. */
  version?: number
  /** Which of several texts of one row. */
  field?: string
  /** The id of the key that seals (for a version: of the organization key that wraps the version's own key). */
  keyId: string
}

/**
 * The additional data for a context: LP("strongroom/v1") and then LP of each part, with LP = length in 4 bytes,
 * big-endian, and the bytes. Without lengths "ab" + "c" and "a" + "bc" would bind the same. `keyName` are the bytes
 * that name the sealing key in the blob's header.
 */
export function additionalData(context: Context, keyName: Uint8Array): Buffer {
  const { purpose, instance, organization, secret = "", version, field = "" } = context
  const texts = ["strongroom/v1", purpose, instance, organization, secret, versionText(version), field]
  return lengthPrefixed([...texts.map(wellFormed), keyName])
}

/** Each part with its length before it, 4 bytes big-endian: no two lists of parts give the same bytes. */
export function lengthPrefixed(parts: readonly (Uint8Array | string)[]): Buffer {
  // Every value that is opened passes here twice, so texts are written straight to their place.
  const lengths = parts.map((part) => (typeof part === "string" ? Buffer.byteLength(part) : part.byteLength))
  const whole = Buffer.allocUnsafe(lengths.reduce((size, length) => size + 4 + length, 0))
  let at = 0
  for (const [index, part] of parts.entries()) {
    at = whole.writeUInt32BE(lengths[index] ?? 0, at)
    if (typeof part === "string") at += whole.write(part, at, "utf8")
    else {
      whole.set(part, at)
      at += part.byteLength
    }
  }
  return whole
}

function versionText(version: number | undefined): string {
  if (version === undefined) return ""
  if (!Number.isSafeInteger(version) || version < 0) throw new TypeError("A version is a non-negative integer.")
  return String(version)
}

// Broken surrogates would all become the same replacement character, and two contexts one.
function wellFormed(text: string): string {
  if (!text.isWellFormed()) throw new TypeError("A context is made of well-formed text.")
  return text
}
