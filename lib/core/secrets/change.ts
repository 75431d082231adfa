/** Changing what is said of a secret, where it is, and whether it can be read. None of this needs its value. */
import { fold } from "../../contract/names.ts"
import type { Transaction } from "../../db/database.ts"
import { findPersonName } from "../../db/person-names.ts"
import { findProvider } from "../../db/providers.ts"
import { bumpGeneration, type ScopeRef } from "../../db/scopes.ts"
import { type LockedSecret, lockSecret, type StoredSecret } from "../../db/secrets.ts"
import { findVaultByName } from "../../db/vaults.ts"
import { findVersion } from "../../db/versions.ts"
import { AppError } from "../../errors.ts"
import { authorize } from "../authorize.ts"
import type { Context, UseCase, UseCases } from "../context.ts"
import { delegateIfNewReaders, leaveProtection } from "../delegate.ts"
import { noSuchVault } from "../vaults.ts"
import { detailNow, findDefined, placeOf, type SecretAddress } from "./describe.ts"
import { refuseEnvironmentNameOf } from "./environment-name.ts"
import { describeVersion } from "./read.ts"

/** How long a deleted secret can be restored. */
const recoverableForDays = 30

const changeSecret: UseCase<"changeSecret"> = async (context, input) => {
  const { scope } = await authorize(context, "secret.write", input.scope)
  const secret = await findDefined(context, scope, input)
  refuseDeleted(secret)
  const name = input.name ?? secret.name
  const envName = input.envName === undefined ? secret.envName : input.envName
  if (name !== secret.name || envName !== secret.envName) refuseEnvironmentNameOf({ name, envName })
  if (
    input.owner != null &&
    (await findPersonName(context.house.database.prisma, scope.organizationId, input.owner)) === undefined
  ) {
    throw new AppError("invalid", "There is no such person.", {
      fields: { owner: "Choose somebody of this organization." },
    })
  }
  const from = placeOf(scope, secret)
  const change = { act: "changeSecret", secretId: secret.id, from, to: { ...from, foldedName: fold(name) } }
  const recordDelegations = await delegateIfNewReaders(context, change)
  await context.commit(async (tx) => {
    const locked = await lockLiving(tx, secret)
    await refuseTakenName(tx, { ...locked, foldedName: fold(name), name })
    await recordDelegations(tx)
    const { category, description, owner, rotationDays } = input
    await tx.secret.update({
      where: { organizationId_id: { organizationId: scope.organizationId, id: secret.id } },
      data: {
        ...(input.name !== undefined && { name, foldedName: fold(name) }),
        ...(category !== undefined && { category }),
        ...(description !== undefined && { description }),
        ...(owner !== undefined && { ownerId: owner }),
        ...(rotationDays !== undefined && { rotationDays }),
        ...(input.envName !== undefined && { envName }),
      },
    })
    if (name !== locked.name || input.envName !== undefined) await bumpGeneration(tx, scope)
    context.about({ secret: { id: secret.id, name }, details: changes(secret, input, name) })
  })
  return detailNow(context, scope, { ...input, secret: name })
}

const moveSecret: UseCase<"moveSecret"> = async (context, input) => {
  const { scope: target } = await authorize(context, "secret.write", input.toScope)
  const { scope } = await authorize(context, "secret.write", input.scope)
  const secret = await findDefined(context, scope, input)
  refuseDeleted(secret)
  const vault = await findVaultByName(context.house.database.prisma, target, input.toVault)
  if (vault === undefined) throw noSuchVault(target.path, input.toVault)
  if (vault.id === secret.vaultId)
    throw new AppError("conflict", `${secret.name} is in ${target.path}/${vault.name} already.`)
  const from = placeOf(scope, secret)
  const change = {
    act: "moveSecret",
    secretId: secret.id,
    from,
    to: { scope: target, vault, foldedName: secret.foldedName },
  }
  if (scope.protection === "two_people" && target.protection === "recorded") await leaveProtection(context, change)
  const recordDelegations = await delegateIfNewReaders(context, change)
  await context.commit(async (tx) => {
    const locked = await lockLiving(tx, secret)
    await refuseForeignStore(tx, locked, target)
    await refuseTakenName(tx, { ...locked, vaultId: vault.id })
    await recordDelegations(tx)
    await tx.secret.update({
      where: { organizationId_id: { organizationId: scope.organizationId, id: secret.id } },
      data: { vaultId: vault.id },
    })
    await bumpGeneration(tx, scope)
    if (target.id !== scope.id) await bumpGeneration(tx, target)
    context.about({ details: { movedTo: `${target.path}/${vault.name}` } })
  })
  return detailNow(context, target, { scope: target.path, vault: vault.name, secret: secret.name })
}

