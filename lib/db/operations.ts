/**
 * Writes under way. An Operation says what is about to be written before anything is, so that a crash at any moment
 * leaves enough behind to complete or abandon it; the value itself is never in it. What several callers begin or commit
 * in one turn of the event loop shares a transaction.
 *
 * Locks are taken in the order secret, operation, scope, audit head, and several of one kind in the order of their ids.
 */
import type pg from "pg"
import type { Category, VersionOrigin } from "../contract/words.ts"
import { type AuditRow, appending, type Link, lockChains } from "./audit-log.ts"
import type { Database } from "./database.ts"
import { type KeyUse, markingDone } from "./idempotency-keys.ts"
import { inBatches } from "./in-batches.ts"
import { inTransaction } from "./in-transaction.ts"
import { together } from "./together.ts"

/** What a write leaves, known before it begins. */
export interface IntendedVersion {
  organizationId: string
  operationId: string
  secretId: string
  /** The operation's name in the table of operations. */
  kind: string
  callerKind: string
  callerId: string | null
  origin: VersionOrigin
  sourceVersion: number | null
  note: string
  fingerprint: Uint8Array
  sizeAtLeast: number
  sizeAtMost: number
  isText: boolean
  publicKey: string | null
  requestId: string
}

export interface IntendedWrite extends IntendedVersion {
  /** The version that the writer saw; undefined when it doesn't matter to them. */
  expectedVersion: number | undefined
  /** Whether the value goes into this same database; what is intended with another store must be durable before. */
  isStoredHere: boolean
}

export type Begun =
  /** With the epoch of the place that the secret is bound to, which stays until the write ends. */
  | { outcome: "begun"; number: number; epoch: number }
  | { outcome: "under_way" }
  | { outcome: "moved_on"; current: CurrentVersion }
  | { outcome: "not_writable"; state: "deleted" | "gone" }

export interface CurrentVersion {
  number: number
  by: string | null
  ageSeconds: number
}

export interface IntendedSecret extends IntendedVersion {
  vaultId: string
  name: string
  foldedName: string
  category: Category | null
  description: string
  ownerId: string | null
  envName: string | null
  rotationDays: number | null
  /** The kind, and which one; null is the built-in store. */
  provider: string
  providerId: string | null
  location: string
}

/** A write that the store has taken. */
export interface AppliedWrite {
  organizationId: string
  operationId: string
  secretId: string
  backendVersion: string | null
  /** The event that is committed together with it. */
  event: AuditRow
  /** The Idempotency-Key of the request, in whose row the same commit says that it was done. */
  keyUse?: KeyUse | undefined
}

export type Committed =
  | { outcome: "committed"; number: number; createdAt: Date }
  /** Somebody else completed or abandoned it meanwhile, or its secret is gone. Nothing was changed. */
  | { outcome: "not_ours" }

export interface Operations {
  /** Begins the write of a version: its number is taken for good, and no other write of the secret can begin. */
  begin(write: IntendedWrite): Promise<Begun>
  /**
   * Begins the write of a new secret's first version. The secret stays hidden until that is committed. `name_taken` also
   * where another secret holds its place at a remote store.
   */
  beginSecret(secret: IntendedSecret): Promise<"begun" | "name_taken">
  /** Makes the version current and appends its event, in one transaction. */
  commit(write: AppliedWrite): Promise<Committed>
}

/** Where a write goes, and how long it may take before the reconciler looks after it: longer than any call to a store. */
interface Way {
  pool: pg.Pool
  leaseSeconds: number
}

export function openOperations(database: Database, link: Link): Operations {
  const here = { pool: database.steps, leaseSeconds: 15 }
  const elsewhere = { pool: database.pool, leaseSeconds: 30 }
  const beginOn = (way: Way) => inBatches((writes: IntendedWrite[]) => together(writes, (some) => beginAll(way, some)))
  const beginSecretOn = (way: Way) =>
    inBatches((secrets: IntendedSecret[]) => together(secrets, (some) => beginSecrets(way, some)))
  const [beginHere, beginElsewhere] = [beginOn(here), beginOn(elsewhere)]
  const [beginSecretHere, beginSecretElsewhere] = [beginSecretOn(here), beginSecretOn(elsewhere)]
  return {
    begin: (write) => (write.isStoredHere ? beginHere(write) : beginElsewhere(write)),
    beginSecret: (secret) => (secret.providerId === null ? beginSecretHere(secret) : beginSecretElsewhere(secret)),
    commit: inBatches((writes: AppliedWrite[]) => together(writes, (some) => commitAll(database, some, link))),
  }
}

