"use client"

import { QueryClient, QueryClientProvider } from "@tanstack/react-query"
import { type ReactNode, useState } from "react"
import { ApiFailure } from "./read-api"

/** Reads in the browser. Nothing of it is kept on disk, and what a refusal says isn't asked again. */
export function QueryProvider({ children }: { children: ReactNode }): ReactNode {
  const [client] = useState(
    () =>
      new QueryClient({
        defaultOptions: {
          queries: { staleTime: 10_000, retry: (count, error) => count < 2 && isWorthRetrying(error) },
        },
      }),
  )
  return <QueryClientProvider client={client}>{children}</QueryClientProvider>
}

function isWorthRetrying(error: Error): boolean {
  return !(error instanceof ApiFailure) || error.status >= 500
}
