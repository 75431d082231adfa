"use client"

import { keepPreviousData, useQuery } from "@tanstack/react-query"
import { useDeferredValue } from "react"
import type { OutputOf } from "@/lib/contract/api"
import { pathOf, readApi } from "./read-api"

/** Names that hold the text, as they are typed; the last answer stays until the next one is there. */
export function useSearch(text: string): { hits: OutputOf<"search">["items"]; isFetching: boolean; failure?: string } {
  const wanted = useDeferredValue(text.trim())
  const { data, isFetching, error } = useQuery({
    queryKey: ["search", wanted],
    queryFn: ({ signal }) => readApi<"search">(pathOf`/api/v1/search`, { text: wanted, limit: 20 }, signal),
    enabled: wanted !== "",
    placeholderData: keepPreviousData,
  })
  return {
    hits: wanted === "" ? [] : (data?.items ?? []),
    isFetching,
    ...(error && { failure: error.message }),
  }
}
