"use client"

import { createContext, type ReactNode, use, useMemo, useState } from "react"
import { Button } from "./button"
import { Checkbox } from "./choices"

interface Chosen {
  ids: readonly string[]
  selected: ReadonlySet<string>
  select: (ids: readonly string[]) => void
}

const none: Chosen = { ids: [], selected: new Set(), select: () => undefined }
const SelectionContext = createContext<Chosen>(none)

/** Which rows of a list are chosen. Around the table and its SelectionBar; `ids` are those that can be chosen. */
export function Selection({ ids, children }: { ids: readonly string[]; children: ReactNode }): ReactNode {
  const [chosen, setChosen] = useState<readonly string[]>([])
  const value = useMemo(() => {
    // What is no longer in the list is no longer chosen.
    const selected = new Set(chosen.filter((id) => ids.includes(id)))
    return { ids, selected, select: setChosen }
  }, [ids, chosen])
  return <SelectionContext value={value}>{children}</SelectionContext>
}

/** The chosen ids, in the list's order, and how to choose others. */
export function useSelection(): { selected: readonly string[]; select: (ids: readonly string[]) => void } {
  const { ids, selected, select } = use(SelectionContext)
  return { selected: ids.filter((id) => selected.has(id)), select }
}

export function useIsSelected(id: string): boolean {
  return use(SelectionContext).selected.has(id)
}

export function SelectAll({ label }: { label: string }): ReactNode {
  const { ids, selected, select } = use(SelectionContext)
  const isAll = ids.length > 0 && selected.size === ids.length
  return (
    <Checkbox
      label={label}
      checked={isAll}
      indeterminate={selected.size > 0 && !isAll}
      onChange={() => select(isAll ? [] : ids)}
    />
  )
}

export function SelectRow({ id, label }: { id: string; label: string }): ReactNode {
  const { selected, select } = use(SelectionContext)
  const isSelected = selected.has(id)
  return (
    <Checkbox
      label={label}
      checked={isSelected}
      onChange={() => select(isSelected ? [...selected].filter((other) => other !== id) : [...selected, id])}
    />
  )
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
        {selected.length} chosen
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
