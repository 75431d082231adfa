/**
 * Taking over what lies at a provider already: looking at the names there, adopting some of them, and letting go. No
 * value is shown. What is adopted as external is only read; what is adopted as managed carries our marker from then on.
 *
 * Each scope keeps to its own part of a provider: where it was registered, the whole prefix; beneath, the folder that
 * has the scope's name.
 */
import { z } from "zod"
import type { AdoptedRow, BackendEntry } from "../../contract/dto.ts"
import { fold, formatReference } from "../../contract/names.ts"
import type { Ownership } from "../../contract/words.ts"
import {
  type AdoptedVersion,
  addAdopted,
  type BoundPlace,
  findBound,
  findTwins,
  lockProviders,
  noteMarked,
  releaseBinding,
} from "../../db/adoptions.ts"
import { appendEvent } from "../../db/audit-log.ts"
import type { Transaction } from "../../db/database.ts"
import { newId } from "../../db/ids.ts"
import { bumpGeneration, type ScopeRef } from "../../db/scopes.ts"
import { type LockedSecret, lockSecret, type StoredSecret } from "../../db/secrets.ts"
import { isUniqueViolation } from "../../db/violations.ts"
import { AppError } from "../../errors.ts"
import {
  type Adoption,
  type Place,
  ProviderError,
  type ProviderErrorClass,
  type StoredVersion,
} from "../../providers/provider.ts"
import { makeEntry } from "../audit.ts"
import { authorize, mayAt, requireFreshSignIn } from "../authorize.ts"
import type { PersonCaller } from "../caller.ts"
import type { Context, UseCase, UseCases } from "../context.ts"
import { fingerprintOf } from "../fingerprints.ts"
import { chooseStoreFor, type NamedStore, openNamedStore, openStoreOf } from "../providers/named-store.ts"
import { refuseMoved } from "../secrets/change.ts"
import { detailNow, findDefined } from "../secrets/describe.ts"
import { nameTaken } from "../writing/refusals.ts"
import { fromStore } from "../writing/store-errors.ts"
import { findTarget } from "../writing/targets.ts"

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
  const { scope, caller } = await authorize(context, "delegate", input.scope)
  requireFreshSignIn(caller, new Date())
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

// --- where one may look

/** A registered provider whose places can be looked through. */
interface Adoptable extends NamedStore {
  providerId: string
  adoption: Adoption
}

function adoptable(provider: NamedStore): Adoptable {
  const { name, providerId } = provider
  const { adoption } = provider.store
  if (adoption !== undefined && providerId !== null) return { ...provider, providerId, adoption }
  throw new AppError("unsupported", `What lies at ${name} can't be looked through, so nothing can be adopted from it.`)
}

/** The folder beneath the prefix that is a scope's own; "" where the provider was registered at this very scope. */
function ownFolder(scope: ScopeRef, provider: NamedStore): string {
  return provider.scopeId === scope.id ? "" : scope.path
}

/** The folder to look at: the scope's own, or the one beneath it that was asked for. Segment by segment, none climbs. */
function folderFor(scope: ScopeRef, provider: NamedStore, wanted: string): string {
  const own = ownFolder(scope, provider)
  if (wanted === "") return own
  const segments = wanted.split("/")
  const isPlain = segments.every((segment) => segment !== "" && segment !== "." && segment !== "..")
  if (isPlain && (own === "" || segments[0] === own)) return wanted
  throw outside(scope, provider)
}

function requireInside(scope: ScopeRef, provider: Adoptable, location: string): void {
  const own = ownFolder(scope, provider)
  if (!provider.adoption.isInside(location, own)) throw outside(scope, provider)
}

function outside(scope: ScopeRef, { name }: NamedStore): AppError {
  const message = `This lies outside of what ${scope.path} may use of ${name}. Choose something within it.`
  return new AppError("forbidden", message)
}

function toEntry(
  caller: PersonCaller,
  item: { kind: "folder"; path: string } | { kind: "secret"; location: string },
  bound: readonly BoundPlace[],
): BackendEntry {
  if (item.kind === "folder") return { kind: "folder", path: item.path, boundTo: null }
  const holder = bound.find(({ location, field }) => location === item.location && field === null)
  return { kind: "secret", path: item.location, boundTo: holder === undefined ? null : nameOf(caller, holder) }
}

