/** Secrets that are to be written anew from time to time. */
import type { Transaction } from "./database.ts"
import { Prisma } from "./generated/client.ts"

export interface DueSecret {
  organizationId: string
  id: string
  scopeId: string
  scope: string
  vault: string
  name: string
}

/** Those that are due and whose notice isn't open yet. */
export function findDueForRotation(db: Transaction, limit: number): Promise<DueSecret[]> {
  return db.$queryRaw<DueSecret[]>`
    SELECT s."organizationId", s."id", s."scopeId", sc."path" AS "scope", v."name" AS "vault", s."name"
    FROM "Secret" s
    JOIN "Vault" v ON v."organizationId" = s."organizationId" AND v."id" = s."vaultId"
    JOIN "Scope" sc ON sc."organizationId" = s."organizationId" AND sc."id" = s."scopeId"
    WHERE ${isDue} AND NOT EXISTS (SELECT 1 FROM "Notice" n WHERE n."organizationId" = s."organizationId"
      AND n."event" = 'secret.rotation_due' AND n."subject" = 'secret:' || s."id" AND n."resolvedAt" IS NULL)
    LIMIT ${limit}`
}

/** Subjects of open notices that have nothing to tell any more. */
export function findRotated(
  db: Transaction,
  limit: number,
): Promise<{ organizationId: string; subject: `secret:${string}` }[]> {
  return db.$queryRaw<{ organizationId: string; subject: `secret:${string}` }[]>`
    SELECT n."organizationId", n."subject" FROM "Notice" n
    WHERE n."event" = 'secret.rotation_due' AND n."resolvedAt" IS NULL AND NOT EXISTS (SELECT 1 FROM "Secret" s
      WHERE s."organizationId" = n."organizationId" AND n."subject" = 'secret:' || s."id" AND ${isDue})
    LIMIT ${limit}`
}

const isDue = Prisma.sql`s."rotationDays" IS NOT NULL AND s."currentVersion" > 0 AND s."state" IN ('active', 'disabled')
  AND EXISTS (SELECT 1 FROM "SecretVersion" c WHERE c."organizationId" = s."organizationId" AND c."secretId" = s."id"
    AND c."number" = s."currentVersion" AND c."createdAt" + make_interval(days => s."rotationDays") <= now())`
