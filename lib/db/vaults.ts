import type { Transaction } from "./database.ts"
import { Prisma } from "./generated/client.ts"
import type { ScopeRef } from "./scopes.ts"

export interface StoredVault {
  organizationId: string
  id: string
  scopeId: string
  scope: string
  name: string
  description: string
  inheritable: boolean
  /** Living secrets: active and disabled ones. */
  secretCount: number
  workspacesBeneath: number
  createdAt: Date
}

/** The vaults of a scope by name, those after `after` if it is given. */
export async function listVaults(
  db: Transaction,
  scope: ScopeRef,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<StoredVault[]> {
  const following = after === undefined ? Prisma.empty : Prisma.sql`AND v."name" > ${after}`
  return select(db, scope, Prisma.sql`${following} ORDER BY v."name" LIMIT ${limit}`)
}

export async function findVaultByName(
  db: Transaction,
  scope: ScopeRef,
  name: string,
): Promise<StoredVault | undefined> {
  const [vault] = await select(db, scope, Prisma.sql`AND v."name" = ${name}`)
  return vault
}

/** Locks the vault's row, so that nothing is put in it while it is looked into. Undefined when it is gone. */
export async function lockVault(
  tx: Transaction,
  { organizationId, id }: StoredVault,
): Promise<Pick<StoredVault, "inheritable"> | undefined> {
  const [row] = await tx.$queryRaw<Pick<StoredVault, "inheritable">[]>`
    SELECT "inheritable" FROM "Vault" WHERE "organizationId" = ${organizationId}::uuid AND "id" = ${id}::uuid FOR UPDATE`
  return row
}

function select(db: Transaction, scope: ScopeRef, rest: Prisma.Sql): Promise<StoredVault[]> {
  return db.$queryRaw<StoredVault[]>`
    SELECT v."organizationId", v."id", v."scopeId", ${scope.path} AS "scope", v."name", v."description", v."inheritable", v."createdAt",
      (SELECT count(*)::int FROM "Secret" s WHERE s."organizationId" = v."organizationId" AND s."vaultId" = v."id"
        AND s."state" IN ('active', 'disabled') AND s."currentVersion" > 0) AS "secretCount",
      CASE WHEN v."inheritable" THEN (SELECT count(*)::int FROM "Scope" w WHERE w."organizationId" = v."organizationId"
        AND w."kind" = 'workspace' AND starts_with(w."path", ${`${scope.path}.`})) ELSE 0 END AS "workspacesBeneath"
    FROM "Vault" v WHERE v."organizationId" = ${scope.organizationId}::uuid AND v."scopeId" = ${scope.id}::uuid ${rest}`
}
