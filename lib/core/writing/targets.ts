/** Who may write where, and what is there. */
import { fold } from "../../contract/names.ts"
import { findScope, type ScopeRef } from "../../db/scopes.ts"
import type { TargetSecret, WriteTarget } from "../../db/write-targets.ts"
import { authorize, noSuchScope } from "../authorize.ts"
import type { MachineCaller } from "../caller.ts"
import type { Context } from "../context.ts"
import { requireGrantAt } from "../machine-grants.ts"
import { findDefined, noSuchSecret, type SecretAddress } from "../secrets/describe.ts"
import { noSuchVault } from "../vaults.ts"
import { notWritable } from "./refusals.ts"

/** The scope of a secret that the caller may write: a person by their role, a service account by a `write` grant. */
export async function authorizeWrite(context: Context, address: SecretAddress): Promise<ScopeRef> {
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
  const scope = await findScope(context.house.database.prisma, machine.organizationId, path)
  if (scope === undefined) throw noSuchScope(path)
  await requireGrantAt(context, machine, scope, { vault, name: secret, accesses: ["write"] })
  return scope
}

/** A vault at the scope, and what has a name in it. Throws `not_found` when there is no such vault. */
export async function findTarget(
  context: Context,
  scope: ScopeRef,
  { vault, name }: { vault: string; name: string },
): Promise<WriteTarget> {
  const { organizationId, id: scopeId } = scope
  const target = await context.house.writes.find({ organizationId, scopeId, vault, foldedName: fold(name) })
  if (target === undefined) throw noSuchVault(scope.path, vault)
  context.about({ vault })
  return target
}

/** The secret at an address, to write to. Throws `not_found`, also for one that a wider scope defines. */
export async function findWritable(context: Context, scope: ScopeRef, address: SecretAddress): Promise<TargetSecret> {
  const { organizationId, id: scopeId } = scope
  const name = { organizationId, scopeId, vault: address.vault, foldedName: fold(address.secret) }
  const secret = (await context.house.writes.find(name))?.secret
  if (secret === null || secret === undefined || secret.currentVersion === 0) {
    await findDefined(context, scope, address)
    throw noSuchSecret(scope.path, address.vault, address.secret)
  }
  context.about({ vault: address.vault, secret: { id: secret.id, name: secret.name } })
  if (secret.state === "deleted") throw notWritable(secret.name, "deleted")
  return secret
}
