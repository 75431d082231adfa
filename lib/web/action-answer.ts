import type { AppError } from "../errors.ts"

/** What a server action answers a form with. A failure has the API's words, which never repeat what was typed. */
export type ActionAnswer<Result = null> = { state: "done"; result: Result } | ActionFailure

export interface ActionFailure {
  state: "failed"
  message: string
  /** What is wrong with each field, by its name. `signIn` means: confirm that it is you, then send this again. */
  fields?: Readonly<Record<string, string>>
}

export function answerOf({ code, message, fields }: AppError): ActionFailure {
  // The page stays as it is, with all that was typed: only the session is new.
  if (code === "unauthenticated") {
    return { state: "failed", message: "Your session has ended. Sign in again in another tab, then send this again." }
  }
  return fields === undefined ? { state: "failed", message } : { state: "failed", message, fields }
}
