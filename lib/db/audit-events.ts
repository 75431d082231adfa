/**
 * Reading the audit log. A chain has no gaps, so pages are ranges of its numbers. The narrowest filter decides which
 * index is walked: for each of its values a short walk in the order of the numbers, merged by Postgres; the other
 * filters are tested on the way.
 */
import type { ActorKind, AuditClass, Outcome } from "../contract/words.ts"
import type { LinkedAuditRow } from "./audit-log.ts"
import type { Transaction } from "./database.ts"
import { Prisma } from "./generated/client.ts"
import type { ScopeRef } from "./scopes.ts"

export interface StoredEvent extends LinkedAuditRow {
  class: AuditClass
  outcome: Outcome
  actorKind: ActorKind
}

export interface EventFilter {
  actor?: string | undefined
  action?: string | undefined
  classes?: readonly AuditClass[] | undefined
  /** Ids of secrets, any of which an event is about. */
  secretIds?: readonly string[] | undefined
  outcomes?: readonly Outcome[] | undefined
  from?: Date | undefined
  to?: Date | undefined
}

/** Numbers of events, both ends left out. */
export interface EventRange {
  above: bigint
  below: bigint
}

export interface EventQuery extends EventRange {
  filter: EventFilter
  /** The scopes whose events are wanted; null means the organization's every event. */
  scopeIds: readonly string[] | null
  order: "newest first" | "oldest first"
  limit: number
}

export function findEvents(db: Transaction, organizationId: string, query: EventQuery): Promise<StoredEvent[]> {
  return db.$queryRaw<StoredEvent[]>(statementOf(organizationId, query))
}

/** The statement of a page of events; apart, so that a test can ask Postgres how it would go about it. */
export function statementOf(organizationId: string, query: EventQuery): Prisma.Sql {
  const order = query.order === "newest first" ? Prisma.sql`"seq" DESC` : Prisma.sql`"seq"`
  const tested = testOf(organizationId, query)
  // Walks give numbers, which stand in the indexes themselves: only a page's own events are read whole.
  const walks = walksOf(query).map(
    (walk) => Prisma.sql`(SELECT event."seq" FROM ${walk.over} CROSS JOIN LATERAL (
      SELECT each."seq" FROM "AuditEvent" AS each WHERE ${tested} AND ${walk.where} ORDER BY ${order} LIMIT ${query.limit}) AS event)`,
  )
  return Prisma.sql`
    SELECT event.* FROM (SELECT "seq" FROM (${Prisma.join(walks, " UNION ALL ")}) AS merged ORDER BY ${order} LIMIT ${query.limit}) AS found
    JOIN "AuditEvent" AS event ON event."organizationId" = ${organizationId}::uuid AND event."seq" = found."seq" ORDER BY ${order}`
}

/** The number and time of a chain's newest event; zero and null when it has none. */
export async function findHead(db: Transaction, organizationId: string): Promise<{ seq: bigint; at: Date | null }> {
  const [head] = await db.$queryRaw<{ seq: bigint; at: Date | null }[]>`
    SELECT head."seq", newest."at" FROM "AuditHead" AS head
    LEFT JOIN "AuditEvent" AS newest ON newest."organizationId" = head."organizationId" AND newest."seq" = head."seq"
    WHERE head."organizationId" = ${organizationId}::uuid`
  return head ?? { seq: 0n, at: null }
}

/**
 * The first number whose event isn't before `time`; one more than the newest when all are. Found by halving, which takes
 * Postgres twenty looks into a log of a million events, and us one question.
 */
export async function findFirstNumberAt(
  db: Transaction,
  organizationId: string,
  newest: bigint,
  time: Date,
): Promise<bigint> {
  const [found] = await db.$queryRaw<{ number: bigint }[]>`
    WITH RECURSIVE halving(low, high) AS (
      SELECT 1::bigint, ${newest}::bigint + 1
      UNION ALL
      SELECT CASE WHEN event."at" < ${time} THEN middle + 1 ELSE low END, CASE WHEN event."at" < ${time} THEN high ELSE middle END
      FROM halving CROSS JOIN LATERAL (SELECT (low + high) / 2) AS between(middle)
      LEFT JOIN "AuditEvent" AS event ON event."organizationId" = ${organizationId}::uuid AND event."seq" = middle
      WHERE low < high)
    SELECT low AS "number" FROM halving WHERE low >= high`
  return found?.number ?? newest + 1n
}

/** The ids of a scope and of all beneath it. */
export async function findScopeIdsWithin(
  db: Transaction,
  { organizationId, path }: Pick<ScopeRef, "organizationId" | "path">,
): Promise<string[]> {
  const scopes = await db.scope.findMany({
    where: { organizationId, OR: [{ path }, { path: { startsWith: `${path}.` } }] },
    select: { id: true },
  })
  return scopes.map(({ id }) => id)
}

