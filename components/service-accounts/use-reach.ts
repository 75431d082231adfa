"use client"

import { keepPreviousData, useQuery } from "@tanstack/react-query"
import { useDeferredValue } from "react"
import type { SecretSummary } from "@/lib/contract/dto"
import { ApiFailure, pathOf, readApi } from "../query/read-api"

const none: string[] = []

/** The names of the vaults that a scope sees: its own and those above it, as far as the person may see them. */
export function useVaultNames(scope: string): string[] {
  const { data } = useQuery({
    queryKey: ["vault names", scope],
    queryFn: async ({ signal }) => {
      const names = await Promise.all(lineage(scope).map((path) => vaultNamesAt(path, signal)))
      return [...new Set(names.flat())].sort()
    },
  })
  return data ?? none
}

/** What a grant of reading covers as things stand: the first names and how many there are. */
export interface Reach {
  secrets: readonly SecretSummary[]
  /** How many lie there, before names are sifted by the prefix. */
  total: number
  /** True where only the first ones were looked at. */
  isCut: boolean
}

const lookedAt = 200

/** What becomes readable by a grant; undefined while it isn't known. */
export function useReach(
  scope: string,
  vault: string | undefined,
  prefix: string,
): { reach: Reach | undefined; isBehind: boolean; failure: string | undefined } {
  const wanted = useDeferredValue(prefix.toLowerCase())
  const { data, error, isPlaceholderData } = useQuery({
    queryKey: ["reach", scope, vault, wanted],
    queryFn: ({ signal }) =>
      readApi<"listSecrets">(
        pathOf`/api/v1/scopes/${scope}/secrets`,
        { effective: true, limit: lookedAt, vault, state: "active", text: wanted === "" ? undefined : wanted },
        signal,
      ),
    placeholderData: keepPreviousData,
  })
  const winners = data?.items.filter(
    ({ name, shadowedBy }) => shadowedBy === null && name.toLowerCase().startsWith(wanted),
  )
  return {
    reach: data && winners && { secrets: winners, total: data.total, isCut: data.nextCursor !== null },
    isBehind: isPlaceholderData || wanted !== prefix.toLowerCase(),
    failure: error?.message,
  }
}

/** The scope, then those above it. */
function lineage(scope: string): string[] {
  const slugs = scope.split(".")
  return slugs.map((_, index) => slugs.slice(0, slugs.length - index).join("."))
}

/** A wider scope that the person may not see has no vaults for them. */
async function vaultNamesAt(path: string, signal: AbortSignal): Promise<string[]> {
  try {
    const { items } = await readApi<"listVaults">(pathOf`/api/v1/scopes/${path}/vaults`, { limit: 200 }, signal)
    return items.map(({ name }) => name)
  } catch (error) {
    if (error instanceof ApiFailure && error.status === 404) return []
    throw error
  }
}
