/**
 * Writes of a value that goes into this same database: operation, ciphertext, version and event are one transaction, so
 * that there is nothing between them for a crash to hit. What several callers write in one turn of the event loop
 * shares it, and its statements are sent together.
 *
 * It is done when nothing stands in the way: the version's number is the one that the value was sealed for, and no other
 * write of the secret is under way; or the new secret's name is free. Otherwise nothing is left of it, and the caller
 * goes step by step (operations.ts), which tells what stood in the way.
 *
 * Secrets are locked by a statement of their own: what the next one sees was committed before it, and whoever begins a
 * write of a secret locks it first.
 */
import type { PoolClient } from "pg"
import { type AuditRow, appending, type Link, lockChains } from "./audit-log.ts"
import { byteas, ints, texts, uuids } from "./binary-lists.ts"
import type { Database } from "./database.ts"
import { type KeyUse, markingDone } from "./idempotency-keys.ts"
import { inBatches } from "./in-batches.ts"
import { inTransaction } from "./in-transaction.ts"
import type { IntendedSecret, IntendedVersion } from "./operations.ts"
import type { SealedValueText } from "./sealed-values.ts"
import { together } from "./together.ts"

/** A version with all that is committed together with it. */
export interface WholeVersion extends IntendedVersion {
  sealed: SealedValueText
  event: AuditRow
  /** The Idempotency-Key of the request, in whose row the same commit says that it was done. */
  keyUse: KeyUse | undefined
}

export interface WholeWrite extends WholeVersion {
  /** The version that the writer saw; undefined when it doesn't matter to them. */
  expectedVersion: number | undefined
  /** The number that the value was sealed for. */
  targetVersion: number
}

/** A new secret with its first version. */
export type WholeSecret = Omit<IntendedSecret, "provider" | "providerId"> & WholeVersion

export interface WholeWrites {
  /** When the version was made, which is current now; or undefined, and nothing was changed. */
  whole(write: WholeWrite): Promise<Date | undefined>
  /** When the secret and its first version were made; or undefined, and nothing was changed. */
  wholeSecret(secret: WholeSecret): Promise<Date | undefined>
}

export function openWholeWrites(database: Database, link: Link): WholeWrites {
  const write = inBatches((all: WholeWrite[]) => together(all, (some) => writeAll(database, some, link)))
  const create = inBatches((all: WholeSecret[]) => together(all, (some) => createAll(database, some, link)))
  return {
    whole: async (whole) => (await write(whole)).createdAt,
    wholeSecret: async (whole) => (await create(whole)).createdAt,
  }
}

/**
 * When the version of an operation was made, if it was: for who doesn't know how their transaction ended. One that may
 * still be about to commit holds the secret's lock, and is waited for; a secret that is being made holds its name's place.
 */
export async function findCommitted(
  database: Database,
  { organizationId, operationId, secretId }: Pick<IntendedVersion, "organizationId" | "operationId" | "secretId">,
): Promise<Date | undefined> {
  return inTransaction(database, async (client) => {
    const lock = `SELECT 1 FROM "Secret" WHERE "organizationId" = $1 AND "id" = $2 FOR KEY SHARE`
    await client.query(lock, [organizationId, secretId])
    const { rows } = await client.query<{ createdAt: Date }>(
      `SELECT v."createdAt" FROM "Operation" o JOIN "SecretVersion" v
         ON v."organizationId" = o."organizationId" AND v."secretId" = o."secretId" AND v."number" = o."targetVersion"
       WHERE o."organizationId" = $1 AND o."id" = $2 AND o."state" = 'committed'`,
      [organizationId, operationId],
    )
    return rows[0]?.createdAt
  })
}

interface Ended {
  createdAt: Date | undefined
}

/** Of several writes of one secret, the first is done here: the others were sealed for a number that it takes. */
async function writeAll(database: Database, writes: readonly WholeWrite[], link: Link): Promise<Ended[]> {
  const firsts = new Map(writes.toReversed().map((write) => [write.secretId, write]))
  const done = await commitTogether(database, [...firsts.values()], link, async (client, some) => {
    const [, { rows }] = await Promise.all([
      client.query({
        name: "lock-secrets-to-write",
        text: lockText,
        values: [uuids(some.map(({ organizationId }) => organizationId)), uuids(some.map(({ secretId }) => secretId))],
      }),
      client.query<DoneRow>({ name: "write-whole", text: writeText, values: listsOf(versionColumns, some) }),
    ])
    return rows
  })
  return writes.map(({ operationId }) => ({ createdAt: done.get(operationId) }))
}

async function createAll(database: Database, secrets: readonly WholeSecret[], link: Link): Promise<Ended[]> {
  const done = await commitTogether(database, secrets, link, async (client, some) => {
    const values = listsOf(secretColumns, some)
    return (await client.query<DoneRow>({ name: "create-whole", text: createText, values })).rows
  })
  return secrets.map(({ operationId }) => ({ createdAt: done.get(operationId) }))
}

