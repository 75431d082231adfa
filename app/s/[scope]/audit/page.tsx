import type { Metadata } from "next"
import type { ReactNode } from "react"
import { questionOf, readFilters } from "@/components/audit/audit-filters"
import { AuditLog } from "@/components/audit/audit-log"
import type { ActorChoice } from "@/components/audit/filter-bar"
import { PageHead } from "@/components/ui/page-head"
import { EmptyState } from "@/components/ui/states"
import type { ScopeDetail } from "@/lib/contract/dto"
import { forPage } from "@/lib/web/page"
import { knownScope, loadScope, may, type PageQuery, queryOf } from "../(secrets)/load"

interface Props {
  params: Promise<{ scope: string }>
  searchParams: PageQuery
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `Audit of ${(await params).scope}` }
}

export default async function AuditPage({ params, searchParams }: Props): Promise<ReactNode> {
  const path = knownScope((await params).scope)
  const scope = await loadScope(path)
  if (!may(scope, "audit.read")) return <NotForYou scope={path} />
  const filters = readFilters(queryOf(await searchParams))
  const question = questionOf(filters, new Date())
  const [page, actors] = await Promise.all([
    forPage((api) => api.listAudit({ scope: path, limit: 50, ...question })),
    loadActors(scope),
  ])
  // Other filters are another log: nothing of the one before may stay.
  return (
    <AuditLog
      key={JSON.stringify(filters)}
      scope={path}
      filters={filters}
      question={question}
      actors={actors}
      first={page}
    />
  )
}

/** Whom the log can be filtered by: the people and machines of the scope. */
async function loadActors(scope: ScopeDetail): Promise<ActorChoice[]> {
  const [people, machines] = await Promise.all([
    may(scope, "people.read") ? forPage((api) => api.listPeople({ scope: scope.path, limit: 200 })) : { items: [] },
    forPage((api) => api.listServiceAccounts({ scope: scope.path, limit: 200 })),
  ])
  return [...people.items, ...machines.items].map(({ id, name }) => ({ value: id, label: name }))
}

function NotForYou({ scope }: { scope: string }): ReactNode {
  return (
    <>
      <PageHead title="Audit" />
      <EmptyState title="You may not read the audit log here">
        Owners, admins and auditors read what happened in {scope}, and so do the leads of its team. Ask one of them.
      </EmptyState>
    </>
  )
}
