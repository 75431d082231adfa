/**
 * The exchange: a job's own token for an access token that lives for minutes (RFC 8693). Whoever asks is nobody until
 * one of the account's trust rules takes the token. The answer to a refused one is the same whatever was wrong, an
 * account that doesn't exist included; what it was is kept with the rule, for who manages it.
 */
import { createHash } from "node:crypto"
import type { JSONWebKeySet } from "jose"
import { scopePath, slug } from "../../contract/names.ts"
import { readJsonObject } from "../../contract/strict-json.ts"
import { newToken } from "../../crypto/tokens.ts"
import { newId } from "../../db/ids.ts"
import * as rules from "../../db/trust-rules.ts"
import { AppError } from "../../errors.ts"
import { describeError, log } from "../../log.ts"
import type { Context, House, UseCase, UseCases } from "../context.ts"
import { guess, networkOf } from "../identity/guessing.ts"
import { type Claims, firstUnmet, wordsOf } from "./claim-conditions.ts"
import { targetOf } from "./describe.ts"
import { checkClaims, checkSignature, endOf, type JobToken, type Refusal, readJobToken } from "./job-token.ts"

const exchangeToken: UseCase<"exchangeToken"> = async (context, input) => {
  const { house, request } = context
  const attempt = await guess(house, "exchanges from network", networkOf(request.address))
  const account = await findAudience(house, input.audience)
  if (account === undefined) throw refused()
  const token = readJobToken(input.subject_token)
  const candidates = await rules.findTrustRules(house.database.prisma, account)
  if ("reason" in token) return refuse(context, account, candidates, { ...token, isSigned: false })
  const ofIssuer = candidates.filter(({ issuer }) => issuer === token.claims.iss)
  if (ofIssuer.length === 0) return refuse(context, account, candidates, foreignIssuer(token, candidates), token)
  const tried: { rule: rules.StoredTrustRule; refusal: Found }[] = []
  for (const rule of ofIssuer) {
    const refusal = await judge(house, account, rule, token)
    if (refusal === undefined) {
      const answer = await letIn(context, account, rule, token)
      if (answer !== undefined) {
        await attempt.wasRight()
        return answer
      }
      tried.push({ rule, refusal: { reason: "replay", claim: "jti", isSigned: true } })
    } else tried.push({ rule, refusal })
  }
  return refuseEach(context, account, tried, token)
}

export const exchanging: UseCases<"exchangeToken"> = { exchangeToken }

type Found = Refusal & { isSigned: boolean }

type Answer = Awaited<ReturnType<typeof exchangeToken>>

async function findAudience({ database }: House, audience: string): Promise<rules.TrustedAccount | undefined> {
  const slash = audience.lastIndexOf("/")
  const scope = scopePath.safeParse(audience.slice(0, slash)).data
  const name = slug.safeParse(audience.slice(slash + 1)).data
  return scope === undefined || name === undefined
    ? undefined
    : rules.findTrustedAccount(database.prisma, { scope, name })
}

/** Why the rule doesn't take the token; undefined when it does. What costs most, the signature, comes when the rest fits. */
async function judge(
  house: House,
  account: rules.TrustedAccount,
  rule: rules.StoredTrustRule,
  token: JobToken,
): Promise<Found | undefined> {
  const unsigned = await checkSigned(house, rule, token)
  if (unsigned !== undefined) return { ...unsigned, isSigned: false }
  const said = checkClaims(token, rule.audience, new Date()) ?? checkConditions(rule, token)
  if (said !== undefined) return { ...said, isSigned: true }
  if (account.disabled) return { reason: "account_disabled", isSigned: true }
  const hasId = typeof token.claims.jti === "string" && token.claims.jti !== ""
  return rule.refusesReplay && !hasId ? { reason: "replay", claim: "jti", isSigned: true } : undefined
}

/** A token whose key isn't known may be by a new one: the issuer is asked again, until an answer is newer than we are. */
async function checkSigned(house: House, rule: rules.StoredTrustRule, token: JobToken): Promise<Refusal | undefined> {
  if (rule.keySet !== null) return checkSignature(token, pasted(rule.keySet))
  try {
    let keys = await house.issuerKeys.current(rule)
    let refusal = await checkSignature(token, keys.set)
    // The first answer may have been on its way before the key was there.
    for (let again = 0; again < 2 && refusal?.reason === "key"; again++) {
      keys = await house.issuerKeys.newer(rule, keys)
      refusal = await checkSignature(token, keys.set)
    }
    return refusal
  } catch (error) {
    log.info("an issuer's keys couldn't be fetched", { issuer: rule.issuer, cause: describeError(error) })
    return { reason: "issuer_unreachable" }
  }
}

function pasted(keySet: string): JSONWebKeySet {
  // It was checked when the rule was made.
  return readJsonObject(Buffer.from(keySet, "utf8")) as unknown as JSONWebKeySet
}

function checkConditions({ conditions }: rules.StoredTrustRule, { claims }: JobToken): Refusal | undefined {
  const unmet = firstUnmet(conditions, claims)
  if (unmet === undefined) return undefined
  const found = wordsOf(claims, unmet.claim)
  return {
    reason: "claim",
    claim: unmet.claim,
    expected: unmet.values.join(" or "),
    ...(found.length > 0 ? { found: found.join(", ") } : {}),
  }
}

