/** Vaults: named containers of secrets at one scope, inherited by narrower ones unless they are private. */
import { z } from "zod"
import type { VaultSummary } from "../contract/dto.ts"
import type { Transaction } from "../db/database.ts"
import { countReaders } from "../db/delegations.ts"
import { newId } from "../db/ids.ts"
import { bumpGeneration, type ScopeRef } from "../db/scopes.ts"
import { listVaults as findPage, findVaultByName, lockVault, type StoredVault } from "../db/vaults.ts"
import { isUniqueViolation } from "../db/violations.ts"
import { AppError } from "../errors.ts"
import { authorize } from "./authorize.ts"
import type { Context, UseCase, UseCases } from "./context.ts"
import { delegateIfNewReaders } from "./delegate.ts"
import { readCursor, toPage } from "./paging.ts"

const listVaults: UseCase<"listVaults"> = async (context, input) => {
  const { scope } = await authorize(context, "metadata.read", input.scope)
  const db = context.house.database.prisma
  const rows = await findPage(db, scope, {
    after: readCursor(input.cursor, z.string().max(63)),
    limit: input.limit + 1,
  })
  const summaries = new Map(
    await Promise.all(rows.map(async (row) => [row.id, await describeVault(db, scope, row)] as const)),
  )
  const page = toPage(
    rows,
    input.limit,
    ({ name }) => name,
    ({ id }) => summaries.get(id),
  )
  return { ...page, items: page.items.filter((item) => item !== undefined) }
}

const createVault: UseCase<"createVault"> = async (context, input) => {
  const { scope } = await authorize(context, "vault.manage", input.scope)
  const { organizationId } = scope
  const id = newId()
  context.about({ vault: input.name })
  try {
    await context.commit(async (tx) => {
      const { name, description, inheritable } = input
      await tx.vault.create({ data: { organizationId, id, scopeId: scope.id, name, description, inheritable } })
    })
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    throw new AppError("conflict", `${scope.path} has a vault ${input.name} already.`, {
      cause: error,
      fields: { name: "This name is taken." },
    })
  }
  return describeVaultNow(context, scope, input.name)
}

const changeVault: UseCase<"changeVault"> = async (context, input) => {
  const { scope } = await authorize(context, "vault.manage", input.scope)
  const vault = await findVault(context, scope, input.vault)
  const { description, inheritable = vault.inheritable } = input
  const from = { scope, vault, foldedName: null }
  const change = { act: "changeVault", secretId: null, from, to: { ...from, vault: { ...vault, inheritable } } }
  const recordDelegations = await delegateIfNewReaders(context, change)
  await context.commit(async (tx) => {
    const now = await lockVault(tx, vault)
    if (now === undefined) throw noSuchVault(scope.path, vault.name)
    // Who may read was looked at before: a vault that somebody else opened or closed since must be looked at again.
    if (input.inheritable !== undefined && now.inheritable !== vault.inheritable) throw changedMeanwhile(vault)
    await recordDelegations(tx)
    await tx.vault.update({
      where: { organizationId_id: { organizationId: scope.organizationId, id: vault.id } },
      data: {
        ...(description !== undefined && { description }),
        ...(input.inheritable !== undefined && { inheritable }),
      },
    })
    if (inheritable !== vault.inheritable) await bumpGeneration(tx, scope)
    context.about({ details: input.inheritable === undefined ? {} : { inheritable } })
  })
  return describeVaultNow(context, scope, vault.name)
}

const deleteVault: UseCase<"deleteVault"> = async (context, input) => {
  const { scope } = await authorize(context, "vault.manage", input.scope)
  const vault = await findVault(context, scope, input.vault)
  await context.commit(async (tx) => {
    await lockVault(tx, vault)
    await refuseUnlessEmpty(tx, vault)
    await tx.vault.delete({ where: { organizationId_id: { organizationId: scope.organizationId, id: vault.id } } })
    await bumpGeneration(tx, scope)
  })
  return {}
}

export const managingVaults: UseCases<"listVaults" | "createVault" | "changeVault" | "deleteVault"> = {
  listVaults,
  createVault,
  changeVault,
  deleteVault,
}

/** The vault of this name at the scope. Throws `not_found`. */
async function findVault(context: Context, scope: ScopeRef, name: string): Promise<StoredVault> {
  context.about({ vault: name })
  const vault = await findVaultByName(context.house.database.prisma, scope, name)
  if (vault === undefined) throw noSuchVault(scope.path, name)
  return vault
}

export function noSuchVault(scope: string, vault: string): AppError {
  return new AppError("not_found", `${scope} has no vault ${vault}.`)
}

function changedMeanwhile({ name }: StoredVault): AppError {
  const message = `Somebody else has just changed whether narrower scopes inherit ${name}. Look at it and try again.`
  return new AppError("conflict", message)
}

async function refuseUnlessEmpty(tx: Transaction, { organizationId, id, name }: StoredVault): Promise<void> {
  const held = await tx.secret.groupBy({
    by: ["state"],
    where: { organizationId, vaultId: id, state: { not: "destroyed" } },
    _count: true,
  })
  if (held.length === 0) return
  const [first] = held
  const only = held.length === 1 && first?.state === "deleted"
  const what = only ? "deleted secrets that can still be restored" : "secrets"
  throw new AppError("conflict", `The vault ${name} holds ${what}. Move or destroy them first.`)
}

async function describeVaultNow(context: Context, scope: ScopeRef, name: string): Promise<VaultSummary> {
  return describeVault(context.house.database.prisma, scope, await findVault(context, scope, name))
}

async function describeVault(db: Transaction, at: ScopeRef, vault: StoredVault): Promise<VaultSummary> {
  const { id, scope, name, description, inheritable, secretCount, workspacesBeneath, createdAt } = vault
  const readableBy = await countReaders(db, { scope: at, vault, foldedName: null })
  return {
    id,
    scope,
    name,
    description,
    inheritable,
    secretCount,
    workspacesBeneath,
    readableBy,
    createdAt: createdAt.toISOString(),
  }
}
