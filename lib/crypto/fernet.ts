import { createHmac, randomBytes, timingSafeEqual } from "node:crypto"
import { expose, Secret } from "../secret.ts"
import { decodePaddedBase64url, encodePaddedBase64url } from "./base64url.ts"
import { decryptCbc, encryptCbc } from "./cbc.ts"
import type { OneOrMore } from "./configured-keys.ts"
import { CryptoError } from "./crypto-error.ts"
import { type Key, keyBytes } from "./key.ts"

// Fernet by its specification (github.com/fernet/spec): base64url, with padding, of
//
//   0x80 | seconds since 1970 (8, big-endian) | iv(16) | AES-128-CBC ciphertext | HMAC-SHA256 of all before (32)
//
// The first half of a key signs, the second encrypts.
const version = 0x80
const ivAt = 9
const ciphertextAt = 25
const macLength = 32
const blockLength = 16
const shortest = ciphertextAt + blockLength + macLength
const clockSkewSeconds = 60

export interface TimeToLive {
  /** The token's greatest age in seconds. A token from more than 60 seconds ahead is refused as well. */
  ttlSeconds: number
  now: Date
}

/** A token for `value` under the first of `keys`, which come from `parseFernetKeys`. */
export function writeFernet(keys: Readonly<OneOrMore<Key>>, value: Secret, now: Date): string {
  const [signing, encrypting] = halves(keys[0])
  const head = Buffer.alloc(ciphertextAt)
  head.writeUInt8(version)
  head.writeBigUInt64BE(BigInt(Math.floor(now.getTime() / 1000)), 1)
  const iv = randomBytes(blockLength)
  head.set(iv, ivAt)
  const signed = Buffer.concat([head, encryptCbc(encrypting, iv, expose(value))])
  return encodePaddedBase64url(Buffer.concat([signed, mac(signing, signed)]))
}

/**
 * The value in a token of any of `keys`. A token has no age unless `timeToLive` is given: stored ones don't expire.
 * Whatever is wrong, from the alphabet to the padding, is one error: CryptoError `refused`.
 */
export function readFernet(keys: readonly Key[], token: string, timeToLive?: TimeToLive): Secret {
  const bytes = decodePaddedBase64url(token)
  if (bytes === undefined || !hasForm(bytes)) throw new CryptoError("refused")
  const key = keys.find((candidate) => signedBy(candidate, bytes))
  if (key === undefined) throw new CryptoError("refused")
  if (timeToLive !== undefined && !isCurrent(bytes, timeToLive)) throw new CryptoError("refused")
  const [, encrypting] = halves(key)
  const iv = bytes.subarray(ivAt, ciphertextAt)
  return Secret.fromBytes(decryptCbc(encrypting, iv, bytes.subarray(ciphertextAt, -macLength)))
}

function hasForm(bytes: Buffer): boolean {
  return bytes[0] === version && bytes.byteLength >= shortest && (bytes.byteLength - shortest) % blockLength === 0
}

function signedBy(key: Key, bytes: Buffer): boolean {
  const [signing] = halves(key)
  return timingSafeEqual(mac(signing, bytes.subarray(0, -macLength)), bytes.subarray(-macLength))
}

function mac(signing: Uint8Array, bytes: Uint8Array): Buffer {
  return createHmac("sha256", signing).update(bytes).digest()
}

function isCurrent(bytes: Buffer, { ttlSeconds, now }: TimeToLive): boolean {
  const age = now.getTime() / 1000 - Number(bytes.readBigUInt64BE(1))
  return age <= ttlSeconds && age >= -clockSkewSeconds
}

function halves(key: Key): [signing: Uint8Array, encrypting: Uint8Array] {
  const bytes = keyBytes(key)
  return [bytes.subarray(0, blockLength), bytes.subarray(blockLength)]
}
