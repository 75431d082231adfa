"use client"

import { keepPreviousData, useInfiniteQuery, useQueryClient } from "@tanstack/react-query"
import { useRouter } from "next/navigation"
import { useCallback } from "react"
import type { OutputOf } from "@/lib/contract/api"
import type { SecretSummary } from "@/lib/contract/dto"
import { readApi } from "../query/read-api"
import { type ListView, listAddress } from "./list-view"

export type SecretPage = OutputOf<"listSecrets">

/** What the server found already, and the address that it stands for. */
export interface FirstPage {
  address: string
  page: SecretPage
}

interface SecretPages {
  secrets: SecretSummary[]
  totals: Pick<SecretPage, "total" | "shadowed" | "due">
  /** While the rows of another view are still shown. */
  isBehind: boolean
  isLoading: boolean
  failure: string | undefined
  more: () => void
  retry: () => void
}

/** The rows of a view, page after page. Another view shows the last one's rows until its own are there. */
export function useSecretPages(
  scope: string,
  view: ListView,
  vault: string | undefined,
  first: FirstPage,
): SecretPages {
  const address = listAddress(scope, view, undefined, vault)
  const { data, error, isPending, isPlaceholderData, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } =
    useInfiniteQuery({
      queryKey: ["secrets", address],
      queryFn: ({ pageParam, signal }) =>
        readApi<"listSecrets">(listAddress(scope, view, pageParam, vault), {}, signal),
      initialPageParam: firstCursor,
      getNextPageParam: (last) => last.nextCursor ?? undefined,
      placeholderData: keepPreviousData,
      ...(first.address === address && { initialData: { pages: [first.page], pageParams: [firstCursor] } }),
    })
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage])
  const pages = data?.pages ?? []
  return {
    secrets: pages.flatMap((page) => page.items),
    totals: pages[0] ?? { total: 0, shadowed: 0, due: 0 },
    isBehind: isPlaceholderData,
    isLoading: isPending,
    failure: error?.message,
    more,
    retry: () => void refetch(),
  }
}

const firstCursor: string | undefined = undefined

/** To be called after a change: lists in sight are read again, the others are forgotten, and so is the server's page. */
export function useSecretsChanged(): () => void {
  const client = useQueryClient()
  const router = useRouter()
  return useCallback(() => {
    client.removeQueries({ type: "inactive" })
    void client.invalidateQueries()
    router.refresh()
  }, [client, router])
}
