import type { Metadata } from "next"
import { notFound } from "next/navigation"
import type { ReactNode } from "react"
import { ApprovalNotice } from "@/components/providers/approve"
import { CheckLines } from "@/components/providers/check-lines"
import { DefaultCard } from "@/components/providers/default-card"
import { ImpactCard } from "@/components/providers/impact-card"
import { LinkedWords } from "@/components/providers/linked-words"
import { ApprovalCard, ProviderFacts, ProviderStatusCard } from "@/components/providers/provider-facts"
import { type HeadProvider, ProviderHead } from "@/components/providers/provider-head"
import { checkSummary, isServing, kindWords, marksOf } from "@/components/providers/words"
import { MoveHere } from "@/components/transfers/move-here"
import { Card } from "@/components/ui/card"
import { Notice } from "@/components/ui/notice"
import { TwoColumns } from "@/components/ui/page-head"
import { Tag } from "@/components/ui/tag"
import type { ProviderDetail } from "@/lib/contract/dto"
import { slug } from "@/lib/contract/names"
import { forPage } from "@/lib/web/page"
import { knownScope, loadScope, loadScopesWithin, may } from "../../load"
import { startTransfer } from "../../transfers/actions"
import { approveProvider, recheckProvider, replaceCredential, setDefaultProvider, unregisterProvider } from "../actions"

interface Props {
  params: Promise<{ scope: string; provider: string }>
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: (await params).provider }
}

/** How a provider is doing, what is kept there, what depends on it, and whose new secrets go there. */
export default async function ProviderPage({ params }: Props): Promise<ReactNode> {
  const texts = await params
  const path = knownScope(texts.scope)
  const name = slug.safeParse(texts.provider).data ?? notFound()
  const { scope, provider, health, kept, total, targets } = await load(path, name)
  const isRemote = provider.kind !== "local_encrypted"
  const isOwn = provider.scope === path
  const mayDelegate = may(scope, "delegate")
  const elsewhere = total - kept.total
  const mayMoveHere = mayDelegate && elsewhere > 0 && provider.isApproved && provider.canWrite
  const isUp = isServing(provider.status)
  const impact = (
    <ImpactCard scope={path} provider={provider} health={health} kept={{ secrets: kept.items, total: kept.total }} />
  )
  return (
    <>
      <ProviderHead
        provider={headOf(path, provider)}
        may={{ check: may(scope, "secret.write"), manage: mayDelegate, adopt: mayDelegate }}
        actions={{ recheckProvider, replaceCredential, unregisterProvider }}
      />
      {!provider.isApproved && (
        <ApprovalNotice
          scope={path}
          name={name}
          target={provider.target}
          registeredBy={provider.registeredBy.name}
          mayApprove={mayDelegate && isOwn}
          approve={approveProvider}
        />
      )}
      {provider.warnings.length > 0 && (
        <Notice tone="warn">
          <ul aria-label="Warnings" className="grid gap-1">
            {provider.warnings.map((warning) => (
              <li key={warning}>
                <LinkedWords text={warning} />
              </li>
            ))}
          </ul>
        </Notice>
      )}
      <TwoColumns
        aside={
          <>
            <DefaultCard
              name={name}
              defaultOf={provider.defaultOf}
              targets={targets}
              mayChange={mayDelegate}
              setDefault={setDefaultProvider}
            />
            {isRemote && <ApprovalCard provider={provider} />}
          </>
        }
      >
        {mayMoveHere && <MoveHere scope={path} provider={name} elsewhere={elsewhere} start={startTransfer} />}
        {/* What stopped comes first, what would stop comes later. */}
        {isRemote && !isUp && impact}
        {isRemote && <ProviderStatusCard provider={provider} />}
        <ProviderFacts scope={path} provider={provider} />
        {isRemote && isUp && impact}
        {isRemote && <LastCheck scope={path} provider={provider} />}
      </TwoColumns>
    </>
  )
}

async function load(path: string, name: string) {
  const at = { scope: path, provider: name }
  const [scope, provider, health, kept, all, scopes] = await Promise.all([
    loadScope(path),
    forPage((api) => api.describeProvider(at)),
    forPage((api) => api.describeProviderHealth(at)),
    forPage((api) => api.listSecrets({ scope: path, provider: name, limit: 8 })),
    forPage((api) => api.listSecrets({ scope: path, limit: 1 })),
    loadScopesWithin(path),
  ])
  return { scope, provider, health, kept, total: all.total, targets: scopes.map((one) => one.path) }
}

function LastCheck({ scope, provider: { report } }: { scope: string; provider: ProviderDetail }): ReactNode {
  if (report.lines.length === 0) return null
  const { words, tone } = checkSummary(report.lines)
  return (
    <Card title="Last check" tag={<Tag tone={tone}>{words}</Tag>}>
      <CheckLines lines={report.lines} scope={scope} />
    </Card>
  )
}

/** The head is a client component: it gets what its forms need, and no more. */
function headOf(at: string, provider: ProviderDetail): HeadProvider {
  const { name, scope, kind, target, settings, consents, secretCount, source } = provider
  return {
    at,
    name,
    scope,
    kindWords: kindWords[kind],
    target,
    settings,
    consents,
    secretCount,
    marks: marksOf(provider),
    isOperators: source === "environment",
  }
}
