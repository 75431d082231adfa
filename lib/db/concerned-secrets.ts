/** Which secrets an act would be about, for whoever is to confirm it: the first of them by name, and how many. */
import type { Transaction } from "./database.ts"
import { Prisma } from "./generated/client.ts"
import type { ScopeRef } from "./scopes.ts"

export interface ConcernedSecrets {
  secrets: { scope: string; vault: string; name: string }[]
  total: number
}

/** What a read grant at the scope would reach: there, beneath it, and what the scope inherits. */
export function findCovered(
  db: Transaction,
  { organizationId, path }: Pick<ScopeRef, "organizationId" | "path">,
  { vault, prefix }: { vault: string | null; prefix: string | null },
  limit: number,
): Promise<ConcernedSecrets> {
  const inVault = vault === null ? Prisma.empty : Prisma.sql`AND vault."name" = ${vault}`
  const condition = Prisma.sql`starts_with(secret."foldedName", ${(prefix ?? "").toLowerCase()}) ${inVault}
    AND (starts_with(scope."path" || '.', ${`${path}.`}) OR (vault."inheritable" AND starts_with(${`${path}.`}, scope."path" || '.')))`
  return find(db, organizationId, condition, limit)
}

export function findInVault(
  db: Transaction,
  organizationId: string,
  vaultId: string,
  limit: number,
): Promise<ConcernedSecrets> {
  return find(db, organizationId, Prisma.sql`secret."vaultId" = ${vaultId}::uuid`, limit)
}

export function findOne(db: Transaction, organizationId: string, secretId: string): Promise<ConcernedSecrets> {
  return find(db, organizationId, Prisma.sql`secret."id" = ${secretId}::uuid`, 1)
}

async function find(
  db: Transaction,
  organizationId: string,
  condition: Prisma.Sql,
  limit: number,
): Promise<ConcernedSecrets> {
  const rows = await db.$queryRaw<(ConcernedSecrets["secrets"][number] & { total: number })[]>`
    SELECT scope."path" AS "scope", vault."name" AS "vault", secret."name", count(*) OVER ()::int AS "total"
    FROM "Secret" AS secret
    JOIN "Vault" AS vault ON vault."organizationId" = secret."organizationId" AND vault."id" = secret."vaultId"
    JOIN "Scope" AS scope ON scope."organizationId" = secret."organizationId" AND scope."id" = secret."scopeId"
    WHERE secret."organizationId" = ${organizationId}::uuid AND secret."state" IN ('active', 'disabled')
      AND secret."currentVersion" > 0 AND ${condition}
    ORDER BY scope."path", vault."name", secret."foldedName" LIMIT ${limit}`
  return { secrets: rows.map(({ total: _, ...secret }) => secret), total: rows[0]?.total ?? 0 }
}
