"use client"

import { Autocomplete } from "@base-ui/react/autocomplete"
import { Dialog } from "@base-ui/react/dialog"
import clsx from "clsx"
import { Search } from "lucide-react"
import { useRouter } from "next/navigation"
import { type ReactNode, useState } from "react"
import { useProviderNames } from "../query/use-provider-names"
import { useSearch } from "../query/use-search"
import { veilLook } from "../ui/dialog"
import { Kbd } from "../ui/kbd"
import { itemLook } from "../ui/popup-look"
import { useShortcut } from "../ui/shortcuts"
import type { Place } from "./addresses"
import { useOfferedActions } from "./palette-actions"
import { type PaletteGroup, type PaletteItem, paletteGroups, searchedText } from "./palette-items"
import type { FrameScope } from "./scope-tree"

/** `Ctrl/Cmd K`: every secret, vault, scope, machine, person, page and action by its name. */
export function Palette({
  isOpen,
  onOpenChange,
  scopes,
  place,
}: {
  isOpen: boolean
  onOpenChange: (open: boolean) => void
  scopes: readonly FrameScope[]
  place: Place | undefined
}): ReactNode {
  useShortcut({ keys: ["mod+k"], label: "Search or jump to a page" }, () => {
    onOpenChange(!isOpen)
    return true
  })
  return (
    <Dialog.Root open={isOpen} onOpenChange={(next) => onOpenChange(next)}>
      <Dialog.Portal>
        <Dialog.Backdrop className={veilLook} />
        <Dialog.Popup
          aria-label="Search or jump to"
          className="fixed top-16 left-1/2 grid w-[calc(100vw-2rem)] max-w-palette -translate-x-1/2 overflow-hidden rounded-card border border-line-strong bg-raised shadow-popup outline-none"
        >
          <PaletteSearch scopes={scopes} place={place} onChosen={() => onOpenChange(false)} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function PaletteSearch({
  scopes,
  place,
  onChosen,
}: {
  scopes: readonly FrameScope[]
  place: Place | undefined
  onChosen: () => void
}): ReactNode {
  const [typed, setTyped] = useState("")
  const { hits, isFetching, failure } = useSearch(searchedText(typed))
  const providers = useProviderNames(place?.scope)
  const groups = paletteGroups(typed.trim(), { place, scopes, actions: useOfferedActions(), hits, providers })
  const router = useRouter()

  function choose(item: PaletteItem): void {
    onChosen()
    item.run?.()
    if (item.href !== undefined) router.push(item.href)
  }

  return (
    <Autocomplete.Root
      open
      inline
      items={groups}
      value={typed}
      onValueChange={(next, details) => {
        // Choosing writes nothing into the field: it leads away.
        if (details.reason !== "item-press") setTyped(next)
      }}
      filter={null}
      itemToStringValue={(item: PaletteItem) => item.label}
      autoHighlight="always"
      keepHighlight
    >
      <div className="flex items-center gap-3 px-4">
        <Search aria-hidden className="size-4 text-ink-3" />
        <Autocomplete.Input
          aria-label="Search or jump to"
          aria-busy={isFetching || undefined}
          placeholder="A secret, a scope, a person, a page, or “rotate …”"
          className="h-top w-full bg-transparent outline-none"
        />
        <Dialog.Close className="rounded-small text-ink-3" aria-label="Close">
          <Kbd>Esc</Kbd>
        </Dialog.Close>
      </div>
      <div className="border-t border-line">
        <Autocomplete.Empty className="empty:hidden">
          <p className="px-4 py-6 text-center text-ink-3">{isFetching ? "Looking…" : "Nothing of this name."}</p>
        </Autocomplete.Empty>
        {failure !== undefined && <p className="px-4 py-2 text-bad">{failure}</p>}
        <Autocomplete.List className="max-h-[min(24rem,60dvh)] overflow-y-auto p-2 data-empty:hidden">
          {(group: PaletteGroup) => (
            <Autocomplete.Group key={group.value} items={group.items} className="pb-2 last:pb-0">
              <Autocomplete.GroupLabel className="px-2 py-1 text-tiny text-ink-3">
                {group.value}
              </Autocomplete.GroupLabel>
              <Autocomplete.Collection>
                {(item: PaletteItem) => (
                  <Autocomplete.Item key={item.id} value={item} onClick={() => choose(item)} className={itemLook}>
                    <span className={clsx("truncate", item.mono && "font-mono text-small font-semibold")}>
                      {item.label}
                    </span>
                    {item.aside !== undefined && <span className="ml-auto truncate text-ink-3">{item.aside}</span>}
                  </Autocomplete.Item>
                )}
              </Autocomplete.Collection>
            </Autocomplete.Group>
          )}
        </Autocomplete.List>
      </div>
    </Autocomplete.Root>
  )
}
