/** Requests that wait for a second person. Each changes from a state that it is in, so of two at once one is too late. */
import type { ApprovalState } from "../contract/words.ts"
import type { Transaction } from "./database.ts"
import { Prisma } from "./generated/client.ts"
import { newId } from "./ids.ts"
import type { ScopeRef } from "./scopes.ts"
import type { StoredActor } from "./secrets.ts"
import { personOrSystem } from "./service-accounts.ts"

export interface NewApproval {
  organizationId: string
  scopeId: string
  operation: string
  input: object
  requestHash: Uint8Array
  facts: object
  requestedById: string
  via: "session" | "personal_token"
  credentialId: string
}

export interface StoredApproval {
  organizationId: string
  id: string
  scopeId: string
  scope: string
  operation: string
  input: unknown
  facts: unknown
  reason: string
  state: ApprovalState
  requestedBy: StoredActor
  via: "session" | "personal_token"
  credentialId: string
  decidedBy: StoredActor | null
  decidedAt: Date | null
  note: string
  createdAt: Date
  expiresAt: Date
}

/** How many days a request waits, and how many what was accepted can still be done. */
const waitsForDays = 7
const goodForDays = 1

/** Files a request. The same that waits already is answered as it is: asked twice, it is one request. */
export async function fileApproval(tx: Transaction, approval: NewApproval): Promise<string> {
  const { organizationId, requestedById } = approval
  const requestHash = Buffer.from(approval.requestHash)
  const [filed] = await tx.$queryRaw<{ id: string }[]>`
    INSERT INTO "Approval" ("organizationId", "id", "scopeId", "operation", "input", "requestHash", "facts",
                            "requestedById", "via", "credentialId", "expiresAt")
    VALUES (${organizationId}::uuid, ${newId()}::uuid, ${approval.scopeId}::uuid, ${approval.operation},
            ${JSON.stringify(approval.input)}::jsonb, ${requestHash}, ${JSON.stringify(approval.facts)}::jsonb,
            ${requestedById}::uuid, ${approval.via}, ${approval.credentialId}::uuid, now() + make_interval(days => ${waitsForDays}::int))
    ON CONFLICT DO NOTHING RETURNING "id"`
  if (filed !== undefined) return filed.id
  const [open] = await tx.$queryRaw<{ id: string }[]>`
    SELECT "id" FROM "Approval" WHERE "organizationId" = ${organizationId}::uuid AND "requestedById" = ${requestedById}::uuid
      AND "requestHash" = ${requestHash} AND "state" IN ('waiting', 'accepted')`
  if (open === undefined) throw new Error("The request for a second person wasn't filed.")
  return open.id
}

/** The request of this person for just this act that was accepted and isn't used yet. */
export async function findAccepted(
  db: Transaction,
  { organizationId, requestedById, requestHash }: Pick<NewApproval, "organizationId" | "requestedById" | "requestHash">,
): Promise<StoredApproval | undefined> {
  return one(
    db,
    Prisma.sql`a."organizationId" = ${organizationId}::uuid AND a."requestedById" = ${requestedById}::uuid
      AND a."requestHash" = ${Buffer.from(requestHash)} AND a."state" = 'accepted' AND a."expiresAt" > now()`,
  )
}

/** The request of this id at the scope. One whose time is over says so, whether anybody has noticed yet or not. */
export async function findApproval(db: Transaction, scope: ScopeRef, id: string): Promise<StoredApproval | undefined> {
  return one(
    db,
    Prisma.sql`a."organizationId" = ${scope.organizationId}::uuid AND a."scopeId" = ${scope.id}::uuid AND a."id" = ${id}::uuid`,
  )
}

async function one(db: Transaction, condition: Prisma.Sql): Promise<StoredApproval | undefined> {
  const rows = await db.$queryRaw<ApprovalRow[]>`${select} WHERE ${condition}`
  return rows.map(toApproval)[0]
}

/** The requests at a scope and beneath it, newest first; `limit` rows. */
export async function listApprovals(
  db: Transaction,
  scope: ScopeRef,
  { state, after, limit }: { state: "open" | "all"; after: { createdAt: Date; id: string } | undefined; limit: number },
): Promise<StoredApproval[]> {
  const { organizationId, path } = scope
  const from =
    after === undefined
      ? Prisma.empty
      : Prisma.sql`AND (a."createdAt", a."id") < (${after.createdAt}, ${after.id}::uuid)`
  const open =
    state === "open" ? Prisma.sql`AND a."state" IN ('waiting', 'accepted') AND a."expiresAt" > now()` : Prisma.empty
  const rows = await db.$queryRaw<ApprovalRow[]>`
    ${select} WHERE a."organizationId" = ${organizationId}::uuid ${open} ${from}
      AND (sc."path" = ${path} OR starts_with(sc."path", ${`${path}.`}))
    ORDER BY a."createdAt" DESC, a."id" DESC LIMIT ${limit}`
  return rows.map(toApproval)
}

/** How many wait at a scope and beneath it. */
export async function countWaiting(db: Transaction, { organizationId, path }: ScopeRef): Promise<number> {
  const [row] = await db.$queryRaw<{ waiting: number }[]>`
    SELECT count(*)::int AS "waiting" FROM "Approval" AS a
    JOIN "Scope" AS sc ON sc."organizationId" = a."organizationId" AND sc."id" = a."scopeId"
    WHERE a."organizationId" = ${organizationId}::uuid AND a."state" = 'waiting' AND a."expiresAt" > now()
      AND (sc."path" = ${path} OR starts_with(sc."path", ${`${path}.`}))`
  return row?.waiting ?? 0
}

