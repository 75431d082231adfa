/**
 * The product in one process: the use cases over an open database and a keyring. Doors (HTTP, jobs, tests) call it; it
 * calls nobody back.
 */
import type { AnswerOf, ConditionalName, OutputOf } from "../contract/api.ts"
import { operations } from "../contract/operations.ts"
import type { OperationName } from "../contract/routes.ts"
import { openAuditWriter } from "./audit-writer.ts"
import type { Caller, Credential, RequestFacts } from "./caller.ts"
import type { House } from "./context.ts"
import { openDisclosures } from "./disclose.ts"
import { authenticate } from "./identity/authenticate.ts"
import { asAppError, perform } from "./perform.ts"
import { useCases } from "./use-cases.ts"

export interface Core {
  /** Performs an operation for whoever the credential belongs to. Throws AppError. */
  call<Name extends OperationName>(
    name: Name,
    credential: Credential,
    input: unknown,
    request: RequestFacts,
  ): Promise<AnswerOf<Name>>
  /** The same for a caller who is already known: for jobs and tests. A machine read needs its token, and `call`. */
  callAs<Name extends OperationName>(
    name: Name,
    caller: Caller,
    input: unknown,
    request: RequestFacts,
  ): Promise<OutputOf<Name>>
}

export function openCore(house: House): Core {
  const { link } = house.writes
  const audit = openAuditWriter(house.database, link)
  const performer = { house, useCases, audit }
  const disclosures = openDisclosures(house, audit, link)

  async function call<Name extends OperationName>(
    name: Name,
    credential: Credential,
    input: unknown,
    request: RequestFacts,
  ): Promise<AnswerOf<Name>> {
    // The compiler can't see that Name is what the condition says, nor that only machine reads have another answer.
    if (isMachineRead(name)) return await disclosures.answer(name, credential, input, request)
    const caller = await authenticate(house, credential, request).catch((error: unknown) => {
      throw asAppError(error)
    })
    return (await perform(performer, name, caller, input, request)) as AnswerOf<Name>
  }

  return {
    call,
    callAs: (name, caller, input, request) => perform(performer, name, caller, input, request),
  }
}

function isMachineRead(name: OperationName): name is ConditionalName {
  return "conditional" in operations[name]
}
