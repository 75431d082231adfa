import "server-only"
import { headers } from "next/headers"
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

/** Who is signed in. Anybody else is sent to sign in, and from there back to this page. */
export async function currentPerson(): Promise<Me> {
  return (await findCurrentPerson()) ?? goAndSignIn()
}

/** Sends whoever asks for this page to sign in, and from there back to it. `proxy.ts` says which page this is. */
export async function goAndSignIn(): Promise<never> {
  redirect(signInAddress((await headers()).get("x-address") ?? undefined))
}
