/**
 * Destroying a value: the rows say so first, with the event, and from then on nothing answers with it; then the store
 * removes it. An Operation row stands for what the store still has to do, so a crash in between is finished later.
 */
import type { OperationName } from "../contract/routes.ts"
import type { Ownership } from "../contract/words.ts"
import type { Database, Transaction } from "./database.ts"

export interface Destruction {
  organizationId: string
  operationId: string
  secretId: string
  /** One version, or the whole secret. */
  version: number | "all"
  by: { kind: string; id: string | null }
  requestId: string
}

/**
 * Marks a version or a whole secret as destroyed. The secret's row must be locked. False, with nothing changed, while a
 * write of the secret is under way.
 */
export async function markDestroyed(tx: Transaction, destruction: Destruction): Promise<boolean> {
  if (!(await beginDestruction(tx, destruction))) return false
  const { organizationId, secretId, version } = destruction
  const number = version === "all" ? null : version
  await tx.$executeRaw`
    UPDATE "SecretVersion" SET "state" = 'destroyed', "fingerprint" = NULL
    WHERE "organizationId" = ${organizationId}::uuid AND "secretId" = ${secretId}::uuid AND (${number}::int IS NULL OR "number" = ${number}::int)`
  if (version !== "all") return true
  await tx.$executeRaw`
    UPDATE "Secret" SET "state" = 'destroyed', "purgeAfter" = NULL, "updatedAt" = now()
    WHERE "organizationId" = ${organizationId}::uuid AND "id" = ${secretId}::uuid`
  return true
}

function beginDestruction(tx: Transaction, { version, ...act }: Destruction): Promise<boolean> {
  return version === "all"
    ? beginAct(tx, { ...act, kind: "destroySecret", number: 0, leaseSeconds: 15 })
    : beginAct(tx, { ...act, kind: "destroyVersion", number: version, leaseSeconds: 15 })
}

/** Something that a store is about to do with what it has, and that is no write. */
export interface Act extends Omit<Destruction, "version"> {
  kind: OperationName
  number: number
  /** How long it may take before the reconciler looks after it. */
  leaseSeconds: number
}

/** Says that an act is under way. False while something else is, of the same secret. */
export async function beginAct(tx: Transaction, act: Act): Promise<boolean> {
  const { organizationId, operationId, secretId, kind, number, leaseSeconds, by, requestId } = act
  const begun = await tx.$executeRaw`
    INSERT INTO "Operation" ("organizationId", "id", "kind", "callerKind", "callerId", "secretId", "targetVersion", "expectedVersion",
      "origin", "fingerprint", "sizeAtLeast", "sizeAtMost", "isText", "state", "leaseUntil", "requestId")
    VALUES (${organizationId}::uuid, ${operationId}::uuid, ${kind}, ${by.kind}, ${by.id}::uuid, ${secretId}::uuid, ${number}, 0,
      'typed', ''::bytea, 0, 0, false, 'applied', now() + make_interval(secs => ${leaseSeconds}), ${requestId})
    ON CONFLICT DO NOTHING`
  return begun === 1
}

/** Says that an act is over, however it went. */
export async function endAct(
  tx: Transaction,
  { organizationId, operationId }: Pick<Act, "organizationId" | "operationId">,
): Promise<void> {
  await tx.operation.updateMany({
    where: { organizationId, id: operationId, state: "applied" },
    data: { state: "committed", updatedAt: new Date() },
  })
}

/** Says that the store has removed what a destruction was about. */
export async function finishDestruction(
  { pool }: Database,
  { organizationId, operationId }: { organizationId: string; operationId: string },
): Promise<void> {
  await pool.query(
    `UPDATE "Operation" SET "state" = 'committed', "updatedAt" = now() WHERE "organizationId" = $1 AND "id" = $2 AND "state" = 'applied'`,
    [organizationId, operationId],
  )
}

export interface PurgeableSecret {
  organizationId: string
  id: string
  name: string
  vault: string
  scopeId: string
  scope: string
  providerId: string | null
  ownership: Ownership
  location: string
  field: string | null
}

/** Locks one deleted secret whose time is over, that no other process has locked and that nobody writes. */
export async function lockPurgeable(tx: Transaction): Promise<PurgeableSecret | undefined> {
  const [secret] = await tx.$queryRaw<PurgeableSecret[]>`
    SELECT s."organizationId", s."id", s."name", v."name" AS "vault", s."scopeId", sc."path" AS "scope", s."providerId", s."ownership", s."location", s."field"
    FROM "Secret" s
    JOIN "Vault" v ON v."organizationId" = s."organizationId" AND v."id" = s."vaultId"
    JOIN "Scope" sc ON sc."organizationId" = s."organizationId" AND sc."id" = s."scopeId"
    WHERE s."state" = 'deleted' AND s."purgeAfter" < now()
      AND NOT EXISTS (SELECT 1 FROM "Operation" o WHERE o."organizationId" = s."organizationId" AND o."secretId" = s."id"
        AND o."state" IN ('intended', 'applied', 'unknown'))
    ORDER BY s."purgeAfter" LIMIT 1 FOR UPDATE OF s SKIP LOCKED`
  return secret
}
