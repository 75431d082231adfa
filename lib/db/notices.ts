/** Notices: what people should know of. At most one is open for each event and subject. */
import type { NoticeEvent } from "../contract/words.ts"
import type { Transaction } from "./database.ts"
import { Prisma } from "./generated/client.ts"
import { newId } from "./ids.ts"
import type { ScopeRef } from "./scopes.ts"

/** Names and numbers that a notice is about; never a value. */
export type NoticeFacts = Readonly<Record<string, string | number | boolean | null>>

export interface NewNotice {
  organizationId: string
  /** Where people look for it; who watches a wider scope is told, too. */
  scopeId: string
  event: NoticeEvent
  /** What it is about, such as `provider:<id>` or `secret:<id>`. */
  subject: string
  facts: NoticeFacts
}

export interface StoredNotice {
  organizationId: string
  id: string
  scope: string
  event: NoticeEvent
  subject: string
  facts: NoticeFacts
  createdAt: Date
  resolvedAt: Date | null
}

/**
 * Opens a notice with a delivery to each webhook that asks for its event, at its scope or above. False when one for this
 * event and subject is open already: nobody is told twice.
 */
export async function openNotice(tx: Transaction, notice: NewNotice): Promise<boolean> {
  const { organizationId, scopeId, event, subject, facts } = notice
  const id = newId()
  const opened = await tx.$executeRaw`
    INSERT INTO "Notice" ("organizationId", "id", "scopeId", "event", "subject", "facts")
    VALUES (${organizationId}::uuid, ${id}::uuid, ${scopeId}::uuid, ${event}, ${subject}, ${JSON.stringify(facts)}::jsonb)
    ON CONFLICT ("organizationId", "event", "subject") WHERE "resolvedAt" IS NULL DO NOTHING`
  if (opened === 0) return false
  await queueDeliveries(tx, { organizationId, id, scopeId, event })
  return true
}

/** Closes the open notices of these events about a subject, as it is over. */
export async function closeNotices(
  tx: Transaction,
  { organizationId, subject }: { organizationId: string; subject: string },
  events: readonly NoticeEvent[],
): Promise<void> {
  await tx.$executeRaw`
    UPDATE "Notice" SET "resolvedAt" = now() WHERE "organizationId" = ${organizationId}::uuid AND "subject" = ${subject}
      AND "event" = ANY(${[...events]}::text[]) AND "resolvedAt" IS NULL`
}

/** Those of a scope and beneath it, open ones first, then newest first: `limit` rows from after the key. */
export async function listNotices(
  db: Transaction,
  scope: ScopeRef,
  { after, limit, onlyOpen }: { after: NoticeKey | undefined; limit: number; onlyOpen: boolean },
): Promise<StoredNotice[]> {
  const isOpen = Prisma.sql`(n."resolvedAt" IS NULL)`
  const from =
    after === undefined
      ? Prisma.empty
      : Prisma.sql`AND (${isOpen}, n."id") < (${after.open}::boolean, ${after.id}::uuid)`
  return db.$queryRaw<StoredNotice[]>`
    SELECT n."organizationId", n."id", sc."path" AS "scope", n."event", n."subject", n."facts", n."createdAt", n."resolvedAt"
    FROM "Notice" n JOIN "Scope" sc ON sc."organizationId" = n."organizationId" AND sc."id" = n."scopeId"
    WHERE n."organizationId" = ${scope.organizationId}::uuid
      AND (sc."path" = ${scope.path} OR starts_with(sc."path", ${`${scope.path}.`}))
      ${onlyOpen ? Prisma.sql`AND ${isOpen}` : Prisma.empty} ${from}
    ORDER BY ${isOpen} DESC, n."id" DESC LIMIT ${limit}`
}

export interface NoticeKey {
  open: boolean
  id: string
}

async function queueDeliveries(
  tx: Transaction,
  { organizationId, id, scopeId, event }: { organizationId: string; id: string; scopeId: string; event: string },
): Promise<void> {
  const webhooks = await tx.$queryRaw<{ id: string }[]>`
    SELECT w."id" FROM "Webhook" w
    JOIN "Scope" at ON at."organizationId" = w."organizationId" AND at."id" = w."scopeId"
    JOIN "Scope" here ON here."organizationId" = w."organizationId" AND here."id" = ${scopeId}::uuid
    WHERE w."organizationId" = ${organizationId}::uuid AND w."disabledAt" IS NULL AND ${event} = ANY(w."events")
      AND (here."path" = at."path" OR starts_with(here."path", at."path" || '.'))`
  if (webhooks.length === 0) return
  await tx.webhookDelivery.createMany({
    data: webhooks.map((webhook) => ({ organizationId, id: newId(), webhookId: webhook.id, noticeId: id })),
  })
}
