/** How registered backends are doing: which check is due, what it found, and how it was before. */
import type { ProviderSettings } from "../contract/dto.ts"
import type { ProviderStatus } from "../contract/words.ts"
import type { Transaction } from "./database.ts"
import { type FoundReport, findProvider, type ProviderKey, type StoredProvider } from "./providers.ts"

/** Takes a provider whose check is due: no other process gets it until the lease is over. */
export async function takeDue(db: Transaction, leaseSeconds: number): Promise<StoredProvider | undefined> {
  const [key] = await db.$queryRaw<ProviderKey[]>`
    UPDATE "Provider" SET "checkAfter" = now() + make_interval(secs => greatest("checkSeconds", ${leaseSeconds}))
    WHERE ("organizationId", "id") IN (
      SELECT "organizationId", "id" FROM "Provider" WHERE "checkAfter" <= now() ORDER BY "checkAfter" LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING "organizationId", "id"`
  return key && findProvider(db, key)
}

export interface FoundState {
  status: ProviderStatus
  /** What is wrong, in our words. */
  text: string
  report: FoundReport
  /** Undefined leaves it as it was: what can't be reached can't be asked. */
  canWrite: boolean | undefined
  /** What was found out anew of the same place: its stores are opened again with it. */
  foundOut?: { settings: ProviderSettings; clusterId: string | null }
}

/**
 * Writes down what a check found, in a transaction, and answers whether the status is another one than before. Undefined,
 * with nothing written, when the provider is gone or was changed since it was read.
 */
export async function recordCheck(
  tx: Transaction,
  { organizationId, id, epoch, updatedAt }: StoredProvider,
  { status, text, report, canWrite, foundOut }: FoundState,
): Promise<{ changed: boolean } | undefined> {
  const [before] = await tx.$queryRaw<{ status: ProviderStatus; isSame: boolean; checkSeconds: number; now: Date }[]>`
    SELECT "status", "epoch" = ${epoch} AND "updatedAt" = ${updatedAt}::timestamptz AS "isSame", "checkSeconds", clock_timestamp() AS "now"
    FROM "Provider" WHERE "organizationId" = ${organizationId}::uuid AND "id" = ${id}::uuid FOR UPDATE`
  if (before?.isSame !== true) return undefined
  const { checkSeconds, now } = before
  const changed = before.status !== status
  // Not all at once, though they were registered or came back at once.
  const next = new Date(now.getTime() + checkSeconds * 1_000 * (0.9 + Math.random() * 0.2))
  await tx.provider.update({
    where: { organizationId_id: { organizationId, id } },
    data: {
      status,
      report,
      checkedAt: now,
      checkAfter: next,
      ...(changed && { statusSince: now }),
      ...(canWrite !== undefined && { canWrite }),
      ...(foundOut && { ...foundOut, updatedAt: now }),
    },
    select: { id: true },
  })
  if (changed) {
    await tx.providerStatus.createMany({
      data: [{ organizationId, providerId: id, since: now, status, text }],
      skipDuplicates: true,
    })
  }
  return { changed }
}

export interface StatusChange {
  since: Date
  status: ProviderStatus
  text: string
}

/** How a provider was doing, newest first. */
export async function statusHistory(db: Transaction, { organizationId, id }: ProviderKey): Promise<StatusChange[]> {
  const rows = await db.providerStatus.findMany({
    where: { organizationId, providerId: id },
    orderBy: { since: "desc" },
    take: 50,
    select: { since: true, status: true, text: true },
  })
  return rows.map((row) => ({ ...row, status: row.status as ProviderStatus })) // held to its words by the row that it tells of
}

/** How all providers of the installation are doing, for probes; names and scopes are for those who may hear them. */
export async function listStatuses(
  db: Transaction,
): Promise<{ scope: string; name: string; status: ProviderStatus; since: Date }[]> {
  return db.$queryRaw`
    SELECT sc."path" AS "scope", p."name", p."status", p."statusSince" AS "since"
    FROM "Provider" p JOIN "Scope" sc ON sc."organizationId" = p."organizationId" AND sc."id" = p."scopeId"
    ORDER BY sc."path", p."name"`
}
