/** Registered backends: what is known of them, and their credential in its sealed form alone. */
import type { CheckReport, ProviderSettings } from "../contract/dto.ts"
import type { Protection, ProviderConsent, ProviderKind, ProviderStatus } from "../contract/words.ts"
import type { Transaction } from "./database.ts"
import { Prisma } from "./generated/client.ts"

/** Several fields sealed as one, as `lib/crypto` makes it. */
export interface SealedFields {
  sealed: Uint8Array
  wrappedKey: Uint8Array
  keyEpoch: number
}

/** What a check found; when that was is told by the row's own time. */
export type FoundReport = Omit<CheckReport, "at">

export interface StoredProvider {
  organizationId: string
  id: string
  /** Where it was registered. */
  scopeId: string
  scope: string
  protection: Protection
  name: string
  kind: ProviderKind
  settings: ProviderSettings
  source: "registered" | "environment"
  epoch: number
  approvedEpoch: number | null
  approvedById: string | null
  approvedByName: string | null
  approvedAt: Date | null
  consents: ProviderConsent[]
  /** Null for one of the environment's, and while it has none. */
  credential: SealedFields | null
  clusterId: string | null
  canWrite: boolean
  status: ProviderStatus
  statusSince: Date
  report: FoundReport
  checkedAt: Date
  checkSeconds: number
  cacheSeconds: number
  staleSeconds: number
  /** Who typed where values go; null when the operator did. */
  createdById: string | null
  createdByName: string | null
  createdAt: Date
  /** Changes with the settings and the credential, not with what a check finds. */
  updatedAt: Date
}

export interface ProviderKey {
  organizationId: string
  id: string
}

export async function findProvider(
  db: Transaction,
  { organizationId, id }: ProviderKey,
): Promise<StoredProvider | undefined> {
  const [row] = await selectProviders(
    db,
    Prisma.sql`p."organizationId" = ${organizationId}::uuid AND p."id" = ${id}::uuid`,
  )
  return row
}

/** Those of any of the scopes, in the order of their names. */
export function listProvidersAt(
  db: Transaction,
  organizationId: string,
  scopeIds: readonly string[],
): Promise<StoredProvider[]> {
  return selectProviders(
    db,
    Prisma.sql`p."organizationId" = ${organizationId}::uuid AND p."scopeId" = ANY(${[...scopeIds]}::uuid[])`,
  )
}

/** Those of this name at any of the scopes. */
export function findProvidersNamed(
  db: Transaction,
  organizationId: string,
  scopeIds: readonly string[],
  name: string,
): Promise<StoredProvider[]> {
  return selectProviders(
    db,
    Prisma.sql`p."organizationId" = ${organizationId}::uuid AND p."scopeId" = ANY(${[...scopeIds]}::uuid[]) AND p."name" = ${name}`,
  )
}

/** Those of this name at a scope, at those above it and at those beneath. */
export function findProvidersAround(
  db: Transaction,
  { organizationId, path, lineage }: { organizationId: string; path: string; lineage: readonly string[] },
  name: string,
): Promise<StoredProvider[]> {
  return selectProviders(
    db,
    Prisma.sql`p."organizationId" = ${organizationId}::uuid AND p."name" = ${name}
      AND (p."scopeId" = ANY(${[...lineage]}::uuid[]) OR starts_with(sc."path", ${`${path}.`}))`,
  )
}

// --- writing them down

export interface NewProvider {
  organizationId: string
  id: string
  scopeId: string
  name: string
  kind: string
  settings: ProviderSettings
  source: StoredProvider["source"]
  consents: readonly ProviderConsent[]
  credential: SealedFields | null
  clusterId: string | null
  canWrite: boolean
  status: ProviderStatus
  /** What was wrong, in our words. */
  text: string
  report: FoundReport
  cacheSeconds: number
  staleSeconds: number
  checkSeconds: number
  createdById: string | null
  /** Whether its address counts as approved from the beginning; `byId` is null for the operator. */
  approved: { byId: string | null } | undefined
}

export async function addProvider(tx: Transaction, provider: NewProvider): Promise<void> {
  const { text, credential, report, settings, approved, consents, ...columns } = provider
  const now = await clockOf(tx)
  await tx.provider.create({
    data: {
      ...columns,
      settings,
      report,
      consents: [...consents],
      ...sealedColumns(credential),
      ...(approved && { approvedEpoch: 1, approvedById: approved.byId, approvedAt: now }),
      checkAfter: new Date(now.getTime() + provider.checkSeconds * 1_000),
    },
  })
  const { organizationId, id: providerId, status } = provider
  await tx.providerStatus.create({ data: { organizationId, providerId, since: now, status, text } })
}