/** The ids of the secrets of these scopes that bear a name, or did when they were destroyed. */
export async function findSecretIds(
  db: Transaction,
  organizationId: string,
  scopeIds: readonly string[],
  foldedName: string,
): Promise<string[]> {
  const secrets = await db.secret.findMany({
    where: { organizationId, scopeId: { in: [...scopeIds] }, foldedName },
    select: { id: true },
  })
  return secrets.map(({ id }) => id)
}

interface Walk {
  over: Prisma.Sql
  where: Prisma.Sql
}

/** Most events are of this one; each of them pays for every index that it is in, so it has a small one to itself. */
const frequentAction = "secret.read"

/** By which index to go. What is rare goes first; what machines read, and what went well, is not. */
function walksOf({ filter, scopeIds }: EventQuery): Walk[] {
  const { secretIds, actor, action, classes, outcomes } = filter
  if (secretIds !== undefined) {
    return [overIds(secretIds, Prisma.sql`each."secretId" = walked.value`), ...amongSeveral(secretIds)]
  }
  if (actor !== undefined) return [once(Prisma.sql`each."actorId" = ${actor}::uuid`)]
  if (action !== undefined && action !== frequentAction) {
    return [once(Prisma.sql`each."action" = ${action} AND each."action" <> 'secret.read'`)]
  }
  if (outcomes !== undefined && !outcomes.includes("done")) {
    // The index of outcomes leaves `done` out, and the planner must see that.
    return outcomes.map((each) => once(Prisma.sql`each."outcome" = ${each} AND each."outcome" <> 'done'`))
  }
  if (classes !== undefined && !classes.includes("disclosure")) {
    return classes.map((each) => once(Prisma.sql`each."class" = ${each} AND each."class" <> 'disclosure'`))
  }
  if (scopeIds !== null) return [overIds(scopeIds, Prisma.sql`each."scopeId" = walked.value`)]
  return [once(action === frequentAction ? Prisma.sql`each."action" = 'secret.read'` : Prisma.sql`TRUE`)]
}

function overIds(ids: readonly string[], where: Prisma.Sql): Walk {
  return { over: Prisma.sql`unnest(${[...ids]}::uuid[]) AS walked(value)`, where }
}

function once(where: Prisma.Sql): Walk {
  return { over: Prisma.sql`(SELECT) AS walked`, where }
}

/**
 * Events of several secrets at once name them in their details, and there is an index of that. A name that many scopes
 * have stands in most of them: then the newest of each action are gone through instead, for a page is soon full.
 */
function amongSeveral(secretIds: readonly string[]): Walk[] {
  const named = Prisma.sql`string_to_array(each."details" ->> 'secretIds', ' ')`
  // Of many, an object's keys are looked through by halving, and an array's one after the other.
  const holdsOne =
    secretIds.length <= 8
      ? Prisma.sql`${named} && ${[...secretIds]}::text[]`
      : Prisma.sql`${JSON.stringify(Object.fromEntries(secretIds.map((id) => [id, true])))}::jsonb ?| ${named}`
  return ["secret.read_several", "secret.resolve"].map((action) =>
    once(Prisma.sql`
      each."action" = ${action} AND each."action" <> 'secret.read'
      AND each."action" IN ('secret.read_several', 'secret.resolve') AND ${holdsOne}`),
  )
}

function testOf(organizationId: string, { filter, scopeIds, above, below }: EventQuery): Prisma.Sql {
  const { actor, action, classes, outcomes, from, to } = filter
  const tests = [
    Prisma.sql`each."organizationId" = ${organizationId}::uuid AND each."seq" > ${above} AND each."seq" < ${below}`,
    scopeIds === null ? null : Prisma.sql`each."scopeId" = ANY(${[...scopeIds]}::uuid[])`,
    actor === undefined ? null : Prisma.sql`each."actorId" = ${actor}::uuid`,
    action === undefined ? null : Prisma.sql`each."action" = ${action}`,
    classes === undefined ? null : Prisma.sql`each."class" = ANY(${[...classes]}::text[])`,
    outcomes === undefined ? null : Prisma.sql`each."outcome" = ANY(${[...outcomes]}::text[])`,
    from === undefined ? null : Prisma.sql`each."at" >= ${from}`,
    to === undefined ? null : Prisma.sql`each."at" <= ${to}`,
  ]
  return Prisma.join(
    tests.filter((test) => test !== null),
    " AND ",
  )
}
