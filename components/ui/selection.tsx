"use client"

import { createContext, type ReactNode, use, useMemo, useState } from "react"
import { Button } from "./button"
import { Checkbox } from "./choices"

interface Chosen {
  /** The chosen ids, in the list's order. */
  selected: readonly string[]
  isSelected: (id: string) => boolean
  toggle: (id: string) => void
  select: (ids: readonly string[]) => void
}

const nothing: Chosen & { ids: readonly string[] } = {
  ids: [],
  selected: [],
  isSelected: () => false,
  toggle: () => undefined,
  select: () => undefined,
}
const SelectionContext = createContext(nothing)

/** Which rows of a list are chosen. Around the table and its SelectionBar; `ids` are those that can be chosen. */
export function Selection({ ids, children }: { ids: readonly string[]; children: ReactNode }): ReactNode {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const value = useMemo(
    () => ({
      ids,
      // What is no longer in the list is no longer chosen.
      selected: chosen.size === 0 ? [] : ids.filter((id) => chosen.has(id)),
      isSelected: (id: string) => chosen.has(id),
      toggle: (id: string) => setChosen(chosen.symmetricDifference(new Set([id]))),
      select: (next: readonly string[]) => setChosen(new Set(next)),
    }),
    [ids, chosen],
  )
  return <SelectionContext value={value}>{children}</SelectionContext>
}

export function useSelection(): Chosen {
  return use(SelectionContext)
}

export function SelectAll({ label }: { label: string }): ReactNode {
  const { ids, selected, select } = use(SelectionContext)
  const isAll = ids.length > 0 && selected.length === ids.length
  return (
    <Checkbox
      label={label}
      checked={isAll}
      indeterminate={selected.length > 0 && !isAll}
      onChange={() => select(isAll ? [] : ids)}
    />
  )
}

export function SelectRow({ id, label }: { id: string; label: string }): ReactNode {
  const { isSelected, toggle } = useSelection()
  return <Checkbox label={label} checked={isSelected(id)} onChange={() => toggle(id)} />
}

/** What can be done with the chosen rows; it is there while some are chosen. */
export function SelectionBar({ children }: { children: ReactNode }): ReactNode {
  const { selected, select } = useSelection()
  if (selected.length === 0) return null
  return (
    <div
      role="group"
      aria-label="Chosen rows"
      className="sticky bottom-4 z-10 flex flex-wrap items-center gap-2 rounded-card border border-line-strong bg-raised px-4 py-2 shadow-popup"
    >
      <p role="status" className="font-medium">
        {selected.length.toLocaleString("en")} chosen
      </p>
      <div className="ml-auto flex flex-wrap gap-2">
        {children}
        <Button look="quiet" onClick={() => select([])}>
          Clear
        </Button>
      </div>
    </div>
  )
}
