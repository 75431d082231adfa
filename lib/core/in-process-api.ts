import type { CallOptions, ConditionalCallOptions, StrongroomApi } from "../contract/api.ts"
import { type OperationName, routes } from "../contract/routes.ts"
import { newId } from "../db/ids.ts"
import type { Credential, RequestFacts } from "./caller.ts"
import type { Core } from "./core.ts"

/**
 * `StrongroomApi` in process: what `clients/sdk` is over HTTP. Every call is a request of its own, with its own id, and
 * the credential is looked up anew each time.
 */
export function inProcessApi(core: Core, credential: Credential): StrongroomApi {
  const names = Object.keys(routes) as OperationName[] // the keys of that very table
  const functions = names.map((name) => [
    name,
    (input: object, options?: CallOptions & ConditionalCallOptions) =>
      core.call(name, credential, input, factsOf(options)),
  ])
  // One function for each name of the table, whose inputs and outputs core checks.
  return Object.fromEntries(functions) as StrongroomApi
}

function factsOf(options: CallOptions & ConditionalCallOptions = {}): RequestFacts {
  return {
    id: newId(),
    address: null,
    userAgent: null,
    idempotencyKey: options.idempotencyKey ?? null,
    ifNoneMatch: options.ifNoneMatch ?? null,
  }
}
