/** Destroying for good: one version's value, or a secret with all of them. What is left is the history's rows. */
import type { Ownership } from "../../contract/words.ts"
import { finishDestruction, markDestroyed } from "../../db/destructions.ts"
import { newId } from "../../db/ids.ts"
import { findHolder, findVersionKeys } from "../../db/remote-secrets.ts"
import { bumpGeneration } from "../../db/scopes.ts"
import { lockSecret, type StoredSecret } from "../../db/secrets.ts"
import { findVersion } from "../../db/versions.ts"
import { AppError } from "../../errors.ts"
import { describeError, log } from "../../log.ts"
import { type Place, ProviderError } from "../../providers/provider.ts"
import { authorize } from "../authorize.ts"
import type { Context, House, UseCase, UseCases } from "../context.ts"
import { noSuchVersion, refuseMoved } from "../secrets/change.ts"
import { findDefined } from "../secrets/describe.ts"
import { describeVersion } from "../secrets/read.ts"
import { external, notWritable, writeUnderWay } from "./refusals.ts"

const destroyVersion: UseCase<"destroyVersion"> = async (context, input) => {
  const { scope } = await authorize(context, "secret.destroy", input.scope)
  const secret = await findDefined(context, scope, input)
  context.about({ version: input.version })
  if (secret.ownership === "external") throw external(secret.name)
  requireTypedName(input.confirm, secret)
  await destroy(context, secret, input.version)
  const version = await findVersion(context.house.database.prisma, secret, input.version)
  if (version === undefined) throw noSuchVersion(secret, input.version)
  return describeVersion(version, secret.currentVersion)
}

const destroySecret: UseCase<"destroySecret"> = async (context, input) => {
  const { scope } = await authorize(context, "secret.destroy", input.scope)
  const secret = await findDefined(context, scope, input)
  if (secret.ownership === "external") throw releasedInstead(secret.name)
  requireTypedName(input.confirm, secret)
  await destroy(context, secret, "all")
  return {}
}

export const destroying: UseCases<"destroyVersion" | "destroySecret"> = { destroyVersion, destroySecret }

async function destroy(context: Context, secret: StoredSecret, version: number | "all"): Promise<void> {
  const { house, caller, request } = context
  const { organizationId, id: secretId } = secret
  const by = caller.kind === "nobody" ? { kind: caller.kind, id: null } : { kind: caller.kind, id: caller.id }
  const destruction = { organizationId, operationId: newId(), secretId, version, by, requestId: request.id }
  const bound = await context.commit(async (tx) => {
    const locked = await lockSecret(tx, organizationId, secretId)
    if (locked === undefined || locked.state === "destroyed") throw notWritable(secret.name, "gone")
    refuseMoved(secret, locked)
    if (locked.ownership === "external") throw external(secret.name)
    if (version !== "all") await requireDestroyable(tx, { ...locked, organizationId }, version)
    if (!(await markDestroyed(tx, destruction))) throw writeUnderWay(secret.name)
    await bumpGeneration(tx, { organizationId, id: locked.scopeId })
    return locked
  })
  await removeFromStore(house, bound, destruction)
}

interface Binding {
  providerId: string | null
  ownership: Ownership
  location: string
  field?: string | null
}

/**
 * Removes values that are marked as destroyed. What fails is logged and tried again by the reconciler. What isn't ours
 * where it is kept stays there.
 */
export async function removeFromStore(house: House, bound: Binding, removal: RemovalOf): Promise<void> {
  const { organizationId, operationId, secretId, version } = removal
  try {
    await house.organizationKeys.forgetVersion(organizationId, secretId, version)
    if (bound.ownership === "managed") await remove(house, bound, removal)
    await finishDestruction(house.database, { organizationId, operationId })
  } catch (error) {
    log.warn("a destroyed value is still in its store", { operation: operationId, error: describeError(error) })
  }
}

async function remove(
  { stores, database }: House,
  { providerId, location, field }: Binding,
  { organizationId, secretId, version }: RemovalOf,
): Promise<void> {
  const place: Place = { organizationId, secretId, location, field: field ?? null }
  const store = await stores.of({ organizationId, providerId })
  const here = version === "all" ? "all" : [{ number: version, backendVersion: null }]
  if (providerId === null) return store.remove(place, here)
  // What it left in the built-in store when it was moved away from there is destroyed with it.
  const builtIn = await stores.of({ organizationId, providerId: null })
  await builtIn.remove(place, here)
  // Its place may be another secret's by now, and then nothing there is this one's.
  const holder = await findHolder(database, { ...place, providerId }, secretId)
  if (holder !== undefined && !holder.isBeingRemoved) return
  const keys = await findVersionKeys(database, { organizationId, id: secretId })
  // A version without a token was never more than the newest value there, which belongs to the versions after it.
  const one = keys.filter(({ number, backendVersion }) => number === version && backendVersion !== null)
  if (version !== "all" && one.length === 0) return
  await unlessOthers(store.remove(place, version === "all" ? "all" : one))
}

/** What lies there without our marker isn't ours any more: somebody put it there since. */
async function unlessOthers(removal: Promise<void>): Promise<void> {
  try {
    await removal
  } catch (error) {
    if (!(error instanceof ProviderError) || error.class !== "not_managed") throw error
  }
}

export interface RemovalOf {
  organizationId: string
  operationId: string
  secretId: string
  version: number | "all"
}

interface LockedVersionOwner {
  organizationId: string
  id: string
  name: string
  currentVersion: number
}

async function requireDestroyable(
  tx: Parameters<typeof findVersion>[0],
  secret: LockedVersionOwner,
  number: number,
): Promise<void> {
  const version = await findVersion(tx, secret, number)
  if (version === undefined) throw noSuchVersion(secret, number)
  if (version.state === "destroyed") throw new AppError("gone", `Version ${number} of ${secret.name} was destroyed.`)
  if (number !== secret.currentVersion) return
  const message = `Version ${number} is the current one of ${secret.name}. Write or roll back to another first, or destroy the secret.`
  throw new AppError("conflict", message)
}

function requireTypedName(typed: string, { name }: { name: string }): void {
  if (typed === name) return
  const message = `To destroy this for good, type the secret's name: ${name}`
  throw new AppError("invalid", message, { fields: { confirm: `Type ${name}` } })
}

function releasedInstead(name: string): AppError {
  const message = `${name} belongs to somebody else where it is kept. Release it, and it stays there and leaves Strongroom.`
  return new AppError("conflict", message)
}
