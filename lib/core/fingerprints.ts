/**
 * Recognizes values without keeping or showing them. A fingerprint is made under the organization's key of its day, so
 * one that was kept is compared under every key that the organization ever had. None leaves core.
 */
import { fingerprint } from "../crypto/keyring.ts"
import type { Secret } from "../secret.ts"
import type { OrganizationKeys } from "./organization-keys.ts"

/** Whose value it is: equal values of two secrets have different fingerprints. */
export interface Owner {
  organizationId: string
  secretId: string
}

/** The fingerprint that is kept of a value from now on. */
export async function fingerprintOf(keys: OrganizationKeys, owner: Owner, value: Secret): Promise<Buffer> {
  const { fingerprintKey } = await keys.current(owner.organizationId)
  return fingerprint(fingerprintKey, owner.secretId, value)
}

/** Every fingerprint that could have been kept of a value, earlier keys' included. */
export async function fingerprintsOf(keys: OrganizationKeys, owner: Owner, value: Secret): Promise<Buffer[]> {
  const all = await keys.byEpoch(owner.organizationId, 1)
  return [...all.values()].map(({ fingerprintKey }) => fingerprint(fingerprintKey, owner.secretId, value))
}

/** Whether a fingerprint that was kept is this value's. */
export async function isFingerprintOf(
  keys: OrganizationKeys,
  owner: Owner,
  value: Secret,
  kept: Uint8Array,
): Promise<boolean> {
  const all = await fingerprintsOf(keys, owner, value)
  return all.some((each) => each.equals(kept))
}
