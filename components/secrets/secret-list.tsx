"use client"

import { type ReactNode, useMemo } from "react"
import type { SecretSummary } from "@/lib/contract/dto"
import { secretUrl } from "@/lib/contract/names"
import type { ScopeKind } from "@/lib/contract/words"
import type { Moving } from "../transfers/move-to-provider"
import { Button, ButtonLink } from "../ui/button"
import { PageHead } from "../ui/page-head"
import { Selection } from "../ui/selection"
import { EmptyState, ErrorState, TableSkeleton } from "../ui/states"
import { VirtualTable } from "../ui/virtual-table"
import { BulkBar } from "./bulk-bar"
import { columnsFrom } from "./list-columns"
import { type FilterChoices, foundWords, ListFilters, ViewSwitch } from "./list-filters"
import { isFiltered, type ListView } from "./list-view"
import type { SecretActions } from "./secret-form"
import { useExplanations } from "./use-explanations"
import { type FirstPage, useSecretPages } from "./use-secret-pages"
import { useView } from "./use-view"

export interface SecretListPlace {
  scope: string
  kind: ScopeKind
  /** On a vault's own page: its name. */
  vault?: string
  mayWrite: boolean
}

/** The secrets of a scope, or of one vault of it: filtered, sorted and chosen from without waiting for the server. */
export function SecretList({
  place,
  title,
  sub,
  first,
  choices,
  moving,
  actions,
}: {
  place: SecretListPlace
  title: string
  sub?: ReactNode
  first: FirstPage
  choices: FilterChoices
  moving: Moving | undefined
  actions: SecretActions
}): ReactNode {
  const { view } = useView()
  const pages = useSecretPages(place.scope, view, place.vault, first)
  const { secrets, totals } = pages
  const explain = useExplanations(place.scope, view.isEffective)
  const columns = useMemo(() => columnsFrom(place.scope, explain), [place.scope, explain])
  const ids = useMemo(() => secrets.map(({ id }) => id), [secrets])
  return (
    <Selection ids={ids}>
      <PageHead
        title={title}
        sub={sub}
        views={<ViewSwitch kind={place.kind} />}
        actions={<HeadActions place={place} view={view} due={totals.due} />}
      />
      <ListFilters choices={choices} withVault={place.vault === undefined} found={foundWords(view, totals)} />
      {pages.failure !== undefined && secrets.length === 0 ? (
        <ErrorState title="The list could not be read" action={<Button onClick={pages.retry}>Try again</Button>}>
          {pages.failure}
        </ErrorState>
      ) : pages.isLoading ? (
        <TableSkeleton />
      ) : secrets.length === 0 ? (
        <NothingHere place={place} view={view} />
      ) : (
        <div aria-busy={pages.isBehind} className={pages.isBehind ? "opacity-60" : undefined}>
          <VirtualTable
            label="Secrets"
            columns={columns}
            items={secrets}
            idOf={idOf}
            nameOf={nameOf}
            hrefOf={hrefOf}
            isMuted={isMuted}
            selectable={place.mayWrite}
            total={totals.total + totals.shadowed}
            onNearEnd={pages.more}
          />
        </div>
      )}
      <BulkBar secrets={secrets} from={place.scope} moving={moving} actions={actions} />
    </Selection>
  )
}

const idOf = ({ id }: SecretSummary): string => id
const nameOf = ({ name }: SecretSummary): string => name
const isMuted = ({ shadowedBy, state }: SecretSummary): boolean => shadowedBy !== null || state === "deleted"
const hrefOf = ({ scope, vault, name }: SecretSummary): string => secretUrl({ scope, vault, secret: name })

function HeadActions({ place, view, due }: { place: SecretListPlace; view: ListView; due: number }): ReactNode {
  const { scope, vault, mayWrite } = place
  const inVault = vault === undefined ? "" : `?vault=${encodeURIComponent(vault)}`
  const vaults = (
    <ButtonLink href={`/s/${scope}/vaults`} look="quiet">
      Vaults
    </ButtonLink>
  )
  if (!mayWrite) return vaults
  return (
    <>
      {vaults}
      {due > 0 && <ButtonLink href={dueHref(place, view)}>Rotate {due.toLocaleString("en")} due</ButtonLink>}
      <ButtonLink href={`/s/${scope}/import${inVault}`}>Import</ButtonLink>
      <ButtonLink href={`/s/${scope}/new${inVault}`} look="primary" shortcut="c" shortcutLabel="New secret">
        New secret
      </ButtonLink>
    </>
  )
}

/** The due secrets of what is shown: the whole scope's, or one vault's. */
function dueHref({ scope, vault }: SecretListPlace, { isEffective }: ListView): string {
  const query = new URLSearchParams({ due: "1" })
  if (isEffective) query.set("view", "effective")
  if (vault !== undefined) query.set("vault", vault)
  return `/s/${scope}/rotate?${query}`
}

function NothingHere({ place, view }: { place: SecretListPlace; view: ListView }): ReactNode {
  const { scope, vault, mayWrite } = place
  if (isFiltered(view)) {
    return (
      <EmptyState title="No secret fits these filters" action={<ButtonLink href="?">Show all</ButtonLink>}>
        Remove a filter, or look under another name.
      </EmptyState>
    )
  }
  const inVault = vault === undefined ? "" : `?vault=${encodeURIComponent(vault)}`
  return (
    <EmptyState
      title={view.isEffective ? `${scope} gets no secrets yet` : "No secrets yet"}
      command={mayWrite ? createCommand(scope, vault ?? "default") : undefined}
      action={
        mayWrite && (
          <div className="flex flex-wrap justify-center gap-2">
            <ButtonLink href={`/s/${scope}/new${inVault}`} look="primary">
              New secret
            </ButtonLink>
            <ButtonLink href={`/s/${scope}/import${inVault}`}>Import a .env</ButtonLink>
          </div>
        )
      }
    >
      A secret is a named value that machines read over the API. People put values in; nobody reads them here.
    </EmptyState>
  )
}

function createCommand(scope: string, vault: string): string {
  const body = `{"name": "DB_PASSWORD", "generate": {"kind": "password"}}`
  const address = `$STRONGROOM_URL/api/v1/scopes/${scope}/vaults/${vault}/secrets`
  return `curl --json '${body}' -H "Authorization: Bearer $STRONGROOM_TOKEN" "${address}"`
}
