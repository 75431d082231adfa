"use client"

import { useQuery } from "@tanstack/react-query"
import { useCallback } from "react"
import type { OutputOf } from "@/lib/contract/api"
import type { Explanation, SecretSummary } from "@/lib/contract/dto"
import { fold } from "@/lib/contract/names"
import { readApi } from "../query/read-api"

/** Why each name of a workspace is what it is, as far as it is known yet. */
export type Explanations = (secret: Pick<SecretSummary, "vault" | "name">) => Explanation | undefined

/** For an effective list alone: a list of what is defined here has nothing to explain. */
export function useExplanations(scope: string, isWanted: boolean): Explanations {
  const { data } = useQuery({
    queryKey: ["explain", scope],
    queryFn: ({ signal }) => readAll(scope, signal),
    enabled: isWanted,
  })
  return useCallback((secret) => (isWanted ? data?.get(keyOf(secret)) : undefined), [isWanted, data])
}

/** How many pages are read at the most: a list is scrolled through, and its first rows matter. */
const mostPages = 5

async function readAll(scope: string, signal: AbortSignal): Promise<ReadonlyMap<string, Explanation>> {
  const found = new Map<string, Explanation>()
  let cursor: string | undefined
  for (let page = 0; page < mostPages; page++) {
    const query = { scope, limit: 200, cursor }
    const { items, nextCursor }: OutputOf<"explain"> = await readApi<"explain">("/api/v1/explain", query, signal)
    for (const explanation of items) found.set(keyOf(explanation), explanation)
    if (nextCursor === null) break
    cursor = nextCursor
  }
  return found
}

function keyOf({ vault, name }: Pick<SecretSummary, "vault" | "name">): string {
  return `${vault}/${fold(name)}`
}
