/** Service accounts, what they were granted and with which tokens they come. */
import type { GrantAccess } from "../contract/words.ts"
import type { Transaction } from "./database.ts"
import { Prisma } from "./generated/client.ts"
import type { ScopeRef } from "./scopes.ts"
import type { StoredActor } from "./secrets.ts"

export interface StoredServiceAccount {
  organizationId: string
  id: string
  scope: string
  name: string
  description: string
  disabled: boolean
  activeTokens: number
  grantCount: number
  createdAt: Date
  createdBy: StoredActor
  lastUsedAt: Date | null
}

export interface StoredGrant {
  id: string
  scopeId: string
  scope: string
  vault: string | null
  prefix: string | null
  access: GrantAccess
  since: Date
  grantedBy: StoredActor
  confirmedBy: StoredActor | null
}

export interface StoredAccessToken {
  id: string
  name: string
  prefix: string
  cidrs: string[]
  issuedBy: StoredActor
  createdAt: Date
  expiresAt: Date
  lastUsedAt: Date | null
  lastAddress: string | null
  revokedAt: Date | null
}

export interface StoredReadable {
  scope: string
  vault: string
  name: string
  currentVersion: number
  grantId: string
}

/** The service accounts of a scope in the order of their names, from after `after` on. */
export async function listServiceAccounts(
  db: Transaction,
  scope: ScopeRef,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<StoredServiceAccount[]> {
  const rows = await db.$queryRaw<AccountRow[]>`
    ${accounts} WHERE account."organizationId" = ${scope.organizationId}::uuid AND account."scopeId" = ${scope.id}::uuid
      AND account."name" > ${after ?? ""}
    ORDER BY account."name" LIMIT ${limit}`
  return rows.map(toAccount)
}

export async function findServiceAccount(
  db: Transaction,
  scope: ScopeRef,
  name: string,
): Promise<StoredServiceAccount | undefined> {
  const rows = await db.$queryRaw<AccountRow[]>`
    ${accounts} WHERE account."organizationId" = ${scope.organizationId}::uuid AND account."scopeId" = ${scope.id}::uuid
      AND account."name" = ${name}`
  return rows.map(toAccount)[0]
}

type AccountKey = Pick<StoredServiceAccount, "organizationId" | "id">

/** The living grants of an account, oldest first. */
export async function findGrants(db: Transaction, { organizationId, id }: AccountKey): Promise<StoredGrant[]> {
  const rows = await db.$queryRaw<GrantRow[]>`
    SELECT g."id", g."scopeId", covered."path" AS "scope", g."vaultName" AS "vault", g."prefix", g."access",
           coalesce(mark."since", g."createdAt") AS "since", g."grantedById", grantor."name" AS "grantedByName",
           mark."confirmedById", confirmer."name" AS "confirmedByName"
    FROM "Grant" AS g
    JOIN "Scope" AS covered ON covered."organizationId" = g."organizationId" AND covered."id" = g."scopeId"
    LEFT JOIN LATERAL (
      SELECT act."since", act."confirmedById" FROM "Delegation" AS act
      WHERE act."organizationId" = g."organizationId" AND act."grantId" = g."id" AND act."act" = 'grantAccess'
      ORDER BY act."createdAt" LIMIT 1
    ) AS mark ON true
    LEFT JOIN "Person" AS grantor ON grantor."organizationId" = g."organizationId" AND grantor."id" = g."grantedById"
    LEFT JOIN "Person" AS confirmer ON confirmer."organizationId" = g."organizationId" AND confirmer."id" = mark."confirmedById"
    WHERE g."organizationId" = ${organizationId}::uuid AND g."serviceAccountId" = ${id}::uuid AND g."revokedAt" IS NULL
    ORDER BY g."createdAt", g."id"`
  return rows.map(({ grantedById, grantedByName, confirmedById, confirmedByName, ...row }) => ({
    ...row,
    grantedBy: personOrSystem(grantedById, grantedByName),
    confirmedBy: confirmedById === null ? null : personOrSystem(confirmedById, confirmedByName),
  }))
}

/** The tokens that were issued to an account: those that work first, then the newest; two hundred at the most. */
export async function findAccessTokens(
  db: Transaction,
  { organizationId, id }: AccountKey,
): Promise<StoredAccessToken[]> {
  const rows = await db.$queryRaw<TokenRow[]>`
    ${accessTokens} WHERE token."organizationId" = ${organizationId}::uuid AND token."serviceAccountId" = ${id}::uuid
      AND token."trustRuleId" IS NULL
    ORDER BY token."revokedAt" IS NULL AND token."expiresAt" > now() DESC, token."createdAt" DESC, token."id" DESC LIMIT 200`
  return rows.map(toToken)
}

/** The account's token of this id. */
export async function findAccessToken(
  db: Transaction,
  { organizationId, id }: AccountKey,
  tokenId: string,
): Promise<StoredAccessToken | undefined> {
  const rows = await db.$queryRaw<TokenRow[]>`
    ${accessTokens} WHERE token."organizationId" = ${organizationId}::uuid AND token."serviceAccountId" = ${id}::uuid
      AND token."id" = ${tokenId}::uuid AND token."trustRuleId" IS NULL`
  return rows.map(toToken)[0]
}

/**
 * The first secrets that an account's grants let it read now, in the order of their references, and how many there are.
 * A grant reaches what lies at its scope and beneath, and what its scope inherits and nothing narrower stands before.
 * That is worked out for a grant's vaults as a whole: an account may read a hundred thousand secrets by one grant.
 */
export async function findReadable(
  db: Transaction,
  { organizationId, id }: AccountKey,
  limit: number,
): Promise<{ secrets: StoredReadable[]; total: number }> {
  const rows = await db.$queryRaw<(StoredReadable & { total: number })[]>`
    WITH granted AS (
      SELECT g."id", g."vaultName", lower(g."prefix") AS "prefix", g."scopeId", covered."path",
             EXISTS (SELECT 1 FROM "Scope" AS child
                     WHERE child."organizationId" = g."organizationId" AND child."parentId" = g."scopeId") AS "hasScopesBeneath"
      FROM "Grant" AS g
      JOIN "Scope" AS covered ON covered."organizationId" = g."organizationId" AND covered."id" = g."scopeId"
      WHERE g."organizationId" = ${organizationId}::uuid AND g."serviceAccountId" = ${id}::uuid
        AND g."access" = 'read' AND g."revokedAt" IS NULL
    ), beneath AS MATERIALIZED (
      SELECT vault."id" AS "vaultId", vault."scopeId", scope."path" AS "scope", vault."name" AS "vault", bool_or(granted."prefix" IS NULL) AS "isWhole",
             array_agg(coalesce(granted."prefix", '') ORDER BY granted."id") AS "prefixes", array_agg(granted."id" ORDER BY granted."id") AS "grantIds"
      FROM granted
      JOIN "Scope" AS scope ON scope."organizationId" = ${organizationId}::uuid AND starts_with(scope."path" || '.', granted."path" || '.')
      JOIN "Vault" AS vault ON vault."organizationId" = ${organizationId}::uuid AND vault."scopeId" = scope."id"
        AND (granted."vaultName" IS NULL OR granted."vaultName" = vault."name")
      GROUP BY vault."id", vault."scopeId", scope."path", vault."name"
    ), seen AS (
      SELECT secret."id", secret."foldedName", secret."state", vault."id" AS "vaultId", scope."path" AS "scope", vault."name" AS "vault",
             granted."id" AS "grantId", scope."id" = granted."scopeId" AS "isOwn",
             length(scope."path") = max(length(scope."path")) OVER (PARTITION BY granted."id", vault."name", secret."foldedName") AS "wins"
      FROM granted
      JOIN "Scope" AS scope ON scope."organizationId" = ${organizationId}::uuid AND starts_with(granted."path" || '.', scope."path" || '.')
      JOIN "Vault" AS vault ON vault."organizationId" = ${organizationId}::uuid AND vault."scopeId" = scope."id"
        AND (granted."vaultName" IS NULL OR granted."vaultName" = vault."name")
        AND (vault."inheritable" OR (scope."id" = granted."scopeId" AND NOT granted."hasScopesBeneath"))
      JOIN "Secret" AS secret ON secret."organizationId" = ${organizationId}::uuid AND secret."scopeId" = scope."id" AND secret."vaultId" = vault."id"
      WHERE secret."state" IN ('active', 'disabled') AND secret."currentVersion" > 0 AND starts_with(secret."foldedName", coalesce(granted."prefix", ''))
    ), readable AS MATERIALIZED (
      SELECT beneath."scope", beneath."vault", secret."foldedName", secret."id", secret."vaultId", NULL::uuid AS "grantId"
      FROM beneath
      JOIN "Secret" AS secret ON secret."organizationId" = ${organizationId}::uuid AND secret."scopeId" = beneath."scopeId" AND secret."vaultId" = beneath."vaultId"
      WHERE secret."state" = 'active' AND secret."currentVersion" > 0 AND ${isReachedFromAbove}
      UNION ALL
      SELECT secret."scope", secret."vault", secret."foldedName", secret."id", secret."vaultId", (array_agg(secret."grantId" ORDER BY secret."grantId"))[1]
      FROM seen AS secret
      WHERE secret."wins" AND NOT secret."isOwn" AND secret."state" = 'active' AND NOT EXISTS (
        SELECT 1 FROM beneath WHERE beneath."vaultId" = secret."vaultId" AND ${isReachedFromAbove})
      GROUP BY secret."scope", secret."vault", secret."foldedName", secret."id", secret."vaultId"
    ), shown AS MATERIALIZED (
      SELECT * FROM readable ORDER BY "scope", "vault", "foldedName" LIMIT ${limit}
    )
    SELECT shown."scope", shown."vault", secret."name", secret."currentVersion",
           coalesce(shown."grantId", (SELECT ${firstThatFits} FROM beneath WHERE beneath."vaultId" = shown."vaultId")) AS "grantId", (SELECT count(*)::int FROM readable) AS "total"
    FROM shown JOIN "Secret" AS secret ON secret."organizationId" = ${organizationId}::uuid AND secret."id" = shown."id"
    ORDER BY shown."scope", shown."vault", secret."foldedName"`
  return { secrets: rows.map(({ total: _, ...secret }) => secret), total: rows[0]?.total ?? 0 }
}

/** The first of a vault's grants whose prefix a secret's name has. */
const firstThatFits = Prisma.sql`(SELECT fit.id FROM unnest(beneath."prefixes", beneath."grantIds") AS fit(prefix, id)
  WHERE starts_with(secret."foldedName", fit.prefix) ORDER BY fit.id LIMIT 1)`

/** Whether there is one. Most vaults have one grant, and of many secrets each is tested. */
const isReachedFromAbove = Prisma.sql`(beneath."isWhole" OR starts_with(secret."foldedName", beneath."prefixes"[1])
  OR (cardinality(beneath."prefixes") > 1 AND ${firstThatFits} IS NOT NULL))`

/**
 * Changes what is given. False when the account is gone, or when it was to be enabled and is disabled, which it wasn't
 * when it was looked at: enabling gives it back what it may read, and that must have been checked.
 */
export async function changeServiceAccount(
  tx: Transaction,
  { organizationId, id, disabled: wasDisabled }: StoredServiceAccount,
  { description, disabled }: { description: string | null; disabled: boolean | null },
): Promise<boolean> {
  const changed = await tx.$executeRaw`
    UPDATE "ServiceAccount" SET "description" = coalesce(${description}, "description"),
      "disabledAt" = CASE ${disabled}::boolean WHEN true THEN coalesce("disabledAt", now()) WHEN false THEN NULL ELSE "disabledAt" END
    WHERE "organizationId" = ${organizationId}::uuid AND "id" = ${id}::uuid
      AND (${disabled}::boolean IS DISTINCT FROM false OR ${wasDisabled}::boolean OR "disabledAt" IS NULL)`
  return changed === 1
}

/** Deletes an account with its grants and tokens, and what is known of its fetches: nobody waits for it any more. */
export async function deleteServiceAccount(tx: Transaction, { organizationId, id }: AccountKey): Promise<void> {
  // In the order in which disclosures lock these rows.
  await tx.$executeRaw`
    WITH fetched AS (
      SELECT "secretId" FROM "LastFetch"
      WHERE "organizationId" = ${organizationId}::uuid AND "serviceAccountId" = ${id}::uuid
      ORDER BY "secretId" FOR UPDATE)
    DELETE FROM "LastFetch" AS last USING fetched
    WHERE last."organizationId" = ${organizationId}::uuid AND last."secretId" = fetched."secretId"
      AND last."serviceAccountId" = ${id}::uuid`
  await tx.serviceAccount.delete({ where: { organizationId_id: { organizationId, id } } })
}

const accounts = Prisma.sql`
  SELECT account."organizationId", account."id", home."path" AS "scope", account."name", account."description",
         account."disabledAt" IS NOT NULL AS "disabled", account."createdAt", account."createdById", maker."name" AS "createdByName",
         (SELECT count(*)::int FROM "AccessToken" AS token
          WHERE token."organizationId" = account."organizationId" AND token."serviceAccountId" = account."id"
            AND token."trustRuleId" IS NULL AND token."revokedAt" IS NULL AND token."expiresAt" > now()) AS "activeTokens",
         (SELECT max(token."lastUsedAt") FROM "AccessToken" AS token
          WHERE token."organizationId" = account."organizationId" AND token."serviceAccountId" = account."id") AS "lastUsedAt",
         (SELECT count(*)::int FROM "Grant" AS g
          WHERE g."organizationId" = account."organizationId" AND g."serviceAccountId" = account."id"
            AND g."revokedAt" IS NULL) AS "grantCount"
  FROM "ServiceAccount" AS account
  JOIN "Scope" AS home ON home."organizationId" = account."organizationId" AND home."id" = account."scopeId"
  LEFT JOIN "Person" AS maker ON maker."organizationId" = account."organizationId" AND maker."id" = account."createdById"`

type AccountRow = Omit<StoredServiceAccount, "createdBy"> & { createdById: string | null; createdByName: string | null }

type GrantRow = Omit<StoredGrant, "grantedBy" | "confirmedBy"> & {
  grantedById: string | null
  grantedByName: string | null
  confirmedById: string | null
  confirmedByName: string | null
}

type TokenRow = Omit<StoredAccessToken, "issuedBy"> & { issuedById: string | null; issuedByName: string | null }

const accessTokens = Prisma.sql`
  SELECT token."id", token."name", token."prefix", token."cidrs", token."createdAt", token."expiresAt",
         token."lastUsedAt", token."lastAddress", token."revokedAt", token."issuedById", issuer."name" AS "issuedByName"
  FROM "AccessToken" AS token
  LEFT JOIN "Person" AS issuer ON issuer."organizationId" = token."organizationId" AND issuer."id" = token."issuedById"`

function toToken({ issuedById, issuedByName, ...row }: TokenRow): StoredAccessToken {
  return { ...row, issuedBy: personOrSystem(issuedById, issuedByName) }
}

function toAccount({ createdById, createdByName, ...row }: AccountRow): StoredServiceAccount {
  return { ...row, createdBy: personOrSystem(createdById, createdByName) }
}

/** Who did it: a person, or, where none is named, Strongroom itself. */
export function personOrSystem(id: string | null, name: string | null): StoredActor {
  return { kind: id === null ? "system" : "person", id, name }
}