/** A secret of a scope that the caller may not see stays without a name. */
function nameOf(caller: PersonCaller, { scope, vault, name }: BoundPlace): string {
  if (!mayAt(caller, "metadata.read", { path: scope })) return "a secret of another scope"
  return formatReference({ scope, vault, secret: name })
}

// --- adopting one

interface Adopter {
  context: Context
  scope: ScopeRef
  caller: PersonCaller
  provider: Adoptable
  vault: { id: string; name: string }
  ownership: Ownership
}

interface ToAdopt {
  location: string
  field: string | null
  name: string
}

async function adoptOne(adopter: Adopter, wanted: ToAdopt): Promise<AdoptedRow> {
  try {
    return { name: wanted.name, outcome: "adopted", versions: await adopt(adopter, wanted), problem: null }
  } catch (error) {
    if (!(error instanceof AppError) || error.code === "internal") throw error
    return { name: wanted.name, outcome: "failed", versions: 0, problem: error.message }
  }
}

/** Answers how many versions came along. */
async function adopt(adopter: Adopter, { location, field, name }: ToAdopt): Promise<number> {
  const { context, scope, provider, ownership } = adopter
  requireInside(scope, provider, location)
  const { secret: holder } = await findTarget(context, scope, { vault: adopter.vault.name, name })
  if (holder !== null) throw nameTaken(`${scope.path}/${adopter.vault.name}`, name, holder)
  const wanted = { organizationId: scope.organizationId, secretId: newId(), location, field }
  await requireUnbound(adopter, wanted)
  await requireField(provider, wanted)
  const { place, held } = await lookAt(adopter, wanted)
  const versions = await historyOf(adopter, place, held)
  if (ownership === "managed") await asking(provider, provider.adoption.mark(place))
  const newest = ownership === "managed" ? await newestToken(provider, place) : versions.at(-1)?.backendVersion
  await commitAdopted(adopter, place, name, withToken(versions, newest))
  context.about({ vault: adopter.vault.name })
  return versions.length
}

async function requireUnbound({ context, caller, provider }: Adopter, { location, field }: Place): Promise<void> {
  const holder = (await boundAt(context, provider, [location])).find((each) => overlaps(each, { field }))
  if (holder === undefined) return
  const message = `${location} is ${nameOf(caller, holder)} already. Release that first, or choose something else.`
  throw new AppError("conflict", message)
}

/** What is bound at these locations, by this provider or by another name of the same backend. */
async function boundAt({ house }: Context, provider: Adoptable, locations: readonly string[]): Promise<BoundPlace[]> {
  const { prisma } = house.database
  return findBound(prisma, provider.organizationId, await findTwins(prisma, provider), locations)
}

function overlaps(one: Pick<Place, "field">, other: Pick<Place, "field">): boolean {
  return one.field === null || other.field === null || one.field === other.field
}

async function requireField(provider: Adoptable, { location, field }: Place): Promise<void> {
  if (field === null) return
  const fields = await asking(provider, provider.adoption.fieldsOf(location))
  if (!fields.includes(field)) throw new AppError("not_found", `${location} has no field "${field}".`)
}

/**
 * What lies there. An adoption that broke off after the marking left a mark for a secret that never came to be: then it
 * becomes that secret.
 */
async function lookAt(
  { context, provider }: Adopter,
  place: Place,
): Promise<{ place: Place; held: readonly StoredVersion[] }> {
  const { managedBy, markedFor, versions: held } = await asking(provider, provider.store.describe(place))
  if (managedBy === "nobody") return { place, held }
  const { organizationId } = place
  const { success: isId, data: id } = z.uuid().safeParse(markedFor)
  if (isId && (await context.house.database.prisma.secret.count({ where: { organizationId, id } })) === 0) {
    return { place: { ...place, secretId: id }, held }
  }
  throw new AppError("conflict", `${place.location} carries a marker: another Strongroom, or another secret, has it.`)
}

/** What the backend tells of its versions, under numbers of ours: its own numbers, where it counts. */
async function historyOf(
  adopter: Adopter,
  place: Place,
  versions: readonly StoredVersion[],
): Promise<AdoptedVersion[]> {
  const { provider } = adopter
  const newest = versions.at(-1)?.state
  if (newest === undefined) throw new AppError("not_found", `Nothing lies at ${place.location}.`)
  if (newest !== "held") {
    throw new AppError(
      "gone",
      `The newest version at ${place.location} is ${newest} there. Restore it, or write another.`,
    )
  }
  const numbers = numbersFor(versions)
  const isNeeded = provider.capabilities.versions === "none" || place.field !== null
  const ofNewest = isNeeded ? await fingerprintOfNewest(adopter, place) : null
  return versions.map(({ backendVersion, state, createdAt }, index) => ({
    number: numbers[index] ?? index + 1,
    backendVersion,
    state: state === "held" ? "enabled" : state,
    createdAt,
    fingerprint: index === versions.length - 1 ? ofNewest : null,
  }))
}

