/**
 * Keys that are the installation's own: the one that links audit events, the one that hashes requests, the one that
 * names budgets. They are drawn at random once and wrapped under the key encryption key, so that they stay what they are
 * when that one is rotated: an audit chain is verified under one key from its first event to its last.
 */
import { timingSafeEqual } from "node:crypto"
import { unwrapKey, type WrappedKeyContext, wrapKey } from "../crypto/envelope.ts"
import { deriveKey, Key } from "../crypto/key.ts"
import type { Keyring } from "../crypto/keyring.ts"
import type { Settling, WrappedInstallationKey } from "../db/encryption-keys.ts"

export interface InstallationKeys {
  /** Links audit events. */
  readonly audit: Key
  /** Hashes requests, to recognize a repeated one without keeping what was in it. */
  readonly requestHash: Key
  /** Names the budgets of those who guess. */
  readonly throttle: Key
}

const names = { audit: "audit", requestHash: "request-hash", throttle: "throttle" } as const

/**
 * Makes those that are missing. An installation from before they were kept has events already, linked under a key that
 * was derived from its key encryption key: that very key is kept from now on.
 */
export function makeInstallationKeys(keyring: Keyring): Settling["make"] {
  return (instanceId, present, active, isNew) => {
    const { key: wrappingKey } = keyring.expect(active.id, active.checkValue)
    const missing = Object.values(names).filter((name) => !present.has(name))
    return missing.map((name) => {
      const key = isNew ? Key.random() : deriveKey(wrappingKey, `strongroom/v1 ${name}`)
      const wrapped = wrapKey(wrappingKey, key, placeOfInstallationKey(instanceId, name, active.id))
      return { name, wrapped, kek: active, checkValue: key.checkValue }
    })
  }
}

/** Unwraps them. Throws WrongKeyError when one lies under a key that isn't ours. */
export function openInstallationKeys(
  keyring: Keyring,
  instanceId: string,
  rows: readonly WrappedInstallationKey[],
): InstallationKeys {
  const open = (wanted: string): Key => {
    const row = rows.find(({ name }) => name === wanted)
    if (row === undefined) throw new Error(`The installation's key "${wanted}" is missing.`)
    const { name, wrapped, kek, checkValue } = row
    const { key: wrappingKey } = keyring.expect(kek.id, kek.checkValue)
    const key = unwrapKey(wrappingKey, wrapped, placeOfInstallationKey(instanceId, name, kek.id))
    if (!timingSafeEqual(key.checkValue, checkValue)) throw new Error(`The installation's key "${name}" was changed.`)
    return key
  }
  return { audit: open(names.audit), requestHash: open(names.requestHash), throttle: open(names.throttle) }
}

/** Where a key of the installation belongs when it is wrapped under the key encryption key `kekId`. */
export function placeOfInstallationKey(instance: string, name: string, kekId: string): WrappedKeyContext {
  return { purpose: "kek→installation", instance, organization: "", field: name, keyId: kekId }
}
