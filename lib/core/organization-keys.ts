/**
 * Every organization has a key of its own, wrapped under the key encryption key. It wraps the keys of the versions and
 * makes their fingerprints. Unwrapped keys are kept for a bounded time, so a destroyed one stops working by itself.
 */
import { timingSafeEqual } from "node:crypto"
import { unwrapKey, type WrappedKeyContext, wrapKey } from "../crypto/envelope.ts"
import { Key } from "../crypto/key.ts"
import { fingerprintKeyOf, type Keyring } from "../crypto/keyring.ts"
import type { Database, Transaction } from "../db/database.ts"
import {
  addOrganizationKey,
  findActiveKey,
  findOrganizationKeys,
  type WrappedOrganizationKey,
} from "../db/encryption-keys.ts"
import type { House } from "./context.ts"
import { keepVersionKeys, type VersionKeys } from "./version-keys.ts"

export interface OrganizationKey {
  /** Grows when the organization gets another key; what was sealed under an earlier one stays readable. */
  epoch: number
  /** Its name in what it seals. */
  id: string
  key: Key
  /** Makes fingerprints, under this key's epoch. */
  fingerprintKey: Key
  /** The keys of versions that it wraps. */
  versionKeys: VersionKeys
}

export interface OrganizationKeys {
  /** The key that seals now. Throws when the organization has none, or WrongKeyError when ours doesn't open it. */
  current(organizationId: string): Promise<OrganizationKey>
  /** All of its keys by epoch, at least up to `epoch`. */
  byEpoch(organizationId: string, epoch: number): Promise<ReadonlyMap<number, OrganizationKey>>
  /** Wipes what is kept of the keys of a version that is destroyed, or of all of a secret's. */
  forgetVersion(organizationId: string, secretId: string, version: number | "all"): Promise<void>
}

/** How long an unwrapped key is kept at the most. */
const keptForMilliseconds = 15 * 60_000

interface Kept {
  since: number
  keys: Promise<ReadonlyMap<number, OrganizationKey>>
}

interface Wrapping {
  database: Database
  keyring: Keyring
  instanceId: string
}

export function openOrganizationKeys(wrapping: Wrapping, now: () => number = Date.now): OrganizationKeys {
  const kept = new Map<string, Kept>()

  function load(organizationId: string): Kept {
    for (const [id, { since }] of kept) if (now() - since >= keptForMilliseconds) kept.delete(id)
    const entry = { since: now(), keys: unwrapAll(wrapping, organizationId) }
    kept.set(organizationId, entry)
    // A failure is told to those who wait for it, and tried again by those who come later.
    entry.keys.catch(() => kept.get(organizationId) === entry && kept.delete(organizationId))
    return entry
  }

  function keysOf(organizationId: string): Promise<ReadonlyMap<number, OrganizationKey>> {
    const found = kept.get(organizationId)
    const isCurrent = found !== undefined && now() - found.since < keptForMilliseconds
    return (isCurrent ? found : load(organizationId)).keys
  }

  return {
    current: async (organizationId) => newest(await keysOf(organizationId)),
    byEpoch: async (organizationId, epoch) => {
      const keys = await keysOf(organizationId)
      // An epoch that we don't know was begun by another process.
      return keys.has(epoch) ? keys : load(organizationId).keys
    },
    forgetVersion: async (organizationId, secretId, version) => {
      const keys = await kept.get(organizationId)?.keys
      for (const { versionKeys } of keys?.values() ?? []) versionKeys.forget(secretId, version)
    },
  }
}

/**
 * Gives a new organization its first key, in the transaction that makes it. The database says which key wraps it: another
 * one may have become active since this process started.
 */
export async function makeOrganizationKey(
  tx: Transaction,
  { keyring, instanceId }: Pick<House, "keyring" | "instanceId">,
  organizationId: string,
): Promise<void> {
  const kek = await findActiveKey(tx)
  const { key: wrappingKey } = keyring.expect(kek.id, kek.checkValue)
  const key = Key.random()
  const place = placeOfOrganizationKey(instanceId, organizationId, 1, kek.id)
  await addOrganizationKey(tx, organizationId, {
    epoch: 1,
    wrapped: wrapKey(wrappingKey, key, place),
    kek,
    checkValue: key.checkValue,
  })
  key.wipe()
}

async function unwrapAll(wrapping: Wrapping, organizationId: string): Promise<ReadonlyMap<number, OrganizationKey>> {
  const rows = await findOrganizationKeys(wrapping.database, organizationId)
  if (rows.length === 0) throw new Error("This organization has no key.")
  return new Map(rows.map((row) => [row.epoch, unwrap(wrapping, organizationId, row)]))
}

function unwrap(
  { keyring, instanceId }: Wrapping,
  organizationId: string,
  { epoch, wrapped, kek, checkValue }: WrappedOrganizationKey,
): OrganizationKey {
  const { key: wrappingKey } = keyring.expect(kek.id, kek.checkValue)
  const key = unwrapKey(wrappingKey, wrapped, placeOfOrganizationKey(instanceId, organizationId, epoch, kek.id))
  if (!timingSafeEqual(key.checkValue, checkValue)) throw new Error("An organization's key isn't the one it was.")
  return {
    epoch,
    id: `epoch-${String(epoch)}`,
    key,
    fingerprintKey: fingerprintKeyOf(key),
    versionKeys: keepVersionKeys(key),
  }
}

/** Where an organization's key of an epoch belongs when it is wrapped under the key encryption key `keyId`. */
export function placeOfOrganizationKey(
  instance: string,
  organization: string,
  epoch: number,
  keyId: string,
): WrappedKeyContext {
  return { purpose: "kek→ork", instance, organization, version: epoch, keyId }
}

function newest(keys: ReadonlyMap<number, OrganizationKey>): OrganizationKey {
  const [first] = keys.values()
  if (first === undefined) throw new Error("This organization has no key.")
  return first
}
