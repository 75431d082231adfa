import type { Metadata } from "next"
import type { ReactNode } from "react"
import { AccountTable } from "@/components/service-accounts/account-table"
import { NewAccount } from "@/components/service-accounts/new-account"
import { NextPage } from "@/components/ui/next-page"
import { PageHead } from "@/components/ui/page-head"
import { EmptyState } from "@/components/ui/states"
import { forPage } from "@/lib/web/page"
import { knownScope, loadScope, may } from "../load"
import { createServiceAccount } from "./actions"

interface Props {
  params: Promise<{ scope: string }>
  searchParams: Promise<{ cursor?: string }>
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `Service accounts of ${(await params).scope}` }
}

export default async function ServiceAccountsPage({ params, searchParams }: Props): Promise<ReactNode> {
  const path = knownScope((await params).scope)
  const { cursor } = await searchParams
  const [scope, accounts] = await Promise.all([
    loadScope(path),
    forPage((api) => api.listServiceAccounts({ scope: path, limit: 100, ...(cursor !== undefined && { cursor }) })),
  ])
  const mayManage = may(scope, "service_account.manage")
  const isEmpty = accounts.items.length === 0 && cursor === undefined
  return (
    <>
      <PageHead
        title="Service accounts"
        sub={`Machines that belong to ${path}. They alone read values.`}
        actions={mayManage && !isEmpty && <NewAccount scope={path} create={createServiceAccount} />}
      />
      {isEmpty ? (
        <EmptyState
          title="No service accounts yet"
          action={mayManage && <NewAccount scope={path} create={createServiceAccount} />}
          {...(mayManage && { command: createCommand(path) })}
        >
          A service account is a machine's identity: a job, an agent, a pod. It reads what you grant it, by a token that
          you issue, and each read is recorded.
        </EmptyState>
      ) : (
        <AccountTable scope={path} accounts={accounts.items} />
      )}
      <NextPage cursor={accounts.nextCursor} isFirst={cursor === undefined} path={`/s/${path}/service-accounts`} />
    </>
  )
}

function createCommand(scope: string): string {
  const address = `$STRONGROOM_URL/api/v1/scopes/${scope}/service-accounts`
  return `curl --json '{"name": "ci-deploy"}' -H "Authorization: Bearer $STRONGROOM_TOKEN" "${address}"`
}
