/** Workspaces by the projects that they list, as far as a token may read there. */
import type { Database } from "./database.ts"

/** Paths of the workspaces that list the project and that a read grant of the token's account covers: a few of them. */
export async function findProjectWorkspaces(
  { pool }: Database,
  tokenHash: Uint8Array,
  project: string,
): Promise<string[]> {
  const { rows } = await pool.query<{ path: string }>({
    name: "find-project-workspaces",
    text: `SELECT own."path"
           FROM "AccessToken" token
           JOIN "Scope" own ON own."organizationId" = token."organizationId" AND $2 = ANY(own."projects")
           LEFT JOIN "Scope" above ON above."organizationId" = own."organizationId" AND above."id" = own."parentId"
           WHERE token."hash" = $1 AND EXISTS (
             SELECT 1 FROM "Grant" g
             WHERE g."organizationId" = token."organizationId" AND g."serviceAccountId" = token."serviceAccountId"
               AND g."access" = 'read' AND g."revokedAt" IS NULL AND g."scopeId" IN (own."id", above."id", above."parentId"))
           ORDER BY own."path" LIMIT 5`,
    values: [Buffer.from(tokenHash), project],
  })
  return rows.map(({ path }) => path)
}
