/**
 * Who can read what is where, and the acts that made it so. A grant reaches a place when there is a scope that the
 * grant covers and from which the place is seen: the vault's own scope, or, for an inheritable vault, any beneath it.
 * What shadows what doesn't matter here: that changes with every secret that is made or deleted.
 */
import type { Protection } from "../contract/words.ts"
import type { Transaction } from "./database.ts"
import { Prisma } from "./generated/client.ts"
import { newId } from "./ids.ts"
import type { ScopeRef } from "./scopes.ts"

/** Where a secret lies, or all the secrets of a vault if it names none. */
export interface Place {
  scope: ScopeRef
  vault: { id: string; name: string; inheritable: boolean }
  foldedName: string | null
}

/** A read grant that reaches a place. */
export interface ReachingGrant {
  grantId: string
  serviceAccountId: string
  accountName: string
  /** Where the account belongs. */
  accountScope: string
}

export interface NewDelegation {
  organizationId: string
  /** The operation's name. */
  act: string
  serviceAccountId: string
  grantId: string | null
  accessTokenId: string | null
  /** The trust rule that was made or changed. */
  trustRuleId?: string
  /** The scope whose protection was asked. */
  scopeId: string
  vaultId: string | null
  secretId: string | null
  protection: Protection
  byId: string
  /** The second person, where two are asked for. */
  confirmedById: string | null
}

/** The read grants that reach a place, of disabled accounts too: enabling one again asks only for its grants. */
export function findReachingGrants(db: Transaction, place: Place): Promise<ReachingGrant[]> {
  return db.$queryRaw<ReachingGrant[]>`
    SELECT g."id" AS "grantId", account."id" AS "serviceAccountId", account."name" AS "accountName", home."path" AS "accountScope"
    FROM "Grant" AS g
    JOIN "Scope" AS covered ON covered."organizationId" = g."organizationId" AND covered."id" = g."scopeId"
    JOIN "ServiceAccount" AS account ON account."organizationId" = g."organizationId" AND account."id" = g."serviceAccountId"
    JOIN "Scope" AS home ON home."organizationId" = account."organizationId" AND home."id" = account."scopeId"
    WHERE ${reaches(place)}
    ORDER BY home."path", account."name", g."createdAt", g."id"`
}

/** How many service accounts that aren't disabled could read a secret put at the place. */
export async function countReaders(db: Transaction, place: Place): Promise<number> {
  const [row] = await db.$queryRaw<{ readers: number }[]>`
    SELECT count(DISTINCT g."serviceAccountId")::int AS "readers"
    FROM "Grant" AS g
    JOIN "Scope" AS covered ON covered."organizationId" = g."organizationId" AND covered."id" = g."scopeId"
    JOIN "ServiceAccount" AS account ON account."organizationId" = g."organizationId" AND account."id" = g."serviceAccountId"
    WHERE account."disabledAt" IS NULL AND ${reaches(place)}`
  return row?.readers ?? 0
}

/** The condition that the read grant `g`, at the scope `covered`, reaches a place. */
export function reaches({ scope, vault, foldedName }: Place): Prisma.Sql {
  const named =
    foldedName === null ? Prisma.sql`TRUE` : Prisma.sql`starts_with(${foldedName}, coalesce(lower(g."prefix"), ''))`
  return Prisma.sql`g."organizationId" = ${scope.organizationId}::uuid AND g."access" = 'read' AND g."revokedAt" IS NULL
    AND (g."vaultName" IS NULL OR g."vaultName" = ${vault.name}) AND ${named}
    AND (g."scopeId" = ANY(${[...scope.lineage]}::uuid[])
         OR (${vault.inheritable}::boolean AND starts_with(covered."path", ${`${scope.path}.`})))`
}

/** The paths of all scopes that these accounts may read at, by the account's id. */
export async function findScopesRead(
  db: Transaction,
  organizationId: string,
  serviceAccountIds: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const grants = await db.grant.findMany({
    where: { organizationId, serviceAccountId: { in: [...serviceAccountIds] }, access: "read", revokedAt: null },
    select: { serviceAccountId: true, scope: { select: { path: true } } },
  })
  const byAccount = Map.groupBy(grants, (grant) => grant.serviceAccountId)
  return new Map([...byAccount].map(([id, own]) => [id, own.map(({ scope }) => scope.path)]))
}

/** Records acts that are effective at once. */
export async function recordDelegations(tx: Transaction, delegations: readonly NewDelegation[]): Promise<void> {
  const rows = JSON.stringify(delegations.map((each) => ({ ...each, id: newId() })))
  await tx.$executeRaw`
    INSERT INTO "Delegation" ("organizationId", "id", "act", "serviceAccountId", "grantId", "accessTokenId", "trustRuleId", "scopeId",
                              "vaultId", "secretId", "protection", "state", "byId", "confirmedById", "since")
    SELECT "organizationId", "id", "act", "serviceAccountId", "grantId", "accessTokenId", "trustRuleId", "scopeId",
           "vaultId", "secretId", "protection", 'effective', "byId", "confirmedById", now()
    FROM json_populate_recordset(NULL::"Delegation", ${rows}::json)`
}

/** What ended delegations were about: the grant, token or trust rule is gone, or the whole account. */
export interface Ended {
  organizationId: string
  by: "grantId" | "accessTokenId" | "trustRuleId" | "serviceAccountId"
  id: string
}

export async function endDelegations(tx: Transaction, { organizationId, by, id }: Ended): Promise<void> {
  const concerned = { grantId: byGrant, accessTokenId: byToken, trustRuleId: byRule, serviceAccountId: byAccount }[by]
  await tx.$executeRaw`
    UPDATE "Delegation" SET "state" = 'ended', "until" = now()
    WHERE "organizationId" = ${organizationId}::uuid AND "state" = 'effective' AND ${concerned} = ${id}::uuid`
}

const byGrant = Prisma.sql`"grantId"`
const byToken = Prisma.sql`"accessTokenId"`
const byRule = Prisma.sql`"trustRuleId"`
const byAccount = Prisma.sql`"serviceAccountId"`
