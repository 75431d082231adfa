import type { ClientBase, PoolClient, QueryConfig } from "pg"
import type { Database } from "./database.ts"

/** A connection in a transaction of its caller's. */
export type Transacting = Pick<ClientBase, "query">

/** Takes a statement that ends the transaction: those are sent together with the commit, which fails if one does. */
export type AtEnd = (statement: QueryConfig) => void

/**
 * Runs `work` in a transaction of the pool: committed when it resolves, rolled back when it throws. Its beginning is
 * sent along with its first statement, so that a lock is held for a round trip less at either end.
 */
export async function inTransaction<Result>(
  { pool }: Database,
  work: (client: PoolClient, atEnd: AtEnd) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect()
  // A connection that breaks says so by itself, too, which ends the process if nobody listens: our statements fail with it.
  client.on("error", fails)
  let broken: Error | undefined
  try {
    const last: QueryConfig[] = []
    const [, result] = await Promise.all([
      client.query("BEGIN"),
      work(client, (statement) => {
        last.push(statement)
      }),
    ])
    await Promise.all([...last.map((statement) => client.query(statement)), client.query("COMMIT")])
    return result
  } catch (error) {
    broken = await rollBack(client)
    throw error
  } finally {
    client.off("error", fails)
    client.release(broken)
  }
}

function fails(): void {
  // Whoever waits for a statement of it is told.
}

/** The error of a connection that can't even roll back: the pool throws such a connection away. */
async function rollBack(client: PoolClient): Promise<Error | undefined> {
  try {
    await client.query("ROLLBACK")
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}
