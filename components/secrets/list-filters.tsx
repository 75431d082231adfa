"use client"

import { type ReactNode, useEffect, useRef } from "react"
import { categories, categoryLabel, type ScopeKind } from "@/lib/contract/words"
import { FilterBar, FilterChip, FilterInput, FilterMenu } from "../ui/filters"
import { SegmentedLinks } from "../ui/tabs"
import {
  type Choice,
  type FilterName,
  filterNames,
  filterWords,
  type ListView,
  withFilter,
  withoutFilter,
} from "./list-view"
import { stateChoices } from "./phrases"
import { showInPlace, useView } from "./use-view"

/** What a list can be narrowed by here. */
export interface FilterChoices {
  vaults: readonly string[]
  providers: readonly string[]
  owners: readonly Choice[]
}

/** The line above the list: text, one chip for each filter that is on, and what else can be filtered by. */
export function ListFilters({
  choices,
  withVault,
  found,
}: {
  choices: FilterChoices
  withVault: boolean
  found: string
}): ReactNode {
  const { view, show, hrefOf } = useView()
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])

  function filterByText(text: string): void {
    clearTimeout(timer.current)
    timer.current = setTimeout(() => show({ ...view, text }), 150)
  }

  const names = filterNames.filter((name) => withVault || name !== "vault")
  return (
    <div onClickCapture={showInPlace}>
      <FilterBar found={found}>
        <FilterInput label="Filter by name" defaultValue={view.text} onChange={filterByText} />
        {names.flatMap((name) =>
          view.filters[name].map((value) => (
            <FilterChip
              key={`${name} ${value}`}
              words={`${name}: ${filterWords(name, value, choices.owners)}`}
              hrefWithout={hrefOf(withoutFilter(view, name, value))}
            />
          )),
        )}
        {names.map((name) => (
          <FilterMenu
            key={name}
            name={name}
            choices={offered(name, choices).map(({ value, label }) => ({
              label,
              href: hrefOf(withFilter(view, name, value)),
              isCurrent: view.filters[name].includes(value),
            }))}
          />
        ))}
        <FilterMenu
          name={view.sort === "name" ? "sorted by name" : "sorted by update"}
          choices={[
            { label: "Name", href: hrefOf({ ...view, sort: "name" }), isCurrent: view.sort === "name" },
            { label: "Last update", href: hrefOf({ ...view, sort: "updated" }), isCurrent: view.sort === "updated" },
          ]}
        />
      </FilterBar>
    </div>
  )
}

/** What is defined at the scope itself, or what its machines get: the winners of all that lies above it too. */
export function ViewSwitch({ kind }: { kind: ScopeKind }): ReactNode {
  const { view, hrefOf } = useView()
  if (kind === "organization") return null
  const link = (label: string, isEffective: boolean) => ({
    label,
    href: hrefOf({ ...view, isEffective }),
    isCurrent: view.isEffective === isEffective,
  })
  return (
    <div onClickCapture={showInPlace}>
      <SegmentedLinks label="Which secrets" links={[link("Defined here", false), link("Effective", true)]} />
    </div>
  )
}

/** "26 effective · 4 shadowed", "3 secrets". */
export function foundWords(view: ListView, { total, shadowed }: { total: number; shadowed: number }): string {
  if (!view.isEffective) return `${total.toLocaleString("en")} ${total === 1 ? "secret" : "secrets"}`
  const effective = `${total.toLocaleString("en")} effective`
  return shadowed === 0 ? effective : `${effective} · ${shadowed.toLocaleString("en")} shadowed`
}

function offered(name: FilterName, { vaults, providers, owners }: FilterChoices): readonly Choice[] {
  const same = (values: readonly string[]): Choice[] => values.map((value) => ({ value, label: value }))
  switch (name) {
    case "vault":
      return same(vaults)
    case "provider":
      return same(providers)
    case "owner":
      return owners
    case "category":
      return categories.map((value) => ({ value, label: categoryLabel[value] }))
    case "state":
      return stateChoices
  }
}
