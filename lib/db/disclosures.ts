/**
 * What is kept of disclosures besides their events: which version each service account fetched last, and how often a
 * secret is read. Written in the transaction of the events, before the chain's head is locked, and in one order, so
 * that two processes don't wait for each other.
 */
import type { PoolClient } from "pg"

/** One value that one service account is about to get. */
export interface Fetch {
  organizationId: string
  secretId: string
  serviceAccountId: string
  version: number
  /** True when the last fetch of this pair is known and needs no new time: it is kept to ten seconds. */
  notedLately: boolean
}

/** Notes fetches: one row per pair of secret and account, and one count per secret and hour. */
export async function noteFetches(client: PoolClient, fetches: readonly Fetch[]): Promise<void> {
  if (fetches.length === 0) return
  await client.query({
    name: "count-reads",
    text: countReads,
    values: [fetches.map((each) => each.organizationId), fetches.map((each) => each.secretId)],
  })
  const latest = [...newestOfPairs(fetches).values()]
  if (latest.length === 0) return
  await client.query({
    name: "note-fetches",
    text: noteLastFetches,
    values: [
      latest.map((each) => each.organizationId),
      latest.map((each) => each.secretId),
      latest.map((each) => each.serviceAccountId),
      latest.map((each) => each.version),
    ],
  })
}

function newestOfPairs(fetches: readonly Fetch[]): Map<string, Fetch> {
  const unnoted = fetches.filter(({ notedLately }) => !notedLately)
  return new Map(unnoted.map((each) => [`${each.secretId} ${each.serviceAccountId}`, each]))
}

const countReads = `
  INSERT INTO "ReadCount" ("organizationId", "secretId", "hour", "count")
  SELECT organization, secret, date_trunc('hour', now(), 'UTC'), count(*)
  FROM unnest($1::uuid[], $2::uuid[]) AS read(organization, secret)
  GROUP BY organization, secret ORDER BY organization, secret
  ON CONFLICT ("organizationId", "secretId", "hour") DO UPDATE SET "count" = "ReadCount"."count" + EXCLUDED."count"`

const noteLastFetches = `
  INSERT INTO "LastFetch" AS last ("organizationId", "secretId", "serviceAccountId", "version", "at")
  SELECT organization, secret, account, version, now()
  FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[]) AS fetched(organization, secret, account, version)
  ORDER BY organization, secret, account
  ON CONFLICT ("organizationId", "secretId", "serviceAccountId")
  DO UPDATE SET "version" = EXCLUDED."version", "at" = EXCLUDED."at"`
