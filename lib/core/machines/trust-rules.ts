/**
 * Trust rules: a service account takes the tokens that an issuer signs for its jobs, where their claims fulfil the rule's
 * conditions. Whoever can make such a token reads all that the account may, so making or changing a rule is delegation,
 * as issuing a token is.
 */
import type { ClaimCondition, TrustRule } from "../../contract/dto.ts"
import { readJsonObject } from "../../contract/strict-json.ts"
import { endDelegations, recordDelegations } from "../../db/delegations.ts"
import { newId } from "../../db/ids.ts"
import type { ScopeRef } from "../../db/scopes.ts"
import type { StoredServiceAccount } from "../../db/service-accounts.ts"
import * as rules from "../../db/trust-rules.ts"
import { isUniqueViolation } from "../../db/violations.ts"
import { AppError } from "../../errors.ts"
import { checkCaBundle } from "../../net/certificate.ts"
import { authorize } from "../authorize.ts"
import type { Context, UseCase, UseCases } from "../context.ts"
import { markOf } from "../delegate.ts"
import { toActor } from "../secrets/describe.ts"
import { authorizeIssuing } from "./access-tokens.ts"
import { findAccount } from "./describe.ts"
import { keySetIn } from "./issuer-keys.ts"

const listTrustRules: UseCase<"listTrustRules"> = async (context, input) => {
  const { scope } = await authorize(context, "service_account.manage", input.scope)
  const account = await findAccount(context, scope, input.account)
  const found = await rules.findTrustRules(context.house.database.prisma, account)
  return { items: found.map(describeRule) }
}

const describeTrustRule: UseCase<"describeTrustRule"> = async (context, input) => {
  const { scope } = await authorize(context, "service_account.manage", input.scope)
  return describeRule(await findRule(context, await findAccount(context, scope, input.account), input.rule))
}

const createTrustRule: UseCase<"createTrustRule"> = async (context, { scope, account: accountName, ...fields }) => {
  const { scope: home } = await authorize(context, "metadata.read", scope)
  const account = await findAccount(context, home, accountName)
  const permit = await authorizeIssuing(context, account)
  checkFields(fields, context.house.outgoing.allowsPlain)
  const id = newId()
  aboutRule(context, home, { ...fields, id })
  await keepingNames(account, fields.name, () =>
    context.commit(async (tx) => {
      const isThere = await rules.insertTrustRule(tx, account, { ...fields, id, createdById: permit.caller.id })
      if (!isThere) throw tooMany(account)
      const mark = { ...markOf(context, permit, "createTrustRule"), ...nothingElse, serviceAccountId: account.id }
      await recordDelegations(tx, [{ ...mark, trustRuleId: id }])
    }),
  )
  return describeRule(await findRule(context, account, id))
}

const changeTrustRule: UseCase<"changeTrustRule"> = async (
  context,
  { scope, account: accountName, rule: ruleId, ...fields },
) => {
  const { scope: home } = await authorize(context, "metadata.read", scope)
  const account = await findAccount(context, home, accountName)
  const permit = await authorizeIssuing(context, account)
  const rule = await findRule(context, account, ruleId)
  checkFields(fields, context.house.outgoing.allowsPlain)
  aboutRule(context, home, { ...fields, id: rule.id })
  await keepingNames(account, fields.name, () =>
    context.commit(async (tx) => {
      if (!(await rules.replaceTrustRule(tx, rule, fields))) throw changedMeanwhile(rule)
      await endDelegations(tx, { organizationId: rule.organizationId, by: "trustRuleId", id: rule.id })
      const mark = { ...markOf(context, permit, "changeTrustRule"), ...nothingElse, serviceAccountId: account.id }
      await recordDelegations(tx, [{ ...mark, trustRuleId: rule.id }])
    }),
  )
  return describeRule(await findRule(context, account, rule.id))
}

const deleteTrustRule: UseCase<"deleteTrustRule"> = async (context, input) => {
  const { scope: home } = await authorize(context, "service_account.manage", input.scope)
  const rule = await findRule(context, await findAccount(context, home, input.account), input.rule)
  aboutRule(context, home, rule)
  await context.commit(async (tx) => {
    await rules.deleteTrustRule(tx, rule)
    await endDelegations(tx, { organizationId: rule.organizationId, by: "trustRuleId", id: rule.id })
  })
  return {}
}

/**
 * Issuers whose tokens anybody in the world can get, with the claims that say whose a token is. A rule for one of them
 * that binds none of these would let everybody in.
 */
const sharedIssuers: Readonly<Record<string, readonly string[]>> = {
  "https://token.actions.githubusercontent.com": [
    "sub",
    "repository",
    "repository_id",
    "repository_owner",
    "repository_owner_id",
  ],
  "https://gitlab.com": ["sub", "project_path", "project_id", "namespace_path", "namespace_id"],
}

