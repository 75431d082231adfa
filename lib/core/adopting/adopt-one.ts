/**
 * Takes over one place at a provider as a secret: nothing of ours has it, the backend's versions become its history, and
 * what is adopted as managed is marked as ours before it is written down.
 */
import { z } from "zod"
import type { AdoptedRow } from "../../contract/dto.ts"
import { fold } from "../../contract/names.ts"
import type { Ownership } from "../../contract/words.ts"
import { type AdoptedVersion, addAdopted, findBound, findTwins, lockProviders } from "../../db/adoptions.ts"
import { appendEvent } from "../../db/audit-log.ts"
import { newId } from "../../db/ids.ts"
import { bumpGeneration, type ScopeRef } from "../../db/scopes.ts"
import { isUniqueViolation } from "../../db/violations.ts"
import { AppError } from "../../errors.ts"
import type { Place, StoredVersion } from "../../providers/provider.ts"
import { makeEntry } from "../audit.ts"
import type { PersonCaller } from "../caller.ts"
import type { Context } from "../context.ts"
import { fingerprintOf } from "../fingerprints.ts"
import { refuseEnvironmentNameOf } from "../secrets/environment-name.ts"
import { nameTaken } from "../writing/refusals.ts"
import { findTarget } from "../writing/targets.ts"
import { type Adoptable, asking, boundAt, nameOf, newestToken, requireInside } from "./adoptable.ts"

export interface Adopter {
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

export async function adoptOne(adopter: Adopter, wanted: ToAdopt): Promise<AdoptedRow> {
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
  refuseEnvironmentNameOf({ name, envName: null })
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
