import "server-only"
import type { StrongroomApi } from "../contract/api.ts"
import { type AppError, isAppError } from "../errors.ts"
import { type ActionAnswer, type ActionFailure, answerOf, refusalAnswer } from "./action-answer.ts"
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
  return attempt(async () => act(await sessionApi()), answerOf)
}

/** The same for an act that asks the API by itself, as nobody: somebody who is coming in has no session to lose. */
export async function answering<Result>(act: () => Promise<Result>): Promise<ActionAnswer<Result>> {
  return attempt(act, refusalAnswer)
}

async function attempt<Result>(
  act: () => Promise<Result>,
  toAnswer: (error: AppError) => ActionFailure,
): Promise<ActionAnswer<Result>> {
  try {
    return { state: "done", result: await act() }
  } catch (error) {
    if (isAppError(error)) return toAnswer(error)
    throw error
  }
}
