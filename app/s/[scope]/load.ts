/** What the pages of a scope have in common: who asks, what they may do here, and what they can choose from. */
import "server-only"
import { notFound } from "next/navigation"
import { cache } from "react"
import type { Choice } from "@/components/secrets/list-view"
import type { VaultReach } from "@/components/secrets/who-may-read"
import type { Permission, ScopeDetail, ScopeNode, VaultSummary } from "@/lib/contract/dto"
import { scopePath, secretName, vaultName } from "@/lib/contract/names"
import { currentPerson } from "@/lib/web/current-person"
import { forPage } from "@/lib/web/page"

/** An address that can't be one isn't there. */
export function knownScope(text: string): string {
  return scopePath.safeParse(text).data ?? notFound()
}

export function knownVault(text: string): string {
  return vaultName.safeParse(text).data ?? notFound()
}

export function knownSecret(text: string): string {
  return secretName.safeParse(text).data ?? notFound()
}

export const loadScope = cache((scope: string): Promise<ScopeDetail> => forPage((api) => api.describeScope({ scope })))

export const loadVaults = cache(
  async (scope: string): Promise<VaultSummary[]> =>
    (await forPage((api) => api.listVaults({ scope, limit: 200 }))).items,
)

export function may({ permissions }: ScopeDetail, permission: Permission): boolean {
  return permissions.includes(permission)
}

/** Whom a secret can be owned by: the people here, for who may see them; else oneself. */
export async function loadOwners(scope: ScopeDetail): Promise<Choice[]> {
  const me = await currentPerson()
  if (!may(scope, "people.read")) return [{ value: me.id, label: me.name }]
  const people = await forPage((api) => api.listPeople({ scope: scope.path, limit: 200 }))
  return people.items.filter(({ disabled }) => !disabled).map(({ id, name }) => ({ value: id, label: name }))
}

/** The vault that a query names, else `default`, else the first; undefined where there is none. */
export function chosenVault(vaults: readonly VaultSummary[], query: URLSearchParams): VaultSummary | undefined {
  return vaults.find(({ name }) => name === (query.get("vault") ?? "default")) ?? vaults[0]
}

/** A scope and those beneath it, as far as the person sees them. */
export async function loadScopesWithin(scope: string): Promise<ScopeNode[]> {
  const { items } = await forPage((api) => api.listScopes({}))
  return items.filter(({ path, visible }) => visible && `${path}.`.startsWith(`${scope}.`))
}

/** Paths of the workspaces that lie beneath a scope. */
export async function loadWorkspacesBeneath(scope: ScopeDetail): Promise<string[]> {
  if (scope.kind === "workspace") return []
  const { items } = await forPage((api) => api.listScopes({}))
  return items
    .filter(({ kind, path }) => kind === "workspace" && path.startsWith(`${scope.path}.`))
    .map(({ path }) => path)
}

export function reachOf({ name, inheritable, readableBy, workspacesBeneath }: VaultSummary): VaultReach {
  return { name, inheritable, readableBy, workspacesBeneath }
}

/** A page's query as the browser has it. */
export function queryOf(params: Readonly<Record<string, string | string[] | undefined>>): URLSearchParams {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(params)) for (const one of [value ?? []].flat()) query.append(name, one)
  return query
}

export type PageQuery = Promise<Record<string, string | string[] | undefined>>
