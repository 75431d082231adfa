import type { Metadata } from "next"
import type { ReactNode } from "react"
import { ProviderCard } from "@/components/settings/provider-card"
import { PageHead } from "@/components/ui/page-head"
import { forPage } from "@/lib/web/page"
import { knownScope } from "../(secrets)/load"

interface Props {
  params: Promise<{ scope: string }>
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `Providers of ${(await params).scope}` }
}

export default async function ProvidersPage({ params }: Props): Promise<ReactNode> {
  const scope = knownScope((await params).scope)
  const { items } = await forPage((api) => api.listProviders({ scope }))
  return (
    <div className="grid max-w-form gap-4">
      <PageHead title="Providers" sub={`Where the values of ${scope} are kept.`} />
      {items.map((provider) => (
        <ProviderCard key={provider.id} provider={provider} scope={scope} />
      ))}
      <p className="text-ink-3">
        HashiCorp Vault, AWS Secrets Manager, Azure Key Vault and Infisical can't be registered yet. When they can, what
        is kept here can be moved there.
      </p>
    </div>
  )
}
