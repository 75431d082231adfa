import "server-only"
import { cookies } from "next/headers"
import type { AppError, ErrorCode } from "../errors.ts"
import { ownPath, signInAddress } from "./addresses.ts"
import { signIn, signOut } from "./auth.ts"
import { SignInRefused } from "./auth-config.ts"
import { findCurrentPerson } from "./current-person.ts"
import { invitationCookie, invitationSeconds } from "./invitation-cookie.ts"
import { consoleSettings } from "./settings.ts"

/** Signs in by a password and sets the cookie. @throws AppError with api's own words when it is refused */
export async function signInByPassword(email: string, password: string): Promise<void> {
  try {
    await signIn("credentials", { email, password, redirect: false })
  } catch (error) {
    throw refusalOf(error) ?? error
  }
}

/**
 * Sends the person to an identity provider, and from there to `next`. With an invitation's code, a new one may join.
 * Who is signed in already does this to prove it anew: then the provider must ask, even if it remembers them.
 */
export async function signInByIdentity(
  provider: string,
  { next, invitation }: { next?: string | undefined; invitation?: string | undefined },
): Promise<void> {
  const jar = await cookies()
  const options = { httpOnly: true, sameSite: "lax", path: "/api/auth", secure: isSecure() } as const
  if (invitation === undefined) jar.delete({ name: invitationCookie, path: options.path })
  else jar.set(invitationCookie, invitation, { ...options, maxAge: invitationSeconds })
  const isAgain = (await findCurrentPerson()) !== undefined
  await signIn(provider, { redirectTo: ownPath(next) }, isAgain ? { max_age: "0" } : {})
}

/** Ends the session and removes the cookie, then shows the page to sign in. */
export async function signOutHere(): Promise<void> {
  await signOut({ redirectTo: signInAddress() })
}

/** The identity providers that people may choose from. */
export function identityProviders(): { id: string; name: string }[] {
  return consoleSettings().oidcProviders.map(({ id, name }) => ({ id, name }))
}

/**
 * What to tell somebody whom an identity provider sent back and api refused (`/sign-in?refused=<code>`), or whom
 * next-auth did (`?error=`). The address holds a code and no text: a text there could be anybody's.
 */
export function describeRefusal(code: string | undefined): string | undefined {
  if (code === undefined) return undefined
  // The code is anybody's: `constructor` must not find what every object has.
  return (
    new Map(Object.entries(refusals)).get(code) ?? "The identity provider's answer couldn't be accepted. Sign in again."
  )
}

const refusals: Partial<Record<ErrorCode, string>> = {
  forbidden: "This identity isn't known here yet, or the invitation is for another address. Ask for an invitation.",
  gone: "This invitation was used, has expired or was taken back. Ask for a new one.",
  not_found: "This isn't an invitation. Open the whole link that you were sent.",
  conflict: "There is an account with this e-mail address already. Sign in to it by password.",
  invalid: "The identity provider doesn't tell your e-mail address. Let it, or ask for an invitation to your address.",
  rate_limited: "That was tried too often. Try again in a minute.",
  unavailable: "The identity provider can't be asked right now. Try again in a moment, or sign in by password.",
}

function refusalOf(error: unknown): AppError | undefined {
  return error instanceof SignInRefused ? error.refusal : undefined
}

function isSecure(): boolean {
  return consoleSettings().publicUrl.protocol === "https:"
}
