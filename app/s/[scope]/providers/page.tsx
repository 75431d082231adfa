import type { Metadata } from "next"
import type { ReactNode } from "react"
import { registerPage, transferPage } from "@/components/frame/addresses"
import { DraftList } from "@/components/providers/draft-list"
import { ProviderTable } from "@/components/providers/provider-table"
import { ButtonLink } from "@/components/ui/button"
import { PageHead } from "@/components/ui/page-head"
import { EmptyState } from "@/components/ui/states"
import type { ProviderDraft } from "@/lib/contract/dto"
import { forPage } from "@/lib/web/page"
import { knownScope, loadScope, may } from "../load"

interface Props {
  params: Promise<{ scope: string }>
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `Providers of ${(await params).scope}` }
}

export default async function ProvidersPage({ params }: Props): Promise<ReactNode> {
  const path = knownScope((await params).scope)
  const [scope, { items }] = await Promise.all([loadScope(path), forPage((api) => api.listProviders({ scope: path }))])
  const mayRegister = may(scope, "delegate")
  const drafts = mayRegister ? await loadDrafts(path) : []
  const isBuiltInAlone = items.every(({ kind }) => kind === "local_encrypted")
  const register = (
    <ButtonLink href={registerPage(path)} look="primary" shortcut="c" shortcutLabel="Register a provider">
      Register a provider
    </ButtonLink>
  )
  return (
    <>
      <PageHead
        title="Providers"
        sub={`Where the values of ${path} are kept.`}
        actions={
          <>
            <ButtonLink href={transferPage(path)} look="quiet">
              Moves
            </ButtonLink>
            {mayRegister && !isBuiltInAlone && register}
          </>
        }
      />
      <ProviderTable scope={path} providers={items} />
      <DraftList scope={path} drafts={drafts} />
      {isBuiltInAlone && (
        <EmptyState
          title="No backend of your own yet"
          action={mayRegister && register}
          {...(mayRegister && { command: registerCommand(path) })}
        >
          A provider is the place where values live. Register your HashiCorp Vault or OpenBao, and the secrets of {path}{" "}
          can be kept there; Strongroom keeps names, versions and audit.
        </EmptyState>
      )}
    </>
  )
}

async function loadDrafts(scope: string): Promise<ProviderDraft[]> {
  return (await forPage((api) => api.listProviderChecks({ scope, limit: 20 }))).items
}

function registerCommand(scope: string): string {
  const body = `{"kind": "vault", "name": "vault", "settings": {"address": "https://vault.example.com:8200", "mount": "kv"}, "credential": {"token": "'"$VAULT_TOKEN"'"}}`
  const address = `$STRONGROOM_URL/api/v1/scopes/${scope}/provider-checks`
  return `curl --json '${body}' -H "Authorization: Bearer $STRONGROOM_TOKEN" "${address}"`
}
