import type { ReactNode } from "react"
import { BrandMark } from "../frame/brand-mark"

/** A page for somebody who isn't in yet: one card under the product's name. */
export function EntryPage({
  title,
  sub,
  children,
}: {
  title: ReactNode
  sub?: ReactNode
  children?: ReactNode
}): ReactNode {
  return (
    <div className="grid min-h-dvh content-start justify-items-center gap-6 bg-side px-4 py-12 sm:py-[8vh]">
      <header className="flex items-center gap-2 text-large font-bold">
        <BrandMark className="size-6" />
        Strongroom
      </header>
      <main className="grid w-full max-w-dialog gap-5 rounded-card border border-line bg-raised p-6 shadow-control max-sm:p-4">
        <div className="grid gap-1">
          <h1 className="break-words">{title}</h1>
          {sub !== undefined && <p className="text-ink-2">{sub}</p>}
        </div>
        {children}
      </main>
    </div>
  )
}
