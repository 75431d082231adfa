import type { Metadata } from "next"
import type { ReactNode } from "react"
import { CrumbTitle } from "@/components/frame/crumbs"
import { ImportWizard } from "@/components/import/import-wizard"
import { PageHead } from "@/components/ui/page-head"
import {
  chosenVault,
  knownScope,
  loadScope,
  loadVaults,
  loadWorkspacesBeneath,
  may,
  type PageQuery,
  queryOf,
  reachOf,
} from "../../load"
import { NotForYou } from "../not-for-you"
import { previewImport, runImport } from "./actions"

export const metadata: Metadata = { title: "Import" }

export default async function ImportPage({
  params,
  searchParams,
}: {
  params: Promise<{ scope: string }>
  searchParams: PageQuery
}): Promise<ReactNode> {
  const path = knownScope((await params).scope)
  const query = queryOf(await searchParams)
  const scope = await loadScope(path)
  const [vaults, workspaces] = await Promise.all([loadVaults(path), loadWorkspacesBeneath(scope)])
  const vault = chosenVault(vaults, query)
  return (
    <>
      <CrumbTitle>Import</CrumbTitle>
      <PageHead title="Import secrets" sub={`Into ${path}, from a .env, JSON, YAML or CSV file.`} />
      {!may(scope, "secret.write") || vault === undefined ? (
        <NotForYou scope={path} isAllowed={may(scope, "secret.write")} />
      ) : (
        <ImportWizard
          scope={path}
          vaults={vaults.map(reachOf)}
          workspaces={workspaces}
          startVault={vault.name}
          actions={{ preview: previewImport, run: runImport }}
        />
      )}
    </>
  )
}
