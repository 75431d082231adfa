/**
 * What an identity provider says of somebody, checked by api itself: whoever could make the console lie still can't
 * make an ID token. Its issuer is one that the operator configured, its signature is by a key that the issuer publishes,
 * it is for us, and it was made minutes ago.
 */
import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from "jose"
import { AppError } from "../../errors.ts"
import type { House } from "../context.ts"

export interface VerifiedIdentity {
  issuer: string
  /** The issuer's own name for the person: with the issuer, the one thing that identifies them. */
  subject: string
  /** When the issuer last asked the person to prove who they are, if it tells. */
  authenticatedAt: Date | undefined
  /** What the issuer says of the person. It decides nothing: it fills in a new account. */
  name: string | undefined
  email: string | undefined
}

// Signatures only: `none` and shared secrets (HS256) would let the console's configuration sign in anybody.
const algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
const clockToleranceSeconds = 30
const oldestMinutes = 10
const timeoutMs = 5_000

/** @throws AppError `unauthenticated` for a token that proves nothing, `unavailable` when the provider can't be asked */
export async function verifyIdToken(
  { identityProviders }: Pick<House, "identityProviders">,
  issuer: string,
  idToken: string,
): Promise<VerifiedIdentity> {
  const audience = identityProviders.filter((each) => each.issuer === issuer).map(({ clientId }) => clientId)
  if (audience.length === 0) throw provesNothing(`${issuer} isn't configured`)
  try {
    const { payload } = await jwtVerify(idToken, (await discovered(issuer)).keys, {
      issuer,
      audience,
      algorithms,
      clockTolerance: clockToleranceSeconds,
      maxTokenAge: `${String(oldestMinutes)} minutes`,
      requiredClaims: ["sub", "iat", "exp"],
    })
    const { sub, azp, auth_time: authTime, name, email } = payload
    if (azp !== undefined && !audience.some((client) => client === azp)) throw provesNothing("issued to another client")
    if (sub === undefined || sub === "") throw provesNothing("no subject")
    const authenticatedAt = typeof authTime === "number" ? new Date(authTime * 1000) : undefined
    return { issuer, subject: sub, authenticatedAt, name: textOf(name), email: textOf(email) }
  } catch (error) {
    throw asRefusal(error)
  }
}

/**
 * The same identity with name and address, if the ID token doesn't tell them and the provider does when it is asked
 * (OpenID Connect Core 1.0, section 5.3). An answer about another subject is none.
 */
export async function withProfile(
  identity: VerifiedIdentity,
  accessToken: string | undefined,
): Promise<VerifiedIdentity> {
  const { userInfo } = await discovered(identity.issuer)
  if (identity.email !== undefined || accessToken === undefined || userInfo === undefined) return identity
  const said = await getJson(userInfo, { authorization: `Bearer ${accessToken}` })
  if (fieldOf(said, "sub") !== identity.subject) return identity
  return { ...identity, name: identity.name ?? fieldOf(said, "name"), email: fieldOf(said, "email") }
}

interface Discovered {
  keys: JWTVerifyGetKey
  /** Where the provider tells more of whom it signed in. */
  userInfo: URL | undefined
}

const known = new Map<string, Promise<Discovered>>()

/** What the issuer's discovery document says; jose asks for the keys again when it meets one that it doesn't know. */
async function discovered(issuer: string): Promise<Discovered> {
  const kept = known.get(issuer) ?? discover(issuer)
  known.set(issuer, kept)
  kept.catch(() => known.delete(issuer))
  return kept
}

async function discover(issuer: string): Promise<Discovered> {
  const document = await getJson(new URL(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`))
  // OpenID Connect Discovery 1.0, section 4.3: the document must name the issuer that it was asked of.
  if (fieldOf(document, "issuer") !== issuer) throw cantAsk("its discovery document names another issuer")
  const keys = addressIn(document, "jwks_uri", issuer)
  if (keys === undefined) throw cantAsk("its discovery document names no address of keys")
  return {
    keys: createRemoteJWKSet(keys, { timeoutDuration: timeoutMs }),
    userInfo: addressIn(document, "userinfo_endpoint", issuer),
  }
}

/** An address that the document names, unless it is less guarded on the way than the issuer itself. */
function addressIn(document: object, name: string, issuer: string): URL | undefined {
  const url = URL.parse(fieldOf(document, name) ?? "")
  const isGuarded = url?.protocol === "https:" || url?.protocol === new URL(issuer).protocol
  return url !== null && isGuarded ? url : undefined
}

async function getJson(url: URL, headers: Record<string, string> = {}): Promise<object> {
  try {
    const answer = await fetch(url, { headers, redirect: "error", signal: AbortSignal.timeout(timeoutMs) })
    const document: unknown = await answer.json()
    if (!answer.ok || typeof document !== "object" || document === null) throw new Error(`status ${answer.status}`)
    return document
  } catch (cause) {
    throw cantAsk(cause)
  }
}

function fieldOf(document: object, name: string): string | undefined {
  return textOf(Object.entries(document).find(([key]) => key === name)?.[1])
}

function textOf(claim: unknown): string | undefined {
  return typeof claim === "string" && claim !== "" ? claim : undefined
}

function asRefusal(error: unknown): AppError {
  if (error instanceof AppError) return error
  if (error instanceof errors.JWKSTimeout) return cantAsk(error)
  // Without a code of its own it is a key set that couldn't be fetched or read.
  if (error instanceof errors.JOSEError && error.code !== "ERR_JOSE_GENERIC") return provesNothing(error)
  return cantAsk(error)
}

function provesNothing(cause: unknown): AppError {
  return new AppError("unauthenticated", "The identity provider's answer couldn't be accepted. Sign in again.", {
    cause,
  })
}

function cantAsk(cause: unknown): AppError {
  const message = "The identity provider can't be asked right now. Try again in a moment, or sign in by password."
  return new AppError("unavailable", message, { cause, retryAfterSeconds: 10 })
}
