"use client"

import { useInfiniteQuery, useQuery } from "@tanstack/react-query"
import type { BackendEntry } from "@/lib/contract/dto"
import { pathOf, readApi } from "../query/read-api"

interface Entries {
  entries: readonly BackendEntry[]
  isLoading: boolean
  failure: string | undefined
  hasMore: boolean
  isFetchingMore: boolean
  more: () => void
  retry: () => void
}

/** What lies in a folder at a provider: names, never values. */
export function useEntries(scope: string, provider: string, folder: string): Entries {
  const { data, error, isPending, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = useInfiniteQuery({
    queryKey: ["entries", scope, provider, folder],
    queryFn: ({ pageParam, signal }) =>
      readApi<"browseProvider">(
        pathOf`/api/v1/scopes/${scope}/providers/${provider}/entries`,
        { folder, limit: 100, cursor: pageParam },
        signal,
      ),
    initialPageParam: firstCursor,
    getNextPageParam: (last) => last.nextCursor ?? undefined,
  })
  return {
    entries: data?.pages.flatMap((page) => page.items) ?? [],
    isLoading: isPending,
    failure: error?.message,
    hasMore: hasNextPage,
    isFetchingMore: isFetchingNextPage,
    more: () => void fetchNextPage(),
    retry: () => void refetch(),
  }
}

const firstCursor: string | undefined = undefined

/** The names of a secret's fields; undefined until they are known. */
export function useFields(
  scope: string,
  provider: string,
  location: string,
): { fields: readonly string[] | undefined; failure: string | undefined } {
  const { data, error } = useQuery({
    queryKey: ["fields", scope, provider, location],
    queryFn: ({ signal }) =>
      readApi<"listBackendFields">(pathOf`/api/v1/scopes/${scope}/providers/${provider}/fields`, { location }, signal),
  })
  return { fields: data?.fields, failure: error?.message }
}
