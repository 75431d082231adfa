/**
 * The second person's side: what waits, and accepting or refusing it. What is accepted goes through the very use case
 * that it was asked of, as its requester is now; both events and the decision are one commit. What makes something that
 * is shown once, or goes step by step, is finished by its requester within a day.
 */
import { z } from "zod"
import type { Approval, ApprovalDetail } from "../../contract/dto.ts"
import type { OperationName } from "../../contract/routes.ts"
import type { StoredApproval } from "../../db/approvals.ts"
import * as approvals from "../../db/approvals.ts"
import type { Transaction } from "../../db/database.ts"
import { findPerson } from "../../db/people.ts"
import type { ScopeRef } from "../../db/scopes.ts"
import { AppError } from "../../errors.ts"
import { authorize, mayAt, requireFreshSignIn } from "../authorize.ts"
import type { PersonCaller } from "../caller.ts"
import type { Context, UseCase, UseCases } from "../context.ts"
import { keyTime, readCursor, toPage } from "../paging.ts"
import { toActor } from "../secrets/describe.ts"
import { findConcerned } from "./concerned.ts"
import { confirmationOf, factsOf, operationOf } from "./stored.ts"

/** A token is shown to who asked for it, and an adoption asks the backend row by row. */
const finishedByRequester: ReadonlySet<OperationName> = new Set(["issueToken", "rotateToken", "adoptSecrets"])

const listApprovals: UseCase<"listApprovals"> = async (context, { cursor, limit, state, ...input }) => {
  const { scope, caller } = await authorize(context, "delegate", input.scope)
  const db = context.house.database.prisma
  const after = readCursor(cursor, z.object({ createdAt: keyTime.pipe(z.coerce.date()), id: z.uuid() }))
  const rows = await approvals.listApprovals(db, scope, { state, after, limit: limit + 1 })
  const page = toPage(
    rows,
    limit,
    ({ createdAt, id }) => ({ createdAt, id }),
    (row) => describe(caller, row),
  )
  return { ...page, waiting: await approvals.countWaiting(db, scope) }
}

const describeApproval: UseCase<"describeApproval"> = async (context, input) => {
  const { scope, caller } = await authorize(context, "delegate", input.scope)
  return detail(context, caller, await find(context, scope, input.approval))
}

const explainApproval: UseCase<"explainApproval"> = async (context, input) => {
  const { scope, caller } = await authorize(context, "delegate", input.scope)
  const approval = await findOwn(context, scope, caller, input.approval)
  await context.commit(async (tx) => {
    if (!(await approvals.explain(tx, approval, input.reason))) throw isDecided(approval)
  })
  return detail(context, caller, await find(context, scope, approval.id))
}

const acceptApproval: UseCase<"acceptApproval"> = async (context, input) => {
  const { scope, caller } = await authorize(context, "delegate", input.scope)
  requireFreshSignIn(caller, new Date())
  const approval = await findOthers(context, scope, caller, input.approval)
  const requester = await requesterOf(context, approval)
  const decision = { organizationId: caller.organizationId, id: approval.id, decidedById: caller.id }
  const decide = async (tx: Transaction, state: "accepted" | "done"): Promise<void> => {
    if (!(await approvals.accept(tx, decision, state))) throw isDecided(approval)
  }
  if (finishedByRequester.has(operationOf(approval))) {
    await context.commit((tx) => decide(tx, "accepted"))
  } else {
    const confirmation = confirmationOf({
      ...approval,
      decidedBy: { kind: "person", id: caller.id, name: caller.name },
    })
    const asked = { name: operationOf(approval), input: approval.input }
    await context.performFor(requester, asked, confirmation, (tx) => decide(tx, "done"))
  }
  return detail(context, caller, await find(context, scope, approval.id))
}

const refuseApproval: UseCase<"refuseApproval"> = async (context, input) => {
  const { scope, caller } = await authorize(context, "delegate", input.scope)
  const approval = await findOthers(context, scope, caller, input.approval)
  const { organizationId, id: decidedById } = caller
  await context.commit(async (tx) => {
    const decision = { organizationId, id: approval.id, decidedById, note: input.note }
    if (!(await approvals.refuse(tx, decision))) throw isDecided(approval)
  })
  return detail(context, caller, await find(context, scope, approval.id))
}