interface DoneRow {
  operationId: string
  createdAt: Date
}

/** Commits what `write` answers that it wrote, with the events of that alone. */
async function commitTogether<Write extends WholeVersion>(
  database: Database,
  writes: readonly Write[],
  link: Link,
  write: (client: PoolClient, writes: readonly Write[]) => Promise<DoneRow[]>,
): Promise<Map<string, Date>> {
  const events = writes.map(({ event }) => event)
  return inTransaction(database, async (client, atEnd) => {
    // Sent together and done in this order: the heads are locked last.
    const [rows, chains] = await Promise.all([write(client, writes), lockChains(client, events)])
    const created = new Map(rows.map(({ operationId, createdAt }) => [operationId, createdAt]))
    const done = writes.filter(({ operationId }) => created.has(operationId))
    if (done.length === 0) return created
    const uses = done.flatMap(({ keyUse }) => keyUse ?? [])
    if (uses.length > 0) atEnd(markingDone(uses))
    atEnd(
      appending(
        done.map(({ event }) => event),
        chains,
        link,
      ).statement,
    )
    return created
  })
}

// --- statements

/** A list for each column, in Postgres's binary form, taken apart there by place (as in event-rows.ts). */
interface Column<Write> {
  name: string
  type: string
  list: (writes: readonly Write[]) => Buffer
}

const commonColumns: readonly Column<WholeVersion>[] = [
  { name: "org", type: "uuid", list: (all) => uuids(all.map(({ organizationId }) => organizationId)) },
  { name: "operation", type: "uuid", list: (all) => uuids(all.map(({ operationId }) => operationId)) },
  { name: "secret", type: "uuid", list: (all) => uuids(all.map(({ secretId }) => secretId)) },
  { name: "kind", type: "text", list: (all) => texts(all.map(({ kind }) => kind)) },
  { name: "callerKind", type: "text", list: (all) => texts(all.map(({ callerKind }) => callerKind)) },
  { name: "callerId", type: "uuid", list: (all) => uuids(all.map(({ callerId }) => callerId)) },
  { name: "origin", type: "text", list: (all) => texts(all.map(({ origin }) => origin)) },
  { name: "sourceVersion", type: "int4", list: (all) => ints(all.map(({ sourceVersion }) => sourceVersion)) },
  { name: "note", type: "text", list: (all) => texts(all.map(({ note }) => note)) },
  { name: "fingerprint", type: "bytea", list: (all) => byteas(all.map(({ fingerprint }) => fingerprint)) },
  { name: "sizeAtLeast", type: "int4", list: (all) => ints(all.map(({ sizeAtLeast }) => sizeAtLeast)) },
  { name: "sizeAtMost", type: "int4", list: (all) => ints(all.map(({ sizeAtMost }) => sizeAtMost)) },
  { name: "isText", type: "int4", list: (all) => ints(all.map(({ isText }) => (isText ? 1 : 0))) },
  { name: "publicKey", type: "text", list: (all) => texts(all.map(({ publicKey }) => publicKey)) },
  { name: "requestId", type: "text", list: (all) => texts(all.map(({ requestId }) => requestId)) },
  { name: "sealed", type: "bytea", list: (all) => byteas(all.map(({ sealed }) => sealed.sealed)) },
  { name: "wrappedKey", type: "bytea", list: (all) => byteas(all.map(({ sealed }) => sealed.wrappedKey)) },
  { name: "keyEpoch", type: "int4", list: (all) => ints(all.map(({ sealed }) => sealed.keyEpoch)) },
]

const versionColumns: readonly Column<WholeWrite>[] = [
  ...commonColumns,
  { name: "target", type: "int4", list: (all) => ints(all.map(({ targetVersion }) => targetVersion)) },
  { name: "expected", type: "int4", list: (all) => ints(all.map(({ expectedVersion }) => expectedVersion ?? null)) },
]

const secretColumns: readonly Column<WholeSecret>[] = [
  ...commonColumns,
  { name: "vaultId", type: "uuid", list: (all) => uuids(all.map(({ vaultId }) => vaultId)) },
  { name: "name", type: "text", list: (all) => texts(all.map(({ name }) => name)) },
  { name: "foldedName", type: "text", list: (all) => texts(all.map(({ foldedName }) => foldedName)) },
  { name: "category", type: "text", list: (all) => texts(all.map(({ category }) => category)) },
  { name: "description", type: "text", list: (all) => texts(all.map(({ description }) => description)) },
  { name: "ownerId", type: "uuid", list: (all) => uuids(all.map(({ ownerId }) => ownerId)) },
  { name: "envName", type: "text", list: (all) => texts(all.map(({ envName }) => envName)) },
  { name: "rotationDays", type: "int4", list: (all) => ints(all.map(({ rotationDays }) => rotationDays)) },
  { name: "location", type: "text", list: (all) => texts(all.map(({ location }) => location)) },
]

function listsOf<Write>(columns: readonly Column<Write>[], writes: readonly Write[]): Buffer[] {
  return columns.map(({ list }) => list(writes))
}

