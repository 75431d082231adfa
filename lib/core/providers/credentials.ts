/**
 * Credentials of ours at backends, and what they were signed in with, as they lie in the database: sealed under a key of
 * their own that the organization's wraps, and bound to the provider and the endpoint. A row that is pointed elsewhere
 * can't be opened any more.
 */
import { CryptoError } from "../../crypto/crypto-error.ts"
import { openVersion, type SealedContext, sealVersion } from "../../crypto/envelope.ts"
import { type Fields, packFields, unpackFields } from "../../crypto/packed-fields.ts"
import type { SealedFields } from "../../db/sealed-fields.ts"
import type { OrganizationKeys } from "../organization-keys.ts"

/** What a sealed text belongs to. */
export interface Belonging {
  purpose: "backend-cred" | "backend-session" | "webhook-key"
  organizationId: string
  /** The id of the provider or the webhook. */
  id: string
  /** Where it may be sent: scheme, host, port and what the server is trusted by. */
  endpoint: string
}

export interface Credentials {
  seal(to: Belonging, fields: Fields): Promise<SealedFields>
  /** The fields again; undefined when what is stored was changed, or belongs elsewhere. */
  open(to: Belonging, sealed: SealedFields): Promise<Fields | undefined>
}

export function openCredentials(organizationKeys: OrganizationKeys, instanceId: string): Credentials {
  return {
    seal: async (to, fields) => {
      const { key, id, epoch } = await organizationKeys.current(to.organizationId)
      const packed = packFields(fields)
      try {
        return { ...sealVersion(key, packed, contextOf(instanceId, to, id)), keyEpoch: epoch }
      } finally {
        packed.wipe()
      }
    },
    open: async (to, sealed) => {
      const keys = await organizationKeys.byEpoch(to.organizationId, sealed.keyEpoch)
      const organizationKey = keys.get(sealed.keyEpoch)
      if (organizationKey === undefined) return undefined
      try {
        const packed = openVersion(organizationKey.key, sealed, contextOf(instanceId, to, organizationKey.id))
        const fields = unpackFields(packed)
        packed.wipe()
        return fields
      } catch (error) {
        if (error instanceof CryptoError) return undefined
        throw error
      }
    },
  }
}

function contextOf(
  instance: string,
  { purpose, organizationId, id, endpoint }: Belonging,
  keyId: string,
): SealedContext {
  return { purpose, instance, organization: organizationId, secret: id, field: endpoint, keyId }
}