// --- beginning

async function beginAll(way: Way, writes: readonly IntendedWrite[]): Promise<Begun[]> {
  const found = await insertOperations(way, writes)
  const movedOn = writes.filter(({ operationId }) => verdictOn(found.get(operationId)) === "moved_on")
  const authors = await findAuthors(way.pool, movedOn)
  return writes.map(({ operationId, secretId }): Begun => {
    const row = found.get(operationId)
    const verdict = verdictOn(row)
    if (row?.number != null) return { outcome: "begun", number: row.number, epoch: row.epoch }
    if (verdict === "under_way") return { outcome: "under_way" }
    if (verdict === "deleted") return { outcome: "not_writable", state: "deleted" }
    const current = authors.get(secretId)
    return current === undefined ? { outcome: "not_writable", state: "gone" } : { outcome: "moved_on", current }
  })
}

interface BeginRow {
  operationId: string
  state: string
  epoch: number
  isExpected: boolean
  /** The number that it got; null when it got none. */
  number: number | null
}

function verdictOn(row: BeginRow | undefined): "under_way" | "deleted" | "gone" | "moved_on" {
  if (row === undefined || row.state === "destroyed") return "gone"
  if (row.state === "deleted") return "deleted"
  return row.isExpected ? "under_way" : "moved_on"
}

/**
 * Takes a number for each write that may begin and says what is intended with it. Where another write is under way,
 * nothing is taken: the unique index "Operation_under_way" sees also what was committed since the statement began.
 * The secret's row counts the number when the operation ends, either way; until then no other can be taken.
 */
async function insertOperations(
  { pool, leaseSeconds }: Way,
  writes: readonly IntendedWrite[],
): Promise<Map<string, BeginRow>> {
  const { rows } = await pool.query<BeginRow>({
    name: "begin-writes",
    text: `WITH item AS MATERIALIZED (SELECT * FROM json_populate_recordset(NULL::"Operation", $1::json)),
           locked AS MATERIALIZED (
             SELECT s."organizationId", s."id", s."state", s."epoch", s."currentVersion", s."nextVersion" FROM "Secret" s
             WHERE (s."organizationId", s."id") IN (SELECT * FROM unnest($2::uuid[], $3::uuid[]))
             ORDER BY s."organizationId", s."id" FOR UPDATE
           ), begun AS (
             INSERT INTO "Operation" ("organizationId", "id", "kind", "callerKind", "callerId", "secretId", "targetVersion",
               "expectedVersion", "origin", "sourceVersion", "note", "fingerprint", "sizeAtLeast", "sizeAtMost", "isText",
               "publicKey", "state", "leaseUntil", "requestId")
             SELECT item."organizationId", item."id", item."kind", item."callerKind", item."callerId", item."secretId", locked."nextVersion",
               locked."currentVersion", item."origin", item."sourceVersion", item."note", item."fingerprint", item."sizeAtLeast",
               item."sizeAtMost", item."isText", item."publicKey", 'intended', now() + make_interval(secs => $4::int), item."requestId"
             FROM item JOIN locked ON locked."organizationId" = item."organizationId" AND locked."id" = item."secretId"
             WHERE locked."state" IN ('active', 'disabled')
               AND (item."expectedVersion" IS NULL OR item."expectedVersion" = locked."currentVersion")
             ON CONFLICT DO NOTHING
             RETURNING "organizationId", "id", "secretId", "targetVersion"
           )
           SELECT item."id" AS "operationId", locked."state", locked."epoch", begun."targetVersion" AS "number",
             (item."expectedVersion" IS NULL OR item."expectedVersion" = locked."currentVersion") AS "isExpected"
           FROM item JOIN locked ON locked."organizationId" = item."organizationId" AND locked."id" = item."secretId"
           LEFT JOIN begun ON begun."organizationId" = item."organizationId" AND begun."id" = item."id"`,
    values: [JSON.stringify(writes.map(toOperation)), ...keysOf(writes), leaseSeconds],
  })
  return new Map(rows.map((row) => [row.operationId, row]))
}

