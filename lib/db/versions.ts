import type { ActorKind, VersionOrigin, VersionState } from "../contract/words.ts"
import type { Transaction } from "./database.ts"
import { Prisma } from "./generated/client.ts"
import type { StoredActor } from "./secrets.ts"

export interface StoredVersion {
  number: number
  origin: VersionOrigin
  sourceVersion: number | null
  note: string
  state: VersionState
  sizeAtLeast: number | null
  sizeAtMost: number | null
  isText: boolean | null
  publicKey: string | null
  /** Its backend's own number or token of it. */
  backendVersion: string | null
  createdAt: Date
  createdBy: StoredActor
}

interface SecretKey {
  organizationId: string
  id: string
}

/** A secret's versions, newest first, those below `before` if it is given. */
export async function findVersions(
  db: Transaction,
  secret: SecretKey,
  { before, limit }: { before?: number | undefined; limit: number },
): Promise<StoredVersion[]> {
  const older = before === undefined ? Prisma.empty : Prisma.sql`AND c."number" < ${before}`
  return select(db, secret, Prisma.sql`${older} ORDER BY c."number" DESC LIMIT ${limit}`)
}

export async function findVersion(
  db: Transaction,
  secret: SecretKey,
  number: number,
): Promise<StoredVersion | undefined> {
  const [version] = await select(db, secret, Prisma.sql`AND c."number" = ${number}`)
  return version
}

interface VersionRow extends Omit<StoredVersion, "createdBy"> {
  createdByKind: ActorKind
  createdById: string | null
  createdByName: string | null
}

async function select(db: Transaction, { organizationId, id }: SecretKey, rest: Prisma.Sql): Promise<StoredVersion[]> {
  const rows = await db.$queryRaw<VersionRow[]>`
    SELECT c."number", c."origin", c."sourceVersion", c."note", c."state", c."sizeAtLeast", c."sizeAtMost", c."isText",
           c."publicKey", c."backendVersion", c."createdAt", c."createdByKind", c."createdById", coalesce(p."name", a."name") AS "createdByName"
    FROM "SecretVersion" c
    LEFT JOIN "Person" p ON p."organizationId" = c."organizationId" AND p."id" = c."createdById"
    LEFT JOIN "ServiceAccount" a ON a."organizationId" = c."organizationId" AND a."id" = c."createdById"
    WHERE c."organizationId" = ${organizationId}::uuid AND c."secretId" = ${id}::uuid ${rest}`
  return rows.map(({ createdByKind, createdById, createdByName, ...version }) => ({
    ...version,
    createdBy: { kind: createdByKind, id: createdById, name: createdByName },
  }))
}
