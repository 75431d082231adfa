/**
 * What people should know of without asking: shown in the console, and told to webhooks. One notice is open for each
 * event and subject; when it is over, it is closed, and the next time opens another. Names and numbers, never a value.
 */
import { z } from "zod"
import type { Notice } from "../../contract/dto.ts"
import { secretUrl } from "../../contract/names.ts"
import type { NoticeEvent } from "../../contract/words.ts"
import type { Transaction } from "../../db/database.ts"
import {
  closeNotices,
  listNotices as findPage,
  type NewNotice,
  openNotice,
  type StoredNotice,
} from "../../db/notices.ts"
import { authorize } from "../authorize.ts"
import type { UseCase, UseCases } from "../context.ts"
import { readCursor, toPage } from "../paging.ts"

/** What a notice about a provider tells. */
export interface ProviderNotice {
  organizationId: string
  scopeId: string
  /** The provider's id, name and scope. */
  provider: { id: string; name: string; scope: string }
  event: Extract<NoticeEvent, `provider.${string}`>
  /** For an expiring credential: when it ends, ISO 8601. */
  endsAt?: string
}

/** What a notice about a secret tells. */
export interface SecretNotice {
  organizationId: string
  scopeId: string
  secret: { id: string; scope: string; vault: string; name: string }
  event: Extract<NoticeEvent, `secret.${string}`>
}

/** Opens a notice, unless one of the kind is open; in the transaction of what it is about. */
export async function raiseProviderNotice(tx: Transaction, notice: ProviderNotice): Promise<void> {
  const { organizationId, scopeId, provider, event, endsAt } = notice
  const facts = { provider: provider.name, scope: provider.scope, ...(endsAt !== undefined && { endsAt }) }
  await raise(tx, { organizationId, scopeId, event, subject: `provider:${provider.id}`, facts })
}

export async function raiseSecretNotice(tx: Transaction, notice: SecretNotice): Promise<void> {
  const { organizationId, scopeId, secret, event } = notice
  const { id, scope, vault, name } = secret
  await raise(tx, { organizationId, scopeId, event, subject: `secret:${id}`, facts: { scope, vault, secret: name } })
}

/** Closes what is over: a provider that answers again, a secret that is in order. */
export async function resolveNotices(
  tx: Transaction,
  { organizationId, subject }: { organizationId: string; subject: `provider:${string}` | `secret:${string}` },
  events: readonly NoticeEvent[],
): Promise<void> {
  await closeNotices(tx, { organizationId, subject }, events)
}

async function raise(tx: Transaction, notice: NewNotice): Promise<void> {
  await openNotice(tx, notice)
}

const listNotices: UseCase<"listNotices"> = async (context, input) => {
  const { scope } = await authorize(context, "metadata.read", input.scope)
  const after = readCursor(input.cursor, z.strictObject({ open: z.boolean(), id: z.uuid() }))
  const query = { after, limit: input.limit + 1, onlyOpen: input.open }
  const rows = await findPage(context.house.database.prisma, scope, query)
  return toPage(rows, input.limit, ({ id, resolvedAt }) => ({ open: resolvedAt === null, id }), toNotice)
}

export const noticing: UseCases<"listNotices"> = { listNotices }

function toNotice(notice: StoredNotice): Notice {
  const { id, scope, event, createdAt, resolvedAt } = notice
  return {
    id,
    scope,
    event,
    text: textOf(notice),
    link: linkOf(notice),
    createdAt: createdAt.toISOString(),
    resolvedAt: resolvedAt?.toISOString() ?? null,
  }
}

/** One sentence, for people and for webhooks alike. */
export function textOf({ event, facts }: Pick<StoredNotice, "event" | "facts">): string {
  const provider = `${String(facts.provider)} (${String(facts.scope)})`
  const secret = `${String(facts.scope)}/${String(facts.vault)}/${String(facts.secret)}`
  switch (event) {
    case "provider.sealed":
      return `${provider} is sealed: it serves only what is cached until somebody unseals it.`
    case "provider.unreachable":
      return `${provider} can't be reached: it serves only what is cached.`
    case "provider.credential_expiring":
      return `The credential of ${provider} ends on ${String(facts.endsAt).slice(0, 10)} and can't be renewed: replace it.`
    case "secret.drifted":
      return `${secret} was changed at its backend.`
    case "secret.rotation_due":
      return `${secret} is due for rotation.`
  }
}

/** The page of the console that it is about. */
export function linkOf({ event, facts }: Pick<StoredNotice, "event" | "facts">): string {
  const scope = String(facts.scope)
  if (event.startsWith("provider.")) return `/s/${scope}/providers/${String(facts.provider)}`
  return secretUrl({ scope, vault: String(facts.vault), secret: String(facts.secret) })
}
