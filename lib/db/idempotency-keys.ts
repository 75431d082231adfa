import type { QueryConfig } from "pg"
import { texts, uuids } from "./binary-lists.ts"
import type { Transaction } from "./database.ts"

export interface KeyUse {
  organizationId: string
  callerId: string
  key: string
  operation: string
  /** Keyed, so that it says nothing of what was asked. */
  requestHash: Uint8Array
}

export type Claim =
  | { state: "claimed" }
  | { state: "answered"; response: unknown }
  | { state: "under_way" }
  /** It was done, and the process that did it died before it kept the answer. */
  | { state: "done_unanswered" }
  | { state: "other_request" }

/** Long enough for any request; a process that died holding a key gives it back then. */
const leaseSeconds = 60

/** Takes the key for this request, or says what became of the request that had it first. */
export async function claim(db: Transaction, use: KeyUse): Promise<Claim> {
  const taken = await db.$executeRaw`
    INSERT INTO "IdempotencyKey" ("organizationId", "callerId", "key", "operation", "requestHash", "leaseUntil")
    VALUES (${use.organizationId}::uuid, ${use.callerId}::uuid, ${use.key}, ${use.operation}, ${Buffer.from(use.requestHash)},
            now() + make_interval(secs => ${leaseSeconds}))
    ON CONFLICT ("organizationId", "callerId", "key") DO UPDATE SET "leaseUntil" = EXCLUDED."leaseUntil"
    WHERE "IdempotencyKey"."response" IS NULL AND "IdempotencyKey"."leaseUntil" < now()
      AND "IdempotencyKey"."requestHash" = EXCLUDED."requestHash"`
  if (taken === 1) return { state: "claimed" }
  const found = await db.idempotencyKey.findUnique({ where: whereOf(use) })
  if (found === null) return claim(db, use) // it was released between the two statements
  if (Buffer.compare(found.requestHash, use.requestHash) !== 0) return { state: "other_request" }
  if (found.response === done) return { state: found.leaseUntil > new Date() ? "under_way" : "done_unanswered" }
  return found.response === null ? { state: "under_way" } : { state: "answered", response: found.response }
}

/** Stands in an answer's place from the change's commit on. An answer is an object, so nothing else looks like it. */
const done = "done"

/** Says in the change's own transaction that it was done: whatever happens to its answer, it isn't done again. */
export async function markDone(db: Transaction, use: KeyUse): Promise<void> {
  await db.$executeRaw`
    UPDATE "IdempotencyKey" SET "response" = to_jsonb(${done}::text)
    WHERE "organizationId" = ${use.organizationId}::uuid AND "callerId" = ${use.callerId}::uuid AND "key" = ${use.key}
      AND "response" IS NULL`
}

/** The same for several requests, whose changes are committed together. */
export function markingDone(uses: readonly KeyUse[]): QueryConfig {
  return {
    name: "mark-keys-done",
    text: `UPDATE "IdempotencyKey" AS it SET "response" = to_jsonb($4::text)
           FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS used(org, caller, key)
           WHERE it."organizationId" = used.org AND it."callerId" = used.caller AND it."key" = used.key AND it."response" IS NULL`,
    values: [
      uuids(uses.map(({ organizationId }) => organizationId)),
      uuids(uses.map(({ callerId }) => callerId)),
      texts(uses.map(({ key }) => key)),
      done,
    ],
  }
}

/** Keeps the answer for whoever repeats the request. */
export async function keepAnswer(db: Transaction, use: KeyUse, response: object): Promise<void> {
  await db.idempotencyKey.update({ where: whereOf(use), data: { response: response } }) // a DTO is JSON
}

/** Gives the key back after a failure, so that the request can be tried again. */
export async function release(db: Transaction, use: KeyUse): Promise<void> {
  await db.$executeRaw`
    DELETE FROM "IdempotencyKey" WHERE "organizationId" = ${use.organizationId}::uuid AND "callerId" = ${use.callerId}::uuid
      AND "key" = ${use.key} AND "response" IS NULL`
}

function whereOf({ organizationId, callerId, key }: KeyUse) {
  return { organizationId_callerId_key: { organizationId, callerId, key } }
}