export interface ProviderChange {
  settings?: ProviderSettings
  /** For one of the environment's alone. */
  kind?: string
  credential?: SealedFields
  consents?: readonly ProviderConsent[]
  clusterId?: string | null
  canWrite?: boolean
  cacheSeconds?: number
  staleSeconds?: number
  checkSeconds?: number
  /** That values go elsewhere from now on: who typed that, and whether it counts as approved. */
  moved?: { byId: string | null; approved: { byId: string | null } | undefined }
  /** That it must be signed in anew. */
  endsSession: boolean
}

/** Changes a provider, unless it was changed since it was read: then false, and nothing was. */
export async function changeProvider(
  tx: Transaction,
  { organizationId, id, epoch, updatedAt }: StoredProvider,
  change: ProviderChange,
): Promise<boolean> {
  const { settings, credential, consents, moved, endsSession, ...columns } = change
  const now = await clockOf(tx)
  const { count } = await tx.provider.updateMany({
    where: { organizationId, id, epoch, updatedAt },
    data: {
      ...columns,
      ...(settings !== undefined && { settings }),
      ...(consents !== undefined && { consents: [...consents] }),
      ...(credential !== undefined && sealedColumns(credential)),
      ...(endsSession && noSession),
      ...(moved && {
        epoch: epoch + 1,
        createdById: moved.byId,
        approvedEpoch: moved.approved === undefined ? null : epoch + 1,
        approvedById: moved.approved?.byId ?? null,
        approvedAt: moved.approved === undefined ? null : now,
      }),
      updatedAt: new Date(Math.max(now.getTime(), updatedAt.getTime() + 1)),
    },
  })
  return count === 1
}

/** Approves where values go, as it was read. False when that was changed since. */
export async function approveProvider(
  tx: Transaction,
  { organizationId, id, epoch }: StoredProvider,
  byId: string,
): Promise<boolean> {
  const { count } = await tx.provider.updateMany({
    where: { organizationId, id, epoch },
    data: { approvedEpoch: epoch, approvedById: byId, approvedAt: await clockOf(tx) },
  })
  return count === 1
}

/** Forgets a provider. Secrets that were destroyed there are remembered as the built-in store's: nothing is kept of them. */
export async function removeProvider(tx: Transaction, { organizationId, id }: ProviderKey): Promise<void> {
  await tx.secret.updateMany({
    where: { organizationId, providerId: id, state: "destroyed" },
    data: { providerId: null, provider: "local_encrypted" },
  })
  await tx.provider.delete({ where: { organizationId_id: { organizationId, id } } })
}

/** What stands in the way of forgetting a provider. Locks its row until the transaction ends. */
export async function usesOf(
  tx: Transaction,
  { organizationId, id }: ProviderKey,
): Promise<{ secrets: number; unfinished: number; transfers: number; defaultOf: string[] }> {
  await tx.$queryRaw`SELECT 1 FROM "Provider" WHERE "organizationId" = ${organizationId}::uuid AND "id" = ${id}::uuid FOR UPDATE`
  const secrets = await tx.secret.count({ where: { organizationId, providerId: id, state: { not: "destroyed" } } })
  const [row] = await tx.$queryRaw<{ unfinished: number; transfers: number }[]>`
    SELECT
      (SELECT count(*)::int FROM "Operation" o JOIN "Secret" s ON s."organizationId" = o."organizationId" AND s."id" = o."secretId"
        WHERE s."organizationId" = ${organizationId}::uuid AND s."providerId" = ${id}::uuid
          AND o."state" IN ('intended', 'applied', 'unknown')) AS "unfinished",
      (SELECT count(*)::int FROM "Transfer" t WHERE t."organizationId" = ${organizationId}::uuid AND t."state" IN ('running', 'paused')
        AND (t."toProviderId" = ${id}::uuid OR EXISTS (SELECT 1 FROM "TransferItem" i WHERE i."organizationId" = t."organizationId"
          AND i."transferId" = t."id" AND i."fromProviderId" = ${id}::uuid AND i."state" IN ('waiting', 'copying', 'switched')))) AS "transfers"`
  const defaultOf = await defaultScopesOf(tx, { organizationId, id })
  return { secrets, unfinished: row?.unfinished ?? 0, transfers: row?.transfers ?? 0, defaultOf }
}

