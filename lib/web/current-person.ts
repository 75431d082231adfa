import "server-only"
import { redirect } from "next/navigation"
import { cache } from "react"
import type { Me } from "../contract/dto.ts"
import { isAppError } from "../errors.ts"
import { signInAddress } from "./addresses.ts"
import { sessionApi } from "./api.ts"

/** Who is signed in, or undefined. Asked once per request, however many components want to know. */
export const findCurrentPerson = cache(async (): Promise<Me | undefined> => {
  try {
    return await (await sessionApi()).describeMe({})
  } catch (error) {
    if (isAppError(error) && error.code === "unauthenticated") return undefined
    throw error
  }
})

/** Who is signed in. Anybody else is sent to sign in, and from there to `next`, a path of ours. */
export async function currentPerson(next?: string): Promise<Me> {
  return (await findCurrentPerson()) ?? redirect(signInAddress(next))
}
