/**
 * Transfers as they are carried out. One process has a transfer at a time, for as long as its lease says. Items say before
 * anything is sent where each copy goes, so that whoever takes over after a crash knows what may lie there.
 */
import type { SecretState, TransferItemState, TransferState, VersionState } from "../contract/words.ts"
import type { Database, Transaction } from "./database.ts"
import { Prisma } from "./generated/client.ts"
import { isTransfer, type StoredTransfer, selectTransfer, type TransferKey } from "./transfers.ts"

/** How long one process has a transfer to itself without a word. Longer than the few calls that copy one version take. */
const leaseSeconds = 120

/** A transfer that this process has to itself until `lease`, which nobody else's is. */
export interface HeldTransfer extends StoredTransfer {
  lease: Date
}

/** Takes the running transfer that waits longest, if there is one that no other process has. */
export async function takeTransfer({ prisma }: Database): Promise<HeldTransfer | undefined> {
  const [taken] = await prisma.$queryRaw<{ organizationId: string; id: string; lease: Date }[]>`
    UPDATE "Transfer" SET "leaseUntil" = now() + make_interval(secs => ${leaseSeconds})
    WHERE ("organizationId", "id") IN (
      SELECT "organizationId", "id" FROM "Transfer"
      WHERE "state" = 'running' AND ("leaseUntil" IS NULL OR "leaseUntil" < now())
      ORDER BY "leaseUntil" NULLS FIRST LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING "organizationId", "id", "leaseUntil" AS "lease"`
  if (taken === undefined) return undefined
  const [transfer] = await prisma.$queryRaw<StoredTransfer[]>`
    ${selectTransfer} WHERE t."organizationId" = ${taken.organizationId}::uuid AND t."id" = ${taken.id}::uuid`
  return transfer && { ...transfer, lease: taken.lease }
}

/** Keeps a transfer for a while longer. False when it isn't this process's any more: then nothing of it may be touched. */
export async function keepTransfer({ prisma }: Database, transfer: HeldTransfer): Promise<boolean> {
  const [kept] = await prisma.$queryRaw<{ lease: Date }[]>`
    UPDATE "Transfer" SET "leaseUntil" = now() + make_interval(secs => ${leaseSeconds})
    WHERE ${isHeld(transfer)} RETURNING "leaseUntil" AS "lease"`
  if (kept !== undefined) transfer.lease = kept.lease
  return kept !== undefined
}

/** Whether somebody paused it. */
export async function isPaused({ prisma }: Database, transfer: HeldTransfer): Promise<boolean> {
  const [found] = await prisma.$queryRaw<{ state: TransferState }[]>`
    SELECT "state" FROM "Transfer" WHERE ${isTransfer(transfer)}`
  return found?.state !== "running"
}

/** Lets a transfer rest: its next try comes after so many seconds. */
export async function restTransfer({ prisma }: Database, transfer: HeldTransfer, seconds: number): Promise<void> {
  await prisma.$executeRaw`
    UPDATE "Transfer" SET "leaseUntil" = now() + make_interval(secs => ${seconds}::float8), "updatedAt" = now()
    WHERE ${isHeld(transfer)}`
}

/** Ends a transfer that has nothing left to do: done, or failed where an item did. What is gone from here is skipped. */
export async function endTransfer({ prisma }: Database, transfer: HeldTransfer): Promise<void> {
  const { organizationId, id } = transfer
  const isItem = Prisma.sql`i."organizationId" = ${organizationId}::uuid AND i."transferId" = ${id}::uuid`
  await prisma.$transaction(async (tx) => {
    const held = await tx.$queryRaw<unknown[]>`SELECT 1 FROM "Transfer" WHERE ${isHeld(transfer)} FOR UPDATE`
    if (held.length === 0) return
    await tx.$executeRaw`
      UPDATE "TransferItem" i SET "state" = 'skipped', "problem" = 'It is gone.'
      WHERE ${isItem} AND i."state" IN ('waiting', 'copying', 'switched')`
    await tx.$executeRaw`
      UPDATE "Transfer" SET "leaseUntil" = NULL, "updatedAt" = now(), "state" = CASE WHEN EXISTS (
        SELECT 1 FROM "TransferItem" i WHERE ${isItem} AND i."state" = 'failed') THEN 'failed' ELSE 'done' END
      WHERE ${isTransfer(transfer)} AND "state" = 'running'`
  })
}

/** An item with its secret as it is now. */
export interface ItemToCarry {
  secretId: string
  state: "waiting" | "copying" | "switched"
  toLocation: string | null
  from: { providerId: string | null; location: string; field: string | null } | null
  secret: {
    name: string
    vault: string
    scope: string
    scopeId: string
    state: SecretState
    providerId: string | null
    location: string
    field: string | null
    ownership: string
    epoch: number
    currentVersion: number
    nextVersion: number
  }
}

