"use client"

import { type ReactNode, useEffect, useState } from "react"
import { Switch } from "../ui/choices"
import { Dialog } from "../ui/dialog"
import { Kbd } from "../ui/kbd"
import { singleKeysAreOn, switchSingleKeys, useShortcut, useShortcutList } from "../ui/shortcuts"

/** `?` lists the keys that work on this page, and switches the single ones off for those who talk to their computer. */
export function KeyList(): ReactNode {
  const [isOpen, setIsOpen] = useState(false)
  useShortcut({ keys: ["?"], label: "List the keys" }, () => {
    setIsOpen(true)
    return true
  })
  useEffect(() => {
    const open = (): void => setIsOpen(true)
    addEventListener("strongroom:keys", open)
    return () => removeEventListener("strongroom:keys", open)
  }, [])
  return (
    <Dialog title="Keys" open={isOpen} onOpenChange={setIsOpen}>
      <KeyRows />
      <SingleKeysSwitch />
    </Dialog>
  )
}

function KeyRows(): ReactNode {
  const shortcuts = useShortcutList()
  const labels = [...new Set(shortcuts.flatMap(({ label }) => label ?? []))]
  const rows = [
    ...labels.map((label) => ({ label, keys: keysOf(label, shortcuts) })),
    { label: "Open the row", keys: ["Enter"] },
  ]
  return (
    <dl className="grid gap-1">
      {rows.map(({ label, keys }) => (
        <div key={label} className="flex items-center justify-between gap-4">
          <dt>{label}</dt>
          <dd className="flex gap-1">
            {keys.map((key) => (
              <Kbd key={key}>{written(key)}</Kbd>
            ))}
          </dd>
        </div>
      ))}
    </dl>
  )
}

function keysOf(label: string, shortcuts: ReturnType<typeof useShortcutList>): string[] {
  return [...new Set(shortcuts.filter((shortcut) => shortcut.label === label).flatMap(({ keys }) => keys))]
}

const names: Partial<Record<string, string>> = { ArrowDown: "↓", ArrowUp: "↑" }

function written(key: string): string {
  const [modifier, letter] = key.split("+")
  if (letter !== undefined) return `${modifier === "mod" ? "Ctrl" : (modifier ?? "")} ${letter.toUpperCase()}`
  return names[key] ?? (key.length === 1 ? key.toUpperCase() : key)
}

function SingleKeysSwitch(): ReactNode {
  const [isOn, setIsOn] = useState(singleKeysAreOn)
  return (
    <Switch
      checked={isOn}
      onChange={(on) => {
        setIsOn(on)
        switchSingleKeys(on)
      }}
    >
      Single keys work (those without Ctrl or Cmd)
    </Switch>
  )
}
