import { timingSafeEqual } from "node:crypto"
import { expose, type Secret } from "../secret.ts"
import { lengthPrefixed } from "./aead.ts"
import { CryptoError } from "./crypto-error.ts"
import { deriveKey, type Key, keyedHash, shortCheckValue } from "./key.ts"

/** A key encryption key (KEK) of this installation. The label is for people and the database; no two share one. */
export interface KeyEncryptionKey {
  readonly label: string
  readonly key: Key
}

/**
 * The key encryption keys that a process was given: the active one wraps and unwraps, the retained ones only unwrap
 * what a rotation hasn't reached yet.
 */
export class Keyring {
  readonly active: KeyEncryptionKey
  readonly retained: readonly KeyEncryptionKey[]

  /** `keys` newest first: the first is active. Throws CryptoError `invalid_key` for none, or for two of one label. */
  constructor(keys: readonly KeyEncryptionKey[]) {
    const [active, ...retained] = keys
    if (active === undefined) throw new CryptoError("invalid_key", "No key encryption key is configured.")
    refuseRepeats(keys)
    this.active = active
    this.retained = retained
  }

  /** All of them, the active one first. */
  get all(): readonly KeyEncryptionKey[] {
    return [this.active, ...this.retained]
  }

  /** The key with this check value, active or retained, whatever its label is by now. */
  find(checkValue: Uint8Array): KeyEncryptionKey | undefined {
    return this.all.find(({ key }) => sameCheckValue(key.checkValue, checkValue))
  }

  /**
   * The key that something was wrapped under. Throws WrongKeyError when it isn't among ours: ask before anything is
   * read or written. `label` is what the database calls the key, and only the message uses it.
   */
  expect(label: string, checkValue: Uint8Array): KeyEncryptionKey {
    const found = this.find(checkValue)
    if (found === undefined) throw new WrongKeyError({ label, checkValue }, this.all)
    return found
  }
}

/** The configured key isn't the one that the data was sealed under. The message is for the operator. */
export class WrongKeyError extends Error {
  constructor(expected: { label: string; checkValue: Uint8Array }, got: readonly KeyEncryptionKey[]) {
    const wanted = `${expected.label} (check value ${shortCheckValue(expected.checkValue)}…)`
    const given = got.map(({ label, key }) => `${label} (${shortCheckValue(key.checkValue)}…)`).join(", ")
    super(
      `expected key ${wanted}, got ${given}. Nothing was changed. ` +
        "Start with the key that this database was set up with, or restore the database that belongs to this key.",
    )
    this.name = "WrongKeyError"
  }
}

/** The key of an organization's fingerprints. */
export function fingerprintKeyOf(organizationKey: Key): Key {
  return deriveKey(organizationKey, "fp")
}

/**
 * HMAC-SHA256(key, LP(secret id) ‖ value): 32 bytes by which the reconciler recognizes a value. Equal values of two
 * secrets differ. Never shown, and never compared with what a person submits.
 */
export function fingerprint(fingerprintKey: Key, secretId: string, value: Secret): Buffer {
  return keyedHash(fingerprintKey, lengthPrefixed([Buffer.from(secretId, "utf8")]), expose(value))
}

function refuseRepeats(keys: readonly KeyEncryptionKey[]): void {
  const seen = new Set<string>()
  for (const { label } of keys) {
    if (seen.has(label)) throw new CryptoError("invalid_key", `Two key encryption keys are called "${label}".`)
    seen.add(label)
  }
}

function sameCheckValue(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && timingSafeEqual(a, b)
}