async function findAuthors(pool: pg.Pool, writes: readonly IntendedWrite[]): Promise<Map<string, CurrentVersion>> {
  if (writes.length === 0) return new Map()
  const { rows } = await pool.query<CurrentVersion & { secretId: string }>({
    name: "authors-of-current-versions",
    text: `SELECT s."id" AS "secretId", s."currentVersion" AS "number", coalesce(p."name", a."name") AS "by",
             extract(epoch FROM clock_timestamp() - c."createdAt")::float8 AS "ageSeconds"
           FROM "Secret" s
           JOIN "SecretVersion" c ON c."organizationId" = s."organizationId" AND c."secretId" = s."id" AND c."number" = s."currentVersion"
           LEFT JOIN "Person" p ON p."organizationId" = c."organizationId" AND p."id" = c."createdById"
           LEFT JOIN "ServiceAccount" a ON a."organizationId" = c."organizationId" AND a."id" = c."createdById"
           WHERE (s."organizationId", s."id") IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))`,
    values: keysOf(writes),
  })
  return new Map(rows.map(({ secretId, ...current }) => [secretId, current]))
}

/**
 * The row of a new secret and its first operation, in one statement: a name that is taken leaves neither, and so does a
 * place at a remote store. Where the value goes into this database, this is a step.
 */
async function beginSecrets(
  { pool, leaseSeconds }: Way,
  secrets: readonly IntendedSecret[],
): Promise<("begun" | "name_taken")[]> {
  const { rows } = await pool.query<{ id: string }>({
    name: "begin-secrets",
    text: `WITH item AS (SELECT * FROM json_populate_recordset(NULL::"Secret", $1::json)),
           operation AS (SELECT * FROM json_populate_recordset(NULL::"Operation", $2::json)),
           made AS (
             INSERT INTO "Secret" ("organizationId", "id", "vaultId", "name", "foldedName", "category", "description", "ownerId",
               "envName", "rotationDays", "nextVersion", "provider", "providerId", "location", "createdByKind", "createdById")
             SELECT "organizationId", "id", "vaultId", "name", "foldedName", "category", "description", "ownerId",
               "envName", "rotationDays", 2, "provider", "providerId", "location", "createdByKind", "createdById"
             FROM item ORDER BY "organizationId", "vaultId", "foldedName"
             ON CONFLICT DO NOTHING RETURNING "organizationId", "id"
           )
           INSERT INTO "Operation" ("organizationId", "id", "kind", "callerKind", "callerId", "secretId", "targetVersion",
             "expectedVersion", "origin", "sourceVersion", "note", "fingerprint", "sizeAtLeast", "sizeAtMost", "isText",
             "publicKey", "state", "leaseUntil", "requestId")
           SELECT operation."organizationId", operation."id", "kind", "callerKind", "callerId", "secretId", 1, 0, "origin", "sourceVersion",
             "note", "fingerprint", "sizeAtLeast", "sizeAtMost", "isText", "publicKey", 'intended',
             now() + make_interval(secs => $3::int), "requestId"
           FROM operation JOIN made ON made."organizationId" = operation."organizationId" AND made."id" = operation."secretId"
           RETURNING "Operation"."id"`,
    values: [JSON.stringify(secrets.map(toSecret)), JSON.stringify(secrets.map(toOperation)), leaseSeconds],
  })
  const begun = new Set(rows.map(({ id }) => id))
  return secrets.map(({ operationId }) => (begun.has(operationId) ? "begun" : "name_taken"))
}

// --- committing

async function commitAll(database: Database, writes: readonly AppliedWrite[], link: Link): Promise<Committed[]> {
  const events = writes.map(({ event }) => event)
  return inTransaction(database, async (client, atEnd) => {
    // Sent together and done in this order: the heads are locked last.
    const [committed, chains] = await Promise.all([commitVersions(client, writes), lockChains(client, events)])
    const done = writes.filter(({ operationId }) => committed.has(operationId))
    const uses = done.flatMap(({ keyUse }) => keyUse ?? [])
    if (uses.length > 0) atEnd(markingDone(uses))
    if (done.length > 0) {
      atEnd(
        appending(
          done.map(({ event }) => event),
          chains,
          link,
        ).statement,
      )
    }
    return writes.map(({ operationId }): Committed => {
      const version = committed.get(operationId)
      return version === undefined ? { outcome: "not_ours" } : { outcome: "committed", ...version }
    })
  })
}

