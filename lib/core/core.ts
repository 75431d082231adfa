/**
 * The product in one process: the use cases over an open database and a keyring. Doors (HTTP, jobs, tests) call it; it
 * calls nobody back.
 */
import type { OutputOf } from "../contract/api.ts"
import type { OperationName } from "../contract/routes.ts"
import { auditKeyOf } from "../crypto/keyring.ts"
import { linkWith } from "./audit.ts"
import { openAuditWriter } from "./audit-writer.ts"
import type { Caller, Credential, RequestFacts } from "./caller.ts"
import type { House } from "./context.ts"
import { authenticate } from "./identity/authenticate.ts"
import { perform } from "./perform.ts"
import { useCases } from "./use-cases.ts"

export interface Core {
  /** Performs an operation for whoever the credential belongs to. Throws AppError. */
  call<Name extends OperationName>(
    name: Name,
    credential: Credential,
    input: unknown,
    request: RequestFacts,
  ): Promise<OutputOf<Name>>
  /** The same for a caller who is already known: for jobs and tests. */
  callAs<Name extends OperationName>(
    name: Name,
    caller: Caller,
    input: unknown,
    request: RequestFacts,
  ): Promise<OutputOf<Name>>
}

export function openCore(house: House): Core {
  const audit = openAuditWriter(house.database, linkWith(auditKeyOf(house.keyring.active.key)))
  const performer = { house, useCases, audit }
  return {
    call: async (name, credential, input, request) =>
      perform(performer, name, await authenticate(house, credential, request), input, request),
    callAs: (name, caller, input, request) => perform(performer, name, caller, input, request),
  }
}
