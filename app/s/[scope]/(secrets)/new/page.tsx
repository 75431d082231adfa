import type { Metadata } from "next"
import type { ReactNode } from "react"
import { CrumbTitle } from "@/components/frame/crumbs"
import { NewSecretForm } from "@/components/secrets/new-secret-form"
import { PageHead } from "@/components/ui/page-head"
import {
  chosenVault,
  knownScope,
  loadOwners,
  loadScope,
  loadVaults,
  loadWorkspacesBeneath,
  may,
  type PageQuery,
  queryOf,
  reachOf,
} from "../../load"
import { createSecret } from "../actions"
import { NotForYou } from "../not-for-you"

export const metadata: Metadata = { title: "New secret" }

/** `?vault=` and `?name=` fill those fields in: an inherited secret is overridden so. */
export default async function NewSecretPage({
  params,
  searchParams,
}: {
  params: Promise<{ scope: string }>
  searchParams: PageQuery
}): Promise<ReactNode> {
  const path = knownScope((await params).scope)
  const query = queryOf(await searchParams)
  const scope = await loadScope(path)
  const [vaults, owners, workspaces] = await Promise.all([
    loadVaults(path),
    loadOwners(scope),
    loadWorkspacesBeneath(scope),
  ])
  const vault = chosenVault(vaults, query)
  return (
    <>
      <CrumbTitle>New secret</CrumbTitle>
      <PageHead title="New secret" sub={`Kept at ${path}. Its value goes in here and never comes out to a person.`} />
      {!may(scope, "secret.write") || vault === undefined ? (
        <NotForYou scope={path} isAllowed={may(scope, "secret.write")} />
      ) : (
        <NewSecretForm
          scope={path}
          vaults={vaults.map(reachOf)}
          workspaces={workspaces}
          owners={owners}
          start={{ vault: vault.name, name: query.get("name") ?? "" }}
          create={createSecret}
        />
      )}
    </>
  )
}
