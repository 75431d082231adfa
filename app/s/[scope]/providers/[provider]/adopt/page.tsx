import type { Metadata } from "next"
import { notFound } from "next/navigation"
import type { ReactNode } from "react"
import { Adopt } from "@/components/adopt/adopt"
import { providerPage } from "@/components/frame/addresses"
import { ButtonLink } from "@/components/ui/button"
import { PageHead } from "@/components/ui/page-head"
import { EmptyState } from "@/components/ui/states"
import { slug } from "@/lib/contract/names"
import { forPage } from "@/lib/web/page"
import { knownScope, loadScope, loadVaults, may } from "../../../load"
import { adoptSecrets } from "../../actions"

interface Props {
  params: Promise<{ scope: string; provider: string }>
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `Adopt from ${(await params).provider}` }
}

/** `?folder=` is the folder that is looked into. */
export default async function AdoptPage({ params }: Props): Promise<ReactNode> {
  const texts = await params
  const path = knownScope(texts.scope)
  const name = slug.safeParse(texts.provider).data ?? notFound()
  const [scope, provider, vaults] = await Promise.all([
    loadScope(path),
    forPage((api) => api.describeProvider({ scope: path, provider: name })),
    loadVaults(path),
  ])
  if (provider.scope === null) notFound()
  return (
    <>
      <PageHead
        title={`Adopt from ${name}`}
        sub={
          <>
            What lies at <code className="break-all">{provider.target}</code> already. Names only.
          </>
        }
      />
      {may(scope, "delegate") ? (
        <Adopt scope={path} provider={name} vaults={vaults.map((vault) => vault.name)} adopt={adoptSecrets} />
      ) : (
        <EmptyState
          title="You may not look through a backend"
          action={<ButtonLink href={providerPage(path, name)}>Back to {name}</ButtonLink>}
        >
          Adopting lets machines be granted what lies there: it needs the role lead, admin or owner.
        </EmptyState>
      )}
    </>
  )
}
