"use client"

import { CSPProvider } from "@base-ui/react/csp-provider"
import { Tooltip } from "@base-ui/react/tooltip"
import type { ReactNode } from "react"
import { QueryProvider } from "../query/provider"
import { ToastProvider } from "../ui/toast"

/** What every page stands in, signed in or not. */
export function Providers({ nonce, children }: { nonce: string; children: ReactNode }): ReactNode {
  return (
    <CSPProvider nonce={nonce} disableStyleElements>
      <QueryProvider>
        <Tooltip.Provider>
          <ToastProvider>{children}</ToastProvider>
        </Tooltip.Provider>
      </QueryProvider>
    </CSPProvider>
  )
}
