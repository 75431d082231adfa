/** The running product's database, by the login that owns it: for what a test can't wait for. */
import pg from "pg"
import { startEmbeddedPostgres } from "../../lib/process/embedded-postgres.ts"
import { readWorld } from "./world.ts"

export async function withDatabase<Result>(work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const { ownerUrl } = await startEmbeddedPostgres({ folder: readWorld().dataFolder }) // the one that runs
  const client = new pg.Client({ connectionString: ownerUrl })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Sets back when somebody signed in, as if they had worked for an hour. */
export async function ageSignIns(email: string): Promise<void> {
  await withDatabase((client) =>
    client.query(
      `UPDATE "Session" SET "signedInAt" = "signedInAt" - interval '1 hour'
       WHERE "personId" IN (SELECT "id" FROM "Person" WHERE "email" = $1)`,
      [email],
    ),
  )
}
