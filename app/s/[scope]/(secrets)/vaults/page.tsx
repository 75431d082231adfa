import type { Metadata } from "next"
import type { ReactNode } from "react"
import { PageHead } from "@/components/ui/page-head"
import { EmptyState } from "@/components/ui/states"
import { NewVault } from "@/components/vaults/new-vault"
import { type VaultFacts, VaultTable } from "@/components/vaults/vault-table"
import type { VaultSummary } from "@/lib/contract/dto"
import { knownScope, loadScope, loadVaults, may, type PageQuery, queryOf } from "../../load"
import { changeVault, createVault, deleteVault } from "./actions"

interface Props {
  params: Promise<{ scope: string }>
  searchParams: PageQuery
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `Vaults of ${(await params).scope}` }
}

export default async function VaultsPage({ params, searchParams }: Props): Promise<ReactNode> {
  const path = knownScope((await params).scope)
  const query = queryOf(await searchParams)
  const [scope, vaults] = await Promise.all([loadScope(path), loadVaults(path)])
  const mayManage = may(scope, "vault.manage")
  const newVault = mayManage && <NewVault scope={path} startsOpen={query.has("new")} create={createVault} />
  return (
    <>
      <PageHead
        title="Vaults"
        sub={`Containers of secrets at ${path}. Under one name a workspace sees the overlay of all scopes above it.`}
        actions={newVault}
      />
      {vaults.length === 0 ? (
        <EmptyState title="No vaults yet" command={mayManage ? createCommand(path) : undefined}>
          A vault is a named container of secrets. Machines are granted what is in one.
        </EmptyState>
      ) : (
        <VaultTable vaults={vaults.map(factsOf)} mayManage={mayManage} actions={{ changeVault, deleteVault }} />
      )}
    </>
  )
}

function createCommand(scope: string): string {
  const address = `$STRONGROOM_URL/api/v1/scopes/${scope}/vaults`
  return `curl --json '{"name": "default"}' -H "Authorization: Bearer $STRONGROOM_TOKEN" "${address}"`
}

function factsOf({
  id,
  scope,
  name,
  description,
  inheritable,
  secretCount,
  workspacesBeneath,
  readableBy,
}: VaultSummary): VaultFacts {
  return { id, scope, name, description, inheritable, secretCount, workspacesBeneath, readableBy }
}
