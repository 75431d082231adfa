/**
 * How next-auth signs people in here. It is the browser's side of it alone: api checks passwords and ID tokens, limits
 * guessing and keeps the sessions. The cookie holds a session's id and nothing else; next-auth's `encode` and `decode`
 * hand it over and look it up, so one that was ended is dead on its next request.
 */
import { CredentialsSignin } from "@auth/core/errors"
import type { NextAuthConfig, User } from "next-auth"
import Credentials from "next-auth/providers/credentials"
import type { Credential } from "../../clients/sdk/node/index.ts"
import type { StrongroomApi } from "../contract/api.ts"
import type { SignedIn } from "../contract/dto.ts"
import type { ConsoleSettings, OidcProvider } from "../env.ts"
import { type AppError, isAppError } from "../errors.ts"
import { describeError, log } from "../log.ts"
import { credentialOf } from "./connection.ts"
import { sessionCookieName } from "./settings.ts"

/** What it takes of the request that it serves. */
export interface AuthRequest {
  api(credential: Credential): StrongroomApi
  /** The code of an invitation that the person came with. */
  invitation: string | undefined
}

/** next-auth's error for a refused password; it brings api's own words along for the form. */
export class SignInRefused extends CredentialsSignin {
  readonly refusal: AppError

  constructor(refusal: AppError) {
    super(refusal.message)
    this.refusal = refusal
    this.code = refusal.code
  }
}

/** A session's life at the most. The cookie may outlive the session: its row is what counts. */
const sessionSeconds = 7 * 24 * 3600

type AuthSettings = Pick<ConsoleSettings, "publicUrl" | "authSecret" | "oidcProviders">

export function authConfig(
  { publicUrl, authSecret, oidcProviders }: AuthSettings,
  { api, invitation }: AuthRequest,
): NextAuthConfig {
  const secure = publicUrl.protocol === "https:"
  const name = sessionCookieName(publicUrl)
  return {
    // Front has checked the host, and says which it is.
    trustHost: true,
    secret: authSecret,
    basePath: "/api/auth",
    useSecureCookies: secure,
    pages: { signIn: "/sign-in", error: "/sign-in" },
    session: { strategy: "jwt", maxAge: sessionSeconds },
    cookies: { sessionToken: { name, options: { httpOnly: true, sameSite: "lax", path: "/", secure } } },
    jwt: {
      encode: async ({ token }) => textOf(token?.session) ?? "",
      decode: async ({ token }) => lookUp(api, token),
    },
    providers: [
      byPassword(api({ kind: "none" })),
      ...oidcProviders.map((provider) => byIdentity(provider, api({ kind: "none" }), invitation)),
    ],
    callbacks: {
      signIn: ({ user }) => (isRefused(user) ? `/sign-in?refused=${user.refused}` : true),
      jwt: ({ token, user }) => (hasSession(user) ? { ...token, session: user.session } : token),
    },
    events: {
      signOut: async (message) => {
        const session = "token" in message ? textOf(message.token?.session) : undefined
        if (session !== undefined) await api({ kind: "session", id: session }).signOut({})
      },
    },
    logger: {
      error: (error) => log.warn("a sign-in failed", { error: describeError(error) }),
      warn: (code) => log.warn("next-auth warns", { code }),
      debug: () => undefined,
    },
  }
}

/** The person whose session it is, or null: then next-auth removes the cookie. A failure to ask is no absence. */
async function lookUp(api: AuthRequest["api"], token: string | undefined) {
  const credential = credentialOf(token)
  if (credential.kind !== "session") return null
  try {
    const { id, name, email } = await api(credential).describeMe({})
    return { session: credential.id, sub: id, name, email }
  } catch (error) {
    if (isAppError(error) && error.code === "unauthenticated") return null
    throw error
  }
}

function byPassword(api: StrongroomApi): NextAuthConfig["providers"][number] {
  return Credentials({
    credentials: { email: {}, password: {} },
    authorize: async ({ email, password }) => {
      try {
        return toUser(await api.signIn({ email: textOf(email) ?? "", password: textOf(password) ?? "" }))
      } catch (error) {
        if (isAppError(error)) throw new SignInRefused(error)
        throw error
      }
    },
  })
}

/**
 * next-auth goes to the identity provider and back (state, nonce, PKCE); api then verifies the ID token itself. A
 * refusal travels in the user as its code, because next-auth keeps an error's reason to itself.
 */
function byIdentity(
  { id, name, issuer, clientId, clientSecret }: OidcProvider,
  api: StrongroomApi,
  invitation: string | undefined,
): NextAuthConfig["providers"][number] {
  return {
    id,
    name,
    type: "oidc",
    issuer,
    clientId,
    clientSecret,
    checks: ["pkce", "state", "nonce"],
    authorization: { params: { scope: "openid profile email" } },
    profile: async (_profile, { id_token: idToken, access_token: accessToken }): Promise<SessionUser | RefusedUser> => {
      try {
        const proof = { issuer, idToken: idToken ?? "", ...(accessToken === undefined ? {} : { accessToken }) }
        return toUser(await api.signInWithIdentity(invitation === undefined ? proof : { ...proof, invitation }))
      } catch (error) {
        if (!isAppError(error)) throw error
        log.info("an identity was refused", { provider: id, code: error.code })
        return { refused: error.code }
      }
    },
  }
}

type SessionUser = User & { session: string }
/** With the code of api's refusal. */
type RefusedUser = User & { refused: string }

function toUser({ session, person }: SignedIn): SessionUser {
  return { id: person.id, name: person.name, email: person.email, session }
}

function hasSession(user: User | undefined): user is SessionUser {
  return user !== undefined && "session" in user && typeof user.session === "string"
}

function isRefused(user: User): user is RefusedUser {
  return "refused" in user && typeof user.refused === "string"
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined
}
