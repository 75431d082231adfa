"use client"

import type { ReactNode } from "react"
import "./globals.css"

/** Shown when even the frame around all pages failed, so it stands on nothing. */
export default function GlobalError({ error }: { error: Error & { digest?: string } }): ReactNode {
  return (
    <html lang="en">
      <body>
        <main className="mx-auto grid max-w-dialog gap-3 px-4 py-12">
          <h1>Strongroom could not be shown</h1>
          <p className="text-ink-2">Nothing was changed. Reload the page; if this stays, ask the operator.</p>
          {error.digest !== undefined && <p className="text-small text-ink-3">Request {error.digest}</p>}
        </main>
      </body>
    </html>
  )
}
