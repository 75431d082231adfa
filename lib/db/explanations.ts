/** What wins in a workspace, and what it shadows: the same walk as the effective set's, with those who lose. */
import type { SecretState, VersionState } from "../contract/words.ts"
import { builtInName } from "../contract/words.ts"
import type { Database } from "./database.ts"
import type { ScopeRef } from "./scopes.ts"

/** One secret of a name, in one of the scopes. */
export interface Candidate {
  name: string
  vault: string
  foldedName: string
  scope: string
  envName: string | null
  state: SecretState
  version: number
  versionState: VersionState | null
  provider: string
}

export interface Contest {
  winner: Candidate
  /** Narrowest first. */
  shadows: Candidate[]
  /** The winners that can be read and arrive in the same variable, where there are others: itself among them. */
  sharing: Pick<Candidate, "scope" | "vault" | "name">[]
}

/** A read grant that covers the workspace. */
export interface CoveringGrant {
  id: string
  scope: string
  vault: string | null
  prefix: string | null
}

export interface ContestQuery {
  scope: ScopeRef
  /** Whose grants limit what is told; null tells all that the workspace sees. */
  accountId: string | null
  vaults: readonly string[] | null
  foldedName: string | null
  after: { vault: string; foldedName: string } | undefined
  limit: number
}

/** Contests by vault and name, one more than `limit` where there are more. */
export async function findContests({ pool }: Database, query: ContestQuery): Promise<Contest[]> {
  const { scope, accountId, vaults, foldedName, after, limit } = query
  const { rows } = await pool.query<Candidate & { depth: number; sharing: Contest["sharing"] | null }>({
    name: "find-contests",
    text: findContestsText,
    values: [
      ...[scope.organizationId, [...scope.lineage], accountId, vaults, foldedName],
      ...[after?.vault ?? null, after?.foldedName ?? null, limit + 1, builtInName],
    ],
  })
  const contests = Map.groupBy(rows, ({ vault, foldedName: name }) => `${vault}/${name}`)
  return [...contests.values()].flatMap(([winner, ...shadows]) =>
    winner === undefined ? [] : [{ winner, shadows, sharing: winner.sharing ?? [] }],
  )
}

/** The account's read grants at the scope and above, in the order of their ids. */
export async function findCoveringGrants(
  { pool }: Database,
  { organizationId, lineage }: ScopeRef,
  accountId: string,
): Promise<CoveringGrant[]> {
  const { rows } = await pool.query<CoveringGrant>({
    name: "find-covering-grants",
    text: `SELECT g."id", sc."path" AS "scope", g."vaultName" AS "vault", g."prefix"
           FROM "Grant" g JOIN "Scope" sc ON sc."organizationId" = g."organizationId" AND sc."id" = g."scopeId"
           WHERE g."organizationId" = $1 AND g."serviceAccountId" = $2 AND g."scopeId" = ANY($3::uuid[])
             AND g."access" = 'read' AND g."revokedAt" IS NULL
           ORDER BY g."id"`,
    values: [organizationId, accountId, [...lineage]],
  })
  return rows
}

// What a secret is called in an environment is here as `defaultEnvName` makes it of a name: both are of ASCII alone.
const findContestsText = `
  WITH candidate AS (
    SELECT secret."name", secret."foldedName", secret."envName", secret."state", secret."currentVersion" AS "version", secret."id",
           secret."providerId", vault."name" AS "vault", at."path" AS "scope", upwards.depth,
           row_number() OVER (PARTITION BY vault."name", secret."foldedName" ORDER BY upwards.depth) AS rank
    FROM unnest($2::uuid[]) WITH ORDINALITY AS upwards(id, depth)
    JOIN "Scope" AS at ON at."organizationId" = $1::uuid AND at."id" = upwards.id
    JOIN "Vault" AS vault ON vault."organizationId" = $1::uuid AND vault."scopeId" = upwards.id
      AND (vault."inheritable" OR upwards.depth = 1)
    JOIN "Secret" AS secret ON secret."organizationId" = $1::uuid AND secret."vaultId" = vault."id"
      AND secret."state" <> 'destroyed' AND secret."state" <> 'deleted' AND secret."currentVersion" > 0
    WHERE ($4::text[] IS NULL OR vault."name" = ANY($4::text[]))
      AND ($3::uuid IS NULL OR EXISTS (
        SELECT 1 FROM "Grant" AS g
        WHERE g."organizationId" = $1::uuid AND g."serviceAccountId" = $3::uuid AND g."scopeId" = ANY($2::uuid[])
          AND g."access" = 'read' AND g."revokedAt" IS NULL
          AND (g."vaultName" IS NULL OR g."vaultName" = vault."name")
          AND (g."prefix" IS NULL OR starts_with(secret."foldedName", lower(g."prefix")))))
  ), winner AS (
    SELECT candidate.*, coalesce(candidate."envName", regexp_replace(upper(candidate."name"), '[^A-Z0-9]', '_', 'g')) AS variable,
           candidate."state" = 'active' AND EXISTS (
             SELECT 1 FROM "SecretVersion" AS it
             WHERE it."organizationId" = $1::uuid AND it."secretId" = candidate."id" AND it."number" = candidate."version"
               AND it."state" = 'enabled') AS readable
    FROM candidate WHERE candidate.rank = 1
  ), page AS (
    SELECT winner.* FROM winner
    WHERE ($5::text IS NULL OR winner."foldedName" = $5)
      AND ($6::text IS NULL OR (winner."vault", winner."foldedName") > ($6, $7::text))
    ORDER BY winner."vault", winner."foldedName" LIMIT $8::int
  )
  SELECT candidate."name", candidate."foldedName", candidate."envName", candidate."state", candidate."version", candidate."vault",
         candidate."scope", candidate.depth::int AS depth, version."state" AS "versionState", coalesce(provider."name", $9::text) AS "provider",
         CASE WHEN candidate.rank = 1 AND page.readable THEN (
           SELECT json_agg(json_build_object('scope', other."scope", 'vault', other."vault", 'name', other."name")
                           ORDER BY other."vault", other."foldedName")
           FROM winner AS other WHERE other.readable AND other.variable = page.variable HAVING count(*) > 1
         ) END AS "sharing"
  FROM page
  JOIN candidate ON candidate."vault" = page."vault" AND candidate."foldedName" = page."foldedName"
  LEFT JOIN "SecretVersion" AS version ON version."organizationId" = $1::uuid AND version."secretId" = candidate."id"
    AND version."number" = candidate."version"
  LEFT JOIN "Provider" AS provider ON provider."organizationId" = $1::uuid AND provider."id" = candidate."providerId"
  ORDER BY candidate."vault", candidate."foldedName", candidate.depth`
