import clsx from "clsx"
import type { ReactNode } from "react"
import type { ProviderStatus } from "@/lib/contract/words"
import { statusWords } from "./words"

/** How a provider is doing: a dot, and the word that says it. */
export function StatusWord({ status }: { status: ProviderStatus }): ReactNode {
  const { words, tone } = statusWords[status]
  return (
    <span className="inline-flex items-center gap-2 whitespace-nowrap">
      <span
        aria-hidden
        className={clsx(
          "size-2 shrink-0 rounded-pill",
          tone === "ok" ? "bg-ok" : tone === "warn" ? "bg-warn" : "bg-bad",
        )}
      />
      {words}
    </span>
  )
}