async function commitVersions(
  client: pg.PoolClient,
  writes: readonly AppliedWrite[],
): Promise<Map<string, { number: number; createdAt: Date }>> {
  const { rows } = await client.query<{ operationId: string; number: number; createdAt: Date }>({
    name: "commit-writes",
    text: `WITH item AS MATERIALIZED (
             SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) AS item(org, secret, operation, backend)
           ), locked AS MATERIALIZED (
             SELECT s."organizationId", s."id", s."scopeId" FROM "Secret" s
             WHERE (s."organizationId", s."id") IN (SELECT item.org, item.secret FROM item) AND s."state" <> 'destroyed'
             ORDER BY s."organizationId", s."id" FOR UPDATE
           ), done AS MATERIALIZED (
             UPDATE "Operation" o SET "state" = 'committed', "updatedAt" = now()
             FROM item JOIN locked ON locked."organizationId" = item.org AND locked."id" = item.secret
             WHERE o."organizationId" = item.org AND o."id" = item.operation AND o."secretId" = item.secret
               AND o."state" IN ('intended', 'applied', 'unknown')
             RETURNING o.*, item.backend, locked."scopeId"
           ), kept AS (
             INSERT INTO "SecretVersion" ("organizationId", "secretId", "number", "origin", "sourceVersion", "note", "sizeAtLeast",
               "sizeAtMost", "isText", "publicKey", "fingerprint", "backendVersion", "createdAt", "createdByKind", "createdById")
             SELECT "organizationId", "secretId", "targetVersion", "origin", "sourceVersion", "note", "sizeAtLeast", "sizeAtMost",
               "isText", "publicKey", "fingerprint", backend, clock_timestamp(), "callerKind", "callerId" FROM done
             RETURNING "organizationId", "secretId", "number", "createdAt"
           ), current AS (
             UPDATE "Secret" s SET "currentVersion" = kept."number", "nextVersion" = greatest(s."nextVersion", kept."number" + 1),
               "updatedAt" = kept."createdAt", "driftedAt" = NULL FROM kept
             WHERE s."organizationId" = kept."organizationId" AND s."id" = kept."secretId"
           ), changed AS MATERIALIZED (
             SELECT scope."organizationId", scope."id" FROM "Scope" scope
             WHERE (scope."organizationId", scope."id") IN (SELECT done."organizationId", done."scopeId" FROM done)
             ORDER BY scope."organizationId", scope."id" FOR UPDATE
           ), bumped AS (
             UPDATE "Scope" scope SET "generation" = scope."generation" + 1 FROM changed
             WHERE scope."organizationId" = changed."organizationId" AND scope."id" = changed."id"
           )
           SELECT done."id" AS "operationId", kept."number", kept."createdAt" FROM done JOIN kept
             ON kept."organizationId" = done."organizationId" AND kept."secretId" = done."secretId" AND kept."number" = done."targetVersion"`,
    values: [
      ...keysOf(writes),
      writes.map(({ operationId }) => operationId),
      writes.map(({ backendVersion }) => backendVersion),
    ],
  })
  return new Map(rows.map(({ operationId, ...version }) => [operationId, version]))
}

// --- rows

function keysOf(writes: readonly Pick<IntendedVersion, "organizationId" | "secretId">[]): [string[], string[]] {
  return [writes.map(({ organizationId }) => organizationId), writes.map(({ secretId }) => secretId)]
}

function toOperation(version: IntendedVersion): Record<string, unknown> {
  const { operationId, fingerprint, ...columns } = version
  return { ...columns, id: operationId, fingerprint: `\\x${Buffer.from(fingerprint).toString("hex")}` }
}

function toSecret(secret: IntendedSecret): Record<string, unknown> {
  const { secretId, callerKind, callerId, ...columns } = secret
  return { ...columns, id: secretId, createdByKind: callerKind, createdById: callerId, fingerprint: undefined }
}
