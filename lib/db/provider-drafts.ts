/** Checks of settings that aren't saved: what was tried and what was found, for seven days. Never a credential. */
import type { CheckLine, ProviderSettings } from "../contract/dto.ts"
import type { ProviderConsent, ProviderKind, ProviderStatus } from "../contract/words.ts"
import type { Database, Transaction } from "./database.ts"
import { Prisma } from "./generated/client.ts"

/** How long a draft is kept. */
export const draftDays = 7

/** What a check came to. */
export interface DraftResult {
  status: ProviderStatus
  passed: boolean
  canWrite: boolean
  /** With what was found out. */
  settings: ProviderSettings
  clusterId: string | null
  serverVersion: string | null
  latencyMs: number | null
  clockSkewMs: number | null
  signedInAs: string | null
  expiresAt: string | null
  canBeRenewed: boolean
  needsConsent: ProviderConsent[]
}

export interface StoredDraft {
  organizationId: string
  id: string
  scopeId: string
  kind: ProviderKind
  name: string
  settings: ProviderSettings
  /** Keyed hashes, one after the other, of what was checked, as it was typed and as it was found to be. */
  checkedHash: Uint8Array
  result: DraftResult | null
  lines: CheckLine[]
  byId: string
  byName: string | null
  createdAt: Date
  finishedAt: Date | null
  /** Seconds since it ended, or since it began while it runs. */
  ageSeconds: number
}

interface DraftKey {
  organizationId: string
  id: string
}

export interface NewDraft extends DraftKey {
  scopeId: string
  kind: string
  name: string
  settings: ProviderSettings
  checkedHash: Uint8Array
  byId: string
}

export async function addDraft(tx: Transaction, { checkedHash, ...draft }: NewDraft): Promise<void> {
  await tx.providerDraft.create({ data: { ...draft, checkedHash: Buffer.from(checkedHash), lines: [] } })
}

export async function addLine(database: Database, { organizationId, id }: DraftKey, line: CheckLine): Promise<void> {
  await database.pool.query({
    name: "add-check-line",
    text: `UPDATE "ProviderDraft" SET "lines" = "lines" || $3::jsonb WHERE "organizationId" = $1 AND "id" = $2`,
    values: [organizationId, id, JSON.stringify([line])],
  })
}

export async function finishDraft(
  database: Database,
  { organizationId, id }: DraftKey,
  { result, lines, checkedHash }: { result: DraftResult; lines: readonly CheckLine[]; checkedHash: Uint8Array },
): Promise<void> {
  await database.pool.query({
    name: "finish-check",
    text: `UPDATE "ProviderDraft" SET "result" = $3, "lines" = $4, "checkedHash" = $5, "finishedAt" = now()
           WHERE "organizationId" = $1 AND "id" = $2`,
    values: [organizationId, id, JSON.stringify(result), JSON.stringify(lines), Buffer.from(checkedHash)],
  })
}

export async function findDraft(
  db: Transaction,
  { organizationId, scopeId, id }: DraftKey & { scopeId: string },
): Promise<StoredDraft | undefined> {
  const [row] = await selectDrafts(
    db,
    Prisma.sql`d."organizationId" = ${organizationId}::uuid AND d."scopeId" = ${scopeId}::uuid AND d."id" = ${id}::uuid`,
    1,
  )
  return row
}

/** A scope's drafts, newest first, from after the given one. */
export function listDrafts(
  db: Transaction,
  { organizationId, id: scopeId }: { organizationId: string; id: string },
  { after, limit }: { after: { at: string; id: string } | undefined; limit: number },
): Promise<StoredDraft[]> {
  const following =
    after === undefined
      ? Prisma.sql`TRUE`
      : Prisma.sql`(d."createdAt", d."id") < (${after.at}::timestamptz, ${after.id}::uuid)`
  return selectDrafts(
    db,
    Prisma.sql`d."organizationId" = ${organizationId}::uuid AND d."scopeId" = ${scopeId}::uuid AND ${following}`,
    limit,
  )
}

export async function removeDrafts(
  tx: Transaction,
  { organizationId, scopeId, name }: { organizationId: string; scopeId: string; name: string },
): Promise<void> {
  await tx.providerDraft.deleteMany({ where: { organizationId, scopeId, name } })
}

function selectDrafts(db: Transaction, condition: Prisma.Sql, limit: number): Promise<StoredDraft[]> {
  return db.$queryRaw<StoredDraft[]>`
    SELECT d."organizationId", d."id", d."scopeId", d."kind", d."name", d."settings", d."checkedHash", d."result", d."lines",
      d."byId", p."name" AS "byName", d."createdAt", d."finishedAt",
      extract(epoch FROM now() - coalesce(d."finishedAt", d."createdAt"))::int AS "ageSeconds"
    FROM "ProviderDraft" d
    LEFT JOIN "Person" p ON p."organizationId" = d."organizationId" AND p."id" = d."byId"
    WHERE ${condition} AND d."createdAt" > now() - make_interval(days => ${draftDays}::int)
    ORDER BY d."createdAt" DESC, d."id" DESC LIMIT ${limit}`
}