const disableSecret: UseCase<"disableSecret"> = (context, input) =>
  changeState(context, input, "secret.write", {
    from: "active",
    refusal: ({ name }) => `${name} is disabled already.`,
    data: { state: "disabled" },
  })

const enableSecret: UseCase<"enableSecret"> = (context, input) =>
  changeState(context, input, "secret.write", {
    from: "disabled",
    refusal: ({ name }) => `${name} isn't disabled.`,
    data: { state: "active" },
  })

const deleteSecret: UseCase<"deleteSecret"> = async (context, input) => {
  const { scope } = await authorize(context, "secret.write", input.scope)
  const secret = await findDefined(context, scope, input)
  await context.commit(async (tx) => {
    const locked = await lockLiving(tx, secret)
    await tx.$executeRaw`
      UPDATE "Secret" SET "state" = 'deleted', "deletedAt" = now(), "purgeAfter" = now() + make_interval(days => ${recoverableForDays})
      WHERE "organizationId" = ${scope.organizationId}::uuid AND "id" = ${locked.id}::uuid`
    await bumpGeneration(tx, scope)
  })
  return detailNow(context, scope, input)
}

const restoreSecret: UseCase<"restoreSecret"> = (context, input) =>
  changeState(context, input, "secret.write", {
    from: "deleted",
    refusal: ({ name }) => `${name} isn't deleted.`,
    data: { state: "active", deletedAt: null, purgeAfter: null },
  })

const disableVersion: UseCase<"disableVersion"> = (context, input) =>
  changeVersion(context, input, "enabled", "disabled")
const enableVersion: UseCase<"enableVersion"> = (context, input) => changeVersion(context, input, "disabled", "enabled")

export const changingSecrets: UseCases<
  | "changeSecret"
  | "moveSecret"
  | "disableSecret"
  | "enableSecret"
  | "deleteSecret"
  | "restoreSecret"
  | "disableVersion"
  | "enableVersion"
> = {
  changeSecret,
  moveSecret,
  disableSecret,
  enableSecret,
  deleteSecret,
  restoreSecret,
  disableVersion,
  enableVersion,
}

interface StateChange {
  from: StoredSecret["state"]
  refusal: (secret: StoredSecret) => string
  data: { state: StoredSecret["state"]; deletedAt?: null; purgeAfter?: null }
}

async function changeState(context: Context, address: SecretAddress, permission: "secret.write", change: StateChange) {
  const { scope } = await authorize(context, permission, address.scope)
  const secret = await findDefined(context, scope, address)
  await context.commit(async (tx) => {
    const locked = await lockSecret(tx, scope.organizationId, secret.id)
    if (locked?.state !== change.from) throw new AppError("conflict", change.refusal(secret))
    refuseMoved(secret, locked)
    await tx.secret.update({
      where: { organizationId_id: { organizationId: scope.organizationId, id: secret.id } },
      data: change.data,
    })
    await bumpGeneration(tx, scope)
  })
  return detailNow(context, scope, address)
}