interface ItemRow {
  secretId: string
  state: ItemToCarry["state"]
  toLocation: string | null
  fromProviderId: string | null
  fromLocation: string | null
  fromField: string | null
  secretState: SecretState
  name: string
  vault: string
  scope: string
  scopeId: string
  providerId: string | null
  location: string
  field: string | null
  ownership: string
  epoch: number
  currentVersion: number
  nextVersion: number
}

/**
 * The next item that isn't finished and isn't one of `except`: what is to be removed at its source first, if that is
 * wanted now, then what was begun, and what met trouble last.
 */
export async function nextItem(
  { prisma }: Database,
  transfer: StoredTransfer,
  { except, withRemovals }: { except: readonly string[]; withRemovals: boolean },
): Promise<ItemToCarry | undefined> {
  const states = withRemovals ? ["waiting", "copying", "switched"] : ["waiting", "copying"]
  const [row] = await prisma.$queryRaw<ItemRow[]>`
    ${selectItem} WHERE ${isItemOf(transfer)} AND i."state" = ANY(${states}::text[]) AND NOT i."secretId" = ANY(${[...except]}::uuid[])
    ORDER BY i."state" <> 'switched', i."problem" IS NOT NULL, i."state" = 'waiting', v."name", s."foldedName" LIMIT 1`
  return row && toItem(row)
}

/** An item as it is now. */
export async function findItem(
  { prisma }: Database,
  transfer: StoredTransfer,
  secretId: string,
): Promise<ItemToCarry | undefined> {
  const [row] = await prisma.$queryRaw<ItemRow[]>`
    ${selectItem} WHERE ${isItemOf(transfer)} AND i."secretId" = ${secretId}::uuid`
  return row && toItem(row)
}

const selectItem = Prisma.sql`
    SELECT i."secretId", i."state", i."toLocation", i."fromProviderId", i."fromLocation", i."fromField", s."state" AS "secretState",
      s."name", v."name" AS "vault", sc."path" AS "scope", s."scopeId", s."providerId", s."location", s."field", s."ownership",
      s."epoch", s."currentVersion", s."nextVersion"
    FROM "TransferItem" i
    JOIN "Secret" s ON s."organizationId" = i."organizationId" AND s."id" = i."secretId"
    JOIN "Vault" v ON v."organizationId" = s."organizationId" AND v."id" = s."vaultId"
    JOIN "Scope" sc ON sc."organizationId" = s."organizationId" AND sc."id" = s."scopeId"`

function toItem(row: ItemRow): ItemToCarry {
  const { secretId, state, toLocation, fromProviderId, fromLocation, fromField, secretState, ...secret } = row
  const from = fromLocation === null ? null : { providerId: fromProviderId, location: fromLocation, field: fromField }
  return { secretId, state, toLocation, from, secret: { ...secret, state: secretState } }
}

/** Says where the copy of an item goes, before anything is sent there. False when the transfer isn't ours any more. */
export async function beginCopy(
  { prisma }: Database,
  transfer: HeldTransfer,
  { secretId }: ItemToCarry,
  toLocation: string,
): Promise<boolean> {
  const begun = await prisma.$executeRaw`
    UPDATE "TransferItem" i SET "state" = 'copying', "toLocation" = ${toLocation}, "problem" = NULL
    WHERE ${isItemOf(transfer)} AND i."secretId" = ${secretId}::uuid AND ${isStillHeld(transfer)}`
  return begun === 1
}

/** Ends an item, or says what keeps it from going on; nothing once the transfer isn't ours any more. */
export async function markItem(
  db: Transaction,
  transfer: HeldTransfer,
  { secretId }: Pick<ItemToCarry, "secretId">,
  { state, problem = null, isCleared = false }: ItemMark,
): Promise<void> {
  const cleared = isCleared ? Prisma.sql`, "toLocation" = NULL` : Prisma.empty
  await db.$executeRaw`
    UPDATE "TransferItem" i SET "state" = coalesce(${state ?? null}::text, i."state"), "problem" = ${problem}::text ${cleared}
    WHERE ${isItemOf(transfer)} AND i."secretId" = ${secretId}::uuid AND ${isStillHeld(transfer)}`
}

export interface ItemMark {
  state?: TransferItemState
  problem?: string | null
  /** Whether nothing of its copy is left where it was to go. */
  isCleared?: boolean
}

/** A version that is to be copied: both sides' names of it, and its keyed fingerprint. */
export interface VersionToCopy {
  number: number
  backendVersion: string | null
  state: VersionState
  fingerprint: Uint8Array | null
}

/** A secret's versions that may have a value, oldest first. */
export async function findVersionsToCopy(
  { prisma }: Database,
  organizationId: string,
  secretId: string,
): Promise<VersionToCopy[]> {
  return prisma.$queryRaw<VersionToCopy[]>`
    SELECT "number", "backendVersion", "state", "fingerprint" FROM "SecretVersion"
    WHERE "organizationId" = ${organizationId}::uuid AND "secretId" = ${secretId}::uuid AND "state" IN ('enabled', 'disabled')
    ORDER BY "number"`
}

