/**
 * Delegation: an act after which a machine could read a value that it could not before. It needs the permission of that
 * name at the secret's own scope, a sign-in that is fresh, and leaves a mark: who let what read it, and when.
 *
 * Where a scope asks for two people, the act waits until somebody else who may delegate there has accepted it: what is
 * about to be delegated is written down here as it is checked, and the commit sees to the rest (approvals/).
 *
 * Nobody delegates to an account that also reads outside of their scope: a lead could else hand a value of one team to
 * a machine that another team runs.
 */

import type { Transaction } from "../db/database.ts"
import type { Place } from "../db/delegations.ts"
import * as delegations from "../db/delegations.ts"
import { AppError } from "../errors.ts"
import { authorize, mayAt, type Permit, requireFreshSignIn } from "./authorize.ts"
import type { PersonCaller } from "./caller.ts"
import type { Context } from "./context.ts"

/** A change of where secrets lie: one secret's place, or a vault's with all that is in it. */
export interface ChangeOfPlace {
  /** The operation's name. */
  act: string
  from: Place
  to: Place
  /** The secret that changes its place; null when a whole vault does. */
  secretId: string | null
}

/** Writes down who can read what from now on; for the transaction of the change itself. */
export type RecordDelegations = (tx: Transaction) => Promise<void>

/**
 * For a move, a rename or an opened vault: when machines could read there that could not before, this is delegation,
 * and is checked like one. Throws `forbidden` when the caller may not. Hand what comes back the change's transaction.
 */
export async function delegateIfNewReaders(context: Context, change: ChangeOfPlace): Promise<RecordDelegations> {
  const newReaders = await findNewReaders(context, change)
  if (newReaders.length === 0) return nothingToRecord
  context.about({ class: "delegation" })
  const permit = await authorizeDelegation(context, change.from.scope.path)
  context.second.place({ vaultId: change.to.vault.id, secretId: change.secretId })
  await refuseReadersElsewhere(context, permit, newReaders)
  context.about({ details: { newReaders: newReaders.map(nameOf).join(", ") } })
  return (tx) =>
    delegations.recordDelegations(
      tx,
      newReaders.map(({ serviceAccountId, grantId }) => ({
        ...markOf(context, permit, change.act),
        serviceAccountId,
        grantId,
        accessTokenId: null,
        vaultId: change.to.vault.id,
        secretId: change.secretId,
      })),
    )
}

/**
 * For a secret that goes where one person is enough to let a machine read it: that takes the two people that it needed
 * until now, whether anybody new can read it there or not.
 */
export async function leaveProtection(context: Context, { from, to, secretId }: ChangeOfPlace): Promise<void> {
  context.about({ class: "delegation" })
  await authorizeDelegation(context, from.scope.path)
  context.second.place({ vaultId: to.vault.id, secretId })
}

/**
 * The permit to delegate at a scope. Throws `forbidden` without the permission or a fresh sign-in. Where the scope asks
 * for two people and nobody has confirmed, the use case goes on, and its commit waits for the second.
 */
export async function authorizeDelegation(context: Context, scopePath: string): Promise<Permit<"delegate">> {
  const permit = await authorize(context, "delegate", scopePath)
  // What was confirmed was asked for under a fresh sign-in.
  if (context.second.confirmation === undefined) requireFreshSignIn(permit.caller, new Date())
  await context.second.at(permit.scope)
  return permit
}

/** An account that could read afterwards what it can't now. */
export type NewReader = Pick<delegations.ReachingGrant, "serviceAccountId" | "accountName" | "accountScope">

/** Throws `forbidden` unless the caller may delegate wherever these accounts read. */
export async function refuseReadersElsewhere(
  { house, second }: Context,
  { caller }: Permit<"delegate">,
  readers: readonly NewReader[],
): Promise<void> {
  second.readers(
    readers.map(({ serviceAccountId: id, accountName: name, accountScope: scope }) => ({ id, name, scope })),
  )
  const ids = readers.map(({ serviceAccountId }) => serviceAccountId)
  const scopesRead = await delegations.findScopesRead(house.database.prisma, caller.organizationId, ids)
  for (const { serviceAccountId, accountName } of readers) {
    if (readsElsewhere(caller, scopesRead.get(serviceAccountId) ?? [])) throw readsOutside(accountName)
  }
}

/** What every mark says of the act that made it. */
export function markOf(
  { second }: Context,
  { caller, scope }: Permit<"delegate">,
  act: string,
): Pick<delegations.NewDelegation, "organizationId" | "act" | "scopeId" | "protection" | "byId" | "confirmedById"> {
  return {
    confirmedById: second.confirmation?.confirmedBy.id ?? null,
    organizationId: caller.organizationId,
    act,
    scopeId: scope.id,
    protection: scope.protection,
    byId: caller.id,
  }
}

async function findNewReaders(
  { house }: Context,
  { from, to }: ChangeOfPlace,
): Promise<readonly delegations.ReachingGrant[]> {
  const db = house.database.prisma
  const before = await delegations.findReachingGrants(db, from)
  const after = await delegations.findReachingGrants(db, to)
  const couldRead = new Set(before.map(({ serviceAccountId }) => serviceAccountId))
  const fresh = after.filter(({ serviceAccountId }) => !couldRead.has(serviceAccountId))
  // An account with several grants is one reader: the first that lets it in stands for all.
  return [...Map.groupBy(fresh, ({ serviceAccountId }) => serviceAccountId).values()].flatMap(([first]) => first ?? [])
}

function readsElsewhere(caller: PersonCaller, scopesRead: readonly string[]): boolean {
  return scopesRead.some((path) => !mayAt(caller, "delegate", { path }))
}

function nameOf({ accountScope, accountName }: delegations.ReachingGrant): string {
  return `${accountScope}/${accountName}`
}

const nothingToRecord: RecordDelegations = () => Promise.resolve()

function readsOutside(accountName: string): AppError {
  const message = `"${accountName}" also reads in scopes where you may not delegate, so you can't let it read more. Ask somebody who may delegate in all of them, or use another service account.`
  return new AppError("forbidden", message)
}
