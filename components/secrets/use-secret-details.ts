"use client"

import { useQueries } from "@tanstack/react-query"
import type { SecretDetail, SecretSummary } from "@/lib/contract/dto"
import { pathOf, readApi } from "../query/read-api"

/** What is known of each secret beyond its row, by id; those that aren't there yet are missing. */
export function useSecretDetails(
  secrets: readonly SecretSummary[],
  isWanted: boolean,
): ReadonlyMap<string, SecretDetail> {
  return useQueries({
    queries: secrets.map(({ scope, vault, name, state }) => ({
      queryKey: ["secret", scope, vault, name],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        readApi<"describeSecret">(pathOf`/api/v1/scopes/${scope}/vaults/${vault}/secrets/${name}`, {}, signal),
      // A deleted secret's address may mean a wider scope's.
      enabled: isWanted && state !== "deleted",
    })),
    combine: (results) =>
      new Map(
        results.flatMap(({ data }, index) => {
          const id = secrets[index]?.id
          return data === undefined || id === undefined ? [] : [[id, data] as const]
        }),
      ),
  })
}
