/** The signed-in state at a backend, in its provider's row: sealed, with a lease for whoever makes a new one. */
import type { Database } from "./database.ts"
import type { ProviderKey } from "./providers.ts"
import { type SealedFields, sealedFields } from "./sealed-fields.ts"

export interface StoredSession extends SealedFields {
  expiresAt: Date | null
  canBeRenewed: boolean
}

export async function readSession(
  { pool }: Database,
  { organizationId, id }: ProviderKey,
): Promise<StoredSession | undefined> {
  const { rows } = await pool.query<{
    session: Buffer | null
    sessionKey: Buffer | null
    sessionKeyEpoch: number | null
    expiresAt: Date | null
    canBeRenewed: boolean
  }>({
    name: "read-provider-session",
    text: `SELECT "session", "sessionKey", "sessionKeyEpoch", "sessionExpiresAt" AS "expiresAt", "sessionCanBeRenewed" AS "canBeRenewed"
           FROM "Provider" WHERE "organizationId" = $1 AND "id" = $2`,
    values: [organizationId, id],
  })
  const [row] = rows
  const sealed = row && sealedFields(row.session, row.sessionKey, row.sessionKeyEpoch)
  return sealed == null
    ? undefined
    : { ...sealed, expiresAt: row?.expiresAt ?? null, canBeRenewed: row?.canBeRenewed ?? false }
}

/** Takes the lease, which names itself by its end, unless another holds it or the session isn't the one seen any more. */
export async function takeSignIn(
  { pool }: Database,
  { organizationId, id }: ProviderKey,
  seen: StoredSession | undefined,
  seconds: number,
): Promise<Date | undefined> {
  const { rows } = await pool.query<{ lease: Date }>({
    name: "take-provider-sign-in",
    text: `UPDATE "Provider" SET "sessionLeaseUntil" = clock_timestamp() + make_interval(secs => $4)
           WHERE "organizationId" = $1 AND "id" = $2 AND "session" IS NOT DISTINCT FROM $3
             AND ("sessionLeaseUntil" IS NULL OR "sessionLeaseUntil" < clock_timestamp())
           RETURNING "sessionLeaseUntil" AS "lease"`,
    values: [organizationId, id, seen === undefined ? null : Buffer.from(seen.sealed), seconds],
  })
  return rows[0]?.lease
}

/** Puts the new session there and gives the lease back; without one, only that. A lease that ran out does neither. */
export async function endSignIn(
  { pool }: Database,
  { organizationId, id }: ProviderKey,
  lease: Date,
  session: StoredSession | undefined,
): Promise<void> {
  if (session === undefined) {
    await pool.query({
      name: "leave-provider-sign-in",
      text: `UPDATE "Provider" SET "sessionLeaseUntil" = NULL WHERE "organizationId" = $1 AND "id" = $2 AND "sessionLeaseUntil" = $3`,
      values: [organizationId, id, lease],
    })
    return
  }
  await pool.query({
    name: "end-provider-sign-in",
    text: `UPDATE "Provider" SET "session" = $4, "sessionKey" = $5, "sessionKeyEpoch" = $6, "sessionExpiresAt" = $7,
             "sessionCanBeRenewed" = $8, "sessionLeaseUntil" = NULL
           WHERE "organizationId" = $1 AND "id" = $2 AND "sessionLeaseUntil" = $3`,
    values: [
      organizationId,
      id,
      lease,
      Buffer.from(session.sealed),
      Buffer.from(session.wrappedKey),
      session.keyEpoch,
      session.expiresAt,
      session.canBeRenewed,
    ],
  })
}
