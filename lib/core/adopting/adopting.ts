/**
 * Taking over what lies at a provider already: looking at the names there, adopting some of them, and letting go. No
 * value is shown. What is adopted as external is only read; what is adopted as managed carries our marker from then on.
 *
 * Each scope keeps to its own part of a provider: where it was registered, the whole prefix; beneath, the folder that
 * has the scope's name.
 */
import type { AdoptedRow, BackendEntry } from "../../contract/dto.ts"
import { type BoundPlace, noteMarked, releaseBinding } from "../../db/adoptions.ts"
import type { Transaction } from "../../db/database.ts"
import { bumpGeneration } from "../../db/scopes.ts"
import { type LockedSecret, lockSecret, type StoredSecret } from "../../db/secrets.ts"
import { AppError } from "../../errors.ts"
import type { Place } from "../../providers/provider.ts"
import { authorize } from "../authorize.ts"
import type { PersonCaller } from "../caller.ts"
import type { UseCase, UseCases } from "../context.ts"
import { authorizeDelegation } from "../delegate.ts"
import { chooseStoreFor, openNamedStore, openStoreOf } from "../providers/named-store.ts"
import { refuseMoved } from "../secrets/change.ts"
import { detailNow, findDefined } from "../secrets/describe.ts"
import { findTarget } from "../writing/targets.ts"
import { adoptOne } from "./adopt-one.ts"
import { adoptable, asking, boundAt, folderFor, nameOf, newestToken, requireInside } from "./adoptable.ts"

const browseProvider: UseCase<"browseProvider"> = async (context, input) => {
  const { scope, caller } = await authorize(context, "delegate", input.scope)
  const provider = adoptable(await openNamedStore(context.house, scope, input.provider))
  const folder = folderFor(scope, provider, input.folder)
  const page = await asking(
    provider,
    provider.adoption.browse(folder, { cursor: input.cursor ?? null, limit: input.limit }),
  )
  const locations = page.items.flatMap((item) => (item.kind === "secret" ? [item.location] : []))
  const bound = await boundAt(context, provider, locations)
  return { items: page.items.map((item) => toEntry(caller, item, bound)), nextCursor: page.nextCursor }
}

const listBackendFields: UseCase<"listBackendFields"> = async (context, input) => {
  const { scope } = await authorize(context, "delegate", input.scope)
  const provider = adoptable(await openNamedStore(context.house, scope, input.provider))
  requireInside(scope, provider, input.location)
  return { fields: await asking(provider, provider.adoption.fieldsOf(input.location)) }
}

const adoptSecrets: UseCase<"adoptSecrets"> = async (context, input) => {
  const { scope, caller } = await authorizeDelegation(context, input.scope)
  const { vaultId } = await findTarget(context, scope, { vault: input.vault, name: "-" })
  const chosen = await chooseStoreFor(context.house, scope, input.provider, caller, {
    toWrite: input.ownership === "managed",
  })
  const provider = adoptable(chosen)
  context.about({ target: { kind: "provider", id: provider.providerId, name: provider.name } })
  const adopter = {
    context,
    scope,
    caller,
    provider,
    vault: { id: vaultId, name: input.vault },
    ownership: input.ownership,
  }
  await context.confirmFirst()
  const rows: AdoptedRow[] = []
  for (const secret of input.secrets) rows.push(await adoptOne(adopter, secret))
  const adopted = rows.filter(({ outcome }) => outcome === "adopted").length
  context.about({ details: { adopted, failed: rows.length - adopted } })
  return { rows }
}

const manageSecret: UseCase<"manageSecret"> = async (context, input) => {
  const { scope } = await authorize(context, "delegate", input.scope)
  const secret = await findDefined(context, scope, input)
  if (secret.ownership === "managed") throw new AppError("conflict", `${secret.name} is ours to change already.`)
  const { organizationId, providerId } = secret
  const provider = adoptable(await openStoreOf(context.house, { organizationId, providerId }))
  context.about({ target: { kind: "provider", id: provider.providerId, name: provider.name } })
  await asking(provider, provider.adoption.mark(placeOf(secret)))
  const newest = await newestToken(provider, placeOf(secret))
  await context.commit(async (tx) => {
    const locked = await lockExternal(tx, secret)
    await noteMarked(tx, { ...locked, organizationId }, newest)
    await bumpGeneration(tx, { organizationId, id: locked.scopeId })
  })
  return detailNow(context, scope, input)
}

const releaseSecret: UseCase<"releaseSecret"> = async (context, input) => {
  const { scope } = await authorize(context, "secret.destroy", input.scope)
  const secret = await findDefined(context, scope, input)
  if (secret.ownership !== "external") {
    const message = `${secret.name} is managed by Strongroom. Delete it, or move it to another provider.`
    throw new AppError("conflict", message)
  }
  await context.commit(async (tx) => {
    const { organizationId, id } = secret
    const locked = await lockExternal(tx, secret)
    await releaseBinding(tx, organizationId, id)
    await bumpGeneration(tx, { organizationId, id: locked.scopeId })
  })
  return {}
}

export const adopting: UseCases<
  "browseProvider" | "listBackendFields" | "adoptSecrets" | "manageSecret" | "releaseSecret"
> = { browseProvider, listBackendFields, adoptSecrets, manageSecret, releaseSecret }

function toEntry(
  caller: PersonCaller,
  item: { kind: "folder"; path: string } | { kind: "secret"; location: string },
  bound: readonly BoundPlace[],
): BackendEntry {
  if (item.kind === "folder") return { kind: "folder", path: item.path, boundTo: null }
  const holder = bound.find(({ location, field }) => location === item.location && field === null)
  return { kind: "secret", path: item.location, boundTo: holder === undefined ? null : nameOf(caller, holder) }
}

function placeOf({ organizationId, id: secretId, location, field }: StoredSecret): Place {
  return { organizationId, secretId, location, field }
}

/** Throws when somebody destroyed, moved or took it over since it was looked up. */
async function lockExternal(tx: Transaction, secret: StoredSecret): Promise<LockedSecret> {
  const locked = await lockSecret(tx, secret.organizationId, secret.id)
  if (locked === undefined || locked.state === "destroyed") throw gone(secret)
  refuseMoved(secret, locked)
  const isSame =
    locked.ownership === "external" && locked.location === secret.location && locked.providerId === secret.providerId
  if (isSame) return locked
  throw new AppError(
    "conflict",
    `Somebody else has just changed where ${secret.name} is kept, or whose it is. Look again.`,
  )
}

function gone({ name }: StoredSecret): AppError {
  return new AppError("gone", `${name} was destroyed meanwhile.`)
}