/** Where a backend's token is part of our marker, marking has changed it. */
async function newestToken({ store, name }: Pick<NamedStore, "store" | "name">, place: Place): Promise<string | null> {
  const { versions } = await asking({ name }, store.describe(place))
  return versions.at(-1)?.backendVersion ?? null
}

function withToken(versions: readonly AdoptedVersion[], newest: string | null | undefined): AdoptedVersion[] {
  return versions.map((version, index) =>
    index === versions.length - 1 ? { ...version, backendVersion: newest ?? null } : version,
  )
}

function numbersFor(versions: readonly StoredVersion[]): number[] {
  const own = versions.map(({ backendVersion }) => Number(backendVersion ?? Number.NaN))
  const isCount = own.every((number, index) => Number.isSafeInteger(number) && number > (own[index - 1] ?? 0))
  return isCount ? own : versions.map((_, index) => index + 1)
}

/**
 * Where the backend keeps no versions, only this tells later whether the value was changed there; and of one field,
 * whether a new version of the whole changed it.
 */
async function fingerprintOfNewest({ context, provider }: Adopter, place: Place): Promise<Uint8Array> {
  const { value } = await asking(provider, provider.store.read(place, "latest"))
  try {
    return await fingerprintOf(context.house.organizationKeys, place, value)
  } finally {
    value.wipe()
  }
}

/** Each adopted secret leaves an event of its own, so that its audit tells where it comes from. */
async function commitAdopted(
  { context, scope, caller, provider, vault, ownership }: Adopter,
  place: Place,
  name: string,
  versions: readonly AdoptedVersion[],
): Promise<void> {
  const { organizationId, secretId: id, location, field } = place
  const { providerId, kind } = provider
  const header = { action: "secret.adopt", class: "delegation", outcome: "done", reason: null } as const
  const facts = {
    scope,
    vault: vault.name,
    secret: { id, name },
    target: { kind: "provider", id: providerId, name: provider.name },
    details: { location, ownership, versions: versions.length },
  }
  try {
    await context.house.database.prisma.$transaction(async (tx) => {
      const by = { kind: "person", id: caller.id }
      const binding = { kind, providerId, location, field, ownership }
      const where = { organizationId, vaultId: vault.id, scopeId: scope.id }
      const twins = await findTwins(tx, provider)
      await lockProviders(tx, organizationId, twins)
      const bound = await findBound(tx, organizationId, twins, [location])
      if (bound.some((each) => overlaps(each, place)))
        throw taken(undefined, `${scope.path}/${vault.name}`, name, location)
      await addAdopted(tx, { id, ...where, name, foldedName: fold(name), ...binding, by, versions })
      await bumpGeneration(tx, scope)
      await appendEvent(tx, makeEntry(header, caller, context.request, facts), context.house.writes.link)
    })
  } catch (error) {
    throw isUniqueViolation(error) ? taken(error, `${scope.path}/${vault.name}`, name, location) : error
  }
}

/** Both were free a moment ago. */
function taken(cause: unknown, vault: string, name: string, location: string): AppError {
  const message = `Somebody else has just taken the name ${name} in ${vault}, or ${location}. Look again, and choose another.`
  return new AppError("conflict", message, { cause })
}

// --- the rest

function placeOf({ organizationId, id: secretId, location, field }: StoredSecret): Place {
  return { organizationId, secretId, location, field }
}

/** What a provider answers, with its errors in words for who asked. */
async function asking<Answer>({ name }: Pick<NamedStore, "name">, answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    const told = fromStore(error, name)
    throw isAboutThePlace.has(error.class) ? new AppError(told.code, error.message, { cause: error }) : told
  }
}

/** What the provider says of these helps who chose the place. */
const isAboutThePlace: ReadonlySet<ProviderErrorClass> = new Set([
  "invalid",
  "unsupported",
  "not_managed",
  "not_found",
  "deleted",
])

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
