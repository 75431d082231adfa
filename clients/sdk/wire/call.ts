import type { AnswerOf, InputOf, StrongroomApi } from "../../../lib/contract/api.ts"
import { type OperationName, routes } from "../../../lib/contract/routes.ts"
import { readAnswer } from "./answer.ts"
import { type CallerOptions, messageFor } from "./message.ts"
import type { Transport } from "./transport.ts"

/** Asks for one operation by its name. @throws AppError */
export type Call = <Name extends OperationName>(
  name: Name,
  input: InputOf<Name>,
  options?: CallerOptions,
) => Promise<AnswerOf<Name>>

/** `headers` are asked for anew with each call: a token may have been renewed meanwhile. */
export function callOver(transport: Transport, headers: () => Promise<Record<string, string>>): Call {
  return async (name, input, options = {}) => {
    const message = messageFor(routes[name], { ...input }, options)
    const reply = await transport({ ...message, headers: { ...(await headers()), ...message.headers } }, options.signal)
    // The other end holds its answers to the schema of this very operation.
    return (await readAnswer(reply)) as AnswerOf<typeof name>
  }
}

/** A function for each operation of the table, whose inputs and outputs are what the other end checks. */
export function apiOf(call: Call): StrongroomApi {
  const names = Object.keys(routes) as OperationName[] // the keys of that very table
  const functions = names.map((name) => [name, (input: never, own?: CallerOptions) => call(name, input, own)])
  return Object.fromEntries(functions) as StrongroomApi
}
