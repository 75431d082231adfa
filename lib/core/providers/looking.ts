/** Looking at providers: those that a scope's secrets can be kept in, one of them, and how it is doing. */
import type { ProviderDetail, ProviderSummary } from "../../contract/dto.ts"
import { builtInName } from "../../contract/words.ts"
import { listProvidersAt, type StoredProvider } from "../../db/providers.ts"
import type { ScopeRef } from "../../db/scopes.ts"
import { AppError } from "../../errors.ts"
import { authorize, type Permit } from "../authorize.ts"
import type { PersonCaller } from "../caller.ts"
import type { Context, House, UseCase, UseCases } from "../context.ts"
import { detail, detailBuiltIn, lookAround, summarize, summarizeBuiltIn } from "./describe-provider.ts"
import { healthFor, healthOfBuiltIn } from "./health.ts"
import { findNamedProvider } from "./named-store.ts"

const listProviders: UseCase<"listProviders"> = async (context, input) => {
  const { scope, caller } = await authorize(context, "metadata.read", input.scope)
  return { items: await listFor(context.house, scope, caller) }
}

const describeProvider: UseCase<"describeProvider"> = async (context, input) => {
  const { scope, caller } = await authorize(context, "metadata.read", input.scope)
  const around = await lookAround(context.house, scope, caller)
  if (input.provider === builtInName) return detailBuiltIn(context.house, around)
  return detail(context.house, await findVisible(context, scope, input.provider), around)
}

const describeProviderHealth: UseCase<"describeProviderHealth"> = async (context, input) => {
  const { scope } = await authorize(context, "metadata.read", input.scope)
  if (input.provider === builtInName) return healthOfBuiltIn()
  return healthFor(await findVisible(context, scope, input.provider))
}

export const lookingAtProviders: UseCases<"listProviders" | "describeProvider" | "describeProviderHealth"> = {
  listProviders,
  describeProvider,
  describeProviderHealth,
}

/** The scope's own providers and those of wider ones, narrowest scope first, and the built-in store at the end. */
export async function listFor(house: House, scope: ScopeRef, caller: PersonCaller): Promise<ProviderSummary[]> {
  const [rows, around] = await Promise.all([
    listProvidersAt(house.database.prisma, scope.organizationId, scope.lineage),
    lookAround(house, scope, caller),
  ])
  const depthOf = ({ scopeId }: StoredProvider): number => scope.lineage.indexOf(scopeId)
  const narrowestFirst = rows.toSorted((a, b) => depthOf(a) - depthOf(b))
  return [...narrowestFirst.map((row) => summarize(house, row, around)), summarizeBuiltIn(house, around)]
}

/** A registered provider that the scope sees. Throws `not_found`. */
export async function findVisible(context: Context, scope: ScopeRef, name: string): Promise<StoredProvider> {
  const provider = await findNamedProvider(context.house, scope, name)
  context.about({ target: { kind: "provider", id: provider.id, name: provider.name } })
  return provider
}

/** A provider to change: one of the scope itself. Throws `not_found` that says where it was registered. */
export async function findOwn(context: Context, { scope }: Permit, name: string): Promise<StoredProvider> {
  if (name === builtInName) {
    throw new AppError("conflict", "The built-in store is always there: nothing about it can be changed.")
  }
  const provider = await findVisible(context, scope, name)
  if (provider.scopeId === scope.id) return provider
  throw new AppError(
    "not_found",
    `${name} is registered at ${provider.scope}, and ${scope.path} only uses it. Change it there.`,
  )
}

/** A provider's detail as it is now, read again after a change. */
export async function detailNow(
  { house }: Context,
  { scope, caller }: Pick<Permit, "scope" | "caller">,
  name: string,
): Promise<ProviderDetail> {
  const around = await lookAround(house, scope, caller)
  return detail(house, await findNamedProvider(house, scope, name), around)
}
