"use client"

import { Menu as Base } from "@base-ui/react/menu"
import clsx from "clsx"
import { Search, X } from "lucide-react"
import { useRouter } from "next/navigation"
import { type ReactNode, useEffect, useRef, useTransition } from "react"
import { controlLook } from "./field"
import { Kbd } from "./kbd"
import { Link } from "./link"
import { itemLook, popupLook } from "./popup-look"
import { useShortcut } from "./shortcuts"

const chipLook = "inline-flex h-control-small items-center gap-1 rounded-pill border text-small whitespace-nowrap"

/** A filter that is on: what it says, and the address without it. */
export function FilterChip({ words, hrefWithout }: { words: string; hrefWithout: string }): ReactNode {
  return (
    <span className={clsx(chipLook, "border-line-strong bg-hover pl-3 text-ink")}>
      {words}
      <Link
        href={hrefWithout}
        scroll={false}
        aria-label={`Remove the filter ${words}`}
        className="grid size-6 place-items-center rounded-pill text-ink-2 hover:text-ink"
      >
        <X aria-hidden className="size-3" />
      </Link>
    </span>
  )
}

/** A filter that can be put on: a chip that opens the choices, each an address. */
export function FilterMenu({
  name,
  choices,
}: {
  name: string
  choices: readonly { label: string; href: string; isCurrent?: boolean }[]
}): ReactNode {
  return (
    <Base.Root>
      <Base.Trigger
        className={clsx(chipLook, "border-dashed border-line-strong px-3 text-ink-2 hover:bg-hover hover:text-ink")}
      >
        {name}
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={4} align="start" className="z-10 outline-none">
          <Base.Popup className={clsx(popupLook, "max-h-(--available-height) min-w-44 overflow-y-auto")}>
            {choices.length === 0 && <p className="px-2 py-1 text-ink-3">Nothing to choose from yet.</p>}
            {choices.map((choice) => (
              <Base.Item
                key={choice.href}
                render={<Link href={choice.href} scroll={false} aria-current={choice.isCurrent ? "true" : undefined} />}
                className={clsx(itemLook, choice.isCurrent && "font-semibold")}
              >
                {choice.label}
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}

/**
 * The text filter of a list; `/` goes to it. It writes itself into the address's query under `param`, a moment after
 * the last key, and drops the page's cursor. With `onChange` it filters what is already here instead.
 */
export function FilterInput({
  label,
  param = "text",
  defaultValue = "",
  onChange,
}: {
  label: string
  param?: string | undefined
  defaultValue?: string | undefined
  onChange?: (text: string) => void
}): ReactNode {
  const input = useRef<HTMLInputElement>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const router = useRouter()
  const [isPending, startTransition] = useTransition()
  useEffect(() => () => clearTimeout(timer.current), [])
  useShortcut({ keys: ["/"], label: "Filter this list" }, () => {
    input.current?.focus()
    input.current?.select()
    return true
  })

  function filter(text: string): void {
    if (onChange) return void onChange(text)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => {
      startTransition(() => router.replace(addressWith(param, text), { scroll: false }))
    }, 150)
  }

  return (
    <div className="relative w-56 max-sm:w-full">
      <Search aria-hidden className="absolute top-1.5 left-2 size-3.5 text-ink-3" />
      <input
        ref={input}
        type="search"
        aria-label={label}
        aria-busy={isPending || undefined}
        placeholder={label}
        defaultValue={defaultValue}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => filter(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape" && event.key !== "Enter") return
          // Escape would empty it: what is typed stays a filter, and the keys go to the list.
          event.preventDefault()
          event.currentTarget.blur()
        }}
        className={clsx(
          controlLook,
          "peer h-control-small pr-7 pl-7 text-small [&::-webkit-search-cancel-button]:hidden",
        )}
      />
      <span aria-hidden className="absolute top-1 right-1.5 peer-focus:hidden max-sm:hidden">
        <Kbd>/</Kbd>
      </span>
    </div>
  )
}

function addressWith(param: string, text: string): string {
  const url = new URL(location.href)
  if (text === "") url.searchParams.delete(param)
  else url.searchParams.set(param, text)
  url.searchParams.delete("cursor")
  return url.pathname + url.search
}

/** The line above a list: text filter, chips, and at the end what was found. */
export function FilterBar({ found, children }: { found?: ReactNode; children: ReactNode }): ReactNode {
  return (
    <div role="search" className="flex flex-wrap items-center gap-2">
      {children}
      {found !== undefined && (
        <p role="status" className="ml-auto text-ink-3 max-sm:ml-0">
          {found}
        </p>
      )}
    </div>
  )
}
