"use client"

import { useSearchParams } from "next/navigation"
import { type ReactNode, useMemo, useRef } from "react"
import { pathOf } from "../query/read-api"
import { showInPlace } from "../secrets/use-view"
import { Button, ButtonLink } from "../ui/button"
import { Menu, MenuItem } from "../ui/menu"
import { Notice } from "../ui/notice"
import { PageHead } from "../ui/page-head"
import { useRowKeys } from "../ui/row-keys"
import { EmptyState, TableSkeleton } from "../ui/states"
import {
  type AuditFilters,
  type AuditQuestion,
  filtersQuery,
  questionOf,
  questionQuery,
  reachesNow,
  readFilters,
  showsLooks,
} from "./audit-filters"
import { AuditRow } from "./audit-row"
import { type ActorChoice, AuditFilterBar } from "./filter-bar"
import { type AuditPage, useAuditEvents } from "./use-audit-events"

/** What the server found already, and the filters that it stands for. */
export interface FirstEvents {
  query: string
  page: AuditPage
}

/** What happened at a scope and beneath it, newest first. Its filters are those of the address. */
export function AuditLog({
  scope,
  actors,
  first,
}: {
  scope: string
  actors: readonly ActorChoice[]
  first: FirstEvents
}): ReactNode {
  const asked = useSearchParams().toString()
  const filters = useMemo(() => readFilters(new URLSearchParams(asked)), [asked])
  const query = filtersQuery(filters)
  const question = useMemo(() => questionOf(filters, new Date()), [filters])
  const path = `/s/${scope}/audit`
  return (
    // Another filter changes the address alone: the list answers, and the hand stays where it is.
    <div className="contents" onClickCapture={showInPlace}>
      <PageHead
        title="Audit"
        sub={`What happened in ${scope} and beneath it. The log goes to event ${first.page.head.seq.toLocaleString("en")}.`}
        actions={<ExportMenu scope={scope} question={question} />}
      />
      <AuditFilterBar path={path} filters={filters} actors={actors} />
      {/* Other filters are another log: nothing of the one before may stay. */}
      <Events
        key={query}
        scope={scope}
        filters={filters}
        question={question}
        first={first.query === query ? first.page : undefined}
        path={path}
      />
    </div>
  )
}

/** The events; what happens now comes in while the page is looked at. */
function Events({
  scope,
  filters,
  question,
  first,
  path,
}: {
  scope: string
  filters: AuditFilters
  question: AuditQuestion
  first: AuditPage | undefined
  path: string
}): ReactNode {
  // Where looks are shown, each look for news would be news itself.
  const isLive = !showsLooks(filters) && reachesNow(filters, new Date())
  const { events, fresh, hasOlder, isLoadingOlder, failure, loadOlder } = useAuditEvents(scope, question, {
    first,
    isLive,
  })
  const list = useRef<HTMLUListElement>(null)
  useRowKeys(list, (by) => focusEvent(list.current, by))
  return (
    <>
      {showsLooks(filters) && (
        <Notice>
          Looks are part of this list, so it isn't live: each look at the log is recorded too. Reload to see what is
          new.
        </Notice>
      )}
      {failure !== undefined && <Notice tone="warn">{failure}</Notice>}
      {events === undefined ? (
        failure === undefined && <TableSkeleton />
      ) : events.length === 0 ? (
        <NothingHere isFiltered={filtersQuery(filters) !== ""} path={path} />
      ) : (
        <ul
          ref={list}
          aria-label="Events, newest first"
          className="divide-y divide-line rounded-card border border-line bg-raised"
        >
          {events.map((event) => (
            <AuditRow key={event.seq} event={event} />
          ))}
        </ul>
      )}
      <div className="flex flex-wrap items-center gap-3">
        {hasOlder && (
          <Button pending={isLoadingOlder} onClick={loadOlder}>
            Show older events
          </Button>
        )}
        <p role="status" className="ml-auto text-ink-3">
          {isLive && (fresh === 0 ? "Live" : `Live, ${fresh.toLocaleString("en")} new`)}
        </p>
      </div>
    </>
  )
}

/** The filtered log as a file; it holds the chain's links, so that it can be verified elsewhere. */
function ExportMenu({ scope, question }: { scope: string; question: AuditQuestion }): ReactNode {
  const save = (format: "jsonl" | "csv"): void => {
    location.assign(`${pathOf`/api/v1/scopes/${scope}/audit/export`}?${questionQuery(question, { format })}`)
  }
  return (
    <Menu trigger={<Button>Export</Button>}>
      <MenuItem onSelect={() => save("jsonl")}>JSON lines, with the chain's links</MenuItem>
      <MenuItem onSelect={() => save("csv")}>CSV, for a spreadsheet</MenuItem>
    </Menu>
  )
}

function NothingHere({ isFiltered, path }: { isFiltered: boolean; path: string }): ReactNode {
  if (isFiltered) {
    return (
      <EmptyState title="No event fits these filters" action={<ShowAll path={path} />}>
        Remove a filter, or look at another time.
      </EmptyState>
    )
  }
  return (
    <EmptyState title="Nothing happened here yet">
      Every change, every machine's read and every sign-in leaves an event that nobody can take back.
    </EmptyState>
  )
}

function ShowAll({ path }: { path: string }): ReactNode {
  return <ButtonLink href={path}>Show all</ButtonLink>
}

function focusEvent(list: HTMLElement | null, by: 1 | -1): void {
  const rows = [...(list?.querySelectorAll<HTMLElement>("summary") ?? [])]
  const at = rows.findIndex((row) => row.closest("[data-row]")?.contains(document.activeElement))
  const next = at === -1 ? rows[0] : rows[at + by]
  next?.focus()
  next?.scrollIntoView({ block: "nearest" })
}
