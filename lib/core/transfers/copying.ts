/** Copies the versions of a secret, and reads each of them back: what didn't arrive as it was isn't bound to. */
import type { HeldTransfer, VersionToCopy } from "../../db/carried-transfers.ts"
import { newId } from "../../db/ids.ts"
import { type Place, ProviderError, type SecretStore } from "../../providers/provider.ts"
import type { Secret } from "../../secret.ts"
import type { House } from "../context.ts"
import { fingerprintOf, isFingerprintOf } from "../fingerprints.ts"
import { isAbsence } from "../writing/store-errors.ts"
import { keep } from "./hold.ts"

export interface Route {
  source: SecretStore
  from: Place
  target: SecretStore
  to: Place
}

export interface CopiedVersion {
  number: number
  backendVersion: string | null
  fingerprint: Uint8Array
}

/** Copies versions oldest first and reads each back. Answers those that the target still holds at the end. */
export async function copy(
  house: House,
  transfer: HeldTransfer,
  route: Route,
  versions: readonly VersionToCopy[],
): Promise<CopiedVersion[]> {
  const copied: CopiedVersion[] = []
  for (const version of versions) {
    await keep(house, transfer)
    const arrived = await copyVersion(house, route, version, copied.at(-1)?.backendVersion ?? null)
    if (arrived !== undefined) copied.push(arrived)
  }
  const { versions: there } = await route.target.describe(route.to)
  const held = there.filter(({ state }) => state === "held")
  return copied.filter(({ number, backendVersion }) =>
    held.some((one) => (backendVersion === null ? one.number === number : one.backendVersion === backendVersion)),
  )
}

/** Undefined for a version that its old place doesn't have any more. */
async function copyVersion(
  house: House,
  { source, from, target, to }: Route,
  version: VersionToCopy,
  after: string | null,
): Promise<CopiedVersion | undefined> {
  const value = await readHeld(source, from, version)
  if (value === undefined) return undefined
  try {
    const { fingerprint } = version
    // One that was found at a backend may have none, and then there is nothing to compare with.
    const isOurs = fingerprint === null || (await isFingerprintOf(house.organizationKeys, from, value, fingerprint))
    if (!isOurs) throw new ProviderError("damaged", `Version ${version.number} isn't what was written there.`)
    const { number } = version
    const { backendVersion } = await target.write(to, { number, value, operationId: newId(), after })
    const { value: kept } = await target.read(to, { number, backendVersion })
    const own = await fingerprintOf(house.organizationKeys, from, value)
    const isSameValue = own.equals(await fingerprintOf(house.organizationKeys, from, kept))
    kept.wipe()
    if (!isSameValue) throw new ProviderError("damaged", `Version ${number} didn't arrive as it was.`)
    return { number, backendVersion, fingerprint: own }
  } finally {
    value.wipe()
  }
}

async function readHeld(source: SecretStore, from: Place, version: VersionToCopy): Promise<Secret | undefined> {
  try {
    return (await source.read(from, version)).value
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw error
  }
}
