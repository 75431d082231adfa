/** Trust rules: whose own tokens a service account's access tokens are exchanged for. */
import type { ClaimCondition, LastRefusal } from "../contract/dto.ts"
import type { Database, Transaction } from "./database.ts"
import { Prisma } from "./generated/client.ts"
import type { StoredActor } from "./secrets.ts"
import { personOrSystem } from "./service-accounts.ts"

/** What somebody says of a rule. */
export interface TrustRuleFields {
  name: string
  issuer: string
  keySet: string | null
  ca: string | null
  audience: string
  conditions: ClaimCondition[]
  lifetimeSeconds: number
  refusesReplay: boolean
}

export type StoredRefusal = Omit<LastRefusal, "at">

export interface StoredTrustRule extends TrustRuleFields {
  organizationId: string
  id: string
  rowVersion: number
  createdAt: Date
  createdBy: StoredActor
  changedAt: Date
  lastExchangeAt: Date | null
  lastRefusal: StoredRefusal | null
  lastRefusalAt: Date | null
}

/** A service account as somebody without a credential names it. */
export interface TrustedAccount {
  organizationId: string
  id: string
  name: string
  scopeId: string
  scope: string
  disabled: boolean
}

type AccountKey = Pick<TrustedAccount, "organizationId" | "id">

/** How many rules an account may have: each is tried. */
export const mostTrustRules = 20

export async function findTrustRules(db: Transaction, { organizationId, id }: AccountKey): Promise<StoredTrustRule[]> {
  const rows = await db.$queryRaw<Row[]>`
    ${rules} WHERE rule."organizationId" = ${organizationId}::uuid AND rule."serviceAccountId" = ${id}::uuid
    ORDER BY rule."name"`
  return rows.map(toRule)
}

/** The account that is called so at the scope of this path, in whichever organization that is. */
export async function findTrustedAccount(
  db: Transaction,
  { scope, name }: { scope: string; name: string },
): Promise<TrustedAccount | undefined> {
  const rows = await db.$queryRaw<TrustedAccount[]>`
    SELECT account."organizationId", account."id", account."name", home."id" AS "scopeId", home."path" AS "scope",
           account."disabledAt" IS NOT NULL AS "disabled"
    FROM "ServiceAccount" AS account
    JOIN "Scope" AS home ON home."organizationId" = account."organizationId" AND home."id" = account."scopeId"
    WHERE home."path" = ${scope} AND account."name" = ${name}`
  return rows[0]
}

/** Inserts a rule. False when the account has as many as it may. */
export async function insertTrustRule(
  tx: Transaction,
  { organizationId, id: accountId }: AccountKey,
  { id, createdById, ...fields }: TrustRuleFields & { id: string; createdById: string },
): Promise<boolean> {
  await tx.$executeRaw`
    SELECT FROM "ServiceAccount" WHERE "organizationId" = ${organizationId}::uuid AND "id" = ${accountId}::uuid FOR NO KEY UPDATE`
  const count = await tx.trustRule.count({ where: { organizationId, serviceAccountId: accountId } })
  if (count >= mostTrustRules) return false
  const data = { ...fields, conditions: asJson(fields.conditions) }
  await tx.trustRule.create({ data: { organizationId, id, serviceAccountId: accountId, createdById, ...data } })
  return true
}

/** Says a rule anew, and ends what was exchanged under it. False when somebody else changed or deleted it meanwhile. */
export async function replaceTrustRule(
  tx: Transaction,
  { organizationId, id, rowVersion }: StoredTrustRule,
  fields: TrustRuleFields,
): Promise<boolean> {
  const { count } = await tx.trustRule.updateMany({
    where: { organizationId, id, rowVersion },
    data: {
      ...fields,
      conditions: asJson(fields.conditions),
      rowVersion: { increment: 1 },
      changedAt: new Date(),
      lastRefusal: Prisma.DbNull,
      lastRefusalAt: null,
    },
  })
  await revokeExchanged(tx, { organizationId, id })
  return count === 1
}

export async function deleteTrustRule(tx: Transaction, { organizationId, id }: StoredTrustRule): Promise<void> {
  await tx.trustRule.deleteMany({ where: { organizationId, id } })
  await revokeExchanged(tx, { organizationId, id })
}

/** An access token that a job's token is exchanged for. */
export interface ExchangedToken {
  id: string
  hash: Uint8Array
  prefix: string
  /** For a rule that takes each token once. */
  used: { hash: Uint8Array; until: Date } | null
}

/**
 * Keeps an exchanged token, if the rule still is what it was when the job's token was held against it and the account
 * isn't disabled. `replayed`: the job's token was exchanged before.
 */
