/**
 * Puts events at the end of their organization's chain. The head's row is locked last of all locks, the row is hashed
 * by the function that core gives, and the whole commits with what the event is about.
 */
import type { PoolClient, QueryConfig } from "pg"
import { bigints, byteas, uuids } from "./binary-lists.ts"
import type { Transaction } from "./database.ts"
import { insertEvents, listsOfEvents } from "./event-rows.ts"
import { Prisma } from "./generated/client.ts"
import type { AtEnd, Transacting } from "./in-transaction.ts"

/** An event without its place in the chain. */
export interface AuditRow {
  organizationId: string
  class: string
  action: string
  outcome: string
  reason: string | null
  actorKind: string
  actorId: string | null
  actorName: string
  credentialKind: string | null
  credentialId: string | null
  address: string | null
  scopeId: string | null
  scope: string | null
  vault: string | null
  secretId: string | null
  secretName: string | null
  version: number | null
  targetKind: string | null
  targetId: string | null
  targetName: string | null
  details: Readonly<Record<string, string | number | boolean | null>>
  requestId: string
}

export interface LinkedAuditRow extends AuditRow {
  seq: bigint
  at: Date
  previous: Uint8Array
  hash: Uint8Array
}

export type Link = (row: AuditRow, seq: bigint, at: Date, previous: Uint8Array) => LinkedAuditRow

/** Appends one event within a Prisma transaction. Call it last: the chain's head stays locked until the commit. */
export async function appendEvent(transaction: Transaction, row: AuditRow, link: Link): Promise<void> {
  const { organizationId } = row
  await transaction.$executeRaw`INSERT INTO "AuditHead" ("organizationId", "seq", "hash") VALUES (${organizationId}::uuid, 0, ${genesis}) ON CONFLICT DO NOTHING`
  const [head] = await transaction.$queryRaw<Head[]>(
    Prisma.sql`SELECT "organizationId", "seq", "hash", clock_timestamp() AS "at" FROM "AuditHead" WHERE "organizationId" = ${organizationId}::uuid FOR UPDATE`,
  )
  if (head === undefined) throw new Error("The audit chain's head is missing.")
  const linked = link(row, head.seq + 1n, toMilliseconds(head.at), head.hash)
  await transaction.auditEvent.create({
    data: {
      ...linked,
      previous: Buffer.from(linked.previous),
      hash: Buffer.from(linked.hash),
      details: linked.details,
    },
  })
  await transaction.$executeRaw`UPDATE "AuditHead" SET "seq" = ${linked.seq}, "hash" = ${Buffer.from(linked.hash)} WHERE "organizationId" = ${organizationId}::uuid`
}

/**
 * Appends many events, of one chain or several, in two round trips within the caller's transaction. The chains'
 * heads are locked in the order of their ids, so two batches can't wait for each other. Answers each chain's newest.
 */
export async function appendEvents(
  client: Transacting,
  rows: readonly AuditRow[],
  link: Link,
): Promise<LinkedAuditRow[]> {
  const { statement, newest } = appending(rows, await lockChains(client, rows), link)
  await client.query(statement)
  return newest
}

/** Appends events as the transaction's last act: the heads stay locked for the commit's own round trip alone. */
export async function endWithEvents(
  client: PoolClient,
  atEnd: AtEnd,
  rows: readonly AuditRow[],
  link: Link,
): Promise<void> {
  atEnd(appending(rows, await lockChains(client, rows), link).statement)
}

/** The heads of chains, locked by the transaction. */
export type LockedChains = Map<string, Head>

/** Locks the chains that the rows belong to. */
export function lockChains(client: Transacting, rows: readonly AuditRow[]): Promise<LockedChains> {
  return lockHeads(client, [...new Set(rows.map(({ organizationId }) => organizationId))].sort())
}

/** The statement that appends events to chains that are locked, and what will be each chain's newest. */
export function appending(
  rows: readonly AuditRow[],
  chains: LockedChains,
  link: Link,
): { statement: QueryConfig; newest: LinkedAuditRow[] } {
  const linked = linkAll(rows, chains, link)
  const heads = newest(linked)
  const statement = {
    name: "append-audit",
    text: appendText,
    values: [
      uuids(heads.map((row) => row.organizationId)),
      bigints(heads.map((row) => row.seq)),
      byteas(heads.map((row) => row.hash)),
      ...listsOfEvents(linked),
    ],
  }
  return { statement, newest: heads }
}

const appendText = `
  WITH added AS (${insertEvents(4)})
  UPDATE "AuditHead" AS head SET "seq" = moved.seq, "hash" = moved.hash
  FROM unnest($1::uuid[], $2::int8[], $3::bytea[]) AS moved(id, seq, hash) WHERE head."organizationId" = moved.id`

interface Head {
  organizationId: string
  seq: bigint
  hash: Uint8Array
  at: Date
}

const genesis = Buffer.alloc(32)

async function lockHeads(client: Transacting, chains: readonly string[]): Promise<Map<string, Head>> {
  const select = {
    name: "lock-audit-heads",
    text: `SELECT "organizationId", "seq"::text AS "seq", "hash", clock_timestamp() AS "at" FROM "AuditHead"
           WHERE "organizationId" = ANY($1::uuid[]) ORDER BY "organizationId" FOR UPDATE`,
    values: [chains],
  }
  const found = await client.query<Omit<Head, "seq"> & { seq: string }>(select)
  if (found.rows.length < chains.length) {
    await client.query(
      `INSERT INTO "AuditHead" ("organizationId", "seq", "hash") SELECT id, 0, $2 FROM unnest($1::uuid[]) AS id ORDER BY id ON CONFLICT DO NOTHING`,
      [chains, genesis],
    )
    return lockHeads(client, chains)
  }
  return new Map(found.rows.map((head) => [head.organizationId, { ...head, seq: BigInt(head.seq) }]))
}

function linkAll(rows: readonly AuditRow[], heads: Map<string, Head>, link: Link): LinkedAuditRow[] {
  return rows.map((row) => {
    const head = heads.get(row.organizationId)
    if (head === undefined) throw new Error("The audit chain's head is missing.")
    const linked = link(row, head.seq + 1n, toMilliseconds(head.at), head.hash)
    heads.set(row.organizationId, { ...head, seq: linked.seq, hash: linked.hash })
    return linked
  })
}

function newest(rows: readonly LinkedAuditRow[]): LinkedAuditRow[] {
  return [...new Map(rows.map((row) => [row.organizationId, row])).values()]
}

/** Stored times have milliseconds, and the hash must be made of what is stored. */
function toMilliseconds(at: Date): Date {
  return new Date(at.getTime())
}
