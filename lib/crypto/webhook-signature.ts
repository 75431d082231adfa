/**
 * How a webhook's receiver knows that a message is ours: the Standard Webhooks specification 1.0, symmetric signatures
 * (github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md).
 */
import { createHmac, randomBytes } from "node:crypto"
import { expose, Secret } from "../secret.ts"

/** 24 to 64 bytes, says the specification. */
const keyBytes = 32

export function newWebhookKey(): Secret {
  return Secret.fromBytes(randomBytes(keyBytes))
}

/** The key as its receiver is given it, once: `whsec_` and base64. */
export function webhookKeyText(key: Secret): string {
  return `whsec_${Buffer.from(expose(key)).toString("base64")}`
}

/** The header `webhook-signature`: `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`. */
export function signWebhook(key: Secret, message: { id: string; timestamp: number; body: string }): string {
  const signed = `${message.id}.${String(message.timestamp)}.${message.body}`
  return `v1,${createHmac("sha256", expose(key)).update(signed).digest("base64")}`
}
