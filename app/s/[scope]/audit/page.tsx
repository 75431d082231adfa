import type { Metadata } from "next"
import type { ReactNode } from "react"
import { filtersQuery, questionOf, readFilters } from "@/components/audit/audit-filters"
import { AuditLog } from "@/components/audit/audit-log"
import type { ActorChoice } from "@/components/audit/filter-bar"
import { PageHead } from "@/components/ui/page-head"
import { EmptyState } from "@/components/ui/states"
import type { AuditEvent, ScopeDetail } from "@/lib/contract/dto"
import { forPage } from "@/lib/web/page"
import { knownScope, loadScope, may, type PageQuery, queryOf } from "../load"

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
  const page = await forPage((api) => api.listAudit({ scope: path, limit: 50, ...questionOf(filters, new Date()) }))
  const actors = await loadActors(scope, page.items)
  return <AuditLog scope={path} actors={actors} first={{ query: filtersQuery(filters), page }} />
}

/** Whom the log can be filtered by: the people and machines of the scope, and whoever acted in what is shown. */
async function loadActors(scope: ScopeDetail, shown: readonly AuditEvent[]): Promise<ActorChoice[]> {
  const [people, machines] = await Promise.all([
    may(scope, "people.read") ? forPage((api) => api.listPeople({ scope: scope.path, limit: 200 })) : { items: [] },
    forPage((api) => api.listServiceAccounts({ scope: scope.path, limit: 200 })),
  ])
  const acted = shown.flatMap(({ actor: { id, name } }) => (id === null ? [] : [{ id, name }]))
  const names = new Map([...acted, ...people.items, ...machines.items].map(({ id, name }) => [id, name]))
  return [...names].map(([value, label]) => ({ value, label })).sort((a, b) => a.label.localeCompare(b.label, "en"))
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
