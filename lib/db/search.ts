import type { SearchHit } from "../contract/dto.ts"
import type { Transaction } from "./database.ts"

export interface NameSearch {
  organizationId: string
  /** The scopes at and beneath which the searcher may see things. */
  roots: readonly string[]
  /** The scopes at and beneath which they may see people. */
  peopleRoots: readonly string[]
  text: string
  limit: number
}

/**
 * Names that hold the text, whatever its case; those that begin with it first. Of secrets there are many: those that are
 * shown are found in an index, before anything else is looked up about them.
 */
export async function searchNames(db: Transaction, search: NameSearch): Promise<SearchHit[]> {
  const { organizationId, limit } = search
  const text = search.text.toLowerCase()
  const roots = [...search.roots]
  const peopleRoots = [...search.peopleRoots]
  return db.$queryRaw<SearchHit[]>`
    WITH seen AS (
      SELECT sc.* FROM "Scope" sc WHERE sc."organizationId" = ${organizationId}::uuid
        AND EXISTS (SELECT 1 FROM unnest(${roots}::text[]) AS root WHERE sc."path" = root OR starts_with(sc."path", root || '.'))),
    found AS MATERIALIZED (
      SELECT s."id", s."foldedName", s."scopeId", s."vaultId" FROM "Secret" s
      WHERE s."organizationId" = ${organizationId}::uuid AND s."scopeId" = ANY(ARRAY(SELECT "id" FROM seen))
        AND s."state" IN ('active', 'disabled') AND s."currentVersion" > 0 AND position(${text} IN s."foldedName") > 0
      ORDER BY position(${text} IN s."foldedName"), s."foldedName" LIMIT ${limit}),
    hits AS (
      (SELECT 'scope' AS "kind", seen."path" AS "label", seen."path" AS "scope", NULL::text AS "vault", seen."id", lower(seen."path") AS "folded"
        FROM seen WHERE position(${text} IN lower(seen."path" || ' ' || seen."name")) > 0 LIMIT ${limit})
      UNION ALL
      (SELECT 'secret', s."name", seen."path", v."name", s."id", s."foldedName" FROM found
        JOIN "Secret" s ON s."organizationId" = ${organizationId}::uuid AND s."id" = found."id"
        JOIN seen ON seen."id" = found."scopeId" JOIN "Vault" v ON v."organizationId" = ${organizationId}::uuid AND v."id" = found."vaultId")
      UNION ALL
      (SELECT 'vault', v."name", seen."path", v."name", v."id", v."name" FROM "Vault" v JOIN seen ON seen."id" = v."scopeId"
        WHERE v."organizationId" = ${organizationId}::uuid AND position(${text} IN v."name") > 0 LIMIT ${limit})
      UNION ALL
      (SELECT 'service_account', a."name", seen."path", NULL, a."id", a."name" FROM "ServiceAccount" a JOIN seen ON seen."id" = a."scopeId"
        WHERE a."organizationId" = ${organizationId}::uuid AND position(${text} IN a."name") > 0 LIMIT ${limit})
      UNION ALL
      (SELECT 'person', p."name", min(sc."path"), NULL, p."id", lower(p."name") FROM "Person" p
        JOIN "RoleAssignment" r ON r."organizationId" = p."organizationId" AND r."personId" = p."id"
        JOIN "Scope" sc ON sc."organizationId" = r."organizationId" AND sc."id" = r."scopeId"
        WHERE p."organizationId" = ${organizationId}::uuid AND position(${text} IN lower(p."name" || ' ' || p."email")) > 0
          AND EXISTS (SELECT 1 FROM unnest(${peopleRoots}::text[]) AS root WHERE sc."path" = root OR starts_with(sc."path", root || '.'))
        GROUP BY p."organizationId", p."id" LIMIT ${limit}))
    SELECT "kind", "label", "scope", "vault", "id" FROM hits ORDER BY position(${text} IN "folded") > 1, "folded", "scope" LIMIT ${limit}`
}
