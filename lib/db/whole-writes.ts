/**
 * Writes of a value that goes into this same database: intent, ciphertext, version and event are one transaction, so
 * that there is nothing between them for a crash to hit. What several callers write in one turn of the event loop
 * shares it, and its statements are sent together.
 *
 * It is done when nothing stands in the way: the version's number is the one that the value was sealed for, and no other
 * write of the secret is under way. Otherwise nothing is left of it, and the caller goes step by step (operations.ts).
 */
import type { PoolClient } from "pg"
import { type AuditRow, appending, type Link, lockChains } from "./audit-log.ts"
import { byteas, ints, uuids } from "./binary-lists.ts"
import type { Database } from "./database.ts"
import { inBatches } from "./in-batches.ts"
import { inTransaction } from "./in-transaction.ts"
import { commitVersions, type IntendedWrite, insertOperations } from "./operations.ts"
import type { SealedValueText } from "./sealed-values.ts"
import { together } from "./together.ts"

/** No write is ever seen under way here, so nothing waits for this to run out. */
const leaseSeconds = 15

export interface WholeWrite extends Omit<IntendedWrite, "isStoredHere"> {
  /** The number that the value was sealed for. */
  targetVersion: number
  sealed: SealedValueText
  /** The event that is committed together with it. */
  event: AuditRow
}

/** When the version was made, which is current now; or undefined, and nothing was changed. */
export type WriteWhole = (write: WholeWrite) => Promise<Date | undefined>

/** When the version of an operation was made, if it was: for who doesn't know how their transaction ended. */
export async function findCommitted(
  { pool }: Database,
  { organizationId, operationId }: Pick<WholeWrite, "organizationId" | "operationId">,
): Promise<Date | undefined> {
  const { rows } = await pool.query<{ createdAt: Date }>(
    `SELECT v."createdAt" FROM "Operation" o JOIN "SecretVersion" v
       ON v."organizationId" = o."organizationId" AND v."secretId" = o."secretId" AND v."number" = o."targetVersion"
     WHERE o."organizationId" = $1 AND o."id" = $2 AND o."state" = 'committed'`,
    [organizationId, operationId],
  )
  return rows[0]?.createdAt
}

export function openWholeWrites(database: Database, link: Link): WriteWhole {
  const write = inBatches((writes: WholeWrite[]) => together(writes, (some) => writeAll(database, some, link)))
  return async (whole) => (await write(whole)).createdAt
}

async function writeAll(
  database: Database,
  writes: readonly WholeWrite[],
  link: Link,
): Promise<{ createdAt: Date | undefined }[]> {
  return inTransaction(database, async (client, atEnd) => {
    // Sent together and done in this order: the heads are locked last.
    const [, , committed, chains] = await Promise.all([
      insertOperations(
        { pool: client, leaseSeconds },
        writes.map(({ sealed: _, event: __, ...operation }) => operation),
      ),
      addSealedValues(client, writes),
      commitVersions(
        client,
        writes.map((write) => ({ ...write, backendVersion: null })),
      ),
      lockChains(
        client,
        writes.map(({ event }) => event),
      ),
    ])
    const done = writes.filter(({ operationId }) => committed.has(operationId)).map(({ event }) => event)
    if (done.length > 0) atEnd(appending(done, chains, link).statement)
    return writes.map(({ operationId }) => ({ createdAt: committed.get(operationId)?.createdAt }))
  })
}

/** The ciphertexts of the operations that have begun. One that stands in a place already makes the statement fail. */
async function addSealedValues(client: PoolClient, writes: readonly WholeWrite[]): Promise<void> {
  await client.query({
    name: "add-sealed-values-of-operations",
    text: `INSERT INTO "SealedValue" ("organizationId", "secretId", "version", "sealed", "wrappedKey", "keyEpoch", "operationId")
           SELECT o."organizationId", o."secretId", o."targetVersion", item.sealed, item.wrapped, item.epoch, o."id"
           FROM unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::bytea[], $5::int[]) AS item(org, operation, sealed, wrapped, epoch)
           JOIN "Operation" o ON o."organizationId" = item.org AND o."id" = item.operation
           ORDER BY o."organizationId", o."secretId"`,
    values: [
      uuids(writes.map(({ organizationId }) => organizationId)),
      uuids(writes.map(({ operationId }) => operationId)),
      byteas(writes.map(({ sealed }) => sealed.sealed)),
      byteas(writes.map(({ sealed }) => sealed.wrappedKey)),
      ints(writes.map(({ sealed }) => sealed.keyEpoch)),
    ],
  })
}
