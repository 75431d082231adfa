"use client"

import { ChevronsUpDown } from "lucide-react"
import { type ReactNode, useState } from "react"
import { Menu, MenuChoice, MenuItem, MenuLine, MenuLink } from "../ui/menu"
import type { FramePerson } from "./frame"
import { asTheme, switchTheme } from "./theme"

/** The signed-in person: their own page, light or dark, and the way out. */
export function AccountMenu({
  person,
  signOut,
}: {
  person: FramePerson
  signOut: (form: FormData) => Promise<void>
}): ReactNode {
  return (
    <Menu
      align="start"
      trigger={
        <button
          type="button"
          aria-label={`Account of ${person.name}`}
          className="flex w-full items-center gap-2 rounded-control p-2 text-small text-ink-2 hover:bg-hover"
        >
          <span
            aria-hidden
            className="grid size-6 shrink-0 place-items-center rounded-pill bg-accent-soft text-tiny font-semibold text-accent-text"
          >
            {initialsOf(person.name)}
          </span>
          <span className="truncate">{person.name}</span>
          <ChevronsUpDown aria-hidden className="ml-auto size-3.5 shrink-0 text-ink-3" />
        </button>
      }
    >
      <p className="px-2 py-1 text-small text-ink-3">{person.email}</p>
      <MenuLink href="/account">Your account</MenuLink>
      <MenuItem onSelect={() => globalThis.dispatchEvent(new Event("strongroom:keys"))}>Keys</MenuItem>
      <MenuLine />
      <ThemeChoice />
      <MenuLine />
      <MenuItem onSelect={() => void signOut(new FormData())}>Sign out</MenuItem>
    </Menu>
  )
}

/** Light, dark, or as the system has it. */
function ThemeChoice(): ReactNode {
  // Only ever rendered in an open menu, so the document is there.
  const [theme, setTheme] = useState(() => document.documentElement.dataset.theme ?? "system")
  return (
    <MenuChoice
      label="Theme"
      value={theme}
      onChange={(next) => {
        setTheme(next)
        switchTheme(asTheme(next))
      }}
      options={[
        { value: "system", label: "As the system" },
        { value: "light", label: "Light" },
        { value: "dark", label: "Dark" },
      ]}
    />
  )
}

function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/)
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => word?.match(/^./u)?.[0] ?? "")
  return letters.join("").toUpperCase()
}
