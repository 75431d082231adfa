import type { AppError, ApprovalReference } from "../errors.ts"

/** What a server action answers a form with. A failure has the API's words, which never repeat what was typed. */
export type ActionAnswer<Result = null> = { state: "done"; result: Result } | ActionFailure

export interface ActionFailure {
  state: "failed"
  message: string
  /** What is wrong with each field, by its name. `signIn` means: confirm that it is you, then send this again. */
  fields?: Readonly<Record<string, string>>
  /** Nothing failed: it waits for a second person, and this is where to look. */
  approval?: ApprovalReference
}

/** A refusal as a form shows it, in the API's words. */
export function refusalAnswer({ message, fields, approval }: AppError): ActionFailure {
  return { state: "failed", message, ...(fields && { fields }), ...(approval && { approval }) }
}

/** The same for somebody who was signed in: `unauthenticated` tells them that they no longer are. */
export function answerOf(error: AppError): ActionFailure {
  // The page stays as it is, with all that was typed: only the session is new.
  if (error.code === "unauthenticated") {
    return { state: "failed", message: "Your session has ended. Sign in again in another tab, then send this again." }
  }
  return refusalAnswer(error)
}