interface Decision {
  organizationId: string
  id: string
  decidedById: string
  note?: string
}

/** Accepts what waits. `done` when it is carried out in the same transaction. False when it doesn't wait any more. */
export function accept(tx: Transaction, decision: Decision, state: "accepted" | "done"): Promise<boolean> {
  const until =
    state === "accepted" ? Prisma.sql`, "expiresAt" = now() + make_interval(days => ${goodForDays}::int)` : Prisma.empty
  return decide(tx, decision, state, until)
}

/** Refuses what waits. False when it doesn't wait any more. */
export function refuse(tx: Transaction, decision: Decision): Promise<boolean> {
  return decide(tx, decision, "refused", Prisma.empty)
}

async function decide(
  tx: Transaction,
  { organizationId, id, decidedById, note = "" }: Decision,
  state: ApprovalState,
  more: Prisma.Sql,
): Promise<boolean> {
  const changed = await tx.$executeRaw`
    UPDATE "Approval" SET "state" = ${state}, "decidedById" = ${decidedById}::uuid, "decidedAt" = now(), "note" = ${note} ${more}
    WHERE "organizationId" = ${organizationId}::uuid AND "id" = ${id}::uuid AND "state" = 'waiting' AND "expiresAt" > now()`
  return changed === 1
}

type Key = Pick<StoredApproval, "organizationId" | "id">

/** What was accepted is done now. False when it was done already, or its time is over. */
export async function useAccepted(tx: Transaction, { organizationId, id }: Key): Promise<boolean> {
  const changed = await tx.$executeRaw`
    UPDATE "Approval" SET "state" = 'done'
    WHERE "organizationId" = ${organizationId}::uuid AND "id" = ${id}::uuid AND "state" = 'accepted' AND "expiresAt" > now()`
  return changed === 1
}

/** Takes back what waits, or what was accepted and not done yet. */
export async function withdraw(tx: Transaction, { organizationId, id }: Key): Promise<boolean> {
  const changed = await tx.$executeRaw`
    UPDATE "Approval" SET "state" = 'withdrawn'
    WHERE "organizationId" = ${organizationId}::uuid AND "id" = ${id}::uuid AND "state" IN ('waiting', 'accepted')`
  return changed === 1
}

/** Says why. False when nobody waits for it any more. */
export async function explain(tx: Transaction, { organizationId, id }: Key, reason: string): Promise<boolean> {
  const changed = await tx.$executeRaw`
    UPDATE "Approval" SET "reason" = ${reason}
    WHERE "organizationId" = ${organizationId}::uuid AND "id" = ${id}::uuid AND "state" = 'waiting' AND "expiresAt" > now()`
  return changed === 1
}

/** Takes some whose time is over and that nobody else is at, and ends them. */
export async function expireSome(tx: Transaction, limit: number): Promise<StoredApproval[]> {
  const rows = await tx.$queryRaw<ApprovalRow[]>`
    WITH over AS (
      UPDATE "Approval" SET "state" = 'expired' WHERE ("organizationId", "id") IN (
        SELECT "organizationId", "id" FROM "Approval" WHERE "state" IN ('waiting', 'accepted') AND "expiresAt" <= now()
        ORDER BY "expiresAt" LIMIT ${limit} FOR UPDATE SKIP LOCKED)
      RETURNING *
    )
    SELECT ${columns} FROM over AS a ${joins}`
  return rows.map(toApproval)
}

interface ApprovalRow extends Omit<StoredApproval, "requestedBy" | "decidedBy"> {
  requestedById: string
  requestedByName: string | null
  decidedById: string | null
  decidedByName: string | null
}

const columns = Prisma.sql`a."organizationId", a."id", a."scopeId", sc."path" AS "scope", a."operation", a."input", a."facts",
  a."reason", CASE WHEN a."state" IN ('waiting', 'accepted') AND a."expiresAt" <= now() THEN 'expired' ELSE a."state" END AS "state",
  a."requestedById", requester."name" AS "requestedByName", a."via", a."credentialId", a."decidedById",
  decider."name" AS "decidedByName", a."decidedAt", a."note", a."createdAt", a."expiresAt"`

const joins = Prisma.sql`
  JOIN "Scope" AS sc ON sc."organizationId" = a."organizationId" AND sc."id" = a."scopeId"
  LEFT JOIN "Person" AS requester ON requester."organizationId" = a."organizationId" AND requester."id" = a."requestedById"
  LEFT JOIN "Person" AS decider ON decider."organizationId" = a."organizationId" AND decider."id" = a."decidedById"`

const select = Prisma.sql`SELECT ${columns} FROM "Approval" AS a ${joins}`

function toApproval({
  requestedById,
  requestedByName,
  decidedById,
  decidedByName,
  ...row
}: ApprovalRow): StoredApproval {
  return {
    ...row,
    requestedBy: personOrSystem(requestedById, requestedByName),
    decidedBy: decidedById === null ? null : personOrSystem(decidedById, decidedByName),
  }
}
