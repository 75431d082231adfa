/**
 * The one commit of what is about to be disclosed: the events at the end of their chain, and which version each service
 * account fetched last. How often a secret is read is counted beside it.
 *
 * While nobody else writes to a chain we know its end, so the links can be made before asking, and a single statement
 * does it all on the condition that the end is still where we believe it. When it isn't, nothing of it was written, and
 * the same is done under the lock of the chain's head, which every other writer takes, too.
 */
import type { PoolClient } from "pg"
import { type AuditRow, appendEvents, type Link, type LinkedAuditRow } from "./audit-log.ts"
import { ints, uuids } from "./binary-lists.ts"
import type { Database } from "./database.ts"
import { eventParameters, insertEvents, listsOfEvents } from "./event-rows.ts"
import { inTransaction } from "./in-transaction.ts"
import { openReadCounts } from "./read-counts.ts"

/** One value that one service account is about to get. */
export interface Fetch {
  organizationId: string
  secretId: string
  serviceAccountId: string
  version: number
  /** True when the last fetch of this pair is known and needs no new time: it is kept to ten seconds. */
  notedLately: boolean
}

export interface NewDisclosure {
  row: AuditRow
  fetches: readonly Fetch[]
}

/** Commits disclosures of one organization, at the database's time `at`, which its own statements told lately. */
export type CommitDisclosures = (
  organizationId: string,
  disclosures: readonly NewDisclosure[],
  at: Date,
) => Promise<void>

export function openDisclosureLog(database: Database, link: Link): CommitDisclosures {
  const ends = new Map<string, ChainEnd>()
  const counts = openReadCounts(database)

  async function commitUnderLock(organizationId: string, disclosures: readonly NewDisclosure[]): Promise<void> {
    const rows = disclosures.map(({ row }) => row)
    const [end] = await inTransaction(database, async (client) => {
      const newest = await appendEvents(client, rows, link)
      await noteFetches(client, organizationId, fetchesOf(disclosures))
      return newest
    })
    if (end !== undefined) ends.set(organizationId, end)
  }

  return async (organizationId, disclosures, at) => {
    const end = ends.get(organizationId)
    // Forgotten until the commit is certain: after a failure we don't know the end.
    ends.delete(organizationId)
    const moved = end === undefined ? undefined : await commitAfter(database, end, disclosures, link, at)
    if (moved === undefined) await commitUnderLock(organizationId, disclosures)
    else ends.set(organizationId, moved)
    const fetched = fetchesOf(disclosures).map(({ secretId }) => secretId)
    counts.add(organizationId, fetched)
  }
}

interface ChainEnd {
  seq: bigint
  hash: Uint8Array
  at: Date
}

/** The chain's new end, or undefined when it wasn't where we believed, and nothing was written. */
async function commitAfter(
  { pool }: Database,
  end: ChainEnd,
  disclosures: readonly NewDisclosure[],
  link: Link,
  at: Date,
): Promise<ChainEnd | undefined> {
  const linked = linkAfter(end, disclosures, link, at)
  const newest = linked.at(-1)
  if (newest === undefined) return end
  const fetches = latestOf(fetchesOf(disclosures))
  const { rows } = await pool.query<{ moved: boolean }>({
    name: fetches.length === 0 ? "commit-disclosures" : "commit-disclosures-and-fetches",
    text: fetches.length === 0 ? commitIfNobodyElseDid : commitWithFetches,
    values: [
      newest.organizationId,
      end.seq,
      asBuffer(end.hash),
      newest.seq,
      asBuffer(newest.hash),
      ...listsOfEvents(linked),
      ...(fetches.length === 0 ? [] : listsOf(fetches)),
    ],
  })
  return rows[0]?.moved === true ? newest : undefined
}

/** A chain's times don't run backwards, even if our connection's clock was asked before another's. */
function linkAfter(end: ChainEnd, disclosures: readonly NewDisclosure[], link: Link, askedAt: Date): LinkedAuditRow[] {
  const at = askedAt > end.at ? askedAt : end.at
  let { seq, hash } = end
  return disclosures.map(({ row }) => {
    const linked = link(row, seq + 1n, at, hash)
    seq = linked.seq
    hash = linked.hash
    return linked
  })
}

async function noteFetches(client: PoolClient, organizationId: string, fetches: readonly Fetch[]): Promise<void> {
  const latest = latestOf(fetches)
  if (latest.length === 0) return
  await client.query({ name: "note-fetches", text: noteFetchesText, values: [organizationId, ...listsOf(latest)] })
}

function listsOf(fetches: readonly Fetch[]): Buffer[] {
  return [
    uuids(fetches.map(({ secretId }) => secretId)),
    uuids(fetches.map(({ serviceAccountId }) => serviceAccountId)),
    ints(fetches.map(({ version }) => version)),
  ]
}

function fetchesOf(disclosures: readonly NewDisclosure[]): Fetch[] {
  return disclosures.flatMap(({ fetches }) => fetches)
}

/** One row per pair; the ones that were noted lately are left out. */
function latestOf(fetches: readonly Fetch[]): Fetch[] {
  const byPair = new Map<string, Fetch>()
  for (const each of fetches) {
    if (!each.notedLately) byPair.set(each.secretId + each.serviceAccountId, each)
  }
  return [...byPair.values()]
}

/** The parameters 1 to 5 are the chain, its end as we know it, and its end after this. */
function commitText(further: string): string {
  return `
  WITH moved AS (
    UPDATE "AuditHead" SET "seq" = $4::bigint, "hash" = $5::bytea
    WHERE "organizationId" = $1::uuid AND "seq" = $2::bigint AND "hash" = $3::bytea
    RETURNING "organizationId"
  ), recorded AS (
    ${insertEvents(6, "moved")}
  )${further}
  SELECT EXISTS (SELECT 1 FROM moved) AS "moved"`
}

const commitIfNobodyElseDid = commitText("")

const [secret, account, version] = [0, 1, 2].map((each) => `$${6 + eventParameters + each}`)

const commitWithFetches = commitText(`, noted AS (
    INSERT INTO "LastFetch" ("organizationId", "secretId", "serviceAccountId", "version", "at")
    SELECT moved."organizationId", secret, account, version, now()
    FROM moved, unnest(${secret}::uuid[], ${account}::uuid[], ${version}::int[]) AS fetched(secret, account, version)
    ORDER BY secret, account
    ON CONFLICT ("organizationId", "secretId", "serviceAccountId")
    DO UPDATE SET "version" = EXCLUDED."version", "at" = EXCLUDED."at"
  )`)

const noteFetchesText = `
  INSERT INTO "LastFetch" ("organizationId", "secretId", "serviceAccountId", "version", "at")
  SELECT $1::uuid, secret, account, version, now()
  FROM unnest($2::uuid[], $3::uuid[], $4::int[]) AS fetched(secret, account, version) ORDER BY secret, account
  ON CONFLICT ("organizationId", "secretId", "serviceAccountId")
  DO UPDATE SET "version" = EXCLUDED."version", "at" = EXCLUDED."at"`

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
