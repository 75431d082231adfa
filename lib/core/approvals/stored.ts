/** What lies in a request's row, as it was put there. */
import type { OperationName } from "../../contract/routes.ts"
import type { StoredApproval } from "../../db/approvals.ts"
import { toActor } from "../secrets/describe.ts"
import type { Confirmation, DelegationFacts } from "./second-person.ts"

export function factsOf({ facts }: Pick<StoredApproval, "facts">): DelegationFacts {
  return facts as DelegationFacts // written by fileRequest alone
}

export function operationOf({ operation }: Pick<StoredApproval, "operation">): OperationName {
  return operation as OperationName // written by fileRequest alone
}

/** The word that the second person gave. */
export function confirmationOf(approval: StoredApproval): Confirmation {
  const { id, name } = toActor(approval.decidedBy ?? { kind: "person", id: null, name: null })
  return { approvalId: approval.id, confirmedBy: { id: id ?? "", name }, facts: factsOf(approval) }
}
