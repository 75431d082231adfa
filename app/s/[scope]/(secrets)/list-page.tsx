import type { ReactNode } from "react"
import { filtersOf, type ListView, listAddress, pageSize, readView } from "@/components/secrets/list-view"
import { SecretList } from "@/components/secrets/secret-list"
import type { Moving } from "@/components/transfers/move-to-provider"
import type { InputOf } from "@/lib/contract/api"
import type { ProviderSummary, ScopeDetail } from "@/lib/contract/dto"
import type { Category, SecretMark, SecretState } from "@/lib/contract/words"
import { forPage } from "@/lib/web/page"
import { loadOwners, loadScope, loadVaults, may } from "../load"
import { startTransfer } from "../transfers/actions"
import { changeSecret, deleteSecret, disableSecret, enableSecret, moveSecret, restoreSecret } from "./actions"

/** A list of secrets: a scope's, or one vault's. The first page comes with the HTML, the rest as it is asked for. */
export async function ListPage({
  scope: path,
  query,
  vault,
  title,
  sub,
}: {
  scope: string
  query: URLSearchParams
  vault?: string
  title: string
  sub?: ReactNode
}): Promise<ReactNode> {
  const view = readView(query)
  const scope = await loadScope(path)
  const [page, vaults, providers, owners] = await Promise.all([
    forPage((api) => api.listSecrets(listInput(path, view, vault))),
    loadVaults(path),
    forPage((api) => api.listProviders({ scope: path })),
    loadOwners(scope),
  ])
  return (
    <SecretList
      place={{
        scope: path,
        kind: scope.kind,
        mayWrite: may(scope, "secret.write"),
        ...(vault !== undefined && { vault }),
      }}
      title={title}
      sub={sub}
      first={{ address: listAddress(path, view, undefined, vault), page }}
      choices={{
        vaults: vaults.map(({ name }) => name),
        providers: providers.items.map(({ name }) => name),
        owners,
      }}
      moving={movingOf(scope, providers.items)}
      actions={{ changeSecret, moveSecret, disableSecret, enableSecret, deleteSecret, restoreSecret }}
    />
  )
}

/** With one provider there is nowhere to move to. */
function movingOf(scope: ScopeDetail, providers: readonly ProviderSummary[]): Moving | undefined {
  const taking = providers.filter(({ isApproved, canWrite }) => isApproved && canWrite).map(({ name }) => name)
  if (taking.length < 2 || !may(scope, "delegate")) return undefined
  return { providers: taking, start: startTransfer }
}

function listInput(scope: string, view: ListView, vault: string | undefined): InputOf<"listSecrets"> {
  const filters = filtersOf(view, vault)
  return {
    scope,
    limit: pageSize,
    effective: view.isEffective,
    sort: view.sort,
    vault: [...filters.vault],
    // readView let only the contract's own words through.
    category: filters.category as Category[],
    state: filters.state as (SecretState | SecretMark)[],
    provider: [...filters.provider],
    owner: [...filters.owner],
    ...(view.text !== "" && { text: view.text }),
  }
}
