/** Service accounts: a machine's identity at a scope. One can read nothing until somebody grants it something. */
import { z } from "zod"
import { endDelegations, recordDelegations } from "../../db/delegations.ts"
import { newId } from "../../db/ids.ts"
import {
  changeServiceAccount as changeRow,
  deleteServiceAccount as deleteRows,
  findGrants,
  listServiceAccounts as listPage,
  type StoredServiceAccount,
} from "../../db/service-accounts.ts"
import { isUniqueViolation } from "../../db/violations.ts"
import { AppError } from "../../errors.ts"
import { authorize } from "../authorize.ts"
import type { Context, UseCase, UseCases } from "../context.ts"
import { authorizeDelegation, markOf, type RecordDelegations, refuseReadersElsewhere } from "../delegate.ts"
import { readCursor, toPage } from "../paging.ts"
import { detailAccount, detailAccountNow, findAccount, readerOf, summarizeAccount, targetOf } from "./describe.ts"

const listServiceAccounts: UseCase<"listServiceAccounts"> = async (context, input) => {
  const { scope } = await authorize(context, "metadata.read", input.scope)
  const after = readCursor(input.cursor, z.string().max(63))
  const rows = await listPage(context.house.database.prisma, scope, { after, limit: input.limit + 1 })
  return toPage(rows, input.limit, ({ name }) => name, summarizeAccount)
}

const createServiceAccount: UseCase<"createServiceAccount"> = async (context, input) => {
  const { scope, caller } = await authorize(context, "service_account.manage", input.scope)
  const { organizationId } = scope
  const { name, description } = input
  const id = newId()
  context.about({ target: targetOf({ id, name }) })
  try {
    await context.commit((tx) =>
      tx.serviceAccount.create({
        data: { organizationId, id, scopeId: scope.id, name, description, createdById: caller.id },
      }),
    )
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    throw new AppError("conflict", `${scope.path} has a service account "${name}" already.`, {
      cause: error,
      fields: { name: "This name is taken." },
    })
  }
  return detailAccountNow(context, scope, name)
}

const describeServiceAccount: UseCase<"describeServiceAccount"> = async (context, input) => {
  const { scope } = await authorize(context, "metadata.read", input.scope)
  return detailAccount(context.house.database.prisma, await findAccount(context, scope, input.account))
}

const changeServiceAccount: UseCase<"changeServiceAccount"> = async (context, input) => {
  const { scope } = await authorize(context, "service_account.manage", input.scope)
  const account = await findAccount(context, scope, input.account)
  const { description = null, disabled = null } = input
  const record = account.disabled && disabled === false ? await delegateAnew(context, account) : undefined
  const said = disabled === null ? {} : { disabled }
  context.about({ scope: { id: scope.id, path: scope.path }, details: said })
  await context.commit(async (tx) => {
    if (!(await changeRow(tx, account, { description, disabled }))) throw changedMeanwhile(account)
    await record?.(tx)
  })
  return detailAccountNow(context, scope, account.name)
}

const deleteServiceAccount: UseCase<"deleteServiceAccount"> = async (context, input) => {
  const { scope } = await authorize(context, "service_account.manage", input.scope)
  const account = await findAccount(context, scope, input.account)
  const { organizationId, id } = account
  await context.commit(async (tx) => {
    await deleteRows(tx, account)
    await endDelegations(tx, { organizationId, by: "serviceAccountId", id })
  })
  return {}
}

/** Enabling an account gives back what it may read, so it is checked as if all of that were granted now. */
async function delegateAnew(context: Context, account: StoredServiceAccount): Promise<RecordDelegations | undefined> {
  const grants = await findGrants(context.house.database.prisma, account)
  const scopesRead = [...new Set(grants.filter(({ access }) => access === "read").map(({ scope }) => scope))]
  if (scopesRead.length === 0) return undefined
  context.about({ class: "delegation" })
  const permit = await authorizeDelegation(context, account.scope)
  await refuseReadersElsewhere(context, permit, [readerOf(account)])
  for (const path of scopesRead) await authorizeDelegation(context, path)
  const concerned = { ...nothingElse, serviceAccountId: account.id }
  return (tx) => recordDelegations(tx, [{ ...markOf(context, permit, "changeServiceAccount"), ...concerned }])
}

function changedMeanwhile({ name }: StoredServiceAccount): AppError {
  return new AppError("conflict", `Somebody else has just disabled or deleted "${name}". Look at it and try again.`)
}

const nothingElse = { grantId: null, accessTokenId: null, vaultId: null, secretId: null }

export const managingServiceAccounts: UseCases<
  | "listServiceAccounts"
  | "createServiceAccount"
  | "describeServiceAccount"
  | "changeServiceAccount"
  | "deleteServiceAccount"
> = { listServiceAccounts, createServiceAccount, describeServiceAccount, changeServiceAccount, deleteServiceAccount }
