/**
 * Idempotency-Key: the same key with the same input answers the same result, without what is shown once; with another
 * input it is a conflict. Only a keyed hash of the input is kept, and only for a result: what failed can be tried again.
 * That a change was done is committed with it, so a crash before its answer is kept doesn't do it twice.
 */
import type { OutputOf } from "../contract/api.ts"
import { type OperationSpec, operations } from "../contract/operations.ts"
import { type OperationName, routes } from "../contract/routes.ts"
import { keyedHash } from "../crypto/key.ts"
import * as keys from "../db/idempotency-keys.ts"
import { AppError } from "../errors.ts"
import { describeError, log } from "../log.ts"
import { canonicalJson } from "./audit.ts"
import type { Context } from "./context.ts"

export interface Answer<Output> {
  output: Output
  /** True when this is an earlier request's answer. */
  replayed: boolean
}

export async function answerOnce<Name extends OperationName>(
  context: Context,
  name: Name,
  input: unknown,
  run: (use?: keys.KeyUse) => Promise<OutputOf<Name>>,
): Promise<Answer<OutputOf<Name>>> {
  const use = keyOf(context, name, input)
  if (use === undefined) return { output: await run(), replayed: false }
  const db = context.house.database.prisma
  const claim = await keys.claim(db, use)
  if (claim.state === "answered") return { output: claim.response as OutputOf<Name>, replayed: true } // as it was stored below
  if (claim.state === "other_request") throw otherRequest()
  if (claim.state === "under_way") throw underWay()
  if (claim.state === "done_unanswered") throw doneUnanswered()
  const output = await run(use).catch(async (error: unknown) => {
    await keys.release(db, use)
    throw error
  })
  await keepAnswer(context, use, withoutShownOnce(operations[name], output))
  return { output, replayed: false }
}

/** What was done is done, and its event is out: an answer that can't be kept doesn't make it a failure. */
async function keepAnswer({ house, request }: Context, use: keys.KeyUse, answer: object): Promise<void> {
  try {
    await keys.keepAnswer(house.database.prisma, use, answer)
  } catch (error) {
    log.warn("an answer couldn't be kept for its Idempotency-Key", {
      requestId: request.id,
      error: describeError(error),
    })
  }
}

const keyForm = /^[\x21-\x7e]{8,128}$/

function keyOf({ caller, house, request }: Context, name: OperationName, input: unknown): keys.KeyUse | undefined {
  const { idempotencyKey } = request
  if (idempotencyKey === null || routes[name][0] === "GET" || caller.kind === "nobody") return undefined
  if (!keyForm.test(idempotencyKey)) {
    throw new AppError("invalid", "An Idempotency-Key has 8 to 128 visible ASCII characters.")
  }
  return {
    organizationId: caller.organizationId,
    callerId: caller.id,
    key: idempotencyKey,
    operation: name,
    requestHash: keyedHash(house.installationKeys.requestHash, Buffer.from(canonicalJson([name, input]), "utf8")),
  }
}

function withoutShownOnce(spec: OperationSpec, output: object): object {
  return Object.fromEntries(Object.entries(output).filter(([field]) => spec.shownOnce?.includes(field) !== true))
}

function otherRequest(): AppError {
  return new AppError("conflict", "This Idempotency-Key was used for another request. Use a new one.")
}

function doneUnanswered(): AppError {
  const message =
    "The first request with this Idempotency-Key was carried out, but its answer is lost. Look at what it made before you ask for another."
  return new AppError("conflict", message)
}

function underWay(): AppError {
  const message = "The first request with this Idempotency-Key is still under way. Try again in a moment."
  return new AppError("conflict", message, { retryAfterSeconds: 1 })
}
