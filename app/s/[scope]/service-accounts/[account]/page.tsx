import type { Metadata } from "next"
import { notFound } from "next/navigation"
import type { ReactNode } from "react"
import { AccountHead } from "@/components/service-accounts/account-head"
import { GrantList } from "@/components/service-accounts/grant-list"
import { ReadableNow } from "@/components/service-accounts/readable-now"
import { TokenList } from "@/components/service-accounts/token-list"
import { TrustRules } from "@/components/service-accounts/trust-rules"
import { Card } from "@/components/ui/card"
import { Fact, Facts } from "@/components/ui/facts"
import { TwoColumns } from "@/components/ui/page-head"
import { RelativeTime } from "@/components/ui/relative-time"
import type { ServiceAccountDetail } from "@/lib/contract/dto"
import { slug } from "@/lib/contract/names"
import type { Protection } from "@/lib/contract/words"
import { forPage } from "@/lib/web/page"
import { knownScope, loadScope, loadScopesWithin, may } from "../../load"
import {
  changeTrustRule,
  createTrustRule,
  deleteServiceAccount,
  deleteTrustRule,
  describeAnew,
  disableServiceAccount,
  enableServiceAccount,
  grantAccess,
  issueToken,
  revokeGrant,
  revokeToken,
  rotateToken,
} from "../actions"

interface Props {
  params: Promise<{ scope: string; account: string }>
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: (await params).account }
}

export default async function ServiceAccountPage({ params }: Props): Promise<ReactNode> {
  const { scope: scopeText, account: accountText } = await params
  const path = knownScope(scopeText)
  const name = slug.safeParse(accountText).data ?? notFound()
  const [scope, account, scopes] = await Promise.all([
    loadScope(path),
    forPage((api) => api.describeServiceAccount({ scope: path, account: name })),
    loadScopesWithin(path),
  ])
  const mayManage = may(scope, "service_account.manage")
  const mayDelegate = may(scope, "delegate")
  const rules = mayManage ? (await forPage((api) => api.listTrustRules({ scope: path, account: name }))).items : []
  const known = { scope: path, name }
  return (
    <>
      <AccountHead
        account={{ ...known, id: account.id, description: account.description, disabled: account.disabled }}
        readableCount={account.readableCount}
        mayManage={mayManage}
        actions={{ describeAnew, disableServiceAccount, enableServiceAccount, deleteServiceAccount }}
      />
      <TwoColumns aside={<AccountFacts account={account} protection={scope.effectiveProtection} />}>
        <ReadableNow account={account} />
        <GrantList
          account={known}
          grants={account.grants}
          scopes={scopes.map((one) => ({ path: one.path, kind: one.kind }))}
          mayGrant={mayDelegate}
          mayRevoke={mayManage}
          grant={grantAccess}
          revoke={revokeGrant}
        />
        <TokenList
          account={{ ...known, isWorkspace: scope.kind === "workspace", disabled: account.disabled }}
          tokens={account.tokens}
          example={account.readable[0] ?? null}
          isNext={account.grants.length > 0 && account.activeTokens === 0}
          mayIssue={mayDelegate && !account.disabled}
          mayRevoke={mayManage}
          issue={issueToken}
          rotate={rotateToken}
          revoke={revokeToken}
        />
        {mayManage && (
          <TrustRules
            account={known}
            rules={rules}
            mayDelegate={mayDelegate && !account.disabled}
            create={createTrustRule}
            change={changeTrustRule}
            remove={deleteTrustRule}
          />
        )}
      </TwoColumns>
    </>
  )
}

function AccountFacts({ account, protection }: { account: ServiceAccountDetail; protection: Protection }): ReactNode {
  return (
    <Card title="About">
      <Facts>
        <Fact name="Last used">{account.lastUsedAt === null ? "never" : <RelativeTime at={account.lastUsedAt} />}</Fact>
        <Fact name="Made">
          <RelativeTime at={account.createdAt} /> by {account.createdBy.name}
        </Fact>
        <Fact name="Belongs to">
          <code>{account.scope}</code>
        </Fact>
        <Fact name="Protection">
          {protection === "recorded"
            ? "recorded: one person grants, and each secret says who did"
            : "two people: what it may read waits for a second person, and each secret says who they were"}
        </Fact>
      </Facts>
    </Card>
  )
}