/** The paths of the scopes whose new secrets go there by their own choice. */
export async function defaultScopesOf(db: Transaction, { organizationId, id }: ProviderKey): Promise<string[]> {
  const scopes = await db.scope.findMany({
    where: { organizationId, defaultProviderId: id },
    select: { path: true },
    orderBy: { path: "asc" },
  })
  return scopes.map(({ path }) => path)
}

// --- what is known of them besides

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

/** How many secrets are kept at each provider, of those within any of `roots`; null is the built-in store. */
export async function countKept(
  db: Transaction,
  organizationId: string,
  roots: readonly string[],
): Promise<ReadonlyMap<string | null, number>> {
  const rows = await db.$queryRaw<{ providerId: string | null; kept: number }[]>`
    SELECT s."providerId", count(*)::int AS "kept"
    FROM "Secret" s JOIN "Scope" sc ON sc."organizationId" = s."organizationId" AND sc."id" = s."scopeId"
    WHERE s."organizationId" = ${organizationId}::uuid AND s."state" <> 'destroyed' AND s."currentVersion" > 0
      AND EXISTS (SELECT 1 FROM unnest(${[...roots]}::text[]) AS root WHERE sc."path" = root OR starts_with(sc."path", root || '.'))
    GROUP BY s."providerId"`
  return new Map(rows.map(({ providerId, kept }) => [providerId, kept]))
}

