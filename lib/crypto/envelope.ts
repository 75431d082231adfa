import { timingSafeEqual } from "node:crypto"
import { expose, Secret } from "../secret.ts"
import { additionalData, type Context, decrypt, encrypt } from "./aead.ts"
import { CryptoError } from "./crypto-error.ts"
import { checkValueLength, Key, keyBytes } from "./key.ts"
import { pad, unpad } from "./padding.ts"

// A blob is
//
//   0x4B | format(1) | algorithm(1) | length of key name(1), key name | nonce(12) | ciphertext | tag(16)
//
// and the key name is the sealing key's check value (16 bytes) and its id in UTF-8. GCM lets one text open under two
// keys; the check value, compared before anything is decrypted, commits the blob to one. The padded text hides the
// value's length. docs: security design (b), AWS Encryption SDK "key commitment".
const magic = 0x4b
const format = 1
const aes256gcm = 1
const headerLength = 4
const longestKeyId = 255 - checkValueLength

/** A value under its own key, and that key under the organization's. Both belong in the database, side by side. */
export interface SealedVersion {
  sealed: Uint8Array
  wrappedKey: Uint8Array
}

type WrappedKeyPurpose = "kek→ork" | "kek→installation" | "ork→dek"

/** Where a version's text belongs: `keyId` is the organization key's. `purpose` says what kind of text it is. */
export type SealedContext = Context & { purpose: Exclude<Context["purpose"], WrappedKeyPurpose> }

/** The place of a key that is wrapped: `keyId` is the id of the wrapping key. */
export type WrappedKeyContext = Context & { purpose: WrappedKeyPurpose }

/**
 * Seals a value under a new key, used this once, and wraps that under the organization's. So a nonce can't meet
 * another one, and forgetting the wrapped key forgets the value. The value isn't wiped: it stays its owner's.
 */
export function sealVersion(organizationKey: Key, value: Secret, context: SealedContext): SealedVersion {
  const versionKey = Key.random()
  try {
    return {
      sealed: seal(value, versionKey, underOwnKey(context)),
      wrappedKey: wrapKey(organizationKey, versionKey, { ...context, purpose: "ork→dek" }),
    }
  } finally {
    versionKey.wipe()
  }
}

/** The value of a sealed version. Throws CryptoError when key, value or place isn't the one that it was sealed with. */
export function openVersion(organizationKey: Key, version: SealedVersion, context: SealedContext): Secret {
  const versionKey = unwrapVersionKey(organizationKey, version.wrappedKey, context)
  try {
    return openUnderOwnKey(versionKey, version.sealed, context)
  } finally {
    versionKey.wipe()
  }
}

/** The first half of `openVersion`: the version's own key. The caller wipes it when done. */
export function unwrapVersionKey(organizationKey: Key, wrappedKey: Uint8Array, context: SealedContext): Key {
  return unwrapKey(organizationKey, wrappedKey, { ...context, purpose: "ork→dek" })
}

/** The second half of `openVersion`: the value under its own key. */
export function openUnderOwnKey(versionKey: Key, sealed: Uint8Array, context: SealedContext): Secret {
  return openerUnderOwnKey(versionKey, context)(sealed)
}

/** The same for who opens one version again and again: what binds it to its place is put together once. */
export function openerUnderOwnKey(versionKey: Key, context: SealedContext): (sealed: Uint8Array) => Secret {
  const binding = bind(versionKey, underOwnKey(context))
  return (sealed) => Secret.fromBytes(openBound(sealed, versionKey, binding))
}

/** Wraps `key` under `wrappingKey`, for the database. */
export function wrapKey(wrappingKey: Key, key: Key, context: WrappedKeyContext): Uint8Array {
  return sealBytes(keyBytes(key), wrappingKey, context)
}

/** The key in `wrapped`. The caller wipes it when done. Throws CryptoError as `open` does. */
export function unwrapKey(wrappingKey: Key, wrapped: Uint8Array, context: WrappedKeyContext): Key {
  return Key.fromBytes(openBytes(wrapped, wrappingKey, context))
}

/** Seals a secret directly under `key`, at most 2^32 times per key. Versions use `sealVersion` instead. */
export function seal(secret: Secret, key: Key, context: SealedContext): Uint8Array {
  return sealBytes(expose(secret), key, context)
}

/**
 * The secret in `sealed`. Throws CryptoError: `malformed` or `unsupported` (not a blob that this release reads),
 * `wrong_key` (sealed under another key), `refused` (changed, or from another context).
 */
export function open(sealed: Uint8Array, key: Key, context: SealedContext): Secret {
  return Secret.fromBytes(openBytes(sealed, key, context))
}

// A version's own key needs no id: its check value names it. And the organization's key must not be bound in here, or
// wrapping anew under the next epoch's key would mean encrypting every value again.
function underOwnKey(context: SealedContext): SealedContext {
  return { ...context, keyId: "" }
}

function sealBytes(bytes: Uint8Array, key: Key, context: Context): Buffer {
  const name = keyName(key, context.keyId)
  const padded = pad(bytes)
  try {
    const box = encrypt(key, padded, additionalData(context, name))
    return Buffer.concat([Uint8Array.of(magic, format, aes256gcm, name.byteLength), name, box])
  } finally {
    padded.fill(0)
  }
}

function openBytes(blob: Uint8Array, key: Key, context: Context): Uint8Array {
  return openBound(blob, key, bind(key, context))
}

/** What a key and a place ask of a text that opens under them. */
interface Binding {
  keyName: Uint8Array
  additionalData: Uint8Array
}

function bind(key: Key, context: Context): Binding {
  const name = keyName(key, context.keyId)
  return { keyName: name, additionalData: additionalData(context, name) }
}

function openBound(blob: Uint8Array, key: Key, binding: Binding): Uint8Array {
  const { name, box } = parseBlob(blob)
  if (!sameBytes(checkValueIn(name), checkValueIn(binding.keyName))) throw new CryptoError("wrong_key")
  if (!sameBytes(name, binding.keyName)) throw new CryptoError("refused")
  return unpad(decrypt(key, box, binding.additionalData))
}

function parseBlob(blob: Uint8Array): { name: Uint8Array; box: Uint8Array } {
  const [first, version, algorithm, nameLength] = blob
  if (first !== magic || nameLength === undefined) throw new CryptoError("malformed")
  if (version !== format || algorithm !== aes256gcm) throw new CryptoError("unsupported")
  const boxAt = headerLength + nameLength
  if (nameLength < checkValueLength || blob.byteLength <= boxAt) throw new CryptoError("malformed")
  return { name: blob.subarray(headerLength, boxAt), box: blob.subarray(boxAt) }
}

function keyName(key: Key, keyId: string): Uint8Array {
  const id = Buffer.from(keyId, "utf8")
  if (id.byteLength > longestKeyId) throw new TypeError(`A key's id has at most ${longestKeyId} bytes.`)
  return Buffer.concat([key.checkValue, id])
}

function checkValueIn(name: Uint8Array): Uint8Array {
  return name.subarray(0, checkValueLength)
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && timingSafeEqual(a, b)
}
