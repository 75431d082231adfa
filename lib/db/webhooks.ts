/** Webhooks and what is on its way to them. A signing key is here in its sealed form alone. */
import type { NoticeEvent } from "../contract/words.ts"
import type { Database, Transaction } from "./database.ts"
import { Prisma } from "./generated/client.ts"
import type { StoredNotice } from "./notices.ts"
import type { ScopeRef } from "./scopes.ts"
import type { SealedFields } from "./sealed-fields.ts"

export interface StoredWebhook {
  organizationId: string
  id: string
  scopeId: string
  scope: string
  url: string
  events: NoticeEvent[]
  key: SealedFields
  disabledAt: Date | null
  createdById: string | null
  /** Null when who made it is gone. */
  createdByName: string | null
  createdAt: Date
  lastDelivery: { at: Date; state: DeliveryState; problem: string | null } | null
}

export type DeliveryState = "waiting" | "delivered" | "failed"

export interface NewWebhook {
  organizationId: string
  id: string
  scopeId: string
  url: string
  events: readonly NoticeEvent[]
  key: SealedFields
  createdById: string
}

export async function addWebhook(tx: Transaction, { key, events, ...webhook }: NewWebhook): Promise<void> {
  await tx.webhook.create({
    data: {
      ...webhook,
      events: [...events],
      secret: Buffer.from(key.sealed),
      secretKey: Buffer.from(key.wrappedKey),
      secretKeyEpoch: key.keyEpoch,
    },
  })
}