/** @throws AppError `invalid` */
function checkFields({ issuer, keySet, ca, conditions }: rules.TrustRuleFields, allowsPlain: boolean): void {
  const { protocol, username, password, search, hash } = new URL(issuer)
  if (username !== "" || password !== "" || search !== "" || hash !== "") {
    throw wrong("issuer", "An issuer's address has no user, query or fragment.")
  }
  if (keySet === null && protocol !== "https:" && !allowsPlain) {
    throw wrong("issuer", "Keys are fetched over https alone. Use an https address, or paste the keys.")
  }
  if (keySet !== null) checkKeySet(keySet)
  if (ca !== null) checkCa(ca)
  for (const [at, condition] of conditions.entries()) {
    if (condition.match === "pattern") checkPatterns(condition, `conditions.${String(at)}.values`)
  }
  const telling = sharedIssuers[issuer]
  if (telling !== undefined && !conditions.some((condition) => tellsWhose(condition, telling))) {
    const message = `Anybody can get a token of this issuer. Add a condition on one of ${telling.join(", ")} that names whose jobs are meant.`
    throw wrong("conditions", message)
  }
}

function checkKeySet(text: string): void {
  try {
    const set: Record<string, unknown> = readJsonObject(Buffer.from(text, "utf8"))
    const usable = keySetIn(set).keys.length
    if (Array.isArray(set.keys) && usable === set.keys.length) return
  } catch {
    // Told below: what was pasted isn't quoted.
  }
  throw wrong("keySet", "Paste a JSON Web Key Set that holds public keys alone, as the issuer publishes it.")
}

function checkCa(pem: string): void {
  try {
    checkCaBundle(pem)
  } catch {
    throw wrong("ca", "Paste the certificates of the authorities in PEM form.")
  }
}

/** A pattern says who is meant before it leaves anything open. */
function checkPatterns({ values }: ClaimCondition, field: string): void {
  for (const pattern of values) {
    if (/^[*/:]/.test(pattern)) throw wrong(field, "A pattern begins with what is fixed, such as refs/heads/*.")
    if (/\*\*(?!$)/.test(pattern) || /\*[^/:]*\*\*$/.test(pattern)) {
      throw wrong(
        field,
        "Two stars stand for any rest, so they are the pattern's end, and no other star is beside them.",
      )
    }
  }
}

/** For a `sub` like `repo:acme/app:…`, the owner stands in the second segment. */
function tellsWhose({ claim, match, values }: ClaimCondition, telling: readonly string[]): boolean {
  if (!telling.includes(claim)) return false
  return match === "exact" || values.every((pattern) => ownerIsFixed(pattern, claim === "sub" ? 1 : 0))
}

function ownerIsFixed(pattern: string, segment: number): boolean {
  const found = pattern.split(/[/:]/).slice(0, segment + 1)
  // Only where a separator follows is the segment whole: `acme**` would be anybody whose name begins so.
  const isWhole = pattern.split(/[/:]/).length > segment + 1
  return found.length === segment + 1 && isWhole && found.every((each) => each !== "" && !each.includes("*"))
}

async function findRule(context: Context, account: StoredServiceAccount, id: string): Promise<rules.StoredTrustRule> {
  const found = await rules.findTrustRules(context.house.database.prisma, account)
  const rule = found.find((each) => each.id === id)
  if (rule === undefined) throw new AppError("not_found", `"${account.name}" has no such trust rule.`)
  return rule
}

function aboutRule(context: Context, { id, path }: ScopeRef, rule: { id: string; name: string; issuer: string }): void {
  context.about({ scope: { id, path }, details: { trustRule: rule.id, name: rule.name, issuer: rule.issuer } })
}

function describeRule(rule: rules.StoredTrustRule): TrustRule {
  const { organizationId: _, rowVersion: __, createdBy, lastRefusal, lastRefusalAt, ...told } = rule
  return {
    ...told,
    createdAt: rule.createdAt.toISOString(),
    createdBy: toActor(createdBy),
    changedAt: rule.changedAt.toISOString(),
    lastExchangeAt: rule.lastExchangeAt?.toISOString() ?? null,
    lastRefusal:
      lastRefusal === null || lastRefusalAt === null ? null : { ...lastRefusal, at: lastRefusalAt.toISOString() },
  }
}

async function keepingNames<Result>(
  account: StoredServiceAccount,
  name: string,
  change: () => Promise<Result>,
): Promise<Result> {
  try {
    return await change()
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    throw new AppError("conflict", `"${account.name}" has a trust rule "${name}" already.`, {
      cause: error,
      fields: { name: "This name is taken." },
    })
  }
}

function wrong(field: string, message: string): AppError {
  return new AppError("invalid", message, { fields: { [field]: message } })
}

function tooMany({ name }: StoredServiceAccount): AppError {
  return new AppError(
    "conflict",
    `"${name}" has ${String(rules.mostTrustRules)} trust rules, and may have no more. Delete one first.`,
  )
}

function changedMeanwhile({ name }: rules.StoredTrustRule): AppError {
  return new AppError("conflict", `Somebody else has just changed or deleted "${name}". Look at it and try again.`)
}

const nothingElse = { grantId: null, accessTokenId: null, vaultId: null, secretId: null }

export const managingTrustRules: UseCases<
  "listTrustRules" | "describeTrustRule" | "createTrustRule" | "changeTrustRule" | "deleteTrustRule"
> = { listTrustRules, describeTrustRule, createTrustRule, changeTrustRule, deleteTrustRule }
