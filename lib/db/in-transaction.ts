import type { PoolClient } from "pg"
import type { Database } from "./database.ts"

/** Runs `work` in a transaction of the pool: committed when it resolves, rolled back when it throws. */
export async function inTransaction<Result>(
  { pool }: Database,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query("BEGIN")
    const result = await work(client)
    await client.query("COMMIT")
    return result
  } catch (error) {
    broken = await rollBack(client)
    throw error
  } finally {
    client.release(broken)
  }
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
