import type { Transaction } from "./database.ts"
import { Prisma } from "./generated/client.ts"

export interface KnownSecret {
  id: string
  scope: string
  vault: string
  name: string
  /** The version whose value they typed, and when: the current one, or what the current one was rolled back to. */
  version: number
  since: Date
}

/**
 * The secrets whose current value this person typed or imported, within the given scopes, by their ids. Walks the index
 * of what they typed from `after` on; `limit` rows.
 */
export function listKnownSecrets(
  db: Transaction,
  { organizationId, id }: { organizationId: string; id: string },
  { roots, after, limit }: { roots: readonly string[]; after: string | undefined; limit: number },
): Promise<KnownSecret[]> {
  const from = after === undefined ? Prisma.empty : Prisma.sql`AND typed."secretId" > ${after}::uuid`
  return db.$queryRaw<KnownSecret[]>`
    SELECT secret."id", scope."path" AS "scope", vault."name" AS "vault", secret."name", typed."number" AS "version", typed."createdAt" AS "since"
    FROM "SecretVersion" AS typed
    JOIN "Secret" AS secret ON secret."organizationId" = typed."organizationId" AND secret."id" = typed."secretId"
    JOIN "Vault" AS vault ON vault."organizationId" = secret."organizationId" AND vault."id" = secret."vaultId"
    JOIN "Scope" AS scope ON scope."organizationId" = secret."organizationId" AND scope."id" = secret."scopeId"
    WHERE typed."organizationId" = ${organizationId}::uuid AND typed."createdByKind" = 'person' AND typed."createdById" = ${id}::uuid
      AND typed."origin" IN ('typed', 'imported') ${from}
      AND secret."state" IN ('active', 'disabled', 'deleted')
      AND EXISTS (SELECT 1 FROM unnest(${[...roots]}::text[]) AS root(path) WHERE starts_with(scope."path" || '.', root.path || '.'))
      AND typed."number" = (${sourceOfCurrent})
    ORDER BY typed."secretId" LIMIT ${limit}`
}

/** The version that the current one has its value of: itself, or where a chain of rollbacks began. */
const sourceOfCurrent = Prisma.sql`
  WITH RECURSIVE line AS (
    SELECT v."number", v."origin", v."sourceVersion" FROM "SecretVersion" AS v
    WHERE v."organizationId" = secret."organizationId" AND v."secretId" = secret."id" AND v."number" = secret."currentVersion"
    UNION ALL
    SELECT older."number", older."origin", older."sourceVersion" FROM line JOIN "SecretVersion" AS older
      ON older."organizationId" = secret."organizationId" AND older."secretId" = secret."id" AND older."number" = line."sourceVersion"
    WHERE line."origin" = 'rolled_back'
  ) SELECT line."number" FROM line WHERE line."origin" <> 'rolled_back' LIMIT 1`
