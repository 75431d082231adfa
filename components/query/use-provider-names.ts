"use client"

import { useQuery } from "@tanstack/react-query"
import { pathOf, readApi } from "./read-api"

/** The names of the providers that a scope's secrets can be kept in; none where there is no scope. */
export function useProviderNames(scope: string | undefined): readonly string[] {
  const { data } = useQuery({
    queryKey: ["provider names", scope],
    queryFn: ({ signal }) => readApi<"listProviders">(pathOf`/api/v1/scopes/${scope ?? ""}/providers`, {}, signal),
    enabled: scope !== undefined,
    staleTime: 60_000,
  })
  return data?.items.map(({ name }) => name) ?? none
}

const none: readonly string[] = []
