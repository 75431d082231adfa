/** How a provider is doing, for those who depend on it: in one word, and in a sentence. */
import type { ProviderHealth } from "../../contract/dto.ts"
import { builtInName, type ProviderStatus } from "../../contract/words.ts"
import type { StoredProvider } from "../../db/providers.ts"

/** How bad a state is for who depends on it. */
const healthOf: Readonly<Record<ProviderStatus, ProviderHealth["status"]>> = {
  up: "healthy",
  standby: "degraded",
  throttled: "degraded",
  forbidden: "unhealthy",
  unauthenticated: "unhealthy",
  sealed: "unhealthy",
  uninitialized: "unhealthy",
  misconfigured: "unhealthy",
  tls: "unhealthy",
  unreachable: "unhealthy",
}

/** While nothing can be asked there, what is cached stands in; a refusal is an answer, and nothing stands in for it. */
const servedFromCache: readonly ProviderStatus[] = ["sealed", "uninitialized", "unreachable", "throttled"]

const words: Readonly<Record<ProviderStatus, string>> = {
  up: "It answers.",
  standby: "A standby answers: the active server can't be reached from here.",
  throttled: "It answers that it is asked too often.",
  forbidden: "It refuses what our credential asks for.",
  unauthenticated: "It doesn't accept our credential.",
  sealed: "It is sealed. Everything goes on by itself once somebody unseals it.",
  uninitialized: "It isn't initialized.",
  misconfigured: "Its settings don't fit what answers at its address.",
  tls: "No trusted connection to it comes about.",
  unreachable: "It can't be reached.",
}

export function healthFor(provider: StoredProvider): ProviderHealth {
  const { name, kind, status, statusSince, checkedAt, report, cacheSeconds, staleSeconds } = provider
  const trouble = report.lines.find(({ state }) => state === "failed")?.text
  const until = new Date(statusSince.getTime() + (cacheSeconds + staleSeconds) * 1_000)
  return {
    provider: name,
    status: healthOf[status],
    details: {
      kind,
      state: status,
      since: statusSince.toISOString(),
      checkedAt: checkedAt.toISOString(),
      latencyMs: report.latencyMs,
      message: status === "up" ? words.up : [words[status], trouble].filter((text) => text !== undefined).join(" "),
      servesCachedUntil: servedFromCache.includes(status) ? until.toISOString() : null,
    },
  }
}

export function healthOfBuiltIn(): ProviderHealth {
  const now = new Date().toISOString()
  return {
    provider: builtInName,
    status: "healthy",
    details: {
      kind: "local_encrypted",
      state: "up",
      since: now,
      checkedAt: now,
      latencyMs: null,
      message: words.up,
      servesCachedUntil: null,
    },
  }
}
