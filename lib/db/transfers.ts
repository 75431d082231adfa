/**
 * Transfers as people ask for them and follow them: moves of secrets from where they are kept to another provider. What
 * carries them out is in carried-transfers.ts.
 */
import type { Protection, ProviderKind, TransferItemState, TransferState } from "../contract/words.ts"
import type { Transaction } from "./database.ts"
import { Prisma } from "./generated/client.ts"
import { protectionOf, type ScopeRef } from "./scopes.ts"

export interface StoredTransfer {
  organizationId: string
  id: string
  scopeId: string
  scope: string
  protection: Protection
  /** Null: to the built-in store. */
  toProviderId: string | null
  toKind: ProviderKind | null
  toName: string | null
  toScope: string | null
  removeAtSource: boolean
  state: TransferState
  byId: string
  /** Null when who started it is gone. */
  byName: string | null
  requestId: string
  createdAt: Date
  updatedAt: Date
  total: number
  finished: number
  failed: number
}

export type TransferKey = Pick<StoredTransfer, "organizationId" | "id">

export interface StoredTransferItem {
  secretId: string
  vault: string
  name: string
  state: TransferItemState
  problem: string | null
}

export interface NewTransfer {
  organizationId: string
  id: string
  scopeId: string
  toProviderId: string | null
  removeAtSource: boolean
  byId: string
  requestId: string
  secretIds: readonly string[]
}

/** Writes a transfer down with its items. Fails by "TransferItem_under_way" when a secret is in another one. */
export async function addTransfer(tx: Transaction, { secretIds, ...transfer }: NewTransfer): Promise<void> {
  const { organizationId, id: transferId } = transfer
  await tx.transfer.create({ data: { ...transfer, state: "running" } })
  await tx.transferItem.createMany({
    data: secretIds.map((secretId) => ({ organizationId, transferId, secretId })),
  })
}

