/** Destroying for good: one version's value, or a secret with all of them. What is left is the history's rows. */
import { finishDestruction, markDestroyed } from "../../db/destructions.ts"
import { newId } from "../../db/ids.ts"
import { bumpGeneration } from "../../db/scopes.ts"
import { lockSecret, type StoredSecret } from "../../db/secrets.ts"
import { findVersion } from "../../db/versions.ts"
import { AppError } from "../../errors.ts"
import { describeError, log } from "../../log.ts"
import type { Place } from "../../providers/provider.ts"
import { authorize } from "../authorize.ts"
import type { Context, House, UseCase, UseCases } from "../context.ts"
import { noSuchVersion, refuseMoved } from "../secrets/change.ts"
import { findDefined } from "../secrets/describe.ts"
import { describeVersion } from "../secrets/read.ts"
import { notWritable, writeUnderWay } from "./refusals.ts"

const destroyVersion: UseCase<"destroyVersion"> = async (context, input) => {
  const { scope } = await authorize(context, "secret.destroy", input.scope)
  const secret = await findDefined(context, scope, input)
  context.about({ version: input.version })
  requireTypedName(input.confirm, secret)
  await destroy(context, secret, input.version)
  const version = await findVersion(context.house.database.prisma, secret, input.version)
  if (version === undefined) throw noSuchVersion(secret, input.version)
  return describeVersion(version, secret.currentVersion)
}

const destroySecret: UseCase<"destroySecret"> = async (context, input) => {
  const { scope } = await authorize(context, "secret.destroy", input.scope)
  const secret = await findDefined(context, scope, input)
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
  await context.commit(async (tx) => {
    const locked = await lockSecret(tx, organizationId, secretId)
    if (locked === undefined || locked.state === "destroyed") throw notWritable(secret.name, "gone")
    refuseMoved(secret, locked)
    if (version !== "all") await requireDestroyable(tx, { ...locked, organizationId }, version)
    if (!(await markDestroyed(tx, destruction))) throw writeUnderWay(secret.name)
    await bumpGeneration(tx, { organizationId, id: locked.scopeId })
  })
  await removeFromStore(house, secret, destruction)
}

/** Removes values that are marked as destroyed. What fails is logged and tried again by the reconciler. */
export async function removeFromStore(
  { stores, database }: House,
  { providerId, location, field }: { providerId: string | null; location: string; field?: string | null },
  { organizationId, operationId, secretId, version }: RemovalOf,
): Promise<void> {
  const place: Place = { organizationId, secretId, location, field: field ?? null }
  try {
    const store = await stores.of({ organizationId, providerId })
    await store.remove(place, version === "all" ? "all" : [{ number: version, backendVersion: null }])
    await finishDestruction(database, { organizationId, operationId })
  } catch (error) {
    log.warn("a destroyed value is still in its store", { operation: operationId, error: describeError(error) })
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
