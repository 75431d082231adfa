/**
 * Deleting one version where it is kept, so that its backend can bring it back, and bringing it back. An Operation says
 * that it is under way, so that nobody takes it for somebody else's doing; the backend is asked, and then our row says
 * so. If we die in between, the reconciler looks at what is there.
 */
import type { Version } from "../../contract/dto.ts"
import type { VersionState } from "../../contract/words.ts"
import { beginAct, endAct } from "../../db/destructions.ts"
import { newId } from "../../db/ids.ts"
import { bumpGeneration } from "../../db/scopes.ts"
import type { StoredSecret } from "../../db/secrets.ts"
import { findVersion, type StoredVersion } from "../../db/versions.ts"
import { AppError } from "../../errors.ts"
import { ProviderError, type Trash, type VersionKey } from "../../providers/provider.ts"
import { authorize } from "../authorize.ts"
import type { Context, UseCase, UseCases } from "../context.ts"
import { lockLiving, noSuchVersion } from "../secrets/change.ts"
import { findDefined, type SecretAddress } from "../secrets/describe.ts"
import { describeVersion } from "../secrets/read.ts"
import { lookAfter } from "./elsewhere.ts"
import { external, writeUnderWay } from "./refusals.ts"
import { fromStore, isUncertain } from "./store-errors.ts"

const deleteVersion: UseCase<"deleteVersion"> = (context, input) =>
  change(context, input, {
    kind: "deleteVersion",
    from: "enabled",
    to: "deleted",
    act: (trash, at, keys) => trash.deleteVersions(at, keys),
  })

const restoreVersion: UseCase<"restoreVersion"> = (context, input) =>
  change(context, input, {
    kind: "restoreVersion",
    from: "deleted",
    to: "enabled",
    act: (trash, at, keys) => trash.restoreVersions(at, keys),
  })

export const trashing: UseCases<"deleteVersion" | "restoreVersion"> = { deleteVersion, restoreVersion }

interface Change {
  kind: "deleteVersion" | "restoreVersion"
  from: VersionState
  to: VersionState
  act(trash: Trash, place: Parameters<Trash["deleteVersions"]>[0], keys: readonly VersionKey[]): Promise<void>
}

async function change(
  context: Context,
  address: SecretAddress & { version: number },
  { kind, from, to, act }: Change,
): Promise<Version> {
  const { scope, caller } = await authorize(context, "secret.write", address.scope)
  const { house } = context
  const { prisma } = house.database
  const secret = await findDefined(context, scope, address)
  context.about({ version: address.version })
  const version = await findVersion(prisma, secret, address.version)
  if (version === undefined) throw noSuchVersion(secret, address.version)
  if (secret.ownership === "external") throw external(secret.name)
  const { organizationId, providerId } = secret
  await house.stores.requireApproved({ organizationId, providerId }, scope, caller)
  const { trash } = await house.stores.of({ organizationId, providerId })
  if (trash === undefined) throw hasNoTrash(secret.name)
  requireState(secret, version, from)
  const key = { number: version.number, backendVersion: version.backendVersion }
  const by = { kind: caller.kind, id: caller.id }
  const { number } = version
  const underWay = {
    organizationId,
    operationId: newId(),
    secretId: secret.id,
    kind,
    number,
    by,
    requestId: context.request.id,
  }
  if (!(await beginAct(prisma, { ...underWay, leaseSeconds: 30 }))) throw writeUnderWay(secret.name)
  await done(context, secret, underWay, () => act(trash, placeOf(secret), [key]))
  await context.commit(async (tx) => {
    const locked = await lockLiving(tx, secret)
    await tx.secretVersion.updateMany({
      where: { organizationId, secretId: secret.id, number: version.number, state: from },
      data: { state: to },
    })
    await endAct(tx, underWay)
    await bumpGeneration(tx, { organizationId, id: locked.scopeId })
  })
  const changed = await findVersion(prisma, secret, address.version)
  if (changed === undefined) throw noSuchVersion(secret, address.version)
  return describeVersion(changed, secret.currentVersion)
}

/** When its outcome isn't known, the backend is looked at once more; its page tells what came of it. */
async function done(
  { house }: Context,
  secret: StoredSecret,
  underWay: { organizationId: string; operationId: string },
  act: () => Promise<void>,
): Promise<void> {
  try {
    await act()
  } catch (error) {
    await endAct(house.database.prisma, underWay)
    if (!(error instanceof ProviderError)) throw error
    if (!isUncertain(error)) throw fromStore(error, secret.name)
    await lookAfter(house, secret.organizationId, secret.id)
    const message = `It isn't known yet what became of this at the store of ${secret.name}. Look at its history in a minute.`
    throw new AppError("unavailable", message, { cause: error, retryAfterSeconds: 60 })
  }
}

function placeOf({ organizationId, id: secretId, location, field }: StoredSecret) {
  return { organizationId, secretId, location, field }
}

function requireState({ name }: StoredSecret, { number, state }: StoredVersion, wanted: VersionState): void {
  if (state === wanted) return
  const what = `Version ${String(number)} of ${name}`
  if (state === "destroyed") throw new AppError("gone", `${what} was destroyed.`)
  if (state === "forgotten") throw new AppError("gone", `${what} isn't kept any more where it was.`)
  if (wanted === "deleted") throw new AppError("conflict", `${what} isn't deleted.`)
  throw new AppError(
    "conflict",
    state === "disabled" ? `${what} is disabled. Enable it first.` : `${what} is deleted already.`,
  )
}

function hasNoTrash(name: string): AppError {
  const message = `The store of ${name} can't bring back what is deleted there. Disable the version: reads of it fail until somebody enables it again.`
  return new AppError("unsupported", message)
}
