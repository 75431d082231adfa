/** What becomes readable by an act that waits, as things stand when somebody looks. */
import { operations } from "../../contract/operations.ts"
import type { StoredApproval } from "../../db/approvals.ts"
import { type ConcernedSecrets, findCovered, findInVault, findOne } from "../../db/concerned-secrets.ts"
import type { Transaction } from "../../db/database.ts"
import { findReadable } from "../../db/service-accounts.ts"
import { factsOf, operationOf } from "./stored.ts"

/** How many are named; all are counted. */
const named = 50

export async function findConcerned(db: Transaction, approval: StoredApproval): Promise<ConcernedSecrets> {
  const { organizationId } = approval
  const { place, readers } = factsOf(approval)
  const operation = operationOf(approval)
  if (operation === "grantAccess") {
    const { scope, grantScope = scope, access, vault, prefix } = operations.grantAccess.input.parse(approval.input)
    return access === "read" ? findCovered(db, { organizationId, path: grantScope }, { vault, prefix }, named) : none
  }
  if (operation === "adoptSecrets") {
    const { scope, vault, secrets } = operations.adoptSecrets.input.parse(approval.input)
    return { secrets: secrets.slice(0, named).map(({ name }) => ({ scope, vault, name })), total: secrets.length }
  }
  if (place?.secretId != null) return findOne(db, organizationId, place.secretId)
  if (place !== null) return findInVault(db, organizationId, place.vaultId, named)
  // A token and an account that is enabled again: whatever the account may read.
  const [reader] = readers
  return reader === undefined ? none : findReadable(db, { organizationId, id: reader.id }, named)
}

const none: ConcernedSecrets = { secrets: [], total: 0 }
