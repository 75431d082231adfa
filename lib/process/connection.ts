import pg from "pg"

/** Runs `work` with a connection of its own, and ends it. */
export async function onConnection<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  client.on("error", fails)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/**
 * For a connection that breaks: it says so by itself, too, which ends the process if nobody listens. Whoever waits for
 * a statement of it is told.
 */
export function fails(): void {
  // The statement's own error is enough.
}
