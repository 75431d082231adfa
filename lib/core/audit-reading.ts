/** What people read of the audit log: page by page, or as a stream to take away. It tells names and ids, never a value. */
import { z } from "zod"
import type { ParsedInputOf } from "../contract/api.ts"
import type { AuditEvent } from "../contract/dto.ts"
import { fold } from "../contract/names.ts"
import {
  type EventFilter,
  type EventRange,
  findEvents,
  findFirstNumberAt,
  findHead,
  findScopeIdsWithin,
  findSecretIds,
  type StoredEvent,
} from "../db/audit-events.ts"
import type { Transaction } from "../db/database.ts"
import type { ScopeRef } from "../db/scopes.ts"
import { writeCsv, writeJsonLine } from "./audit-export.ts"
import { authorize } from "./authorize.ts"
import type { UseCase, UseCases } from "./context.ts"
import { readCursor, toPage } from "./paging.ts"

const listAudit: UseCase<"listAudit"> = async (context, input) => {
  const { scope } = await authorize(context, "audit.read", input.scope)
  const db = context.house.database.prisma
  const head = await findHead(db, scope.organizationId)
  const cursor = readCursor(input.cursor, z.int().min(1))
  const asked = await selectionOf(db, scope, input)
  const rows = await findEvents(db, scope.organizationId, {
    ...asked,
    above: greatest(asked.above, BigInt(input.after ?? 0)),
    below: least(asked.below, cursor === undefined ? head.seq + 1n : BigInt(cursor)),
    order: "newest first",
    limit: input.limit + 1,
  })
  const page = toPage(rows, input.limit, ({ seq }) => Number(seq), describeEvent)
  return { ...page, head: { seq: Number(head.seq), at: head.at?.toISOString() ?? null } }
}

const exportAudit: UseCase<"exportAudit"> = async (context, input) => {
  const { scope } = await authorize(context, "audit.read", input.scope)
  const db = context.house.database.prisma
  // What is recorded from now on, this export included, is not part of it.
  const { seq: newest } = await findHead(db, scope.organizationId)
  const asked = await selectionOf(db, scope, input)
  context.about({ details: { format: input.format, newest: Number(newest) } })
  const events = readAll(db, scope, { ...asked, below: least(asked.below, newest + 1n) })
  return input.format === "csv" ? writeCsv(events) : writeLines(events)
}

interface Selection extends EventRange {
  filter: EventFilter
  scopeIds: readonly string[] | null
}

/** How many events an export reads at a time. */
const exportedAtOnce = 1000

async function* readAll(db: Transaction, scope: ScopeRef, selection: Selection): AsyncGenerator<StoredEvent> {
  let above = selection.above
  for (;;) {
    const query = { ...selection, above, order: "oldest first" as const, limit: exportedAtOnce }
    const events = await findEvents(db, scope.organizationId, query)
    yield* events
    const last = events.at(-1)
    if (last === undefined || events.length < exportedAtOnce) return
    above = last.seq
  }
}

async function* writeLines(events: AsyncIterable<StoredEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    const { organizationId, scopeId } = event
    // With these two beside it, a line has all that its hash is made of.
    yield writeJsonLine({ ...describeEvent(event), organizationId, scopeId })
  }
}

type Filters = Pick<ParsedInputOf<"listAudit">, "actor" | "action" | "class" | "secret" | "outcome" | "from" | "to">

async function selectionOf(db: Transaction, scope: ScopeRef, input: Filters): Promise<Selection> {
  const { organizationId, kind } = scope
  const from = input.from === undefined ? undefined : new Date(input.from)
  const to = input.to === undefined ? undefined : new Date(input.to)
  const { actor, action, class: classes, outcome: outcomes } = input
  const within = await findScopeIdsWithin(db, scope)
  const secretIds = await secretIdsOf(db, organizationId, [...scope.lineage, ...within], input.secret)
  return {
    filter: { actor, action, classes, outcomes, from, to, secretIds },
    scopeIds: kind === "organization" ? null : within,
    ...(await rangeOfTimes(db, organizationId, from, to)),
  }
}

/** A name means all secrets that bear it in the scopes beneath and above: a machine reads what it inherits, too. */
async function secretIdsOf(
  db: Transaction,
  organizationId: string,
  scopeIds: readonly string[],
  secret: string | undefined,
): Promise<readonly string[] | undefined> {
  if (secret === undefined) return undefined
  if (z.uuid().safeParse(secret).success) return [secret]
  return findSecretIds(db, organizationId, scopeIds, fold(secret))
}

// A clock that was set back leaves later numbers with earlier times, by less than this.
const clockSetBackMilliseconds = 10 * 60_000

/** The numbers between which events of these times lie, since times grow with numbers. */
async function rangeOfTimes(
  db: Transaction,
  organizationId: string,
  from: Date | undefined,
  to: Date | undefined,
): Promise<EventRange> {
  const { seq: newest } = await findHead(db, organizationId)
  const firstAt = (time: number): Promise<bigint> => findFirstNumberAt(db, organizationId, newest, new Date(time))
  return {
    above: from === undefined ? 0n : (await firstAt(from.getTime() - clockSetBackMilliseconds)) - 1n,
    below: to === undefined ? newest + 1n : await firstAt(to.getTime() + clockSetBackMilliseconds),
  }
}

function describeEvent(event: StoredEvent): AuditEvent {
  const { credentialKind, credentialId, secretId, secretName, targetKind, targetId, targetName } = event
  return {
    seq: Number(event.seq),
    at: event.at.toISOString(),
    class: event.class,
    action: event.action,
    outcome: event.outcome,
    reason: event.reason,
    actor: { kind: event.actorKind, id: event.actorId, name: event.actorName },
    credential: credentialKind === null || credentialId === null ? null : { kind: credentialKind, id: credentialId },
    address: event.address,
    scope: event.scope,
    vault: event.vault,
    secret: secretId === null ? null : { id: secretId, name: secretName ?? "" },
    version: event.version,
    target: targetKind === null ? null : { kind: targetKind, id: targetId ?? "", name: targetName ?? "" },
    details: event.details,
    requestId: event.requestId,
    previous: hex(event.previous),
    hash: hex(event.hash),
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex")
}

function greatest(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

export const readingAudit: UseCases<"listAudit" | "exportAudit"> = { listAudit, exportAudit }