/** Those of a scope, newest first: `limit` rows, from below `after`. */
export async function listWebhooks(
  db: Transaction,
  scope: ScopeRef,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<StoredWebhook[]> {
  const from = after === undefined ? Prisma.empty : Prisma.sql`AND w."id" < ${after}::uuid`
  const rows = await db.$queryRaw<WebhookRow[]>`
    ${selectWebhooks} WHERE ${isAt(scope)} ${from} ORDER BY w."id" DESC LIMIT ${limit}`
  return rows.map(toWebhook)
}

export async function findWebhook(db: Transaction, scope: ScopeRef, id: string): Promise<StoredWebhook | undefined> {
  const [row] = await db.$queryRaw<WebhookRow[]>`
    ${selectWebhooks} WHERE ${isAt(scope)} AND w."id" = ${id}::uuid`
  return row && toWebhook(row)
}

export function countWebhooks(tx: Transaction, { organizationId, id }: ScopeRef): Promise<number> {
  return tx.webhook.count({ where: { organizationId, scopeId: id } })
}

/** False when it is gone. What is on its way to one that is disabled isn't sent any more. */
export async function changeWebhook(
  tx: Transaction,
  { organizationId, id }: StoredWebhook,
  { events, disabled }: { events?: readonly NoticeEvent[] | undefined; disabled?: boolean | undefined },
): Promise<boolean> {
  const [changed] = await tx.$queryRaw<unknown[]>`
    UPDATE "Webhook" SET "events" = coalesce(${events === undefined ? null : [...events]}::text[], "events"),
      "disabledAt" = CASE ${disabled ?? null}::boolean WHEN true THEN coalesce("disabledAt", now()) WHEN false THEN NULL ELSE "disabledAt" END
    WHERE "organizationId" = ${organizationId}::uuid AND "id" = ${id}::uuid RETURNING 1`
  if (disabled === true) {
    await tx.webhookDelivery.updateMany({
      where: { organizationId, webhookId: id, state: "waiting" },
      data: { state: "failed", lastProblem: "The webhook was disabled before it was sent." },
    })
  }
  return changed !== undefined
}

/** False when it is gone already. */
export async function deleteWebhook(tx: Transaction, { organizationId, id }: StoredWebhook): Promise<boolean> {
  const { count } = await tx.webhook.deleteMany({ where: { organizationId, id } })
  return count === 1
}

// --- deliveries

/** One notice on its way to one webhook. */
export interface DueDelivery {
  organizationId: string
  /** Stays the same at each try: by it, a receiver knows what it has had already. */
  id: string
  webhookId: string
  /** How often it was tried, this time included. */
  attempts: number
  url: string
  key: SealedFields
  notice: Pick<StoredNotice, "scope" | "event" | "facts" | "createdAt">
}

/**
 * Takes deliveries whose time it is. Nobody else gets them for `leaseSeconds`; a process that dies with one has used up
 * one try of it.
 */
export async function takeDeliveries(
  { prisma }: Database,
  { limit, leaseSeconds }: { limit: number; leaseSeconds: number },
): Promise<DueDelivery[]> {
  const rows = await prisma.$queryRaw<DeliveryRow[]>`
    WITH due AS (
      SELECT d."organizationId", d."id" FROM "WebhookDelivery" d WHERE d."state" = 'waiting' AND d."nextAt" <= now()
      ORDER BY d."nextAt" LIMIT ${limit} FOR UPDATE SKIP LOCKED
    ), taken AS (
      UPDATE "WebhookDelivery" d SET "attempts" = d."attempts" + 1, "nextAt" = now() + make_interval(secs => ${leaseSeconds}::float8)
      FROM due WHERE d."organizationId" = due."organizationId" AND d."id" = due."id" RETURNING d.*
    )
    SELECT taken."organizationId", taken."id", taken."webhookId", taken."attempts", w."url", w."secret", w."secretKey", w."secretKeyEpoch",
      sc."path" AS "scope", n."event", n."facts", n."createdAt"
    FROM taken
    JOIN "Webhook" w ON w."organizationId" = taken."organizationId" AND w."id" = taken."webhookId"
    JOIN "Notice" n ON n."organizationId" = taken."organizationId" AND n."id" = taken."noticeId"
    JOIN "Scope" sc ON sc."organizationId" = n."organizationId" AND sc."id" = n."scopeId"`
  return rows.map(({ secret, secretKey, secretKeyEpoch, scope, event, facts, createdAt, ...delivery }) => ({
    ...delivery,
    key: { sealed: secret, wrappedKey: secretKey, keyEpoch: secretKeyEpoch },
    notice: { scope, event, facts, createdAt },
  }))
}

interface DeliveryRow extends Omit<DueDelivery, "key" | "notice">, KeyColumns {
  scope: string
  event: NoticeEvent
  facts: StoredNotice["facts"]
  createdAt: Date
}

/** How a try ended: for good, or with the seconds until the next one. Nothing when somebody else has it by now. */
export async function endTry(
  { prisma }: Database,
  { organizationId, id, attempts }: Pick<DueDelivery, "organizationId" | "id" | "attempts">,
  end:
    | { state: "delivered" }
    | { state: "failed"; problem: string }
    | { state: "waiting"; problem: string; inSeconds: number },
): Promise<void> {
  const problem = end.state === "delivered" ? null : end.problem
  const inSeconds = end.state === "waiting" ? end.inSeconds : 0
  await prisma.$executeRaw`
    UPDATE "WebhookDelivery" SET "state" = ${end.state}, "lastProblem" = ${problem}::text,
      "nextAt" = now() + make_interval(secs => ${inSeconds}::float8),
      "deliveredAt" = CASE WHEN ${end.state} = 'delivered' THEN now() END
    WHERE "organizationId" = ${organizationId}::uuid AND "id" = ${id}::uuid AND "state" = 'waiting' AND "attempts" = ${attempts}`
}

// --- rows

interface KeyColumns {
  secret: Uint8Array
  secretKey: Uint8Array
  secretKeyEpoch: number
}

interface WebhookRow extends Omit<StoredWebhook, "key" | "lastDelivery">, KeyColumns {
  lastAt: Date | null
  lastState: DeliveryState | null
  lastProblem: string | null
}

function toWebhook(row: WebhookRow): StoredWebhook {
  const { secret, secretKey, secretKeyEpoch, lastAt, lastState, lastProblem, ...webhook } = row
  const isNone = lastAt === null || lastState === null
  return {
    ...webhook,
    key: { sealed: secret, wrappedKey: secretKey, keyEpoch: secretKeyEpoch },
    lastDelivery: isNone ? null : { at: lastAt, state: lastState, problem: lastProblem },
  }
}

const selectWebhooks = Prisma.sql`
  SELECT w."organizationId", w."id", w."scopeId", sc."path" AS "scope", w."url", w."events", w."secret", w."secretKey", w."secretKeyEpoch",
    w."disabledAt", w."createdById", person."name" AS "createdByName", w."createdAt",
    last."at" AS "lastAt", last."state" AS "lastState", last."lastProblem"
  FROM "Webhook" w
  JOIN "Scope" sc ON sc."organizationId" = w."organizationId" AND sc."id" = w."scopeId"
  LEFT JOIN "Person" person ON person."organizationId" = w."organizationId" AND person."id" = w."createdById"
  LEFT JOIN LATERAL (
    SELECT coalesce(d."deliveredAt", d."createdAt") AS "at", d."state", d."lastProblem" FROM "WebhookDelivery" d
    WHERE d."organizationId" = w."organizationId" AND d."webhookId" = w."id"
    ORDER BY d."createdAt" DESC, d."id" DESC LIMIT 1) last ON true`

function isAt({ organizationId, id }: Pick<ScopeRef, "organizationId" | "id">): Prisma.Sql {
  return Prisma.sql`w."organizationId" = ${organizationId}::uuid AND w."scopeId" = ${id}::uuid`
}
