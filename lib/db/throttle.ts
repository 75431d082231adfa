/**
 * Budgets of attempts, shared by all api processes. An attempt is taken before it is made, in one statement that a
 * second attempt waits for, so that no number of attempts at once gets past the limit.
 *
 * A budget refills steadily (the generic cell rate algorithm of ITU-T I.371): its row holds only when it will be whole,
 * each attempt moves that by `everySeconds`, and one is refused while it would lie `burst` attempts ahead. A refused
 * attempt costs nothing, so nobody can keep a budget empty for longer by asking more often.
 */
import type { PoolClient } from "pg"
import type { Database } from "./database.ts"
import { inTransaction } from "./in-transaction.ts"

export interface Budget {
  /** Says what is tried from where; a keyed hash, so that the table tells nobody's name. */
  key: Uint8Array
  /** How many attempts a whole budget holds. */
  burst: number
  /** How long it takes until one more attempt is possible. */
  everySeconds: number
}

export type Attempt = { state: "taken" } | { state: "exhausted"; retryAfterSeconds: number }

/** Takes one attempt out of every budget, or out of none. */
export async function takeAttempt(database: Database, budgets: readonly Budget[]): Promise<Attempt> {
  // In one order for all, so that two can't wait for each other.
  const inOrder = budgets.toSorted((a, b) => Buffer.compare(a.key, b.key))
  try {
    await inTransaction(database, async (client) => {
      for (const budget of inOrder) await takeFrom(client, budget)
    })
    return { state: "taken" }
  } catch (error) {
    if (!(error instanceof Exhausted)) throw error
    return { state: "exhausted", retryAfterSeconds: error.retryAfterSeconds }
  }
}

/** Puts one attempt back into each budget: it was no guess. */
export async function giveBack({ pool }: Database, budgets: readonly Budget[]): Promise<void> {
  for (const { key, everySeconds } of budgets.toSorted((a, b) => Buffer.compare(a.key, b.key))) {
    await pool.query({
      name: "give-attempt-back",
      text: `UPDATE "Throttle" SET "wholeAt" = "wholeAt" - make_interval(secs => $2) WHERE "key" = $1`,
      values: [Buffer.from(key), everySeconds],
    })
  }
}

/** Makes a budget whole again: who tried has shown that they may. */
export async function refill({ pool }: Database, { key }: Pick<Budget, "key">): Promise<void> {
  await pool.query({
    name: "refill-budget",
    text: `DELETE FROM "Throttle" WHERE "key" = $1`,
    values: [Buffer.from(key)],
  })
}

/** Removes some rows that say nothing any more. The table stays small when this is called now and then. */
export async function sweepWholeBudgets({ pool }: Database): Promise<void> {
  await pool.query({
    name: "sweep-whole-budgets",
    text: `DELETE FROM "Throttle" WHERE "key" IN (
             SELECT "key" FROM "Throttle" WHERE "wholeAt" < now() ORDER BY "wholeAt" LIMIT 100 FOR UPDATE SKIP LOCKED)`,
  })
}

class Exhausted extends Error {
  readonly retryAfterSeconds: number

  constructor(retryAfterSeconds: number) {
    super("This budget is exhausted.")
    this.retryAfterSeconds = retryAfterSeconds
  }
}

async function takeFrom(client: PoolClient, { key, burst, everySeconds }: Budget): Promise<void> {
  const taken = await client.query({
    name: "take-attempt",
    text: `INSERT INTO "Throttle" AS budget ("key", "wholeAt") VALUES ($1, clock_timestamp() + make_interval(secs => $2))
           ON CONFLICT ("key") DO UPDATE SET "wholeAt" = greatest(budget."wholeAt", clock_timestamp()) + make_interval(secs => $2)
           WHERE budget."wholeAt" <= clock_timestamp() + make_interval(secs => $3)`,
    values: [Buffer.from(key), everySeconds, (burst - 1) * everySeconds],
  })
  if (taken.rowCount !== 1) throw new Exhausted(await secondsUntilNext(client, { key, burst, everySeconds }))
}

async function secondsUntilNext(client: PoolClient, { key, burst, everySeconds }: Budget): Promise<number> {
  const found = await client.query<{ seconds: number }>({
    name: "seconds-until-next-attempt",
    text: `SELECT ceil(extract(epoch FROM "wholeAt" - clock_timestamp()) - $2)::int AS "seconds" FROM "Throttle" WHERE "key" = $1`,
    values: [Buffer.from(key), (burst - 1) * everySeconds],
  })
  return Math.max(1, found.rows[0]?.seconds ?? 1)
}
