/** Who may write where, and what is there. */
import { fold } from "../../contract/names.ts"
import { lookUpScope, type ScopeRef } from "../../db/scopes.ts"
import type { TargetSecret, WriteTarget } from "../../db/write-targets.ts"
import { authorize, noSuchScope } from "../authorize.ts"
import type { MachineCaller } from "../caller.ts"
import type { Context } from "../context.ts"
import { requireGrantAt } from "../machine-grants.ts"
import { findDefined, noSuchSecret, type SecretAddress } from "../secrets/describe.ts"
import { noSuchVault } from "../vaults.ts"
import { notWritable } from "./refusals.ts"

/** The scope of a secret that the caller may write: a person by their role, a service account by a `write` grant. */
async function authorizeWrite(context: Context, address: SecretAddress): Promise<ScopeRef> {
  const { caller } = context
  if (caller.kind === "service_account") return authorizeMachineWrite(context, caller, address)
  return (await authorize(context, "secret.write", address.scope)).scope
}

/** Throws `not_found`, as for a scope that doesn't exist, unless a living `write` grant covers the address. */
async function authorizeMachineWrite(
  context: Context,
  machine: MachineCaller,
  { scope: path, vault, secret }: SecretAddress,
): Promise<ScopeRef> {
  const scope = await lookUpScope(context.house.database, machine.organizationId, path)
  if (scope === undefined) throw noSuchScope(path)
  await requireGrantAt(context, machine, scope, { vault, name: secret, accesses: ["write"] })
  return scope
}

/**
 * A vault that the caller may write to, and what has a name in it. The right is checked and the rows are looked up side
 * by side; who has no right hears nothing of the rows. Throws `not_found` when there is no such vault.
 */
export async function findPlaceToWrite(
  context: Context,
  address: SecretAddress,
): Promise<{ scope: ScopeRef; target: WriteTarget }> {
  const [scope, target] = await Promise.all([authorizeWrite(context, address), lookUp(context, address)])
  if (target === undefined) throw noSuchVault(scope.path, address.vault)
  context.about({ vault: address.vault })
  return { scope, target }
}

/** The secret at an address, to write to. Throws `not_found`, also for one that a wider scope defines. */
export async function findSecretToWrite(
  context: Context,
  address: SecretAddress,
): Promise<{ scope: ScopeRef; secret: TargetSecret }> {
  const [scope, target] = await Promise.all([authorizeWrite(context, address), lookUp(context, address)])
  const secret = target?.secret ?? null
  if (secret === null || secret.currentVersion === 0) {
    await findDefined(context, scope, address)
    throw noSuchSecret(scope.path, address.vault, address.secret)
  }
  context.about({ vault: address.vault, secret: { id: secret.id, name: secret.name } })
  if (secret.state === "deleted") throw notWritable(secret.name, "deleted")
  return { scope, secret }
}

/** What has a name in a vault of a scope that the caller may write to. */
export async function findTarget(
  context: Context,
  scope: ScopeRef,
  { vault, name }: { vault: string; name: string },
): Promise<WriteTarget> {
  const target = await lookUp(context, { scope: scope.path, vault, secret: name })
  if (target === undefined) throw noSuchVault(scope.path, vault)
  context.about({ vault })
  return target
}

async function lookUp(
  { house, caller }: Context,
  { scope, vault, secret }: SecretAddress,
): Promise<WriteTarget | undefined> {
  if (caller.kind === "nobody") return undefined
  return house.writes.find({ organizationId: caller.organizationId, scope, vault, foldedName: fold(secret) })
}
