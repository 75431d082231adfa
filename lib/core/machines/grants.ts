/** Grants: what a service account may read or write, at a scope and beneath. To grant reading is to delegate. */
import type { ParsedInputOf } from "../../contract/api.ts"
import type { Transaction } from "../../db/database.ts"
import * as delegations from "../../db/delegations.ts"
import { recordDelegations } from "../../db/delegations.ts"
import { newId } from "../../db/ids.ts"
import { bumpGeneration, isWithin, type ScopeRef } from "../../db/scopes.ts"
import { findGrants, type StoredGrant, type StoredServiceAccount } from "../../db/service-accounts.ts"
import { AppError } from "../../errors.ts"
import { authorize, type Permit } from "../authorize.ts"
import type { Context, UseCase, UseCases } from "../context.ts"
import { authorizeDelegation, markOf, refuseReadersElsewhere } from "../delegate.ts"
import { describeGrant, findAccount, readerOf } from "./describe.ts"

const grantAccess: UseCase<"grantAccess"> = async (context, input) => {
  const { scope: home } = await authorize(context, "metadata.read", input.scope)
  const account = await findAccount(context, home, input.account)
  const { grantScope = home.path, vault, prefix, access } = input
  refuseOutsideOf(home, grantScope)
  // Before it may be refused: the log then says what was refused.
  context.about({ ...(vault === null ? {} : { vault }), details: { access, prefix } })
  const permit = await authorizeDelegation(context, grantScope)
  await refuseReadersElsewhere(context, permit, [readerOf(account)])
  await refuseRepeated(context, account, { ...input, grantScope })
  const id = newId()
  await context.commit(async (tx) => {
    await addGrant(tx, context, permit, account, { id, vault, prefix, access })
    await bumpGeneration(tx, permit.scope)
  })
  return { outcome: "granted", grant: describeGrant(await grantOf(context, account, id)) }
}

const revokeGrant: UseCase<"revokeGrant"> = async (context, input) => {
  const { scope: home } = await authorize(context, "service_account.manage", input.scope)
  const { organizationId } = home
  const account = await findAccount(context, home, input.account)
  const grant = await grantOf(context, account, input.grant)
  const covered = { organizationId, id: grant.scopeId }
  context.about({ scope: { id: grant.scopeId, path: grant.scope }, details: { grant: grant.id, access: grant.access } })
  await context.commit(async (tx) => {
    await tx.$executeRaw`UPDATE "Grant" SET "revokedAt" = now() WHERE "organizationId" = ${organizationId}::uuid AND "id" = ${grant.id}::uuid`
    await delegations.endDelegations(tx, { organizationId, by: "grantId", id: grant.id })
    await bumpGeneration(tx, covered)
  })
  return {}
}

interface NewGrant extends Pick<ParsedInputOf<"grantAccess">, "vault" | "prefix" | "access"> {
  id: string
}

async function addGrant(
  tx: Transaction,
  context: Context,
  permit: Permit<"delegate">,
  account: StoredServiceAccount,
  { id, vault, prefix, access }: NewGrant,
): Promise<void> {
  const { organizationId } = account
  const { scope, caller } = permit
  const owned = { organizationId, id, serviceAccountId: account.id, scopeId: scope.id, grantedById: caller.id }
  await tx.grant.create({ data: { ...owned, vaultName: vault, prefix, access } })
  if (access !== "read") return
  const mark = { ...markOf(context, permit, "grantAccess"), serviceAccountId: account.id, grantId: id }
  await recordDelegations(tx, [{ ...mark, accessTokenId: null, vaultId: null, secretId: null }])
}

async function grantOf(context: Context, account: StoredServiceAccount, id: string): Promise<StoredGrant> {
  const grants = await findGrants(context.house.database.prisma, account)
  const found = grants.find((grant) => grant.id === id)
  if (found === undefined) throw new AppError("not_found", `"${account.name}" has no such grant, or no longer.`)
  return found
}

/** An account belongs to a scope: what it may do lies there and beneath. */
function refuseOutsideOf(home: ScopeRef, grantScope: string): void {
  if (isWithin(grantScope, home.path)) return
  throw new AppError(
    "invalid",
    `A service account of ${home.path} can be granted something there and beneath it only.`,
    {
      fields: { grantScope: `Choose ${home.path} or a scope beneath it.` },
    },
  )
}

async function refuseRepeated(
  context: Context,
  account: StoredServiceAccount,
  { grantScope, vault, prefix, access }: ParsedInputOf<"grantAccess">,
): Promise<void> {
  const grants = await findGrants(context.house.database.prisma, account)
  const isThere = grants.some(
    (grant) =>
      grant.scope === grantScope && grant.vault === vault && grant.prefix === prefix && grant.access === access,
  )
  if (isThere) throw new AppError("conflict", `"${account.name}" was granted this already.`)
}

export const managingGrants: UseCases<"grantAccess" | "revokeGrant"> = { grantAccess, revokeGrant }
