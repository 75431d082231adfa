/** Writes that didn't end as they should have: what the reconciler takes, and how it and a failed write let go. */
import type { Ownership } from "../contract/words.ts"
import { type AuditRow, endWithEvents, type Link } from "./audit-log.ts"
import type { Database } from "./database.ts"
import { inTransaction } from "./in-transaction.ts"

/** A write whose lease ran out, with what its completion needs to know. */
export interface UnfinishedWrite {
  organizationId: string
  operationId: string
  secretId: string
  kind: string
  number: number
  fingerprint: Uint8Array
  requestId: string
  attempts: number
  /** Whether a request of it that nobody waits for any more could still be on its way. */
  isYoung: boolean
  caller: { kind: string; id: string | null; name: string | null }
  /** Null when the secret itself is gone: its vault was deleted. */
  secret: SecretAtRest | null
}

export interface SecretAtRest {
  name: string
  vault: string
  scopeId: string
  scope: string
  providerId: string | null
  ownership: Ownership
  location: string
  field: string | null
}

/** How long one attempt of the reconciler may take before another process may try. */
const attemptSeconds = 30

/** Takes writes whose lease ran out. No other process gets them until the lease that they are given runs out in turn. */
export async function takeUnfinished({ pool }: Database, limit: number): Promise<UnfinishedWrite[]> {
  const { rows } = await pool.query<UnfinishedRow>({
    name: "take-unfinished-writes",
    text: `WITH due AS (
             SELECT "organizationId", "id" FROM "Operation"
             WHERE "state" IN ('intended', 'applied', 'unknown') AND "leaseUntil" < now()
             ORDER BY "leaseUntil" LIMIT $1 FOR UPDATE SKIP LOCKED
           ), taken AS (
             UPDATE "Operation" o SET "attempts" = o."attempts" + 1, "leaseUntil" = now() + make_interval(secs => ${attemptSeconds}), "updatedAt" = now()
             FROM due WHERE o."organizationId" = due."organizationId" AND o."id" = due."id" RETURNING o.*
           )
           SELECT taken."organizationId", taken."id" AS "operationId", taken."secretId", taken."kind", taken."targetVersion" AS "number",
             taken."fingerprint", taken."requestId", taken."attempts", taken."callerKind", taken."callerId",
             coalesce(p."name", a."name") AS "callerName", s."name", v."name" AS "vault", s."scopeId", sc."path" AS "scope",
             s."providerId", s."ownership", s."location", s."field", taken."createdAt" > now() - interval '25 seconds' AS "isYoung"
           FROM taken
           LEFT JOIN "Person" p ON p."organizationId" = taken."organizationId" AND p."id" = taken."callerId"
           LEFT JOIN "ServiceAccount" a ON a."organizationId" = taken."organizationId" AND a."id" = taken."callerId"
           LEFT JOIN "Secret" s ON s."organizationId" = taken."organizationId" AND s."id" = taken."secretId"
           LEFT JOIN "Vault" v ON v."organizationId" = s."organizationId" AND v."id" = s."vaultId"
           LEFT JOIN "Scope" sc ON sc."organizationId" = s."organizationId" AND sc."id" = s."scopeId"`,
    values: [limit],
  })
  return rows.map(toUnfinished)
}

interface UnfinishedRow extends Omit<UnfinishedWrite, "caller" | "secret"> {
  callerKind: string
  callerId: string | null
  callerName: string | null
  name: string | null
  vault: string
  scopeId: string
  scope: string
  providerId: string | null
  ownership: Ownership
  location: string
  field: string | null
}

function toUnfinished(row: UnfinishedRow): UnfinishedWrite {
  const { callerKind, callerId, callerName, name, vault, scopeId, scope, ...rest } = row
  const { providerId, ownership, location, field, ...write } = rest
  return {
    ...write,
    caller: { kind: callerKind, id: callerId, name: callerName },
    secret: name === null ? null : { name, vault, scopeId, scope, providerId, ownership, location, field },
  }
}

interface OperationKey {
  organizationId: string
  operationId: string
  secretId: string
}

/**
 * Gives a write up: the store holds nothing of it. A secret that was to get its first version by it goes too, and the
 * event, if there is one, is appended in the same transaction. False when somebody else ended the write meanwhile.
 */
export async function abandon(
  database: Database,
  { organizationId, operationId, secretId }: OperationKey,
  event?: { row: AuditRow; link: Link },
): Promise<boolean> {
  return inTransaction(database, async (client, atEnd) => {
    await client.query(`SELECT 1 FROM "Secret" WHERE "organizationId" = $1 AND "id" = $2 FOR UPDATE`, [
      organizationId,
      secretId,
    ])
    // The number that it took is never given again.
    const abandoned = await client.query(
      `WITH ended AS (
         UPDATE "Operation" SET "state" = 'abandoned', "updatedAt" = now()
         WHERE "organizationId" = $1 AND "id" = $2 AND "state" IN ('intended', 'applied', 'unknown')
         RETURNING "organizationId", "secretId", "targetVersion"
       ), counted AS (
         UPDATE "Secret" s SET "nextVersion" = greatest(s."nextVersion", ended."targetVersion" + 1) FROM ended
         WHERE s."organizationId" = ended."organizationId" AND s."id" = ended."secretId"
       )
       SELECT 1 FROM ended`,
      [organizationId, operationId],
    )
    if (abandoned.rowCount === 0) return false
    await client.query(`DELETE FROM "Secret" WHERE "organizationId" = $1 AND "id" = $2 AND "currentVersion" = 0`, [
      organizationId,
      secretId,
    ])
    if (event !== undefined) await endWithEvents(client, atEnd, [event.row], event.link)
    return true
  })
}

/** Leaves a write to the reconciler, which may look after it at once. */
export async function leaveToReconciler(
  { pool }: Database,
  { organizationId, operationId }: OperationKey,
): Promise<void> {
  await pool.query(
    `UPDATE "Operation" SET "state" = 'unknown', "leaseUntil" = now(), "updatedAt" = now()
     WHERE "organizationId" = $1 AND "id" = $2 AND "state" IN ('intended', 'applied', 'unknown')`,
    [organizationId, operationId],
  )
}