const withdrawApproval: UseCase<"withdrawApproval"> = async (context, input) => {
  const { scope, caller } = await authorize(context, "delegate", input.scope)
  const approval = await findOwn(context, scope, caller, input.approval)
  await context.commit(async (tx) => {
    if (!(await approvals.withdraw(tx, approval))) throw isDecided(approval)
  })
  return detail(context, caller, await find(context, scope, approval.id))
}

export const approving: UseCases<
  "listApprovals" | "describeApproval" | "explainApproval" | "acceptApproval" | "refuseApproval" | "withdrawApproval"
> = { listApprovals, describeApproval, explainApproval, acceptApproval, refuseApproval, withdrawApproval }

async function find(context: Context, scope: ScopeRef, id: string): Promise<StoredApproval> {
  const found = await approvals.findApproval(context.house.database.prisma, scope, id)
  if (found === undefined) {
    throw new AppError("not_found", `There is no such request in ${scope.path}. Look at those that wait.`)
  }
  context.about({ target: { kind: "approval", id, name: found.operation }, details: { approval: id } })
  return found
}

/** One that the caller asked for. Throws `forbidden` for somebody else's. */
async function findOwn(context: Context, scope: ScopeRef, caller: PersonCaller, id: string): Promise<StoredApproval> {
  const approval = await find(context, scope, id)
  if (approval.requestedBy.id === caller.id) return approval
  throw new AppError("forbidden", "Somebody else asked for this. You may accept or refuse it.")
}

/** One that somebody else asked for. Throws `forbidden` for one's own, and for what needs more than the caller has. */
async function findOthers(
  context: Context,
  scope: ScopeRef,
  caller: PersonCaller,
  id: string,
): Promise<StoredApproval> {
  const approval = await find(context, scope, id)
  if (approval.requestedBy.id === caller.id) {
    throw new AppError(
      "forbidden",
      `You asked for this yourself, so somebody else decides: an owner, an admin or another lead of ${scope.path}.`,
    )
  }
  const missing = factsOf(approval).scopes.find((each) => !mayAt(caller, "delegate", each))
  if (missing !== undefined) {
    throw new AppError("forbidden", `This delegates in ${missing.path}, too, where you may not. Ask somebody who may.`)
  }
  return approval
}

/** Who asked, with the roles that they have now. Throws `conflict` when they are gone or disabled. */
async function requesterOf(context: Context, approval: StoredApproval): Promise<PersonCaller> {
  const { organizationId, requestedBy, via, credentialId, createdAt, expiresAt } = approval
  const person = await findPerson(context.house.database.prisma, organizationId, requestedBy.id ?? "")
  if (person?.disabledAt !== null) {
    throw new AppError("conflict", "Whoever asked for this is disabled or gone. Refuse it, or ask for it yourself.")
  }
  const { id, name, email, roles } = person
  return {
    kind: "person",
    via,
    credentialId,
    organizationId,
    id,
    name,
    email,
    roles,
    signedInAt: createdAt,
    expiresAt,
    method: null,
  }
}

function isDecided({ state }: StoredApproval): AppError {
  const how = { refused: "refused", withdrawn: "taken back", expired: "over: nobody decided within seven days" }
  const known = state in how ? how[state as keyof typeof how] : "decided"
  return new AppError("conflict", `This request is ${known} already. Look at it again.`)
}

function describe(caller: PersonCaller, row: StoredApproval): Approval {
  return {
    id: row.id,
    scope: row.scope,
    operation: row.operation,
    state: row.state,
    requestedBy: toActor(row.requestedBy),
    reason: row.reason,
    isMine: row.requestedBy.id === caller.id,
    decidedBy: row.decidedBy === null ? null : toActor(row.decidedBy),
    decidedAt: row.decidedAt?.toISOString() ?? null,
    note: row.note,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
  }
}

/** An input's fields as texts. */
function termsOf(input: unknown): ApprovalDetail["terms"] {
  return Object.entries(input as object).map(([name, field]: [string, unknown]) => ({
    name,
    text: typeof field === "string" ? field : JSON.stringify(field),
  }))
}

async function detail(context: Context, caller: PersonCaller, row: StoredApproval): Promise<ApprovalDetail> {
  const { protectedScopes, readers } = factsOf(row)
  const { secrets, total } = await findConcerned(context.house.database.prisma, row)
  return {
    ...describe(caller, row),
    terms: termsOf(row.input),
    protectedScopes: [...protectedScopes],
    readers: [...readers],
    secrets,
    secretCount: total,
    isFinishedByRequester: finishedByRequester.has(operationOf(row)),
  }
}
