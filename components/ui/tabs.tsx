"use client"

import { Tabs as Base } from "@base-ui/react/tabs"
import clsx from "clsx"
import type { ReactNode } from "react"
import { Link } from "./link"

const tabLook =
  "-mb-px inline-flex h-row items-center border-b-2 px-1 font-medium whitespace-nowrap text-ink-2 hover:text-ink"

/** Parts of a page that need no address of their own (snippets in a dialog). */
export function Tabs({
  label,
  tabs,
}: {
  label: string
  tabs: readonly { id: string; title: ReactNode; content: ReactNode }[]
}): ReactNode {
  return (
    <Base.Root defaultValue={tabs[0]?.id ?? null} className="min-w-0">
      <Base.List aria-label={label} className="flex gap-4 overflow-x-auto overflow-y-hidden border-b border-line">
        {tabs.map((tab) => (
          <Base.Tab
            key={tab.id}
            value={tab.id}
            className={clsx(
              tabLook,
              "not-data-active:border-transparent data-active:border-accent data-active:text-ink",
            )}
          >
            {tab.title}
          </Base.Tab>
        ))}
      </Base.List>
      {tabs.map((tab) => (
        <Base.Panel key={tab.id} value={tab.id} className="min-w-0 pt-3">
          {tab.content}
        </Base.Panel>
      ))}
    </Base.Root>
  )
}

interface LinkChoice {
  href: string
  label: ReactNode
  isCurrent: boolean
}

/** Two or three views of one list, each with its address: "Defined here / Effective". */
export function SegmentedLinks({ label, links }: { label: string; links: readonly LinkChoice[] }): ReactNode {
  return (
    <nav aria-label={label} className="inline-flex overflow-hidden rounded-control border border-line-strong">
      {links.map((link) => (
        <Link
          key={link.href}
          href={link.href}
          aria-current={link.isCurrent ? "true" : undefined}
          className={clsx(
            "grid h-7 place-items-center px-3 -outline-offset-2 not-first:border-l not-first:border-line-strong",
            link.isCurrent ? "bg-hover font-semibold text-ink" : "text-ink-2 hover:bg-hover",
          )}
        >
          {link.label}
        </Link>
      ))}
    </nav>
  )
}
