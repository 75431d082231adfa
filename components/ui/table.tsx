"use client"

import clsx from "clsx"
import { type ReactNode, useEffect, useRef, useState } from "react"
import { Link } from "./link"
import { useRowKeys } from "./row-keys"
import { SelectAll, SelectRow, useSelection } from "./selection"

export interface Column {
  header: string
  /** Numbers stand at the end of their cell. */
  align?: "end"
}

/**
 * A table for up to some hundred rows, made of Row and Cell, which a server component may fill. It scrolls inside
 * itself, and becomes a list where the page is narrow. `j`/`k` go through the links of its rows. Inside a Selection,
 * `selectable` gives each row a box.
 */
export function Table({
  label,
  columns,
  selectable = false,
  children,
}: {
  label: string
  columns: readonly Column[]
  selectable?: boolean | undefined
  children: ReactNode
}): ReactNode {
  const area = useRef<HTMLDivElement>(null)
  const scrolls = useScrolls(area)
  useRowKeys(area, (by) => focusRowLink(area.current, by))
  return (
    <div
      ref={area}
      // A keyboard reaches what scrolls by stopping at it.
      {...(scrolls && { tabIndex: 0, role: "region", "aria-label": label })}
      className="overflow-x-auto rounded-card border border-line bg-raised -outline-offset-2"
    >
      <table aria-label={label} className="w-full border-collapse max-sm:block">
        <thead className="max-sm:sr-only">
          <tr className="h-row-head bg-side text-left text-small text-ink-3">
            {selectable && (
              <th scope="col" className="w-8 pl-3 align-middle">
                <SelectAll label={`Select all: ${label}`} />
              </th>
            )}
            {columns.map((column) => (
              <th
                key={column.header}
                scope="col"
                className={clsx("px-3 font-medium whitespace-nowrap", column.align === "end" && "text-right")}
              >
                {column.header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="max-sm:block">{children}</tbody>
      </table>
    </div>
  )
}

/** A row. Give a `selectName` (the thing's name) in a selectable table; without one its box is left out. */
export function Row({
  id,
  selectName,
  selectable = selectName !== undefined,
  muted = false,
  children,
}: {
  id: string
  selectName?: string | undefined
  selectable?: boolean | undefined
  /** Shadowed, deleted: there, but not in effect. */
  muted?: boolean | undefined
  children: ReactNode
}): ReactNode {
  const isSelected = useSelection().isSelected(id)
  return (
    <tr
      data-row={id}
      className={clsx(
        "h-row border-t border-line",
        "max-sm:relative max-sm:flex max-sm:h-auto max-sm:min-h-row max-sm:flex-wrap max-sm:items-center max-sm:gap-x-3 max-sm:px-3 max-sm:py-2 max-sm:first:border-t-0",
        isSelected ? "bg-accent-soft" : "focus-within:bg-hover hover:bg-hover",
        muted && "text-ink-3",
      )}
    >
      {selectable && (
        <td className="w-8 pl-3 align-middle max-sm:w-auto max-sm:pl-0">
          {selectName !== undefined && <SelectRow id={id} label={`Select ${selectName}`} />}
        </td>
      )}
      {children}
    </tr>
  )
}

/** A cell. In the narrow list the `title` cell has its own line, and `label` stands before the others' content. */
export function Cell({
  title = false,
  align,
  label,
  hideNarrow = false,
  wrap = false,
  className,
  children,
}: {
  title?: boolean | undefined
  align?: "end"
  label?: string | undefined
  hideNarrow?: boolean | undefined
  /** Let long text break instead of widening the table. */
  wrap?: boolean | undefined
  className?: string | undefined
  children?: ReactNode
}): ReactNode {
  return (
    <td
      className={clsx(
        "px-3 max-sm:px-0 max-sm:empty:hidden",
        title && "max-sm:min-w-[80%] max-sm:flex-1",
        align === "end" && "text-right tabular-nums",
        wrap ? "break-words" : "whitespace-nowrap max-sm:whitespace-normal",
        hideNarrow && "max-sm:hidden",
        className,
      )}
    >
      {label !== undefined && <span className="text-ink-3 sm:hidden">{label} </span>}
      {children}
    </td>
  )
}

/** The link that a row is opened by; one in each row. `mono` for names and references. */
export function RowLink({
  href,
  mono = false,
  struck = false,
  children,
}: {
  href: string
  mono?: boolean | undefined
  struck?: boolean | undefined
  children: ReactNode
}): ReactNode {
  return (
    <Link
      href={href}
      data-row-link
      className={clsx(
        "rounded-small hover:underline",
        mono ? "font-mono text-small" : "",
        struck ? "line-through" : "font-semibold text-ink",
      )}
    >
      {children}
    </Link>
  )
}

function focusRowLink(area: HTMLElement | null, by: 1 | -1): void {
  const links = [...(area?.querySelectorAll<HTMLElement>("[data-row-link]") ?? [])]
  const at = links.findIndex((link) => link.closest("[data-row]")?.contains(document.activeElement))
  const next = at === -1 ? links[0] : links[at + by]
  next?.focus()
  next?.scrollIntoView({ block: "nearest" })
}

function useScrolls(area: { current: HTMLElement | null }): boolean {
  const [scrolls, setScrolls] = useState(false)
  useEffect(() => {
    const element = area.current
    if (element === null) return
    const look = (): void => setScrolls(element.scrollWidth > element.clientWidth)
    const observer = new ResizeObserver(look)
    observer.observe(element)
    return () => observer.disconnect()
  }, [area])
  return scrolls
}