/** A statement over "item", whose rows are the lists of these columns. */
function overItems(columns: readonly Column<never>[], rest: string): string {
  const values = columns.map(({ name, type }, index) => `($${index + 1}::${type}[])[place] AS "${name}"`)
  return `WITH item AS MATERIALIZED (
    SELECT ${values.join(", ")} FROM generate_series(1, cardinality($1::uuid[])) AS place
  ), ${rest}`
}

const lockText = `
  SELECT 1 FROM "Secret" WHERE ("organizationId", "id") IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))
  ORDER BY "organizationId", "id" FOR UPDATE`

/** Of each row of "begun": its operation, ciphertext and version. The scopes are locked in the order of their ids. */
const keepBegun = `
  operation AS (
    INSERT INTO "Operation" ("organizationId", "id", "kind", "callerKind", "callerId", "secretId", "targetVersion",
      "expectedVersion", "origin", "sourceVersion", "note", "fingerprint", "sizeAtLeast", "sizeAtMost", "isText",
      "publicKey", "state", "leaseUntil", "requestId")
    SELECT "org", "operation", "kind", "callerKind", "callerId", "secret", "number", "before", "origin", "sourceVersion",
      "note", "fingerprint", "sizeAtLeast", "sizeAtMost", "isText" <> 0, "publicKey", 'committed', now(), "requestId" FROM begun
  ), stored AS (
    INSERT INTO "SealedValue" ("organizationId", "secretId", "version", "sealed", "wrappedKey", "keyEpoch", "operationId")
    SELECT "org", "secret", "number", "sealed", "wrappedKey", "keyEpoch", "operation" FROM begun
  ), kept AS (
    INSERT INTO "SecretVersion" ("organizationId", "secretId", "number", "origin", "sourceVersion", "note", "sizeAtLeast",
      "sizeAtMost", "isText", "publicKey", "fingerprint", "createdAt", "createdByKind", "createdById")
    SELECT "org", "secret", "number", "origin", "sourceVersion", "note", "sizeAtLeast", "sizeAtMost", "isText" <> 0,
      "publicKey", "fingerprint", "at", "callerKind", "callerId" FROM begun
  ), changed AS MATERIALIZED (
    SELECT scope."organizationId", scope."id" FROM "Scope" scope
    WHERE (scope."organizationId", scope."id") IN (SELECT "org", "scopeId" FROM begun)
    ORDER BY scope."organizationId", scope."id" FOR UPDATE
  ), bumped AS (
    UPDATE "Scope" scope SET "generation" = scope."generation" + 1 FROM changed
    WHERE scope."organizationId" = changed."organizationId" AND scope."id" = changed."id"
  )`

const answerBegun = `SELECT "operation" AS "operationId", "at" AS "createdAt" FROM begun`

const writeText = overItems(
  versionColumns,
  `begun AS MATERIALIZED (
    SELECT item.*, item."target" AS "number", s."currentVersion" AS "before", s."scopeId", date_trunc('milliseconds', clock_timestamp()) AS "at"
    FROM item JOIN "Secret" s ON s."organizationId" = item."org" AND s."id" = item."secret"
    WHERE s."state" IN ('active', 'disabled') AND s."providerId" IS NULL AND s."nextVersion" = item."target"
      AND (item."expected" IS NULL OR item."expected" = s."currentVersion")
      AND NOT EXISTS (
        SELECT 1 FROM "Operation" o WHERE o."organizationId" = item."org" AND o."secretId" = item."secret"
          AND o."state" IN ('intended', 'applied', 'unknown'))
  ), current AS (
    UPDATE "Secret" s SET "currentVersion" = begun."number", "nextVersion" = begun."number" + 1, "updatedAt" = begun."at",
      "driftedAt" = NULL
    FROM begun WHERE s."organizationId" = begun."org" AND s."id" = begun."secret"
  ), ${keepBegun}
  ${answerBegun}`,
)

/** A name that is taken, also by one of the same batch, makes nothing of its row. */
const createText = overItems(
  secretColumns,
  `made AS (
    INSERT INTO "Secret" ("organizationId", "id", "vaultId", "name", "foldedName", "category", "description", "ownerId", "envName",
      "rotationDays", "currentVersion", "nextVersion", "location", "createdByKind", "createdById")
    SELECT "org", "secret", "vaultId", "name", "foldedName", "category", "description", "ownerId", "envName", "rotationDays", 1, 2,
      "location", "callerKind", "callerId"
    FROM item ORDER BY "org", "vaultId", "foldedName"
    ON CONFLICT DO NOTHING RETURNING "organizationId", "id", "scopeId"
  ), begun AS MATERIALIZED (
    SELECT item.*, 1 AS "number", 0 AS "before", made."scopeId", date_trunc('milliseconds', clock_timestamp()) AS "at"
    FROM item JOIN made ON made."organizationId" = item."org" AND made."id" = item."secret"
  ), ${keepBegun}
  ${answerBegun}`,
)
