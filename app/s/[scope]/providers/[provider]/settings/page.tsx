import type { Metadata } from "next"
import { notFound } from "next/navigation"
import type { ReactNode } from "react"
import { providerPage } from "@/components/frame/addresses"
import { ChangeProvider } from "@/components/providers/change-provider"
import { isVaultKind } from "@/components/providers/vault-settings"
import { ButtonLink } from "@/components/ui/button"
import { PageHead } from "@/components/ui/page-head"
import { EmptyState } from "@/components/ui/states"
import { slug } from "@/lib/contract/names"
import { forPage } from "@/lib/web/page"
import { knownScope, loadScope, may } from "../../../load"
import { changeProvider, checkProvider } from "../../actions"

interface Props {
  params: Promise<{ scope: string; provider: string }>
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `Settings of ${(await params).provider}` }
}

export default async function ProviderSettingsPage({ params }: Props): Promise<ReactNode> {
  const texts = await params
  const path = knownScope(texts.scope)
  const name = slug.safeParse(texts.provider).data ?? notFound()
  const [scope, provider] = await Promise.all([
    loadScope(path),
    forPage((api) => api.describeProvider({ scope: path, provider: name })),
  ])
  const { kind, settings, source, consents, cacheSeconds, staleSeconds, checkSeconds } = provider
  if (!isVaultKind(kind) || provider.scope !== path) notFound()
  const mayChange = may(scope, "delegate") && source === "registered"
  return (
    <>
      <PageHead title={`Settings of ${name}`} sub={<code className="break-all">{provider.target}</code>} />
      {mayChange ? (
        <ChangeProvider
          provider={{
            scope: path,
            name,
            kind,
            settings,
            consents,
            times: { cacheSeconds, staleSeconds, checkSeconds },
          }}
          actions={{ checkProvider, changeProvider }}
        />
      ) : (
        <EmptyState
          title="Its settings aren’t changed here"
          action={<ButtonLink href={providerPage(path, name)}>Back to {name}</ButtonLink>}
        >
          {source === "environment"
            ? "The operator declared it in Strongroom’s environment, and changes it there."
            : "Changing where values go needs the role lead, admin or owner."}
        </EmptyState>
      )}
    </>
  )
}
