import { createCipheriv, createDecipheriv } from "node:crypto"
import { CryptoError } from "./crypto-error.ts"

// AES-128-CBC with PKCS#7 padding, for Fernet alone: it doesn't authenticate, so its caller checks a MAC first.
const algorithm = "aes-128-cbc"

/** `key` and `iv` have 16 bytes. */
export function encryptCbc(key: Uint8Array, iv: Uint8Array, plaintext: Uint8Array): Buffer {
  const cipher = createCipheriv(algorithm, key, iv)
  return Buffer.concat([cipher.update(plaintext), cipher.final()])
}

/** The text. Throws CryptoError `refused` when key, length or padding is wrong. */
export function decryptCbc(key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  try {
    const decipher = createDecipheriv(algorithm, key, iv)
    return joined(decipher.update(ciphertext), decipher.final())
  } catch {
    throw new CryptoError("refused")
  }
}

// Not Buffer.concat alone: the parts hold the value, and are wiped.
function joined(start: Buffer, end: Buffer): Uint8Array {
  const whole = Buffer.concat([start, end])
  start.fill(0)
  end.fill(0)
  return whole
}