/** Those of a scope, newest first: `limit` rows, from below `after`. */
export async function listTransfers(
  db: Transaction,
  scope: ScopeRef,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<StoredTransfer[]> {
  const from = after === undefined ? Prisma.empty : Prisma.sql`AND t."id" < ${after}::uuid`
  return db.$queryRaw<StoredTransfer[]>`
    ${selectTransfer} WHERE t."organizationId" = ${scope.organizationId}::uuid AND t."scopeId" = ${scope.id}::uuid ${from}
    ORDER BY t."id" DESC LIMIT ${limit}`
}

export async function findTransfer(db: Transaction, scope: ScopeRef, id: string): Promise<StoredTransfer | undefined> {
  const [transfer] = await db.$queryRaw<StoredTransfer[]>`
    ${selectTransfer} WHERE t."organizationId" = ${scope.organizationId}::uuid AND t."id" = ${id}::uuid
      AND t."scopeId" = ${scope.id}::uuid`
  return transfer
}

/** A transfer's items whose secrets are still of its scope, in the order of their names. */
export async function findTransferItems(
  db: Transaction,
  { organizationId, id, scopeId }: Pick<StoredTransfer, "organizationId" | "id" | "scopeId">,
): Promise<StoredTransferItem[]> {
  return db.$queryRaw<StoredTransferItem[]>`
    SELECT i."secretId", v."name" AS "vault", s."name", i."state", i."problem"
    FROM "TransferItem" i
    JOIN "Secret" s ON s."organizationId" = i."organizationId" AND s."id" = i."secretId"
    JOIN "Vault" v ON v."organizationId" = s."organizationId" AND v."id" = s."vaultId"
    WHERE i."organizationId" = ${organizationId}::uuid AND i."transferId" = ${id}::uuid AND s."scopeId" = ${scopeId}::uuid
    ORDER BY v."name", s."foldedName", s."id"`
}

/** Stops a running transfer; false when it isn't running. */
export async function pauseTransfer(tx: Transaction, transfer: StoredTransfer): Promise<boolean> {
  const paused = await tx.$executeRaw`
    UPDATE "Transfer" SET "state" = 'paused', "updatedAt" = now()
    WHERE ${isTransfer(transfer)} AND "state" = 'running'`
  return paused === 1
}

/**
 * Lets a paused or failed transfer go on, what failed in it included; false when it is neither. A process that is still
 * at an item keeps the transfer for as long as it said.
 */
export async function resumeTransfer(tx: Transaction, transfer: StoredTransfer): Promise<boolean> {
  const resumed = await tx.$executeRaw`
    UPDATE "Transfer" SET "state" = 'running', "updatedAt" = now()
    WHERE ${isTransfer(transfer)} AND "state" IN ('paused', 'failed')`
  if (resumed === 0) return false
  await tx.$executeRaw`
    UPDATE "TransferItem" SET "problem" = NULL, "state" = CASE WHEN "fromLocation" IS NOT NULL THEN 'switched'
      WHEN "toLocation" IS NOT NULL THEN 'copying' ELSE 'waiting' END
    WHERE "organizationId" = ${transfer.organizationId}::uuid AND "transferId" = ${transfer.id}::uuid AND "state" = 'failed'`
  return true
}

/** Secrets of a scope that a transfer may take, all of them or those that are named. */
export async function findTransferable(
  db: Transaction,
  scope: ScopeRef,
  named: readonly { vault: string; foldedName: string }[] | undefined,
): Promise<{ id: string; vault: string; foldedName: string; providerId: string | null }[]> {
  const some =
    named === undefined
      ? Prisma.empty
      : Prisma.sql`AND (v."name", s."foldedName") IN (SELECT * FROM unnest(${named.map(({ vault }) => vault)}::text[],
          ${named.map(({ foldedName }) => foldedName)}::text[]))`
  return db.$queryRaw`
    SELECT s."id", v."name" AS "vault", s."foldedName", s."providerId" FROM "Secret" s
    JOIN "Vault" v ON v."organizationId" = s."organizationId" AND v."id" = s."vaultId"
    WHERE s."organizationId" = ${scope.organizationId}::uuid AND s."scopeId" = ${scope.id}::uuid
      AND s."state" IN ('active', 'disabled') AND s."currentVersion" > 0 ${some}
    ORDER BY v."name", s."foldedName"`
}

/** How many secrets of a scope, and beneath it, are between two providers right now. */
export async function countBetween(
  db: Transaction,
  { organizationId, path }: Pick<ScopeRef, "organizationId" | "path">,
): Promise<number> {
  const [row] = await db.$queryRaw<{ between: number }[]>`
    SELECT count(*)::int AS "between" FROM "TransferItem" i
    JOIN "Transfer" t ON t."organizationId" = i."organizationId" AND t."id" = i."transferId"
    JOIN "Scope" sc ON sc."organizationId" = t."organizationId" AND sc."id" = t."scopeId"
    WHERE i."organizationId" = ${organizationId}::uuid AND (sc."path" = ${path} OR starts_with(sc."path", ${`${path}.`}))
      AND t."state" IN ('running', 'paused') AND i."state" IN ('copying', 'switched')`
  return row?.between ?? 0
}

export const selectTransfer = Prisma.sql`
  SELECT t."organizationId", t."id", t."scopeId", sc."path" AS "scope", ${protectionOf} AS "protection", t."toProviderId", p."kind" AS "toKind", p."name" AS "toName",
    psc."path" AS "toScope", t."removeAtSource", t."state", t."byId", person."name" AS "byName", t."requestId", t."createdAt", t."updatedAt",
    counted."total", counted."finished", counted."failed"
  FROM "Transfer" t
  JOIN "Scope" sc ON sc."organizationId" = t."organizationId" AND sc."id" = t."scopeId"
  LEFT JOIN "Provider" p ON p."organizationId" = t."organizationId" AND p."id" = t."toProviderId"
  LEFT JOIN "Scope" psc ON psc."organizationId" = p."organizationId" AND psc."id" = p."scopeId"
  LEFT JOIN "Person" person ON person."organizationId" = t."organizationId" AND person."id" = t."byId"
  CROSS JOIN LATERAL (
    SELECT count(*)::int AS "total", (count(*) FILTER (WHERE i."state" IN ('done', 'skipped')))::int AS "finished",
      (count(*) FILTER (WHERE i."state" = 'failed'))::int AS "failed"
    FROM "TransferItem" i WHERE i."organizationId" = t."organizationId" AND i."transferId" = t."id") counted`

export function isTransfer({ organizationId, id }: TransferKey): Prisma.Sql {
  return Prisma.sql`"organizationId" = ${organizationId}::uuid AND "id" = ${id}::uuid`
}
