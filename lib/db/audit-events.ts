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
  const walks = walksOf(query).map(
    (walk) => Prisma.sql`(SELECT event.* FROM ${walk.over} CROSS JOIN LATERAL (
      SELECT * FROM "AuditEvent" AS each WHERE ${tested} AND ${walk.where} ORDER BY ${order} LIMIT ${query.limit}) AS event)`,
  )
  return Prisma.sql`SELECT * FROM (${Prisma.join(walks, " UNION ALL ")}) AS merged ORDER BY ${order} LIMIT ${query.limit}`
}

/** The number and time of a chain's newest event; zero and null when it has none. */
export async function findHead(db: Transaction, organizationId: string): Promise<{ seq: bigint; at: Date | null }> {
  const [head] = await db.$queryRaw<{ seq: bigint; at: Date | null }[]>`
    SELECT head."seq", newest."at" FROM "AuditHead" AS head
    LEFT JOIN "AuditEvent" AS newest ON newest."organizationId" = head."organizationId" AND newest."seq" = head."seq"
    WHERE head."organizationId" = ${organizationId}::uuid`
  return head ?? { seq: 0n, at: null }
}

/** The time of the event with this number. */
export async function findTimeOf(db: Transaction, organizationId: string, seq: bigint): Promise<Date | undefined> {
  const event = await db.auditEvent.findUnique({
    where: { organizationId_seq: { organizationId, seq } },
    select: { at: true },
  })
  return event?.at
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

const rareClasses: readonly AuditClass[] = ["change", "delegation", "sign_in"]

/** By which index to go. What is rare goes first; views, disclosures and what went well are not. */
function walksOf({ filter, scopeIds }: EventQuery): Walk[] {
  const { secretIds, actor, action, classes, outcomes } = filter
  if (secretIds !== undefined) {
    return [overIds(secretIds, Prisma.sql`each."secretId" = walked.value`), amongSeveral(secretIds)]
  }
  if (actor !== undefined) return [once(Prisma.sql`each."actorId" = ${actor}::uuid`)]
  if (action !== undefined && action !== frequentAction) {
    return [once(Prisma.sql`each."action" = ${action} AND each."action" <> 'secret.read'`)]
  }
  if (outcomes !== undefined && !outcomes.includes("done")) {
    // The index of outcomes leaves `done` out, and the planner must see that.
    return outcomes.map((each) => once(Prisma.sql`each."outcome" = ${each} AND each."outcome" <> 'done'`))
  }
  if (classes?.every((each) => rareClasses.includes(each)) === true) {
    return classes.map((each) =>
      once(Prisma.sql`each."class" = ${each} AND each."class" IN ('change', 'delegation', 'sign_in')`),
    )
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

/** Events of several secrets at once name them in their details (there is an index of that). */
function amongSeveral(secretIds: readonly string[]): Walk {
  return once(Prisma.sql`
    each."action" IN ('secret.read_several', 'secret.resolve')
    AND string_to_array(each."details" ->> 'secretIds', ' ') && ${[...secretIds]}::text[]`)
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
