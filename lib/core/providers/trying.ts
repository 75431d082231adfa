/** A check of a backend, whatever comes of it: it ends in time, and trouble is a line that failed. */
import type { CheckReport } from "../../contract/dto.ts"
import type { FoundReport, StoredProvider } from "../../db/providers.ts"
import { describeError, log } from "../../log.ts"
import {
  type CheckLine,
  type CheckResult,
  ProviderError,
  type RemoteHost,
  type RemoteProvider,
  type Settings,
} from "../../providers/provider.ts"
import { until } from "./guarded-fetch.ts"

export interface Tried {
  result: CheckResult
  lines: readonly CheckLine[]
}

/** How long a check takes at the most. */
const longestMilliseconds = 45_000

/** Tries settings and a credential, telling each line as soon as it is known. */
export async function tryOut(
  kind: RemoteProvider,
  settings: Settings,
  host: RemoteHost,
  tell: (line: CheckLine) => void = () => undefined,
): Promise<Tried> {
  const lines: CheckLine[] = []
  const take = (line: CheckLine): void => {
    lines.push(line)
    tell(line)
  }
  const inTime = { ...host, fetch: until(host.fetch, AbortSignal.timeout(longestMilliseconds)) }
  try {
    return { result: await kind.check(settings, inTime, take), lines }
  } catch (error) {
    log.error("a check of a provider broke off", { kind: kind.kind, error: describeError(error) })
    const text = error instanceof ProviderError ? error.message : "The check broke off, for a reason of ours."
    const line = failedLine("check", text, "Try again. The operator finds more in the log.")
    take(line)
    return { result: failedResult(settings, "unreachable"), lines }
  }
}

/** What is known of a provider that can't even be asked. */
export function notTried(settings: Settings, text: string): Tried {
  return { result: failedResult(settings, "misconfigured"), lines: [failedLine("settings", text, null)] }
}

export function failedLine(id: string, text: string, mend: string | null): CheckLine {
  return { id, state: "failed", text, mend, paste: null }
}

function failedResult(settings: Settings, status: CheckResult["status"]): CheckResult {
  return {
    status,
    passed: false,
    canWrite: false,
    settings,
    clusterId: null,
    ...nothingFound,
  }
}

/** What a report says of a place that told nothing of itself. */
export const nothingFound = {
  serverVersion: null,
  latencyMs: null,
  clockSkewMs: null,
  signedInAs: null,
  expiresAt: null,
  canBeRenewed: false,
  needsConsent: [],
}

/**
 * The same, held against what is registered: another cluster at the address is a place that gets no write, whatever it
 * lets us do.
 */
export function againstRegistered({ result, lines }: Tried, { clusterId }: Pick<StoredProvider, "clusterId">): Tried {
  if (clusterId === null || result.clusterId === null || clusterId === result.clusterId) return { result, lines }
  const line = failedLine(
    "cluster",
    "Another server than the registered one answers at this address.",
    "Point the address to the right server. If this one has taken its place, register it as a provider of its own and move the secrets.",
  )
  return { result: { ...result, status: "misconfigured", passed: false, canWrite: false }, lines: [...lines, line] }
}

export function reportOf({ result, lines }: Tried): FoundReport {
  const { status, passed, canWrite, serverVersion, latencyMs, clockSkewMs, signedInAs, canBeRenewed } = result
  return {
    status,
    passed,
    canWrite,
    lines: [...lines],
    serverVersion,
    latencyMs,
    clockSkewMs,
    signedInAs,
    expiresAt: result.expiresAt?.toISOString() ?? null,
    canBeRenewed,
    needsConsent: [...result.needsConsent],
  }
}

/** What was wrong, in one line: the first that failed, else the first warning of a place that isn't quite up. */
export function troubleIn({ result, lines }: Tried): string {
  if (result.status === "up") return ""
  const line = lines.find(({ state }) => state === "failed") ?? lines.find(({ state }) => state === "warning")
  return line?.text ?? ""
}

/** What failed, for somebody who is told why nothing was saved. */
export function failuresIn({ lines }: Pick<CheckReport, "lines"> | Tried): string {
  return lines
    .flatMap(({ state, text, mend }) => (state === "failed" ? [[text, mend ?? ""].join(" ").trim()] : []))
    .join(" ")
}
