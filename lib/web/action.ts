import "server-only"
import type { StrongroomApi } from "../contract/api.ts"
import { isAppError } from "../errors.ts"
import { type ActionAnswer, answerOf } from "./action-answer.ts"
import { sessionApi } from "./api.ts"

/**
 * What a server action is made of: it calls the API as the signed-in person, and a refusal becomes the form's state.
 *
 *   "use server"
 *   export async function rename(form: FormData): Promise<ActionAnswer<ScopeDetail>> {
 *     return action((api) => api.changeScope({ scope: textOf(form, "scope"), name: textOf(form, "name") }))
 *   }
 *
 * The browser gets the result, so an act returns what the form needs of it. Errors that are no AppError rise, redirects
 * among them.
 */
export async function action<Result>(act: (api: StrongroomApi) => Promise<Result>): Promise<ActionAnswer<Result>> {
  return answering(async () => act(await sessionApi()))
}

/** The same for an act that asks the API by itself, or as nobody. */
export async function answering<Result>(act: () => Promise<Result>): Promise<ActionAnswer<Result>> {
  try {
    return { state: "done", result: await act() }
  } catch (error) {
    if (isAppError(error)) return answerOf(error)
    throw error
  }
}
