/**
 * Tells webhooks of notices, as the Standard Webhooks specification says (standardwebhooks.com): a JSON body, signed,
 * under an id that stays the same at each try. A message arrives at least once, or is given up after a bit more than a
 * day; any 2xx is its receipt. Addresses are tenants', so each request goes through the egress guard.
 */
import { signWebhook } from "../../crypto/webhook-signature.ts"
import { type DueDelivery, endTry, type StoredWebhook, takeDeliveries } from "../../db/webhooks.ts"
import { describeError, log } from "../../log.ts"
import { ConnectionError } from "../../providers/provider.ts"
import type { House } from "../context.ts"
import type { Belonging } from "../providers/credentials.ts"
import { linkOf, textOf } from "./notices.ts"

/** From the first try that failed to the second, and so on. After the last, it has failed. */
const secondsBetweenTries: readonly number[] = [5, 30, 120, 600, 3_600, 21_600, 86_400]

/** How many one process sends at a time. */
const atOnce = 10

const timeoutMs = 10_000
/** Longer than a try takes. */
const leaseSeconds = 30
/** Nobody reads the answer's body, but a receiver that sends one has still received. */
const maxResponseBytes = 256 * 1024

/** Sends what is due, and answers how many messages that were. Each is sent by one process at a time. */
export async function deliverWebhooks(house: House): Promise<number> {
  const due = await takeDeliveries(house.database, { limit: atOnce, leaseSeconds })
  await Promise.all(due.map((delivery) => deliver(house, delivery)))
  return due.length < atOnce ? due.length : due.length + (await deliverWebhooks(house))
}

async function deliver(house: House, delivery: DueDelivery): Promise<void> {
  const { organizationId, id, webhookId, attempts, url, key } = delivery
  const sent = await send(house, { organizationId, id: webhookId, url, key }, messageOf(house, delivery))
  if (sent.problem === null) return endTry(house.database, delivery, { state: "delivered" })
  const { problem } = sent
  const inSeconds = sent.isFinal ? undefined : secondsBetweenTries[attempts - 1]
  log.info("a webhook's message didn't arrive", {
    webhook: webhookId,
    delivery: id,
    attempts,
    willRetry: inSeconds !== undefined,
  })
  const end =
    inSeconds === undefined
      ? ({ state: "failed", problem } as const)
      : ({ state: "waiting", problem, inSeconds } as const)
  await endTry(house.database, delivery, end)
}

export interface WebhookMessage {
  id: string
  type: string
  at: Date
  /** Names and sentences, never a value. */
  data: Readonly<Record<string, string | number | boolean | null>>
}

function messageOf({ publicUrl }: House, { id, notice }: DueDelivery): WebhookMessage {
  const data = { ...notice.facts, text: textOf(notice), url: `${publicUrl}${linkOf(notice)}` }
  return { id, type: notice.event, at: notice.createdAt, data }
}

/** What came of one try: null when it was received. `isFinal`: another one makes no sense. */
interface Sent {
  problem: string | null
  isFinal: boolean
}

/** Signs and sends one message, and waits for what the receiver says. */
export async function send(
  house: House,
  webhook: Parameters<typeof belongingOf>[0] & { key: DueDelivery["key"] },
  { id, type, at, data }: WebhookMessage,
): Promise<Sent> {
  const fields = await house.credentials.open(belongingOf(webhook), webhook.key)
  const key = fields?.secrets.key
  if (key === undefined)
    return { problem: "Its signing key can't be opened. Delete the webhook, and make another.", isFinal: true }
  const body = JSON.stringify({ type, timestamp: at.toISOString(), data })
  const timestamp = Math.floor(Date.now() / 1_000)
  const headers = {
    "content-type": "application/json",
    "user-agent": "Strongroom",
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": signWebhook(key, { id, timestamp, body }),
  }
  key.wipe()
  try {
    const request = {
      method: "POST",
      url: new URL(webhook.url),
      headers,
      body: Buffer.from(body),
      timeoutMs,
      maxResponseBytes,
    }
    const { status } = await house.outgoing.fetch(request)
    if (status >= 200 && status < 300) return { problem: null, isFinal: true }
    // The specification's way to say: send nothing more.
    return { problem: `The receiver answered with status ${String(status)}.`, isFinal: status === 410 }
  } catch (error) {
    if (error instanceof ConnectionError) return { problem: error.message, isFinal: false }
    log.warn("a webhook's message couldn't be sent", { webhook: webhook.id, error: describeError(error) })
    return { problem: "Something went wrong here. The operator's log says what.", isFinal: false }
  }
}

/** What its key is bound to: a row that is pointed elsewhere signs nothing any more. */
export function belongingOf({
  organizationId,
  id,
  url,
}: Pick<StoredWebhook, "organizationId" | "id" | "url">): Belonging {
  return { purpose: "webhook-key", organizationId, id, endpoint: url }
}
