"use client"

import { useQuery } from "@tanstack/react-query"
import type { CheckLine, CheckReport } from "@/lib/contract/dto"
import type { ProviderConsent } from "@/lib/contract/words"
import { pathOf, readApi } from "../query/read-api"
import { reasonNotToSave } from "./words"

/** How often the lines of a check that runs are read. */
const everyMs = 300

export interface CheckState {
  lines: readonly CheckLine[]
  /** Null while it runs. */
  report: CheckReport | null
  isRunning: boolean
  failure: string | undefined
}

/** The lines of a check as they come, until its report is there; undefined while none was asked for. */
export function useCheck(scope: string, check: string | undefined): CheckState | undefined {
  const { data, error } = useQuery({
    queryKey: ["provider check", scope, check],
    queryFn: ({ signal }) =>
      readApi<"describeProviderCheck">(pathOf`/api/v1/scopes/${scope}/provider-checks/${check ?? ""}`, {}, signal),
    enabled: check !== undefined,
    staleTime: 0,
    refetchInterval: ({ state }) => (state.error === null && state.data?.report == null ? everyMs : false),
  })
  if (check === undefined) return undefined
  const report = data?.report ?? null
  return {
    lines: report?.lines ?? data?.lines ?? [],
    report,
    isRunning: report === null && error === null,
    failure: error?.message,
  }
}

/** Why what was checked can't be saved yet; undefined when it can. */
export function reasonNotYet(
  check: CheckState | undefined,
  isEdited: boolean,
  agreed: ReadonlySet<ProviderConsent>,
): string | undefined {
  if (check !== undefined && isEdited) return "Something was changed since the check. Check again."
  if (check?.isRunning) return "The check is running."
  return reasonNotToSave(check?.report, agreed)
}
