/** What people are told of service accounts. */
import type { AccessToken, Grant, ServiceAccountDetail, ServiceAccountSummary } from "../../contract/dto.ts"
import type { Transaction } from "../../db/database.ts"
import type { ScopeRef } from "../../db/scopes.ts"
import {
  findAccessTokens,
  findGrants,
  findReadable,
  findServiceAccount,
  type StoredAccessToken,
  type StoredGrant,
  type StoredServiceAccount,
} from "../../db/service-accounts.ts"
import { AppError } from "../../errors.ts"
import type { Context } from "../context.ts"
import type { NewReader } from "../delegate.ts"
import { toActor } from "../secrets/describe.ts"

/** How many of the secrets that an account can read its page names; it counts them all. */
const namedReadable = 200

/** The scope's service account of this name. Throws `not_found`. */
export async function findAccount(context: Context, scope: ScopeRef, name: string): Promise<StoredServiceAccount> {
  const account = await findServiceAccount(context.house.database.prisma, scope, name)
  if (account === undefined) {
    throw new AppError("not_found", `There is no service account "${name}" in ${scope.path}.`)
  }
  context.about({ target: targetOf(account) })
  return account
}

export function targetOf({ id, name }: { id: string; name: string }): { kind: string; id: string; name: string } {
  return { kind: "service_account", id, name }
}

/** The account as a reader, for whoever delegates to it. */
export function readerOf({ id, name, scope }: StoredServiceAccount): NewReader {
  return { serviceAccountId: id, accountName: name, accountScope: scope }
}

export function summarizeAccount(account: StoredServiceAccount): ServiceAccountSummary {
  return {
    id: account.id,
    scope: account.scope,
    name: account.name,
    description: account.description,
    disabled: account.disabled,
    activeTokens: account.activeTokens,
    grantCount: account.grantCount,
    createdAt: account.createdAt.toISOString(),
    createdBy: toActor(account.createdBy),
    lastUsedAt: account.lastUsedAt?.toISOString() ?? null,
  }
}

export async function detailAccount(db: Transaction, account: StoredServiceAccount): Promise<ServiceAccountDetail> {
  const [grants, tokens, readable] = await Promise.all([
    findGrants(db, account),
    findAccessTokens(db, account),
    findReadable(db, account, namedReadable),
  ])
  return {
    ...summarizeAccount(account),
    grants: grants.map(describeGrant),
    tokens: tokens.map(describeToken),
    readable: readable.secrets.map(({ grantId, ...secret }) => ({ ...secret, grant: grantId })),
    readableCount: readable.total,
  }
}

/** The detail of an account as it is now, read again after a change. */
export async function detailAccountNow(context: Context, scope: ScopeRef, name: string): Promise<ServiceAccountDetail> {
  return detailAccount(context.house.database.prisma, await findAccount(context, scope, name))
}

export function describeGrant(grant: StoredGrant): Grant {
  const { id, scope, vault, prefix, access, since, grantedBy, confirmedBy } = grant
  return {
    id,
    scope,
    vault,
    prefix,
    access,
    since: since.toISOString(),
    grantedBy: toActor(grantedBy),
    confirmedBy: confirmedBy === null ? null : toActor(confirmedBy),
    // One person was enough for it: nobody else confirmed.
    selfGranted: confirmedBy === null,
  }
}

export function describeToken(token: StoredAccessToken): AccessToken {
  const { id, name, prefix, cidrs, issuedBy, createdAt, expiresAt, lastUsedAt, lastAddress, revokedAt } = token
  return {
    id,
    name,
    prefix,
    cidrs,
    issuedBy: toActor(issuedBy),
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
    lastAddress,
    revokedAt: revokedAt?.toISOString() ?? null,
  }
}