/** Undefined when the token was exchanged before, or when the rule or the account has changed meanwhile. */
async function letIn(
  context: Context,
  account: rules.TrustedAccount,
  rule: rules.StoredTrustRule,
  token: JobToken,
): Promise<Answer | undefined> {
  const { house } = context
  const id = newId()
  const made = newToken("sat", id)
  const used = rule.refusesReplay ? { hash: hashOf(String(token.claims.jti)), until: endOf(token) } : null
  context.about({
    organizationId: account.organizationId,
    scope: { id: account.scopeId, path: account.scope },
    target: targetOf(account),
    details: { accessToken: id, trustRule: rule.id, name: rule.name, subject: bounded(token.claims.sub) },
  })
  try {
    await context.commit(async (tx) => {
      const { hash, prefix } = made
      if ((await rules.insertExchanged(tx, rule, { id, hash, prefix, used })) !== "kept") throw new NotKept()
    })
  } catch (error) {
    if (error instanceof NotKept) return undefined
    throw error
  }
  await rules.noteExchange(house.database, rule)
  return {
    access_token: made.token,
    issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
    token_type: "Bearer",
    expires_in: rule.lifetimeSeconds,
  }
}

/** Ends the transaction, so that nothing of it stays. */
class NotKept extends Error {}

function foreignIssuer({ claims }: JobToken, candidates: readonly rules.StoredTrustRule[]): Found {
  const expected = [...new Set(candidates.map(({ issuer }) => issuer))].join(" or ")
  const found = bounded(claims.iss)
  return { reason: "issuer", claim: "iss", expected, ...(found === null ? {} : { found }), isSigned: false }
}

function refuse(
  context: Context,
  account: rules.TrustedAccount,
  candidates: readonly rules.StoredTrustRule[],
  refusal: Found,
  token?: JobToken,
): Promise<never> {
  return refuseEach(
    context,
    account,
    candidates.map((rule) => ({ rule, refusal })),
    token,
  )
}

/** A flood of refusals fills neither the log nor the rules: beyond the account's budget nothing is written down. */
async function refuseEach(
  context: Context,
  account: rules.TrustedAccount,
  tried: readonly { rule: rules.StoredTrustRule; refusal: Found }[],
  token?: JobToken,
): Promise<never> {
  const { house } = context
  await guess(house, "refused exchanges of account", account.id)
  const [first] = tried
  context.about({
    organizationId: account.organizationId,
    scope: { id: account.scopeId, path: account.scope },
    target: targetOf(account),
    details: { refusedFor: first?.refusal.reason ?? "issuer", ...(first && { name: first.rule.name }) },
  })
  for (const { rule, refusal } of tried) {
    const { reason, claim, expected, found, isSigned } = refusal
    await rules.noteRefusal(house.database, rule, {
      reason,
      claim: claim ?? null,
      expected: bounded(expected),
      found: bounded(found),
      isSigned,
      claims: token === undefined ? [] : tellable(token.claims, rule, isSigned),
    })
  }
  if (tried.some(({ refusal }) => refusal.reason === "issuer_unreachable")) throw cantAsk()
  throw refused()
}

/** Claims that name a place or a job and that every CI system prints in its own log. */
const tellableClaims = new Set([
  ...["iss", "aud", "sub", "exp", "iat", "nbf", "repository", "repository_owner", "ref", "ref_type", "environment"],
  ...["workflow", "job_workflow_ref", "event_name", "actor", "project_path", "namespace_path", "pipeline_source"],
])
const mostTold = 40
const mostCharacters = 200

/** What was signed is told with its words, where they may be told; of the rest only the names. */
function tellable(
  claims: Claims,
  { conditions }: rules.StoredTrustRule,
  isSigned: boolean,
): rules.StoredRefusal["claims"] {
  const isTold = (name: string): boolean =>
    isSigned && (tellableClaims.has(name) || conditions.some(({ claim }) => claim === name))
  return Object.keys(claims)
    .slice(0, mostTold)
    .map((name) => ({
      name: bounded(name) ?? "",
      value: isTold(name) ? bounded(wordsOf(claims, name).join(", ")) : null,
    }))
}

/** What a stranger wrote, as a page can show it. */
function bounded(text: unknown): string | null {
  if (typeof text !== "string") return null
  return text
    .slice(0, mostCharacters)
    .replace(/[\p{Cc}\p{Cf}]/gu, "?")
    .toWellFormed()
}

function hashOf(text: string): Uint8Array {
  return createHash("sha256").update(text, "utf8").digest()
}

function refused(): AppError {
  const message =
    "This token isn't taken: no trust rule of that service account fits it. Whoever manages the account sees in the console which condition failed."
  return new AppError("unauthenticated", message)
}

function cantAsk(): AppError {
  const message = "The issuer of this token can't be asked for its keys now. Try again in a moment."
  return new AppError("unavailable", message, { retryAfterSeconds: 2 })
}
