import "server-only"
import { notFound, redirect } from "next/navigation"
import type { StrongroomApi } from "../contract/api.ts"
import { isAppError } from "../errors.ts"
import { signInAddress } from "./addresses.ts"
import { sessionApi } from "./api.ts"

/**
 * What a page shows, asked of the API: `const secret = await forPage((api) => api.describeSecret(address))`. What isn't
 * found (or not for this person) becomes the page that says so, and a session that has ended leads to signing in.
 */
export async function forPage<Result>(
  ask: (api: StrongroomApi) => Promise<Result>,
  { next }: { next?: string } = {},
): Promise<Result> {
  try {
    return await ask(await sessionApi())
  } catch (error) {
    if (isAppError(error) && error.code === "unauthenticated") redirect(signInAddress(next))
    if (isAppError(error) && (error.code === "not_found" || error.code === "gone")) notFound()
    throw error
  }
}
