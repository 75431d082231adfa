"use client"

import { useVirtualizer } from "@tanstack/react-virtual"
import clsx from "clsx"
import { type ReactNode, useEffect, useRef } from "react"
import { Link } from "./link"
import { useRowKeys } from "./row-keys"
import { SelectAll, SelectRow, useSelection } from "./selection"

export interface VirtualColumn<Item> {
  header: string
  width: "name" | "wide" | "medium" | "normal" | "snug" | "narrow"
  cell: (item: Item) => ReactNode
  align?: "end"
  /** Stands before the content where the page is narrow and has no heads: "Version". */
  label?: string
  /** Left out where the page is narrow. */
  hideNarrow?: boolean
}

/**
 * A table for very many rows: only those in sight are in the page, so 100,000 scroll as ten do. The first column's
 * cell is the row's link. Put it inside a Selection and say `selectable` to choose rows.
 */
export function VirtualTable<Item>({
  label,
  columns,
  items,
  idOf,
  hrefOf,
  nameOf,
  isMuted,
  selectable = false,
  total = items.length,
  onNearEnd,
}: {
  label: string
  columns: readonly VirtualColumn<Item>[]
  items: readonly Item[]
  idOf: (item: Item) => string
  hrefOf: (item: Item) => string
  /** Its name, for its tick box. */
  nameOf: (item: Item) => string
  isMuted?: (item: Item) => boolean
  selectable?: boolean
  /** How many there are, where `items` are only those that have arrived. */
  total?: number
  /** Asked for more when the end comes in sight. */
  onNearEnd?: () => void
}): ReactNode {
  const area = useRef<HTMLDivElement>(null)
  const focused = useRef(-1)
  const { isSelected } = useSelection()
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => area.current,
    // A guess until a row is measured: the styles decide.
    estimateSize: () => 36,
    overscan: 12,
    initialRect: { width: 0, height: 720 },
    getItemKey: (index) => {
      const item = items[index]
      return item === undefined ? index : idOf(item)
    },
  })
  const inSight = rows.getVirtualItems()
  useNearEnd(inSight.at(-1)?.index ?? 0, items.length, onNearEnd)
  useRowKeys(area, (by) => {
    focused.current = Math.max(0, Math.min(items.length - 1, focused.current + by))
    rows.scrollToIndex(focused.current)
    focusWhenThere(area, focused.current)
  })

  const widths = columns.map((column) => `var(--column-${column.width})`)
  const template = (selectable ? ["var(--column-tick)", ...widths] : widths).join(" ")
  return (
    <div
      ref={area}
      role="table"
      aria-label={label}
      aria-rowcount={total + 1}
      aria-colcount={columns.length + (selectable ? 1 : 0)}
      tabIndex={-1}
      style={{ "--columns": template }}
      className="max-h-scroll-table overflow-auto rounded-card border border-line bg-raised"
    >
      <div role="rowgroup" className="sticky top-0 z-10 min-w-fit max-sm:sr-only">
        <div
          role="row"
          aria-rowindex={1}
          className="grid-columns h-row-head items-center border-b border-line bg-side px-3 text-small font-medium text-ink-3"
        >
          {selectable && (
            <span role="columnheader" className="grid">
              <SelectAll label={`Select all: ${label}`} />
            </span>
          )}
          {columns.map((column) => (
            <span
              key={column.header}
              role="columnheader"
              className={clsx("truncate pr-3", column.align === "end" && "text-right")}
            >
              {column.header}
            </span>
          ))}
        </div>
      </div>
      {/* Rows stand in the page's own flow: one that is higher than guessed pushes the others, also before it is measured. */}
      <div
        role="rowgroup"
        className="box-border min-w-fit"
        style={{ minHeight: rows.getTotalSize(), paddingTop: inSight[0]?.start ?? 0 }}
      >
        {inSight.map((place) => {
          const item = items[place.index]
          if (item === undefined) return null
          const id = idOf(item)
          return (
            <div
              key={place.key}
              ref={rows.measureElement}
              role="row"
              aria-rowindex={place.index + 2}
              data-row={id}
              data-index={place.index}
              onFocus={() => {
                focused.current = place.index
              }}
              className={clsx(
                "min-h-row items-center border-b border-line px-3 last:border-b-0 sm:grid-columns",
                "max-sm:flex max-sm:flex-wrap max-sm:gap-x-3 max-sm:py-2",
                isSelected(id) ? "bg-accent-soft" : "focus-within:bg-hover hover:bg-hover",
                isMuted?.(item) && "text-ink-3",
              )}
            >
              {selectable && (
                <span role="cell" className="grid">
                  <SelectRow id={id} label={`Select ${nameOf(item)}`} />
                </span>
              )}
              {columns.map((column, index) => (
                <span
                  key={column.header}
                  role="cell"
                  className={clsx(
                    "min-w-0 truncate sm:pr-3",
                    column.align === "end" && "tabular-nums sm:text-right",
                    index === 0 && "max-sm:w-4/5",
                    column.hideNarrow && "max-sm:hidden",
                  )}
                >
                  {index === 0 ? (
                    <Link href={hrefOf(item)} data-row-link className="rounded-small hover:underline">
                      {column.cell(item)}
                    </Link>
                  ) : (
                    <>
                      {column.label !== undefined && <span className="text-ink-3 sm:hidden">{column.label} </span>}
                      {column.cell(item)}
                    </>
                  )}
                </span>
              ))}
            </div>
          )
        })}
      </div>
    </div>
  )
}

function useNearEnd(last: number, count: number, onNearEnd: (() => void) | undefined): void {
  const isNear = count > 0 && last >= count - 20
  useEffect(() => {
    if (isNear) onNearEnd?.()
  }, [isNear, count, onNearEnd])
}

/** The row may have to be scrolled in first: it is there a frame later. */
function focusWhenThere(area: { current: HTMLElement | null }, index: number, triesLeft = 5): void {
  const link = area.current?.querySelector<HTMLElement>(`[data-index="${index}"] [data-row-link]`)
  if (link) link.focus({ preventScroll: true })
  else if (triesLeft > 0) requestAnimationFrame(() => focusWhenThere(area, index, triesLeft - 1))
}
