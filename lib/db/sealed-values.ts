/** The built-in store's ciphertexts. What arrives in one turn of the event loop is written or found together. */
import type { Database } from "./database.ts"
import { inBatches } from "./in-batches.ts"

export interface SealedValueKey {
  organizationId: string
  secretId: string
  version: number
}

export interface SealedValueText {
  sealed: Uint8Array
  wrappedKey: Uint8Array
  keyEpoch: number
}

export interface SealedValueRow extends SealedValueKey, SealedValueText {
  operationId: string
}

type Secret = Omit<SealedValueKey, "version">
type Added = { outcome: "added" } | { outcome: "exists"; operationId: string }

export interface SealedValueTable {
  add(row: SealedValueRow): Promise<Added>
  find(key: SealedValueKey): Promise<SealedValueText | undefined>
  versionsOf(secret: Secret): Promise<{ version: number; operationId: string }[]>
  remove(secret: Secret, versions: readonly number[] | "all"): Promise<void>
  secretIds(organizationId: string, after: string | null, limit: number): Promise<string[]>
}

export function openSealedValues(database: Database): SealedValueTable {
  return {
    add: inBatches((rows: SealedValueRow[]) => addAll(database, rows)),
    find: inBatches((keys: SealedValueKey[]) => findAll(database, keys)),
    versionsOf: (secret) => versionsOf(database, secret),
    remove: (secret, versions) => remove(database, secret, versions),
    secretIds: (organizationId, after, limit) => secretIds(database, organizationId, after, limit),
  }
}

/** A step: it is durable with the commit that makes its version current, and until then nobody is told of it. */
async function addAll({ pool, steps }: Database, rows: readonly SealedValueRow[]): Promise<Added[]> {
  const added = await steps.query<{ position: number }>({
    name: "add-sealed-values",
    text: `WITH item AS (
             SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::bytea[], $5::bytea[], $6::int[], $7::uuid[])
               WITH ORDINALITY AS item(org, secret, version, sealed, wrapped, epoch, operation, position)
           ), added AS (
             INSERT INTO "SealedValue" ("organizationId", "secretId", "version", "sealed", "wrappedKey", "keyEpoch", "operationId")
             SELECT org, secret, version, sealed, wrapped, epoch, operation FROM item ORDER BY org, secret, version
             ON CONFLICT DO NOTHING RETURNING "organizationId", "secretId", "version", "operationId"
           )
           SELECT item.position::int FROM item JOIN added
             ON (added."organizationId", added."secretId", added."version", added."operationId")
              = (item.org, item.secret, item.version, item.operation)`,
    values: [
      rows.map((row) => row.organizationId),
      rows.map((row) => row.secretId),
      rows.map((row) => row.version),
      rows.map((row) => row.sealed),
      rows.map((row) => row.wrappedKey),
      rows.map((row) => row.keyEpoch),
      rows.map((row) => row.operationId),
    ],
  })
  const isAdded = new Set(added.rows.map(({ position }) => position - 1))
  return Promise.all(
    rows.map(async (row, index) => {
      if (isAdded.has(index)) return { outcome: "added" }
      return { outcome: "exists", operationId: await operationOf({ pool }, row) }
    }),
  )
}

async function operationOf({ pool }: Pick<Database, "pool">, key: SealedValueKey): Promise<string> {
  const { rows } = await pool.query<{ operationId: string }>({
    name: "operation-of-sealed-value",
    text: `SELECT "operationId" FROM "SealedValue" WHERE "organizationId" = $1 AND "secretId" = $2 AND "version" = $3`,
    values: [key.organizationId, key.secretId, key.version],
  })
  return rows[0]?.operationId ?? "gone again"
}

async function findAll({ pool }: Database, keys: readonly SealedValueKey[]): Promise<(SealedValueText | undefined)[]> {
  const found = await pool.query<SealedValueText & { position: number }>({
    name: "find-sealed-values",
    text: `SELECT item.position::int, value."sealed", value."wrappedKey", value."keyEpoch"
           FROM unnest($1::uuid[], $2::uuid[], $3::int[]) WITH ORDINALITY AS item(org, secret, version, position)
           JOIN "SealedValue" value ON value."organizationId" = item.org AND value."secretId" = item.secret
            AND value."version" = item.version`,
    values: [keys.map((key) => key.organizationId), keys.map((key) => key.secretId), keys.map((key) => key.version)],
  })
  const byPosition = new Map(found.rows.map(({ position, ...text }) => [position - 1, text]))
  return keys.map((_, index) => byPosition.get(index))
}

async function versionsOf(
  { pool }: Database,
  { organizationId, secretId }: Secret,
): Promise<{ version: number; operationId: string }[]> {
  const { rows } = await pool.query<{ version: number; operationId: string }>({
    name: "sealed-versions",
    text: `SELECT "version", "operationId" FROM "SealedValue" WHERE "organizationId" = $1 AND "secretId" = $2 ORDER BY "version"`,
    values: [organizationId, secretId],
  })
  return rows
}

async function remove(
  { pool }: Database,
  { organizationId, secretId }: Secret,
  versions: readonly number[] | "all",
): Promise<void> {
  await pool.query({
    name: "remove-sealed-values",
    text: `DELETE FROM "SealedValue" WHERE "organizationId" = $1 AND "secretId" = $2 AND ($3::int[] IS NULL OR "version" = ANY($3))`,
    values: [organizationId, secretId, versions === "all" ? null : versions],
  })
}

async function secretIds(
  { pool }: Database,
  organizationId: string,
  after: string | null,
  limit: number,
): Promise<string[]> {
  const { rows } = await pool.query<{ secretId: string }>({
    name: "sealed-secret-ids",
    text: `SELECT DISTINCT "secretId" FROM "SealedValue" WHERE "organizationId" = $1 AND ($2::uuid IS NULL OR "secretId" > $2)
           ORDER BY "secretId" LIMIT $3`,
    values: [organizationId, after, limit],
  })
  return rows.map(({ secretId }) => secretId)
}
