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
  report: CheckReport
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
