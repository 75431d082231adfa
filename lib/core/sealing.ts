/** Seals values under their organization's key and opens them again: for the built-in store, and in bulk for reads. */
import { CryptoError } from "../crypto/crypto-error.ts"
import { type SealedContext, sealVersion } from "../crypto/envelope.ts"
import { ProviderError, type Sealing } from "../providers/provider.ts"
import type { Secret } from "../secret.ts"
import type { House } from "./context.ts"
import type { OrganizationKey, OrganizationKeys } from "./organization-keys.ts"

/** A row of the built-in store. */
export interface SealedVersionRow {
  organizationId: string
  secretId: string
  version: number
  sealed: Uint8Array
  wrappedKey: Uint8Array
  keyEpoch: number
}

/**
 * Opens rows of the built-in store, in their order: a Secret for each, or a ProviderError `damaged` for one that was
 * changed or moved. The organizations' keys are looked up once for all; then each row is work without waiting.
 */
export async function openSealed(
  { organizationKeys, instanceId }: Pick<House, "organizationKeys" | "instanceId">,
  rows: readonly SealedVersionRow[],
): Promise<(Secret | ProviderError)[]> {
  const newestEpochs = new Map<string, number>()
  for (const { organizationId, keyEpoch } of rows) {
    newestEpochs.set(organizationId, Math.max(keyEpoch, newestEpochs.get(organizationId) ?? 0))
  }
  const keys = new Map<string, ReadonlyMap<number, OrganizationKey>>()
  for (const [id, epoch] of newestEpochs) keys.set(id, await organizationKeys.byEpoch(id, epoch))
  return rows.map((row) => openRow(instanceId, keys.get(row.organizationId)?.get(row.keyEpoch), row))
}

/** What the built-in store seals with. */
export function openSealing(organizationKeys: OrganizationKeys, instanceId: string): Sealing {
  return {
    seal: async ({ organizationId, secretId }, version, value) => {
      const { key, id, epoch } = await organizationKeys.current(organizationId)
      const context = contextOf(instanceId, { organizationId, secretId, version }, id)
      return { ...sealVersion(key, value, context), keyEpoch: epoch }
    },
    open: async ({ organizationId, secretId }, version, sealed) => {
      const [opened] = await openSealed({ organizationKeys, instanceId }, [
        { organizationId, secretId, version, ...sealed },
      ])
      if (opened === undefined || opened instanceof ProviderError) throw opened ?? damaged(version)
      return opened
    },
  }
}

function openRow(
  instanceId: string,
  organizationKey: OrganizationKey | undefined,
  row: SealedVersionRow,
): Secret | ProviderError {
  if (organizationKey === undefined) return damaged(row.version)
  try {
    return organizationKey.versionKeys.open(row, contextOf(instanceId, row, organizationKey.id))
  } catch (error) {
    if (error instanceof CryptoError) return damaged(row.version)
    throw error
  }
}

function contextOf(
  instance: string,
  { organizationId, secretId, version }: Pick<SealedVersionRow, "organizationId" | "secretId" | "version">,
  keyId: string,
): SealedContext {
  return { purpose: "value", instance, organization: organizationId, secret: secretId, version, keyId }
}

function damaged(version: number): ProviderError {
  return new ProviderError("damaged", `Version ${version} can't be opened: what is stored isn't what was written.`)
}
