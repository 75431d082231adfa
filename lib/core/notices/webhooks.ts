/**
 * Who is told of what happens at a scope and beneath it: an address, and the events that it asks for. Each message is
 * signed with a key of the webhook's own, which is shown once and kept sealed, bound to the webhook and its address.
 */
import { z } from "zod"
import type { Webhook } from "../../contract/dto.ts"
import { newWebhookKey, webhookKeyText } from "../../crypto/webhook-signature.ts"
import { newId } from "../../db/ids.ts"
import type { ScopeRef } from "../../db/scopes.ts"
import {
  addWebhook,
  changeWebhook as change,
  countWebhooks,
  listWebhooks as findPage,
  findWebhook,
  deleteWebhook as remove,
  type StoredWebhook,
} from "../../db/webhooks.ts"
import { AppError } from "../../errors.ts"
import { authorize } from "../authorize.ts"
import type { Context, House, UseCase, UseCases } from "../context.ts"
import { guess } from "../identity/guessing.ts"
import { readCursor, toPage } from "../paging.ts"
import { belongingOf, send } from "./deliver.ts"

/** Each of them is told of everything that it asks for. */
const mostWebhooks = 20

const listWebhooks: UseCase<"listWebhooks"> = async (context, input) => {
  const { scope } = await authorize(context, "scope.manage", input.scope)
  const after = readCursor(input.cursor, z.uuid())
  const rows = await findPage(context.house.database.prisma, scope, { after, limit: input.limit + 1 })
  return toPage(rows, input.limit, ({ id }) => id, toWebhook)
}

const createWebhook: UseCase<"createWebhook"> = async (context, input) => {
  const { scope, caller } = await authorize(context, "scope.manage", input.scope)
  const url = parseUrl(context.house, input.url)
  const { organizationId, id: scopeId } = scope
  const id = newId()
  aboutIt(context, { id, url: url.href })
  const key = newWebhookKey()
  const sealed = await context.house.credentials.seal(belongingOf({ organizationId, id, url: url.href }), {
    secrets: { key },
    notes: {},
  })
  const events = [...new Set(input.events)]
  const webhook = { organizationId, id, scopeId, url: url.href, events, key: sealed, createdById: caller.id }
  await context.commit(async (tx) => {
    await addWebhook(tx, webhook)
    if ((await countWebhooks(tx, scope)) > mostWebhooks) throw tooMany(scope)
  })
  const signingKey = webhookKeyText(key)
  key.wipe()
  return { signingKey, webhook: await describeNow(context, scope, id) }
}

const changeWebhook: UseCase<"changeWebhook"> = async (context, input) => {
  const { scope } = await authorize(context, "scope.manage", input.scope)
  const webhook = await find(context, scope, input.webhook)
  const { events, disabled } = input
  await context.commit(async (tx) => {
    if (!(await change(tx, webhook, { events, disabled }))) throw noSuchWebhook(scope)
  })
  return describeNow(context, scope, webhook.id)
}

const deleteWebhook: UseCase<"deleteWebhook"> = async (context, input) => {
  const { scope } = await authorize(context, "scope.manage", input.scope)
  const webhook = await find(context, scope, input.webhook)
  await context.commit(async (tx) => {
    if (!(await remove(tx, webhook))) throw noSuchWebhook(scope)
  })
  return {}
}

const testWebhook: UseCase<"testWebhook"> = async (context, input) => {
  const { scope, caller } = await authorize(context, "scope.manage", input.scope)
  const webhook = await find(context, scope, input.webhook)
  await guess(context.house, "webhook tests of person", caller.id)
  const text = "This is a test. Nothing happened."
  const { publicUrl } = context.house
  const data = { scope: scope.path, text, url: `${publicUrl}/s/${scope.path}/settings` }
  const message = { id: newId(), type: "webhook.test", at: new Date(), data }
  const sent = await send(context.house, webhook, message)
  context.about({ details: { delivered: sent.problem === null } })
  return { delivered: sent.problem === null, problem: sent.problem }
}

export const managingWebhooks: UseCases<
  "listWebhooks" | "createWebhook" | "changeWebhook" | "deleteWebhook" | "testWebhook"
> = { listWebhooks, createWebhook, changeWebhook, deleteWebhook, testWebhook }

/** Names go over the wire, so it is encrypted, unless the operator lets providers be on this machine, for development. */
function parseUrl({ outgoing }: House, text: string): URL {
  const url = new URL(text)
  const refuse = (message: string): AppError => new AppError("invalid", message, { fields: { url: message } })
  if (url.username !== "" || url.password !== "") throw refuse("The address can't have a name or a password in it.")
  if (url.protocol !== "https:" && !outgoing.allowsPlain) throw refuse("The address begins with https://.")
  url.hash = ""
  return url
}

async function describeNow(context: Context, scope: ScopeRef, id: string): Promise<Webhook> {
  return toWebhook(await find(context, scope, id))
}

async function find(context: Context, scope: ScopeRef, id: string): Promise<StoredWebhook> {
  const webhook = await findWebhook(context.house.database.prisma, scope, id)
  if (webhook === undefined) throw noSuchWebhook(scope)
  aboutIt(context, webhook)
  return webhook
}

/** The address may hold what only its receiver should know, so audit has its host alone. */
function aboutIt(context: Context, { id, url }: { id: string; url: string }): void {
  context.about({ target: { kind: "webhook", id, name: new URL(url).host } })
}

function toWebhook(webhook: StoredWebhook): Webhook {
  const { id, scope, url, events, disabledAt, createdById, createdByName, createdAt, lastDelivery } = webhook
  return {
    id,
    scope,
    url,
    events,
    disabled: disabledAt !== null,
    createdBy: {
      kind: "person",
      id: createdByName === null ? null : createdById,
      name: createdByName ?? "Somebody who is gone",
    },
    createdAt: createdAt.toISOString(),
    lastDelivery: lastDelivery && { ...lastDelivery, at: lastDelivery.at.toISOString() },
  }
}

function tooMany({ path }: ScopeRef): AppError {
  return new AppError("conflict", `${path} has ${String(mostWebhooks)} webhooks already. Delete one that isn't needed.`)
}

function noSuchWebhook({ path }: ScopeRef): AppError {
  return new AppError("not_found", `${path} has no such webhook.`)
}
