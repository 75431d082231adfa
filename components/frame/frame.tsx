"use client"

import { Dialog } from "@base-ui/react/dialog"
import { Menu as MenuIcon, Search } from "lucide-react"
import { usePathname } from "next/navigation"
import { type ReactNode, useState } from "react"
import { ApprovalInbox } from "../approvals/approval-inbox"
import { NoticeBell } from "../notices/notice-bell"
import { IconButton } from "../ui/button"
import { veilLook } from "../ui/dialog"
import { Kbd } from "../ui/kbd"
import { placeOf } from "./addresses"
import { Crumbs } from "./crumbs"
import { KeyList } from "./key-list"
import { Palette } from "./palette"
import { Rail } from "./rail"
import type { FrameScope } from "./scope-tree"

/** Who is signed in, as the account menu shows it. */
export interface FramePerson {
  name: string
  email: string
}

/**
 * What stands around every page of a signed-in person: the rail (a drawer where the page is narrow), the breadcrumb,
 * the palette, the keys. It reads from the address where it is, so a layout puts it there once:
 *
 *     <Frame scopes={scopes} person={me} signOut={signOut}>{children}</Frame>
 */
export function Frame({
  scopes,
  person,
  signOut,
  children,
}: {
  /** Every scope that the person sees, widest first, as a flat list. */
  scopes: readonly FrameScope[]
  person: FramePerson
  signOut: (form: FormData) => Promise<void>
  children: ReactNode
}): ReactNode {
  const pathname = usePathname()
  const [isPaletteOpen, setIsPaletteOpen] = useState(false)
  const [drawerOpenAt, setDrawerOpenAt] = useState<string>()
  const place = placeOf(pathname)
  const noticeScope = scopes.find(({ path, visible }) => visible && (place === undefined || path === place.scope))?.path
  const rail = <Rail scopes={scopes} place={place} person={person} signOut={signOut} />
  return (
    <div className="isolate min-h-dvh lg:grid lg:grid-cols-[var(--rail)_minmax(0,1fr)]">
      <a
        href="#content"
        className="fixed top-2 left-2 z-30 -translate-y-16 rounded-control bg-accent px-3 py-1 text-accent-ink focus:translate-y-0"
      >
        Skip to the page
      </a>
      <aside aria-label="Scopes and pages" className="sticky top-0 h-dvh border-r border-line bg-side max-lg:hidden">
        {rail}
      </aside>
      <div className="min-w-0">
        <header className="sticky top-0 z-10 flex h-top items-center gap-3 border-b border-line bg-ground px-5 max-sm:gap-2 max-sm:px-3">
          <Drawer
            // Going to another page closes it.
            isOpen={drawerOpenAt === pathname}
            onOpenChange={(open) => setDrawerOpenAt(open ? pathname : undefined)}
          >
            {rail}
          </Drawer>
          <Crumbs scopes={scopes} place={place} />
          <PaletteButton onOpen={() => setIsPaletteOpen(true)} />
          {noticeScope !== undefined && <ApprovalInbox scope={noticeScope} />}
          {noticeScope !== undefined && <NoticeBell scope={noticeScope} />}
        </header>
        <main
          id="content"
          tabIndex={-1}
          className="mx-auto grid max-w-page grid-cols-1 gap-4 p-5 outline-none max-sm:p-3 lg:mx-0"
        >
          {children}
        </main>
      </div>
      <Palette isOpen={isPaletteOpen} onOpenChange={setIsPaletteOpen} scopes={scopes} place={place} />
      <KeyList />
    </div>
  )
}

function PaletteButton({ onOpen }: { onOpen: () => void }): ReactNode {
  return (
    <button
      type="button"
      onClick={onOpen}
      aria-label="Search or jump to a page"
      aria-keyshortcuts="Control+K Meta+K"
      className="ml-auto flex h-control shrink-0 items-center gap-2 rounded-control border border-line-strong px-2 text-ink-3 hover:bg-hover sm:w-70"
    >
      <Search aria-hidden className="size-4 sm:hidden" />
      <span className="max-sm:hidden">Search or jump to…</span>
      <span className="ml-auto max-sm:hidden">
        <Kbd>Ctrl K</Kbd>
      </span>
    </button>
  )
}

function Drawer({
  isOpen,
  onOpenChange,
  children,
}: {
  isOpen: boolean
  onOpenChange: (open: boolean) => void
  children: ReactNode
}): ReactNode {
  return (
    <Dialog.Root open={isOpen} onOpenChange={(next) => onOpenChange(next)}>
      <Dialog.Trigger render={<IconButton label="Scopes and pages" className="-ml-1 lg:hidden" />}>
        <MenuIcon aria-hidden className="size-4" />
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className={veilLook} />
        <Dialog.Popup className="fixed inset-y-0 left-0 w-4/5 max-w-aside border-r border-line bg-side shadow-popup transition-transform duration-150 outline-none data-ending-style:-translate-x-full data-starting-style:-translate-x-full">
          <Dialog.Title className="sr-only">Scopes and pages</Dialog.Title>
          {children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