export async function insertExchanged(
  tx: Transaction,
  { organizationId, id: ruleId, rowVersion }: StoredTrustRule,
  { id, hash, prefix, used }: ExchangedToken,
): Promise<"kept" | "replayed" | "outdated"> {
  const kept = await tx.$executeRaw`
    WITH rule AS (
      SELECT rule.* FROM "TrustRule" AS rule
      JOIN "ServiceAccount" AS account ON account."organizationId" = rule."organizationId" AND account."id" = rule."serviceAccountId"
      WHERE rule."organizationId" = ${organizationId}::uuid AND rule."id" = ${ruleId}::uuid
        AND rule."rowVersion" = ${rowVersion} AND account."disabledAt" IS NULL
      FOR SHARE OF rule)
    INSERT INTO "AccessToken" ("organizationId", "id", "serviceAccountId", "name", "hash", "prefix", "cidrs", "createdAt", "expiresAt", "trustRuleId")
    SELECT "organizationId", ${id}::uuid, "serviceAccountId", "name", ${Buffer.from(hash)}, ${prefix}, '{}', now(),
           now() + make_interval(secs => "lifetimeSeconds"), "id"
    FROM rule`
  if (kept === 0) return "outdated"
  if (used === null) return "kept"
  const first = await tx.$executeRaw`
    INSERT INTO "UsedJobToken" ("organizationId", "trustRuleId", "hash", "expiresAt")
    VALUES (${organizationId}::uuid, ${ruleId}::uuid, ${Buffer.from(used.hash)}, ${used.until})
    ON CONFLICT DO NOTHING`
  return first === 1 ? "kept" : "replayed"
}

/** Notes that a rule let a job in; at most once a minute. */
export async function noteExchange({ pool }: Database, { organizationId, id }: StoredTrustRule): Promise<void> {
  await pool.query(
    `UPDATE "TrustRule" SET "lastExchangeAt" = now() WHERE "organizationId" = $1 AND "id" = $2
     AND coalesce("lastExchangeAt" < now() - interval '1 minute', true)`,
    [organizationId, id],
  )
}

/**
 * Keeps what a rule refused last. What the issuer didn't sign anybody may send: for a quarter of an hour it doesn't
 * stand in the place of what it did sign, and in no case is it written more than once in five seconds.
 */
export async function noteRefusal(
  { pool }: Database,
  { organizationId, id }: StoredTrustRule,
  refusal: StoredRefusal,
): Promise<void> {
  await pool.query(
    `UPDATE "TrustRule" SET "lastRefusal" = $3::jsonb, "lastRefusalAt" = now() WHERE "organizationId" = $1 AND "id" = $2
     AND ("lastRefusalAt" IS NULL OR "lastRefusalAt" < now() - CASE
       WHEN $4::boolean AND NOT ("lastRefusal" ->> 'isSigned')::boolean THEN interval '0'
       WHEN NOT $4::boolean AND ("lastRefusal" ->> 'isSigned')::boolean THEN interval '15 minutes'
       ELSE interval '5 seconds' END)`,
    [organizationId, id, JSON.stringify(refusal), refusal.isSigned],
  )
}

async function revokeExchanged(tx: Transaction, { organizationId, id }: AccountKey): Promise<void> {
  await tx.accessToken.updateMany({
    where: { organizationId, trustRuleId: id, revokedAt: null, expiresAt: { gt: new Date() } },
    data: { revokedAt: new Date() },
  })
}

type Row = Omit<StoredTrustRule, "createdBy"> & { createdById: string; createdByName: string | null }

const rules = Prisma.sql`
  SELECT rule."organizationId", rule."id", rule."name", rule."issuer", rule."keySet", rule."ca", rule."audience", rule."conditions",
         rule."lifetimeSeconds", rule."refusesReplay", rule."rowVersion", rule."createdAt", rule."changedAt",
         rule."lastExchangeAt", rule."lastRefusal", rule."lastRefusalAt", rule."createdById", maker."name" AS "createdByName"
  FROM "TrustRule" AS rule
  LEFT JOIN "Person" AS maker ON maker."organizationId" = rule."organizationId" AND maker."id" = rule."createdById"`

function toRule({ createdById, createdByName, ...row }: Row): StoredTrustRule {
  return { ...row, createdBy: personOrSystem(createdById, createdByName) }
}

/** Prisma takes JSON as objects with an index signature, which ours are without one. */
function asJson(conditions: readonly ClaimCondition[]): Prisma.InputJsonArray {
  return conditions.map((condition) => ({ ...condition }))
}
