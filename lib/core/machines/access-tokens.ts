/** Access tokens: what a machine proves with that it is a service account. Shown once, kept as SHA-256. */
import { newToken } from "../../crypto/tokens.ts"
import { endDelegations, recordDelegations } from "../../db/delegations.ts"
import { newId } from "../../db/ids.ts"
import {
  findAccessToken,
  findGrants,
  type StoredAccessToken,
  type StoredServiceAccount,
} from "../../db/service-accounts.ts"
import { AppError } from "../../errors.ts"
import { authorize, type Permit } from "../authorize.ts"
import type { Context, UseCase, UseCases } from "../context.ts"
import { authorizeDelegation, markOf, refuseReadersElsewhere } from "../delegate.ts"
import { describeToken, findAccount, readerOf } from "./describe.ts"

const issueToken: UseCase<"issueToken"> = async (context, input) => {
  const { scope: home } = await authorize(context, "metadata.read", input.scope)
  const account = await findAccount(context, home, input.account)
  const permit = await authorizeIssuing(context, account)
  const { organizationId } = home
  const { name, cidrs, expiresInDays } = input
  const id = newId()
  const { token, hash, prefix } = newToken("sat", id)
  context.about({ scope: { id: home.id, path: home.path }, details: { accessToken: id, name, expiresInDays } })
  await context.commit(async (tx) => {
    await tx.$executeRaw`
      INSERT INTO "AccessToken" ("organizationId", "id", "serviceAccountId", "name", "hash", "prefix", "cidrs", "issuedById", "createdAt", "expiresAt")
      VALUES (${organizationId}::uuid, ${id}::uuid, ${account.id}::uuid, ${name}, ${Buffer.from(hash)}, ${prefix}, ${cidrs},
              ${permit.caller.id}::uuid, now(), now() + make_interval(days => ${expiresInDays}::int))`
    const mark = { ...markOf(context, permit, "issueToken"), serviceAccountId: account.id, accessTokenId: id }
    await recordDelegations(tx, [{ ...mark, grantId: null, vaultId: null, secretId: null }])
  })
  return { token, accessToken: describeToken(await tokenOf(context, account, id)) }
}

/** Both work for some hours, so that no job fails while the new one is carried to where the old one is. */
const rotateToken: UseCase<"rotateToken"> = async (context, input) => {
  const { scope: home } = await authorize(context, "metadata.read", input.scope)
  const account = await findAccount(context, home, input.account)
  const permit = await authorizeIssuing(context, account)
  const { organizationId } = home
  const old = await tokenOf(context, account, input.token)
  const { name, cidrs } = old
  if (old.revokedAt !== null || old.expiresAt <= new Date()) throw hasEnded(old)
  const { expiresInDays, overlapHours } = input
  const id = newId()
  const { token, hash, prefix } = newToken("sat", id)
  const details = { accessToken: id, replaced: old.id, name, expiresInDays, overlapHours }
  context.about({ scope: { id: home.id, path: home.path }, details })
  await context.commit(async (tx) => {
    const ended = await tx.$executeRaw`
      UPDATE "AccessToken" SET "expiresAt" = least("expiresAt", now() + make_interval(hours => ${overlapHours}::int))
      WHERE "organizationId" = ${organizationId}::uuid AND "id" = ${old.id}::uuid AND "revokedAt" IS NULL AND "expiresAt" > now()`
    if (ended !== 1) throw hasEnded(old)
    await tx.$executeRaw`
      INSERT INTO "AccessToken" ("organizationId", "id", "serviceAccountId", "name", "hash", "prefix", "cidrs", "issuedById", "createdAt", "expiresAt")
      VALUES (${organizationId}::uuid, ${id}::uuid, ${account.id}::uuid, ${name}, ${Buffer.from(hash)}, ${prefix}, ${cidrs},
              ${permit.caller.id}::uuid, now(), now() + make_interval(days => ${expiresInDays}::int))`
    const mark = { ...markOf(context, permit, "rotateToken"), serviceAccountId: account.id, accessTokenId: id }
    await recordDelegations(tx, [{ ...mark, grantId: null, vaultId: null, secretId: null }])
  })
  return {
    token,
    accessToken: describeToken(await tokenOf(context, account, id)),
    replaced: describeToken(await tokenOf(context, account, old.id)),
  }
}

const revokeToken: UseCase<"revokeToken"> = async (context, input) => {
  const { scope: home } = await authorize(context, "service_account.manage", input.scope)
  const { organizationId } = home
  const account = await findAccount(context, home, input.account)
  const { id, name } = await tokenOf(context, account, input.token)
  context.about({ details: { accessToken: id, name } })
  await context.commit(async (tx) => {
    await tx.$executeRaw`
      UPDATE "AccessToken" SET "revokedAt" = coalesce("revokedAt", now())
      WHERE "organizationId" = ${organizationId}::uuid AND "id" = ${id}::uuid`
    await endDelegations(tx, { organizationId, by: "accessTokenId", id })
  })
  return {}
}

/** Whoever holds the token reads all that the account may: the permission is needed everywhere that it reads. */
export async function authorizeIssuing(context: Context, account: StoredServiceAccount): Promise<Permit<"delegate">> {
  const permit = await authorizeDelegation(context, account.scope)
  if (account.disabled) {
    throw new AppError("conflict", `"${account.name}" is disabled. Enable it before you issue a token.`)
  }
  await refuseReadersElsewhere(context, permit, [readerOf(account)])
  const grants = await findGrants(context.house.database.prisma, account)
  const scopesRead = new Set(grants.filter(({ access }) => access === "read").map(({ scope }) => scope))
  for (const path of scopesRead) await authorizeDelegation(context, path)
  return permit
}

async function tokenOf(context: Context, account: StoredServiceAccount, id: string): Promise<StoredAccessToken> {
  const found = await findAccessToken(context.house.database.prisma, account, id)
  if (found === undefined) throw new AppError("not_found", `"${account.name}" has no such token.`)
  return found
}

function hasEnded({ name }: StoredAccessToken): AppError {
  return new AppError("conflict", `The token "${name}" has ended already. Issue another one.`)
}

export const managingAccessTokens: UseCases<"issueToken" | "rotateToken" | "revokeToken"> = {
  issueToken,
  rotateToken,
  revokeToken,
}
