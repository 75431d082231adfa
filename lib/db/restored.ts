/** What a restored database must not bring back to life. */

import type { WrappedInstallationKey } from "./encryption-keys.ts"
import type { Transacting } from "./in-transaction.ts"

export interface EndedThings {
  sessions: number
  personalTokens: number
  accessTokens: number
  invitations: number
}

export interface RestoredChain extends EndedThings {
  organizationId: string
  /** The number of the last event that the backup has. */
  seq: bigint
}

/**
 * Ends every session, revokes every token and takes back every open invitation, and answers how many of each were good
 * in each organization, with the end of its chain; the installation's own chain is among them. In the caller's transaction.
 */
export async function endAllHandedOut(client: Transacting): Promise<RestoredChain[]> {
  const { rows } = await client.query<Omit<RestoredChain, "seq"> & { seq: string }>(
    `WITH sessions AS (
       UPDATE "Session" SET "endedAt" = now() WHERE "endedAt" IS NULL RETURNING "organizationId", "expiresAt" > now() AS good
     ), personal AS (
       UPDATE "PersonalToken" SET "revokedAt" = now() WHERE "revokedAt" IS NULL RETURNING "organizationId", "expiresAt" > now() AS good
     ), access AS (
       UPDATE "AccessToken" SET "revokedAt" = now() WHERE "revokedAt" IS NULL RETURNING "organizationId", "expiresAt" > now() AS good
     ), invitations AS (
       UPDATE "Invitation" SET "revokedAt" = now() WHERE "revokedAt" IS NULL AND "acceptedAt" IS NULL
       RETURNING "organizationId", "expiresAt" > now() AS good
     ), delegations AS (
       UPDATE "Delegation" SET "state" = 'ended', "until" = now() WHERE "state" = 'effective' AND "accessTokenId" IS NOT NULL
     )
     SELECT head."organizationId", head."seq"::text AS "seq",
       (SELECT count(*)::int FROM sessions s WHERE s.good AND s."organizationId" = head."organizationId") AS "sessions",
       (SELECT count(*)::int FROM personal p WHERE p.good AND p."organizationId" = head."organizationId") AS "personalTokens",
       (SELECT count(*)::int FROM access a WHERE a.good AND a."organizationId" = head."organizationId") AS "accessTokens",
       (SELECT count(*)::int FROM invitations i WHERE i.good AND i."organizationId" = head."organizationId") AS "invitations"
     FROM "AuditHead" head ORDER BY head."organizationId"`,
  )
  return rows.map((row) => ({ ...row, seq: BigInt(row.seq) }))
}

/** The installation's own keys and its id, as they are in the caller's transaction. */
export async function readInstallationKeys(
  client: Transacting,
): Promise<{ instanceId: string; keys: WrappedInstallationKey[] }> {
  const installation = await client.query<{ instanceId: string }>(`SELECT "instanceId" FROM "Installation"`)
  const found = await client.query<Omit<WrappedInstallationKey, "kek"> & { id: string; kekCheckValue: Uint8Array }>(
    `SELECT own."name", own."wrapped", own."checkValue", kek."id", kek."checkValue" AS "kekCheckValue"
     FROM "InstallationKey" own JOIN "KeyEncryptionKey" kek ON kek."id" = own."kekId"`,
  )
  const [{ instanceId } = { instanceId: "" }] = installation.rows
  const keys = found.rows.map(({ id, kekCheckValue, ...key }) => ({ ...key, kek: { id, checkValue: kekCheckValue } }))
  return { instanceId, keys }
}
