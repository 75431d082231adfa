/** Filing what a delegation asked for where two people are needed, and using the word that a second person gave. */
import { type OperationSpec, operations } from "../../contract/operations.ts"
import type { OperationName } from "../../contract/routes.ts"
import { keyedHash } from "../../crypto/key.ts"
import { fileApproval, findAccepted, useAccepted } from "../../db/approvals.ts"
import type { Transaction } from "../../db/database.ts"
import { AppError, type ApprovalReference } from "../../errors.ts"
import { canonicalJson, type EventFacts } from "../audit.ts"
import type { Caller } from "../caller.ts"
import type { House } from "../context.ts"
import { type Confirmation, type DelegationFacts, SecondPerson } from "./second-person.ts"
import { confirmationOf } from "./stored.ts"

interface Asked {
  name: OperationName
  input: unknown
}

/** The second person of what this caller asks for: who accepted just this from them, if anybody did. */
export function secondPersonFor(
  house: House,
  caller: Caller,
  asked: Asked,
  confirmation: Confirmation | undefined,
): SecondPerson {
  const find = async (): Promise<Confirmation | undefined> => {
    if (caller.kind !== "person") return undefined
    const { organizationId, id: requestedById } = caller
    const key = { organizationId, requestedById, requestHash: hashOf(house, asked) }
    const accepted = await findAccepted(house.database.prisma, key)
    return accepted && confirmationOf(accepted)
  }
  return new SecondPerson(find, confirmation)
}

/** Keeps what was asked for, until somebody decides. Nothing that can hold a value is kept. */
export async function fileRequest(
  tx: Transaction,
  house: House,
  { caller, name, input, facts }: Asked & { caller: Caller; facts: DelegationFacts },
): Promise<ApprovalReference> {
  const [scope] = facts.scopes
  const spec: OperationSpec = operations[name]
  if (caller.kind !== "person" || scope === undefined || spec.holdsValue === true) {
    throw new Error(`${name} can't be filed for a second person.`)
  }
  const id = await fileApproval(tx, {
    organizationId: caller.organizationId,
    scopeId: scope.id,
    operation: name,
    input: { ...(input as object) }, // it was held to the operation's schema
    requestHash: hashOf(house, { name, input }),
    facts,
    requestedById: caller.id,
    via: caller.via,
    credentialId: caller.credentialId,
  })
  return { scope: scope.path, id }
}

/** Uses up the word that was given, in the transaction of the act. Throws `conflict` when it is used or over. */
export async function useWord(tx: Transaction, caller: Caller, { confirmation }: SecondPerson): Promise<void> {
  if (confirmation === undefined || caller.kind !== "person") return
  const isUsed = await useAccepted(tx, { organizationId: caller.organizationId, id: confirmation.approvalId })
  if (!isUsed)
    throw new AppError("conflict", "What was accepted was done already, or its day is over. Ask for it anew.")
}

/** What the event of an act says of its second person. */
export function confirmedBy({ approvalId, confirmedBy: { id, name } }: Confirmation): EventFacts {
  return { details: { approval: approvalId, confirmedBy: name, confirmedById: id } }
}

export function pendingApproval(approval: ApprovalReference): AppError {
  const message = `Two people are asked for here, so nothing is changed yet: somebody else who may delegate in ${approval.scope} accepts it first, within seven days.`
  return new AppError("pending_approval", message, { approval })
}

function hashOf({ installationKeys }: House, { name, input }: Asked): Uint8Array {
  return keyedHash(installationKeys.requestHash, Buffer.from(canonicalJson([name, input]), "utf8"))
}
