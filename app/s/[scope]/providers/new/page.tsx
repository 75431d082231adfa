import type { Metadata } from "next"
import { notFound } from "next/navigation"
import type { ReactNode } from "react"
import { CrumbTitle } from "@/components/frame/crumbs"
import { type Draft, RegisterProvider } from "@/components/providers/register-provider"
import type { DefaultTarget } from "@/components/providers/use-step"
import { isVaultKind } from "@/components/providers/vault-settings"
import { ButtonLink } from "@/components/ui/button"
import { PageHead } from "@/components/ui/page-head"
import { EmptyState } from "@/components/ui/states"
import type { ScopeNode } from "@/lib/contract/dto"
import { forPage } from "@/lib/web/page"
import { knownScope, loadScope, loadScopesWithin, may, type PageQuery, queryOf } from "../../load"
import { startTransfer } from "../../transfers/actions"
import { bootstrapProvider, checkProvider, planBootstrap, registerProvider, setDefaultProvider } from "../actions"

export const metadata: Metadata = { title: "Register a provider" }

/** `?draft=` brings back what was tried before, but for its credential. */
export default async function RegisterPage({
  params,
  searchParams,
}: {
  params: Promise<{ scope: string }>
  searchParams: PageQuery
}): Promise<ReactNode> {
  const path = knownScope((await params).scope)
  const draftId = queryOf(await searchParams).get("draft")
  const [scope, scopes, providers] = await Promise.all([
    loadScope(path),
    loadScopesWithin(path),
    forPage((api) => api.listProviders({ scope: path })),
  ])
  const mayRegister = may(scope, "delegate")
  const draft = mayRegister && draftId !== null ? await loadDraft(path, draftId) : undefined
  return (
    <>
      <CrumbTitle>Register</CrumbTitle>
      <PageHead title="Register a provider" sub="Values stay there. Strongroom keeps names, versions and audit." />
      {mayRegister ? (
        <RegisterProvider
          key={draftId}
          scope={path}
          targets={scopes.map(target)}
          suggestedName={freeName(providers.items.map(({ name }) => name))}
          draft={draft}
          actions={{
            checkProvider,
            registerProvider,
            planBootstrap,
            bootstrapProvider,
            setDefaultProvider,
            startTransfer,
          }}
        />
      ) : (
        <EmptyState
          title={`You may look at the providers of ${path}, not register one`}
          action={<ButtonLink href={`/s/${path}/providers`}>Back to the providers</ButtonLink>}
        >
          Registering decides where values go: it needs the role lead, admin or owner.
        </EmptyState>
      )}
    </>
  )
}

async function loadDraft(scope: string, check: string): Promise<Draft> {
  const draft = await forPage((api) => api.describeProviderCheck({ scope, check }))
  const { kind, name, settings, lines, report, createdAt, until } = draft
  if (!isVaultKind(kind)) notFound()
  return { kind, name, settings, lines: report?.lines ?? lines, createdAt, until }
}

function target({ path, kind, name, secretCount }: ScopeNode): DefaultTarget {
  return { path, kind, name, secretCount }
}

/** `vault`, or the first of `vault-2`, `vault-3`… that isn't taken. */
function freeName(taken: readonly string[]): string {
  if (!taken.includes("vault")) return "vault"
  let number = 2
  while (taken.includes(`vault-${number}`)) number += 1
  return `vault-${number}`
}
