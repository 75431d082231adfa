/** Registered backends: what is known of them, and their credential in its sealed form alone. */
import type { CheckReport, ProviderSettings } from "../contract/dto.ts"
import type { Protection, ProviderConsent, ProviderKind, ProviderStatus } from "../contract/words.ts"
import type { Transaction } from "./database.ts"
import { Prisma } from "./generated/client.ts"
import { protectionOf } from "./scopes.ts"
import { type SealedFields, sealedFields } from "./sealed-fields.ts"

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

/** The provider that the environment declared. */
export async function findDeclared(db: Transaction, organizationId: string): Promise<StoredProvider | undefined> {
  const [row] = await selectProviders(
    db,
    Prisma.sql`p."organizationId" = ${organizationId}::uuid AND p."source" = 'environment'`,
  )
  return row
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

async function selectProviders(db: Transaction, condition: Prisma.Sql): Promise<StoredProvider[]> {
  const rows = await db.$queryRaw<ProviderRow[]>`
    SELECT p."organizationId", p."id", p."scopeId", sc."path" AS "scope", ${protectionOf} AS "protection", p."name", p."kind", p."settings",
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
