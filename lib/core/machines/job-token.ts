/**
 * A job's own token: a JSON Web Token that its CI system or cluster signed. Everything in it is hostile until the
 * signature is checked, by a key that the rule's issuer publishes and by no other: where a token says its key is to be
 * found (`jku`, `x5u`, `jwk`, `x5c`) is a reason to refuse it.
 */
import { type CryptoKey, compactVerify, createLocalJWKSet, errors, type JSONWebKeySet } from "jose"
import { readJsonObject } from "../../contract/strict-json.ts"
import type { ExchangeRefusal } from "../../contract/words.ts"
import type { Claims } from "./claim-conditions.ts"

export interface JobToken {
  text: string
  /** What it says, signed or not. */
  claims: Claims
  algorithm: string
}

/** What didn't hold, with what was wanted and what was found where that may be told. */
export interface Refusal {
  reason: ExchangeRefusal
  claim?: string
  expected?: string
  found?: string
}

/** Signatures by a key pair only: with a shared secret, whoever can check a token can make one. */
const algorithms: readonly string[] = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "EdDSA",
  "Ed25519",
]
const mostCharacters = 16_384
const clockToleranceSeconds = 30

/** Headers that say where to find a key, or that the rest means something else. */
const refusedHeaders = ["jku", "jwk", "x5u", "x5c", "crit", "b64", "zip"]

/** The token as it says it is. Proves nothing. */
export function readJobToken(text: string): JobToken | Refusal {
  const [header, payload, signature, more] = text.length > mostCharacters ? [] : text.split(".")
  if (header === undefined || payload === undefined || more !== undefined) return { reason: "form" }
  if (signature === undefined || !isBase64url(signature)) return { reason: "form" }
  const [head, claims] = [readPart(header), readPart(payload)]
  if (head === undefined || claims === undefined) return { reason: "form" }
  if (refusedHeaders.some((name) => Object.hasOwn(head, name))) return { reason: "form" }
  if (Object.hasOwn(head, "kid") && typeof head.kid !== "string") return { reason: "form" }
  const { alg } = head
  if (typeof alg !== "string" || !algorithms.includes(alg)) return { reason: "algorithm", ...told(alg) }
  return { text, claims, algorithm: alg }
}

/** What is wrong with the signature; undefined when one of the keys made it. `key`: they don't have the one it names. */
export async function checkSignature(token: JobToken, keys: JSONWebKeySet): Promise<Refusal | undefined> {
  try {
    await compactVerify(token.text, keyIn(keys), { algorithms: [...algorithms] })
    return undefined
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) {
      return { reason: "key" }
    }
    return { reason: "signature" }
  }
}

/** Whom it was made for and when it holds; undefined when both are right. */
export function checkClaims({ claims }: JobToken, audience: string, now: Date): Refusal | undefined {
  const { aud, exp, nbf, iat } = claims
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  if (!audiences.every((each) => typeof each === "string") || !audiences.includes(audience)) {
    return { reason: "audience", claim: "aud", expected: audience, ...told(audiences.join(", ")) }
  }
  const seconds = now.getTime() / 1000
  if (!isTime(exp) || exp <= seconds - clockToleranceSeconds) return { reason: "expired", claim: "exp", ...told(exp) }
  const isHere = isTime(iat) && iat <= seconds + clockToleranceSeconds
  if (!isHere) return { reason: "not_yet", claim: "iat", ...told(iat) }
  const holds = nbf === undefined || (isTime(nbf) && nbf <= seconds + clockToleranceSeconds)
  return holds ? undefined : { reason: "not_yet", claim: "nbf", ...told(nbf) }
}

/** When it ends; it was checked that it says so. */
export function endOf({ claims }: JobToken): Date {
  return new Date((Number(claims.exp) + clockToleranceSeconds) * 1000)
}

type KeyFinder = (header: { alg: string; kid?: string }) => Promise<CryptoKey>

/** jose's own choice: by `kid` where the token names one, and of a kind that fits the algorithm. */
function keyIn(keys: JSONWebKeySet): KeyFinder {
  return createLocalJWKSet(keys)
}

function readPart(part: string): Record<string, unknown> | undefined {
  if (!isBase64url(part)) return undefined
  try {
    return readJsonObject(Buffer.from(part, "base64url"))
  } catch {
    return undefined // why is for nobody: it may quote the token
  }
}

/** Without a character that a lenient reader skips, and with no second spelling. */
function isBase64url(part: string): boolean {
  return /^[\w-]+$/.test(part) && Buffer.from(part, "base64url").toString("base64url") === part
}

function isTime(claim: unknown): claim is number {
  return typeof claim === "number" && Number.isFinite(claim) && claim > 0 && claim < 1e11
}

function told(found: unknown): { found?: string } {
  return typeof found === "string" || typeof found === "number" ? { found: String(found) } : {}
}
