/** Secrets that lay at a provider before Strongroom knew of them: which are bound, and how one is taken over or let go. */
import type { Ownership, VersionState } from "../contract/words.ts"
import type { Transaction } from "./database.ts"

/** A place at a provider that a secret is bound to, by one field or as a whole. */
export interface BoundPlace {
  location: string
  field: string | null
  scope: string
  vault: string
  name: string
}

/** Which of these locations are bound at any of these providers, or have been deleted here and aren't destroyed yet. */
export async function findBound(
  db: Transaction,
  organizationId: string,
  providerIds: readonly string[],
  locations: readonly string[],
): Promise<BoundPlace[]> {
  return db.$queryRaw<BoundPlace[]>`
    SELECT s."location", s."field", sc."path" AS "scope", v."name" AS "vault", s."name" FROM "Secret" s
    JOIN "Vault" v ON v."organizationId" = s."organizationId" AND v."id" = s."vaultId"
    JOIN "Scope" sc ON sc."organizationId" = s."organizationId" AND sc."id" = s."scopeId"
    WHERE s."organizationId" = ${organizationId}::uuid AND s."providerId" = ANY(${[...providerIds]}::uuid[])
      AND s."location" = ANY(${[...locations]}::text[]) AND s."state" <> 'destroyed'`
}

interface ProviderKey {
  organizationId: string
  providerId: string
}

/**
 * The ids of the providers that are the same part of the same backend under another name, this one included: it says
 * that it is the same, and a location means the same place there.
 */
export async function findTwins(db: Transaction, { organizationId, providerId }: ProviderKey): Promise<string[]> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT other."id" FROM "Provider" one JOIN "Provider" other ON other."organizationId" = one."organizationId"
      AND (other."id" = one."id" OR (other."clusterId" = one."clusterId"
        AND other."settings"->'namespace' IS NOT DISTINCT FROM one."settings"->'namespace'
        AND other."settings"->'mount' IS NOT DISTINCT FROM one."settings"->'mount'))
    WHERE one."organizationId" = ${organizationId}::uuid AND one."id" = ${providerId}::uuid`
  return rows.map(({ id }) => id)
}

/** Lets one adoption at a backend be written down at a time, until the transaction ends. */
export async function lockProviders(tx: Transaction, organizationId: string, ids: readonly string[]): Promise<void> {
  await tx.$queryRaw`
    SELECT 1 FROM "Provider" WHERE "organizationId" = ${organizationId}::uuid AND "id" = ANY(${[...ids]}::uuid[])
    ORDER BY "id" FOR UPDATE`
}

/** Says that an external secret is ours to change from now on, and what its newest version is called there now. */
export async function noteMarked(
  tx: Transaction,
  { organizationId, id, currentVersion }: { organizationId: string; id: string; currentVersion: number },
  backendVersion: string | null,
): Promise<void> {
  await tx.secret.update({ where: { organizationId_id: { organizationId, id } }, data: { ownership: "managed" } })
  await tx.secretVersion.updateMany({
    where: { organizationId, secretId: id, number: currentVersion },
    data: { backendVersion },
  })
}

export interface AdoptedVersion {
  number: number
  backendVersion: string | null
  state: VersionState
  /** By the backend's clock; null where it doesn't say. */
  createdAt: Date | null
  fingerprint: Uint8Array | null
}

export interface AdoptedSecret {
  organizationId: string
  id: string
  vaultId: string
  scopeId: string
  name: string
  foldedName: string
  kind: string
  providerId: string
  location: string
  field: string | null
  ownership: Ownership
  by: { kind: string; id: string | null }
  /** Oldest first; at least one. */
  versions: readonly AdoptedVersion[]
}

/** Writes an adopted secret down with the history that it brings. Fails by a unique index when name or place is taken. */
export async function addAdopted(tx: Transaction, adopted: AdoptedSecret): Promise<void> {
  const { versions, by, kind, ...columns } = adopted
  const newest = versions.at(-1)?.number ?? 0
  const createdBy = { createdByKind: by.kind, createdById: by.id }
  await tx.secret.create({
    data: {
      ...columns,
      ...createdBy,
      provider: kind,
      currentVersion: newest,
      nextVersion: newest + 1,
      observedAt: new Date(),
    },
  })
  await tx.secretVersion.createMany({
    data: versions.map(({ createdAt, fingerprint, ...version }) => ({
      organizationId: adopted.organizationId,
      secretId: adopted.id,
      ...version,
      origin: "adopted",
      fingerprint: fingerprint === null ? null : Buffer.from(fingerprint),
      ...(createdAt !== null && { createdAt }),
      createdByKind: "system",
    })),
  })
}

/** Lets a secret go that isn't ours: its name is free again, and nothing of it is served. */
export async function releaseBinding(tx: Transaction, organizationId: string, id: string): Promise<void> {
  await tx.secretVersion.updateMany({
    where: { organizationId, secretId: id },
    data: { state: "destroyed", fingerprint: null },
  })
  await tx.secret.update({
    where: { organizationId_id: { organizationId, id } },
    data: { state: "destroyed", deletedAt: null, purgeAfter: null, driftedAt: null },
  })
}