export interface NewBinding {
  providerId: string | null
  kind: string
  location: string
  /** The numbers of those that there were to copy. */
  toCopy: readonly number[]
  /** What was copied, and the new place's own name of it. The rest of the history stays behind. */
  versions: readonly { number: number; backendVersion: string | null; fingerprint: Uint8Array }[]
}

/**
 * Binds a secret to its new place, if it is still as it was when it was copied and the transfer is still ours. False,
 * with nothing changed, when somebody wrote, moved, deleted or destroyed something of it meanwhile, or is about to.
 */
export async function rebind(
  tx: Transaction,
  transfer: HeldTransfer,
  { secretId, secret }: ItemToCarry,
  { providerId, kind, location, toCopy, versions }: NewBinding,
): Promise<boolean> {
  const { organizationId } = transfer
  const [locked] = await tx.$queryRaw<{ isUnchanged: boolean }[]>`
    SELECT s."epoch" = ${secret.epoch} AND s."nextVersion" = ${secret.nextVersion} AND s."currentVersion" = ${secret.currentVersion}
      AND s."scopeId" = ${secret.scopeId}::uuid AND s."state" IN ('active', 'disabled') AND NOT EXISTS (SELECT 1 FROM "Operation" o
        WHERE o."organizationId" = s."organizationId" AND o."secretId" = s."id" AND o."state" IN ('intended', 'applied', 'unknown'))
      AND NOT EXISTS (SELECT 1 FROM "SecretVersion" v WHERE v."organizationId" = s."organizationId" AND v."secretId" = s."id"
        AND (v."state" IN ('enabled', 'disabled')) <> (v."number" = ANY(${[...toCopy]}::int[])))
      AS "isUnchanged"
    FROM "Secret" s WHERE s."organizationId" = ${organizationId}::uuid AND s."id" = ${secretId}::uuid FOR UPDATE`
  const held = await tx.$queryRaw<unknown[]>`SELECT 1 FROM "Transfer" WHERE ${isHeld(transfer)} FOR UPDATE`
  if (locked?.isUnchanged !== true || held.length === 0) return false
  await tx.$executeRaw`
    UPDATE "Secret" SET "provider" = ${kind}, "providerId" = ${providerId}::uuid, "location" = ${location}, "field" = NULL,
      "ownership" = 'managed', "epoch" = "epoch" + 1, "observedAt" = NULL
    WHERE "organizationId" = ${organizationId}::uuid AND "id" = ${secretId}::uuid`
  const fingerprints = versions.map((version) => `\\x${Buffer.from(version.fingerprint).toString("hex")}`)
  await tx.$executeRaw`
    UPDATE "SecretVersion" v SET "backendVersion" = copied.backend, "fingerprint" = coalesce(copied.fingerprint::bytea, v."fingerprint"),
      "state" = CASE WHEN copied.number IS NULL AND v."state" IN ('enabled', 'disabled', 'deleted') THEN 'forgotten' ELSE v."state" END
    FROM "SecretVersion" own
    LEFT JOIN unnest(${versions.map(({ number }) => number)}::int[], ${versions.map(({ backendVersion }) => backendVersion)}::text[],
      ${fingerprints}::text[]) AS copied(number, backend, fingerprint) ON copied.number = own."number"
    WHERE own."organizationId" = ${organizationId}::uuid AND own."secretId" = ${secretId}::uuid
      AND v."organizationId" = own."organizationId" AND v."secretId" = own."secretId" AND v."number" = own."number"`
  return true
}

/** Keeps in an item what its secret has left behind, to be removed there or to be known of. */
export async function noteSource(
  tx: Transaction,
  { organizationId, id: transferId }: TransferKey,
  { secretId, secret }: ItemToCarry,
  isToBeRemoved: boolean,
): Promise<void> {
  await tx.transferItem.update({
    where: { organizationId_transferId_secretId: { organizationId, transferId, secretId } },
    data: {
      state: isToBeRemoved ? "switched" : "done",
      problem: null,
      fromProviderId: secret.providerId,
      fromLocation: secret.location,
      fromField: secret.field,
    },
  })
}

function isItemOf({ organizationId, id }: TransferKey): Prisma.Sql {
  return Prisma.sql`i."organizationId" = ${organizationId}::uuid AND i."transferId" = ${id}::uuid`
}

function isHeld(transfer: HeldTransfer): Prisma.Sql {
  return Prisma.sql`${isTransfer(transfer)} AND "leaseUntil" = ${transfer.lease}::timestamptz AND "leaseUntil" > now()`
}

function isStillHeld(transfer: HeldTransfer): Prisma.Sql {
  return Prisma.sql`EXISTS (SELECT 1 FROM "Transfer" WHERE ${isHeld(transfer)})`
}
