"use client"

import { Menu as Base } from "@base-ui/react/menu"
import clsx from "clsx"
import type { ReactElement, ReactNode } from "react"
import { Link } from "./link"
import { itemLook, popupLook } from "./popup-look"

/** A list of actions that a button opens. */
export function Menu({
  trigger,
  align = "end",
  children,
}: {
  trigger: ReactElement
  align?: "start" | "end"
  children: ReactNode
}): ReactNode {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner sideOffset={4} align={align} className="z-10 outline-none">
          <Base.Popup className={clsx(popupLook, "min-w-44")}>{children}</Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}

export function MenuItem({
  onSelect,
  danger = false,
  disabled = false,
  children,
}: {
  onSelect: () => void
  danger?: boolean
  disabled?: boolean
  children: ReactNode
}): ReactNode {
  return (
    <Base.Item onClick={onSelect} disabled={disabled} className={clsx(itemLook, danger && "text-bad")}>
      {children}
    </Base.Item>
  )
}

export function MenuLink({ href, children }: { href: string; children: ReactNode }): ReactNode {
  return (
    <Base.Item render={<Link href={href} />} className={itemLook}>
      {children}
    </Base.Item>
  )
}

/** One of a few that stays chosen: the theme, a sort order. */
export function MenuChoice({
  label,
  value,
  options,
  onChange,
}: {
  label: string
  value: string
  options: readonly { value: string; label: string }[]
  onChange: (value: string) => void
}): ReactNode {
  return (
    <Base.Group>
      <Base.GroupLabel className="px-2 py-1 text-tiny text-ink-3">{label}</Base.GroupLabel>
      <Base.RadioGroup value={value} onValueChange={(next: string) => onChange(next)}>
        {options.map((option) => (
          <Base.RadioItem key={option.value} value={option.value} closeOnClick className={clsx(itemLook, "pl-7")}>
            <Base.RadioItemIndicator className="absolute left-3 size-1.5 rounded-pill bg-accent" />
            {option.label}
          </Base.RadioItem>
        ))}
      </Base.RadioGroup>
    </Base.Group>
  )
}

export function MenuLine(): ReactNode {
  return <Base.Separator className="my-1 h-px bg-line" />
}