/** How many service accounts may read something that is kept there; without an id, in the built-in store. */
export async function countMachines(
  db: Transaction,
  organizationId: string,
  providerId: string | null,
): Promise<number> {
  const [row] = await db.$queryRaw<{ machines: number }[]>`
    SELECT count(DISTINCT g."serviceAccountId")::int AS "machines"
    FROM "Grant" g
    JOIN "Scope" covered ON covered."organizationId" = g."organizationId" AND covered."id" = g."scopeId"
    JOIN "ServiceAccount" a ON a."organizationId" = g."organizationId" AND a."id" = g."serviceAccountId" AND a."disabledAt" IS NULL
    WHERE g."organizationId" = ${organizationId}::uuid AND g."access" = 'read' AND g."revokedAt" IS NULL AND EXISTS (
      SELECT 1 FROM "Secret" s
      JOIN "Vault" v ON v."organizationId" = s."organizationId" AND v."id" = s."vaultId"
      JOIN "Scope" sc ON sc."organizationId" = s."organizationId" AND sc."id" = s."scopeId"
      WHERE s."organizationId" = g."organizationId" AND s."providerId" IS NOT DISTINCT FROM ${providerId}::uuid
        AND s."state" IN ('active', 'disabled') AND (g."vaultName" IS NULL OR g."vaultName" = v."name")
        AND starts_with(s."foldedName", coalesce(lower(g."prefix"), ''))
        AND (sc."path" = covered."path" OR starts_with(sc."path", covered."path" || '.')
          OR (v."inheritable" AND starts_with(covered."path", sc."path" || '.'))))`
  return row?.machines ?? 0
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

// --- checks

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
 * Writes down what a check found, in a transaction. False, with nothing written, when the provider is gone or was
 * changed since it was read.
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

// --- defaults

// --- the operator's

/** The installation's first organization; undefined before setup. */
export async function findFirstOrganization(db: Transaction): Promise<{ id: string; path: string } | undefined> {
  const first = await db.scope.findFirst({
    where: { kind: "organization" },
    orderBy: [{ createdAt: "asc" }, { id: "asc" }],
    select: { id: true, path: true },
  })
  return first ?? undefined
}

/** Until the transaction ends, nobody else registers or chooses what the environment declares. */
export async function holdOrganization(tx: Transaction, organizationId: string): Promise<void> {
  await tx.$queryRaw`SELECT 1 FROM "Scope" WHERE "organizationId" = ${organizationId}::uuid AND "id" = ${organizationId}::uuid FOR UPDATE`
}

/** The provider that the environment declared. */
export async function findDeclared(db: Transaction, organizationId: string): Promise<StoredProvider | undefined> {
  const [row] = await selectProviders(
    db,
    Prisma.sql`p."organizationId" = ${organizationId}::uuid AND p."source" = 'environment'`,
  )
  return row
}

/** What a scope says of where its new secrets go; `inherit` when it leaves that to the wider one. */
export type OwnDefault = { kind: "provider"; providerId: string } | { kind: "built_in" } | { kind: "inherit" }

/** The choice of each scope of a lineage, in its order. */
export async function findDefaults(
  db: Transaction,
  organizationId: string,
  lineage: readonly string[],
): Promise<OwnDefault[]> {
  const rows = await db.scope.findMany({
    where: { organizationId, id: { in: [...lineage] } },
    select: { id: true, defaultProviderId: true, defaultIsBuiltIn: true },
  })
  return lineage.map((id) => ownDefault(rows.find((row) => row.id === id)))
}

function ownDefault(row: { defaultProviderId: string | null; defaultIsBuiltIn: boolean } | undefined): OwnDefault {
  if (row?.defaultIsBuiltIn === true) return { kind: "built_in" }
  if (row === undefined || row.defaultProviderId === null) return { kind: "inherit" }
  return { kind: "provider", providerId: row.defaultProviderId }
}

export async function setDefault(
  tx: Transaction,
  { organizationId, id }: { organizationId: string; id: string },
  choice: OwnDefault,
): Promise<void> {
  await tx.scope.update({
    where: { organizationId_id: { organizationId, id } },
    data: {
      defaultProviderId: choice.kind === "provider" ? choice.providerId : null,
      defaultIsBuiltIn: choice.kind === "built_in",
    },
    select: { id: true },
  })
}

async function selectProviders(db: Transaction, condition: Prisma.Sql): Promise<StoredProvider[]> {
  const rows = await db.$queryRaw<ProviderRow[]>`
    SELECT p."organizationId", p."id", p."scopeId", sc."path" AS "scope", sc."protection", p."name", p."kind", p."settings",
      p."source", p."epoch", p."approvedEpoch", p."approvedById", approver."name" AS "approvedByName", p."approvedAt",
      p."consents", p."credential", p."credentialKey", p."credentialKeyEpoch", p."clusterId", p."canWrite", p."status",
      p."statusSince", p."report", p."checkedAt", p."checkSeconds", p."cacheSeconds", p."staleSeconds", p."createdById",
      maker."name" AS "createdByName", p."createdAt", p."updatedAt"
    FROM "Provider" p
    JOIN "Scope" sc ON sc."organizationId" = p."organizationId" AND sc."id" = p."scopeId"
    LEFT JOIN "Person" approver ON approver."organizationId" = p."organizationId" AND approver."id" = p."approvedById"
    LEFT JOIN "Person" maker ON maker."organizationId" = p."organizationId" AND maker."id" = p."createdById"
    WHERE ${condition}
    ORDER BY p."name", sc."path"`
  return rows.map(toProvider)
}

interface ProviderRow extends Omit<StoredProvider, "credential"> {
  credential: Uint8Array | null
  credentialKey: Uint8Array | null
  credentialKeyEpoch: number | null
}

function toProvider({ credential: sealed, credentialKey, credentialKeyEpoch, ...row }: ProviderRow): StoredProvider {
  return { ...row, credential: sealedFields(sealed, credentialKey, credentialKeyEpoch) }
}

/** The three columns of something sealed; null unless all are there. */
export function sealedFields(
  sealed: Uint8Array | null,
  wrappedKey: Uint8Array | null,
  keyEpoch: number | null,
): SealedFields | null {
  return sealed === null || wrappedKey === null || keyEpoch === null ? null : { sealed, wrappedKey, keyEpoch }
}

async function clockOf(tx: Transaction): Promise<Date> {
  const [row] = await tx.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp() AS "now"`
  return row?.now ?? new Date()
}

function sealedColumns(sealed: SealedFields | null): {
  credential: Uint8Array<ArrayBuffer> | null
  credentialKey: Uint8Array<ArrayBuffer> | null
  credentialKeyEpoch: number | null
} {
  return {
    credential: sealed && Buffer.from(sealed.sealed),
    credentialKey: sealed && Buffer.from(sealed.wrappedKey),
    credentialKeyEpoch: sealed?.keyEpoch ?? null,
  }
}

const noSession = {
  session: null,
  sessionKey: null,
  sessionKeyEpoch: null,
  sessionExpiresAt: null,
  sessionCanBeRenewed: false,
  sessionLeaseUntil: null,
}
