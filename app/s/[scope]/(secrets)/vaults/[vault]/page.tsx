import type { Metadata } from "next"
import { notFound } from "next/navigation"
import type { ReactNode } from "react"
import { counted, readersWords } from "@/components/secrets/phrases"
import type { VaultSummary } from "@/lib/contract/dto"
import { knownScope, knownVault, loadVaults, type PageQuery, queryOf } from "../../../load"
import { ListPage } from "../../list-page"

interface Props {
  params: Promise<{ scope: string; vault: string }>
  searchParams: PageQuery
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { scope, vault } = await params
  return { title: `Vault ${vault} of ${scope}` }
}

/** The secrets of one vault, and who comes to read what is in it. */
export default async function VaultPage({ params, searchParams }: Props): Promise<ReactNode> {
  const { scope: scopeText, vault: vaultText } = await params
  const scope = knownScope(scopeText)
  const name = knownVault(vaultText)
  const vault = (await loadVaults(scope)).find((one) => one.name === name) ?? notFound()
  return (
    <ListPage
      scope={scope}
      vault={name}
      query={queryOf(await searchParams)}
      title={`Vault ${name}`}
      sub={vaultWords(vault)}
    />
  )
}

/** "Passwords of the ledger. 3 workspaces see it. 4 service accounts may read it." */
function vaultWords({ description, inheritable, workspacesBeneath, readableBy }: VaultSummary): string {
  const seen = !inheritable
    ? "Private: narrower scopes don't see it."
    : workspacesBeneath > 0
      ? `${counted(workspacesBeneath, "workspace")} beneath see it.`
      : undefined
  return [description === "" ? undefined : `${description.replace(/\.$/, "")}.`, seen, readersWords(readableBy)]
    .filter((words) => words !== undefined)
    .join(" ")
}
