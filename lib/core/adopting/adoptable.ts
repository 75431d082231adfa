/**
 * Providers whose places can be looked through, and what of them a scope may see: where the provider was registered, the
 * whole prefix; beneath, the folder that has the scope's name.
 */
import { formatReference } from "../../contract/names.ts"
import { type BoundPlace, findBound, findTwins } from "../../db/adoptions.ts"
import type { ScopeRef } from "../../db/scopes.ts"
import { AppError } from "../../errors.ts"
import { type Adoption, type Place, ProviderError, type ProviderErrorClass } from "../../providers/provider.ts"
import { mayAt } from "../authorize.ts"
import type { PersonCaller } from "../caller.ts"
import type { Context } from "../context.ts"
import type { NamedStore } from "../providers/named-store.ts"
import { fromStore } from "../writing/store-errors.ts"

/** A registered provider whose places can be looked through. */
export interface Adoptable extends NamedStore {
  providerId: string
  adoption: Adoption
}

export function adoptable(provider: NamedStore): Adoptable {
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
export function folderFor(scope: ScopeRef, provider: NamedStore, wanted: string): string {
  const own = ownFolder(scope, provider)
  if (wanted === "") return own
  const segments = wanted.split("/")
  const isPlain = segments.every((segment) => segment !== "" && segment !== "." && segment !== "..")
  if (isPlain && (own === "" || segments[0] === own)) return wanted
  throw outside(scope, provider)
}

export function requireInside(scope: ScopeRef, provider: Adoptable, location: string): void {
  const own = ownFolder(scope, provider)
  if (!provider.adoption.isInside(location, own)) throw outside(scope, provider)
}

function outside(scope: ScopeRef, { name }: NamedStore): AppError {
  const message = `This lies outside of what ${scope.path} may use of ${name}. Choose something within it.`
  return new AppError("forbidden", message)
}

/** A secret of a scope that the caller may not see stays without a name. */
export function nameOf(caller: PersonCaller, { scope, vault, name }: BoundPlace): string {
  if (!mayAt(caller, "metadata.read", { path: scope })) return "a secret of another scope"
  return formatReference({ scope, vault, secret: name })
}

/** What is bound at these locations, by this provider or by another name of the same backend. */
export async function boundAt(
  { house }: Context,
  provider: Adoptable,
  locations: readonly string[],
): Promise<BoundPlace[]> {
  const { prisma } = house.database
  return findBound(prisma, provider.organizationId, await findTwins(prisma, provider), locations)
}

/** Where a backend's token is part of our marker, marking has changed it. */
export async function newestToken(
  { store, name }: Pick<NamedStore, "store" | "name">,
  place: Place,
): Promise<string | null> {
  const { versions } = await asking({ name }, store.describe(place))
  return versions.at(-1)?.backendVersion ?? null
}

/** What a provider answers, with its errors in words for who asked. */
export async function asking<Answer>({ name }: Pick<NamedStore, "name">, answer: Promise<Answer>): Promise<Answer> {
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
