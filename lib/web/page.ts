import "server-only"
import { notFound } from "next/navigation"
import type { StrongroomApi } from "../contract/api.ts"
import { isAppError } from "../errors.ts"
import { sessionApi } from "./api.ts"
import { goAndSignIn } from "./current-person.ts"

/**
 * What a page shows, asked of the API: `const secret = await forPage((api) => api.describeSecret(address))`. What isn't
 * found (or not for this person) becomes the page that says so, and a session that has ended leads to signing in.
 */
export async function forPage<Result>(ask: (api: StrongroomApi) => Promise<Result>): Promise<Result> {
  try {
    return await ask(await sessionApi())
  } catch (error) {
    if (isAppError(error) && error.code === "unauthenticated") await goAndSignIn()
    if (isAppError(error) && (error.code === "not_found" || error.code === "gone")) notFound()
    throw error
  }
}