async function changeVersion(
  context: Context,
  address: SecretAddress & { version: number },
  from: "enabled" | "disabled",
  to: "enabled" | "disabled",
) {
  const { scope } = await authorize(context, "secret.write", address.scope)
  const secret = await findDefined(context, scope, address)
  context.about({ version: address.version })
  const { prisma } = context.house.database
  await context.commit(async (tx) => {
    const locked = await lockLiving(tx, secret)
    const version = await findVersion(tx, secret, address.version)
    if (version === undefined) throw noSuchVersion(locked, address.version)
    if (version.state !== from)
      throw new AppError("conflict", `Version ${String(version.number)} of ${locked.name} is ${version.state}.`)
    await tx.secretVersion.update({
      where: {
        organizationId_secretId_number: {
          organizationId: scope.organizationId,
          secretId: secret.id,
          number: version.number,
        },
      },
      data: { state: to },
    })
    await bumpGeneration(tx, scope)
  })
  const changed = await findVersion(prisma, secret, address.version)
  if (changed === undefined) throw noSuchVersion(secret, address.version)
  return describeVersion(changed, secret.currentVersion)
}

export function noSuchVersion({ name }: { name: string }, number: number): AppError {
  return new AppError("not_found", `${name} has no version ${String(number)}.`)
}

/** Locks the row of a secret that can be changed; one that was deleted or destroyed meanwhile is a conflict. */
export async function lockLiving(tx: Transaction, secret: StoredSecret): Promise<LockedSecret> {
  const locked = await lockSecret(tx, secret.organizationId, secret.id)
  if (locked === undefined || locked.state === "destroyed") throw new AppError("gone", `${secret.name} was destroyed.`)
  refuseMoved(secret, locked)
  refuseDeleted(locked)
  return locked
}

/**
 * Throws `conflict` for a secret that was moved or renamed since it was looked at: the caller may have no right where it
 * is now, and who could read it there wasn't asked.
 */
export function refuseMoved(seen: StoredSecret, now: LockedSecret): void {
  if (now.vaultId === seen.vaultId && now.foldedName === seen.foldedName) return
  throw new AppError(
    "conflict",
    `Somebody else has just moved or renamed ${seen.name}. Look where it is and try again.`,
  )
}

function refuseDeleted({ name, state }: Pick<StoredSecret, "name" | "state">): void {
  if (state === "deleted") throw new AppError("conflict", `${name} is deleted. Restore it first.`)
}

async function refuseTakenName(tx: Transaction, { id, vaultId, foldedName, name }: LockedSecret): Promise<void> {
  const other = await tx.secret.findFirst({
    where: { vaultId, foldedName, id: { not: id }, state: { not: "destroyed" } },
    select: { name: true, state: true },
  })
  if (other === null) return
  const held =
    other.state === "deleted"
      ? "A deleted secret still holds this name: restore or destroy it"
      : `${other.name} is there`
  throw new AppError("conflict", `${held}, so ${name} can't take its place. Choose another name.`, {
    fields: { name: "This name is taken." },
  })
}

/**
 * A secret brings along where it is kept. Whoever writes it at its new scope would send values to a place that nobody
 * there has a say in: only those who manage that scope choose where its values go.
 */
async function refuseForeignStore(
  tx: Transaction,
  { name, providerId }: LockedSecret,
  { organizationId, path, lineage }: ScopeRef,
): Promise<void> {
  const provider = providerId === null ? undefined : await findProvider(tx, { organizationId, id: providerId })
  if (provider === undefined || lineage.includes(provider.scopeId)) return
  throw new AppError(
    "conflict",
    `${name} is kept at ${provider.name}, which ${provider.scope} has for itself. Move it to the built-in store, or to a provider that ${path} sees, and then here.`,
  )
}

function changes(secret: StoredSecret, input: object, name: string): Record<string, string> {
  const fields = Object.entries(input).filter(
    ([field, value]) => value !== undefined && !["scope", "vault", "secret", "name"].includes(field),
  )
  return {
    ...(fields.length > 0 && { changed: fields.map(([field]) => field).join(", ") }),
    ...(name !== secret.name && { renamedFrom: secret.name }),
  }
}
