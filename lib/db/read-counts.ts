/**
 * How often each secret is read in an hour, for people to look at. What counts is the audit log: these numbers are
 * gathered here and written once a second, so that no read waits for them. A process that dies loses its last second.
 */
import { ints, uuids } from "./binary-lists.ts"
import type { Database } from "./database.ts"

export interface ReadCounts {
  /** Counts one read of each, of those that are durable. */
  add(organizationId: string, secretIds: readonly string[]): void
}

const gatheredForMilliseconds = 1_000

export function openReadCounts(database: Database): ReadCounts {
  let gathered = new Map<string, Map<string, number>>()
  let timer: NodeJS.Timeout | undefined

  function add(organizationId: string, secretIds: readonly string[], times = 1): void {
    if (secretIds.length === 0) return
    const counts = gathered.get(organizationId) ?? new Map<string, number>()
    gathered.set(organizationId, counts)
    for (const id of secretIds) counts.set(id, (counts.get(id) ?? 0) + times)
    timer ??= setTimeout(() => void write(), gatheredForMilliseconds).unref()
  }

  /** What can't be written now is written with what comes. */
  async function write(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const counted = gathered
    gathered = new Map()
    for (const [organizationId, counts] of counted) {
      try {
        await addToHour(database, organizationId, counts)
      } catch {
        for (const [id, times] of counts) add(organizationId, [id], times)
      }
    }
  }

  database.beforeClosing(write)
  return { add }
}

/** Rows are locked in the order of their ids, as every process does. */
async function addToHour(
  { pool }: Database,
  organizationId: string,
  counts: ReadonlyMap<string, number>,
): Promise<void> {
  await pool.query({
    name: "count-reads",
    text: `INSERT INTO "ReadCount" ("organizationId", "secretId", "hour", "count")
           SELECT $1::uuid, secret, date_trunc('hour', now(), 'UTC'), times
           FROM unnest($2::uuid[], $3::int[]) AS read(secret, times) ORDER BY secret
           ON CONFLICT ("organizationId", "secretId", "hour") DO UPDATE SET "count" = "ReadCount"."count" + EXCLUDED."count"`,
    values: [organizationId, uuids([...counts.keys()]), ints([...counts.values()])],
  })
}
