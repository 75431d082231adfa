/** Everything that is sealed, in pages, for who has to know that all of it opens. */
import type { Database, Transaction } from "./database.ts"
import type { SealedValueRow } from "./sealed-values.ts"

type SealedPage = Omit<SealedValueRow, "operationId">[]

/** The built-in store's rows in the order of their keys: `limit` of them, after one. */
export async function pageOfSealedValues(
  { pool }: Database,
  organizationId: string,
  after: Pick<SealedValueRow, "secretId" | "version"> | undefined,
  limit: number,
): Promise<SealedPage> {
  const { rows } = await pool.query<SealedPage[number]>({
    name: "page-of-sealed-values",
    text: `SELECT "organizationId", "secretId", "version", "sealed", "wrappedKey", "keyEpoch" FROM "SealedValue"
           WHERE "organizationId" = $1 AND ($2::uuid IS NULL OR ("secretId", "version") > ($2, $3::int))
           ORDER BY "secretId", "version" LIMIT $4`,
    values: [organizationId, after?.secretId ?? null, after?.version ?? null, limit],
  })
  return rows
}

export interface SealedProvider {
  id: string
  name: string
  kind: string
  settings: unknown
  credential: Uint8Array | null
  credentialKey: Uint8Array | null
  credentialKeyEpoch: number | null
  session: Uint8Array | null
  sessionKey: Uint8Array | null
  sessionKeyEpoch: number | null
}

export async function listSealedProviders(db: Transaction, organizationId: string): Promise<SealedProvider[]> {
  return db.provider.findMany({
    where: { organizationId },
    select: {
      id: true,
      name: true,
      kind: true,
      settings: true,
      credential: true,
      credentialKey: true,
      credentialKeyEpoch: true,
      session: true,
      sessionKey: true,
      sessionKeyEpoch: true,
    },
  })
}

export interface SealedWebhook {
  id: string
  url: string
  secret: Uint8Array
  secretKey: Uint8Array
  secretKeyEpoch: number
}

export async function listSealedWebhooks(db: Transaction, organizationId: string): Promise<SealedWebhook[]> {
  return db.webhook.findMany({
    where: { organizationId },
    select: { id: true, url: true, secret: true, secretKey: true, secretKeyEpoch: true },
  })
}

/** Every organization, and what it is called. */
export async function listOrganizations(db: Transaction): Promise<{ id: string; slug: string }[]> {
  return db.scope.findMany({
    where: { kind: "organization" },
    select: { id: true, slug: true },
    orderBy: { slug: "asc" },
  })
}
