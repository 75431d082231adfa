/** Asking for transfers, and following them. What carries them out is carry.ts. */
import { z } from "zod"
import type { Transfer, TransferDetail } from "../../contract/dto.ts"
import { fold } from "../../contract/names.ts"
import { builtInKind, builtInName } from "../../contract/words.ts"
import type { Transaction } from "../../db/database.ts"
import { newId } from "../../db/ids.ts"
import type { ScopeRef } from "../../db/scopes.ts"
import {
  addTransfer,
  listTransfers as findPage,
  findTransfer,
  findTransferable,
  findTransferItems,
  pauseTransfer as pause,
  resumeTransfer as resume,
  type StoredTransfer,
} from "../../db/transfers.ts"
import { isUniqueViolation } from "../../db/violations.ts"
import { AppError } from "../../errors.ts"
import { authorize, requireFreshSignIn } from "../authorize.ts"
import type { Context, UseCase, UseCases } from "../context.ts"
import { readCursor, toPage } from "../paging.ts"
import { chooseStoreFor } from "../providers/named-store.ts"

const startTransfer: UseCase<"startTransfer"> = async (context, input) => {
  const { scope, caller } = await authorize(context, "delegate", input.scope)
  requireFreshSignIn(caller, new Date())
  const { providerId } = await chooseStoreFor(context.house, scope, input.to, caller, { ofOthers: true })
  context.about({ target: { kind: "provider", id: providerId ?? builtInKind, name: input.to } })
  const secretIds = await findSecretIds(context, scope, input.secrets)
  const id = newId()
  context.about({ details: { transfer: id, secrets: secretIds.length, removeAtSource: input.removeAtSource } })
  const { organizationId, id: scopeId } = scope
  const { removeAtSource } = input
  const transfer = { organizationId, id, scopeId, toProviderId: providerId, removeAtSource, secretIds }
  try {
    await context.commit((tx) => addTransfer(tx, { ...transfer, byId: caller.id, requestId: context.request.id }))
  } catch (error) {
    throw isUniqueViolation(error) ? underWay(error) : error
  }
  return describeNow(context, scope, id)
}

const listTransfers: UseCase<"listTransfers"> = async (context, input) => {
  const { scope } = await authorize(context, "metadata.read", input.scope)
  const after = readCursor(input.cursor, z.uuid())
  const rows = await findPage(context.house.database.prisma, scope, { after, limit: input.limit + 1 })
  return toPage(rows, input.limit, ({ id }) => id, toTransfer)
}

const describeTransfer: UseCase<"describeTransfer"> = async (context, input) => {
  const { scope } = await authorize(context, "metadata.read", input.scope)
  return describeNow(context, scope, input.transfer)
}

const pauseTransfer: UseCase<"pauseTransfer"> = async (context, input) => {
  const { scope } = await authorize(context, "delegate", input.scope)
  await change(context, scope, input.transfer, pause, (state) => `This transfer isn't running: it is ${state}.`)
  return describeNow(context, scope, input.transfer)
}

const resumeTransfer: UseCase<"resumeTransfer"> = async (context, input) => {
  const { scope, caller } = await authorize(context, "delegate", input.scope)
  requireFreshSignIn(caller, new Date())
  await change(context, scope, input.transfer, resume, (state) =>
    state === "done" ? "This transfer is done: nothing is left to move." : "This transfer is running already.",
  )
  return describeNow(context, scope, input.transfer)
}

export const transferring: UseCases<
  "startTransfer" | "listTransfers" | "describeTransfer" | "pauseTransfer" | "resumeTransfer"
> = { startTransfer, listTransfers, describeTransfer, pauseTransfer, resumeTransfer }

/** All that the scope defines, or those that are named. Throws `not_found` for one that isn't there. */
async function findSecretIds(
  { house }: Context,
  scope: ScopeRef,
  named: readonly { vault: string; secret: string }[] | undefined,
): Promise<string[]> {
  const wanted = named?.map(({ vault, secret }) => ({ vault, foldedName: fold(secret) }))
  const found = await findTransferable(house.database.prisma, scope, wanted)
  const missing = named?.find(
    ({ vault, secret }) => !found.some((each) => each.vault === vault && each.foldedName === fold(secret)),
  )
  if (missing !== undefined) {
    throw new AppError("not_found", `${scope.path} defines no secret ${missing.secret} in vault ${missing.vault}.`)
  }
  if (found.length > 0) return found.map(({ id }) => id)
  throw new AppError("invalid", `${scope.path} defines no secrets: there is nothing to move.`)
}

async function change(
  context: Context,
  scope: ScopeRef,
  id: string,
  act: (tx: Transaction, transfer: StoredTransfer) => Promise<boolean>,
  refusal: (state: StoredTransfer["state"]) => string,
): Promise<void> {
  const transfer = await find(context, scope, id)
  await context.commit(async (tx) => {
    if (!(await act(tx, transfer))) throw new AppError("conflict", refusal(transfer.state))
  })
}

async function describeNow(context: Context, scope: ScopeRef, id: string): Promise<TransferDetail> {
  const transfer = await find(context, scope, id)
  const items = await findTransferItems(context.house.database.prisma, transfer)
  return { ...toTransfer(transfer), items: items.map(({ secretId, ...item }) => ({ ...item, secret: secretId })) }
}

async function find(context: Context, scope: ScopeRef, id: string): Promise<StoredTransfer> {
  const transfer = await findTransfer(context.house.database.prisma, scope, id)
  if (transfer === undefined) throw new AppError("not_found", `${scope.path} has no such transfer.`)
  context.about({ details: { transfer: id } })
  return transfer
}

function toTransfer(transfer: StoredTransfer): Transfer {
  const { id, scope, removeAtSource, state, total, finished, failed, byId, byName } = transfer
  return {
    id,
    scope,
    to: { kind: transfer.toKind ?? builtInKind, name: transfer.toName ?? builtInName, scope: transfer.toScope },
    removeAtSource,
    state,
    total,
    finished,
    failed,
    by: { kind: "person", id: byId, name: byName ?? "Somebody who is gone" },
    createdAt: transfer.createdAt.toISOString(),
    updatedAt: transfer.updatedAt.toISOString(),
  }
}

function underWay(cause: unknown): AppError {
  const message = "Some of these secrets are being moved already. Wait for that transfer, or pause it, and try again."
  return new AppError("conflict", message, { cause })
}
