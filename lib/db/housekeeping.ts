/** Rows that have served their time. Several processes may do this at once: none waits for another. */
import type { Database } from "./database.ts"

/** How long a repeated request is recognized, and how long what has ended is kept to look at. */
const keptForDays = {
  idempotencyKeys: 1,
  exchangedTokens: 1,
  operations: 7,
  providerDrafts: 7,
  providerStatuses: 90,
  deliveries: 30,
  notices: 90,
}

/** How many rows of a kind go at once, so that no transaction is long. */
const atOnce = 1_000

/** Deletes what is out of date, some rows at a time, and answers how many rows that were. */
export async function deleteOutdated({ pool }: Database): Promise<number> {
  const counts = [
    await deleteAll(() =>
      pool.query(
        `DELETE FROM "IdempotencyKey" WHERE ctid = ANY(ARRAY(SELECT ctid FROM "IdempotencyKey"
           WHERE "createdAt" < now() - make_interval(days => $1) AND "leaseUntil" < now() LIMIT $2 FOR UPDATE SKIP LOCKED))`,
        [keptForDays.idempotencyKeys, atOnce],
      ),
    ),
    // A budget that is whole again says nothing.
    await deleteAll(() =>
      pool.query(
        `DELETE FROM "Throttle" WHERE ctid = ANY(ARRAY(SELECT ctid FROM "Throttle" WHERE "wholeAt" < now() LIMIT $1 FOR UPDATE SKIP LOCKED))`,
        [atOnce],
      ),
    ),
    await deleteAll(() =>
      pool.query(
        `DELETE FROM "Operation" WHERE ctid = ANY(ARRAY(SELECT ctid FROM "Operation"
           WHERE "state" IN ('committed', 'abandoned') AND "updatedAt" < now() - make_interval(days => $1) LIMIT $2 FOR UPDATE SKIP LOCKED))`,
        [keptForDays.operations, atOnce],
      ),
    ),
    await deleteAll(() =>
      pool.query(
        `DELETE FROM "WebhookDelivery" WHERE ctid = ANY(ARRAY(SELECT ctid FROM "WebhookDelivery"
           WHERE "state" <> 'waiting' AND "createdAt" < now() - make_interval(days => $1) LIMIT $2 FOR UPDATE SKIP LOCKED))`,
        [keptForDays.deliveries, atOnce],
      ),
    ),
    await deleteAll(() =>
      pool.query(
        `DELETE FROM "Notice" WHERE ctid = ANY(ARRAY(SELECT ctid FROM "Notice"
           WHERE "resolvedAt" < now() - make_interval(days => $1) LIMIT $2 FOR UPDATE SKIP LOCKED))`,
        [keptForDays.notices, atOnce],
      ),
    ),
    await deleteAll(() =>
      pool.query(
        `DELETE FROM "ProviderDraft" WHERE ctid = ANY(ARRAY(SELECT ctid FROM "ProviderDraft"
           WHERE "createdAt" < now() - make_interval(days => $1) LIMIT $2 FOR UPDATE SKIP LOCKED))`,
        [keptForDays.providerDrafts, atOnce],
      ),
    ),
    // What a job's token was exchanged for ended with the job; the audit log says what it did.
    await deleteAll(() =>
      pool.query(
        `DELETE FROM "AccessToken" WHERE ctid = ANY(ARRAY(SELECT ctid FROM "AccessToken"
           WHERE "trustRuleId" IS NOT NULL AND "expiresAt" < now() - make_interval(days => $1) LIMIT $2 FOR UPDATE SKIP LOCKED))`,
        [keptForDays.exchangedTokens, atOnce],
      ),
    ),
    await deleteAll(() =>
      pool.query(
        `DELETE FROM "UsedJobToken" WHERE ctid = ANY(ARRAY(SELECT ctid FROM "UsedJobToken"
           WHERE "expiresAt" < now() LIMIT $1 FOR UPDATE SKIP LOCKED))`,
        [atOnce],
      ),
    ),
    // The state that a provider is in now is told by its own row, too.
    await deleteAll(() =>
      pool.query(
        `DELETE FROM "ProviderStatus" WHERE ctid = ANY(ARRAY(SELECT ctid FROM "ProviderStatus"
           WHERE "since" < now() - make_interval(days => $1) LIMIT $2 FOR UPDATE SKIP LOCKED))`,
        [keptForDays.providerStatuses, atOnce],
      ),
    ),
  ]
  return counts.reduce((sum, count) => sum + count, 0)
}

async function deleteAll(deleteSome: () => Promise<{ rowCount: number | null }>): Promise<number> {
  const { rowCount } = await deleteSome()
  const count = rowCount ?? 0
  return count < atOnce ? count : count + (await deleteAll(deleteSome))
}
