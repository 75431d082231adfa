/** What depends on a registered backend: what is kept there, who reads it, and what is under way. */
import type { Transaction } from "./database.ts"
import { defaultScopesOf } from "./provider-defaults.ts"
import type { ProviderKey } from "./providers.ts"

/** What stands in the way of forgetting a provider. Locks its row until the transaction ends. */
export async function usesOf(
  tx: Transaction,
  { organizationId, id }: ProviderKey,
): Promise<{ secrets: number; unfinished: number; transfers: number; defaultOf: string[] }> {
  await tx.$queryRaw`SELECT 1 FROM "Provider" WHERE "organizationId" = ${organizationId}::uuid AND "id" = ${id}::uuid FOR UPDATE`
  const secrets = await tx.secret.count({ where: { organizationId, providerId: id, state: { not: "destroyed" } } })
  const [row] = await tx.$queryRaw<{ unfinished: number; transfers: number }[]>`
    SELECT
      (SELECT count(*)::int FROM "Operation" o JOIN "Secret" s ON s."organizationId" = o."organizationId" AND s."id" = o."secretId"
        WHERE s."organizationId" = ${organizationId}::uuid AND s."providerId" = ${id}::uuid
          AND o."state" IN ('intended', 'applied', 'unknown')) AS "unfinished",
      (SELECT count(*)::int FROM "Transfer" t WHERE t."organizationId" = ${organizationId}::uuid AND t."state" IN ('running', 'paused')
        AND (t."toProviderId" = ${id}::uuid OR EXISTS (SELECT 1 FROM "TransferItem" i WHERE i."organizationId" = t."organizationId"
          AND i."transferId" = t."id" AND i."fromProviderId" = ${id}::uuid AND i."state" IN ('waiting', 'copying', 'switched')))) AS "transfers"`
  const defaultOf = await defaultScopesOf(tx, { organizationId, id })
  return { secrets, unfinished: row?.unfinished ?? 0, transfers: row?.transfers ?? 0, defaultOf }
}

/** How many secrets are kept at each provider, of those within any of `roots`; null is the built-in store. */
export async function countKept(
  db: Transaction,
  organizationId: string,
  roots: readonly string[],
): Promise<ReadonlyMap<string | null, number>> {
  const rows = await db.$queryRaw<{ providerId: string | null; kept: number }[]>`
    SELECT s."providerId", count(*)::int AS "kept"
    FROM "Secret" s
    WHERE s."organizationId" = ${organizationId}::uuid AND s."state" <> 'destroyed' AND s."currentVersion" > 0
      AND s."scopeId" = ANY(ARRAY(
        SELECT sc."id" FROM "Scope" sc WHERE sc."organizationId" = ${organizationId}::uuid
          AND EXISTS (SELECT 1 FROM unnest(${[...roots]}::text[]) AS root WHERE sc."path" = root OR starts_with(sc."path", root || '.'))))
    GROUP BY s."providerId"`
  return new Map(rows.map(({ providerId, kept }) => [providerId, kept]))
}

/** How many service accounts may read something that is kept there; without an id, in the built-in store. */
export async function countMachines(
  db: Transaction,
  organizationId: string,
  providerId: string | null,
): Promise<number> {
  const [row] = await db.$queryRaw<{ machines: number }[]>`
    SELECT count(DISTINCT g."serviceAccountId")::int AS "machines"
    FROM "Grant" g
    JOIN "Scope" covered ON covered."organizationId" = g."organizationId" AND covered."id" = g."scopeId"
    JOIN "ServiceAccount" a ON a."organizationId" = g."organizationId" AND a."id" = g."serviceAccountId" AND a."disabledAt" IS NULL
    WHERE g."organizationId" = ${organizationId}::uuid AND g."access" = 'read' AND g."revokedAt" IS NULL AND EXISTS (
      SELECT 1 FROM "Secret" s
      JOIN "Vault" v ON v."organizationId" = s."organizationId" AND v."id" = s."vaultId"
      JOIN "Scope" sc ON sc."organizationId" = s."organizationId" AND sc."id" = s."scopeId"
      WHERE s."organizationId" = g."organizationId" AND s."providerId" IS NOT DISTINCT FROM ${providerId}::uuid
        AND s."state" IN ('active', 'disabled') AND (g."vaultName" IS NULL OR g."vaultName" = v."name")
        AND starts_with(s."foldedName", coalesce(lower(g."prefix"), ''))
        AND (sc."path" = covered."path" OR starts_with(sc."path", covered."path" || '.')
          OR (v."inheritable" AND starts_with(covered."path", sc."path" || '.'))))`
  return row?.machines ?? 0
}
