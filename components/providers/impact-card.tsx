import type { ReactNode } from "react"
import type { ProviderDetail, ProviderHealth, SecretSummary } from "@/lib/contract/dto"
import { keptPage, secretPage } from "../frame/addresses"
import { counted } from "../secrets/phrases"
import { Card } from "../ui/card"
import { Link } from "../ui/link"
import { Notice } from "../ui/notice"
import { RelativeTime } from "../ui/relative-time"
import { durationWords, isServing, statusWords } from "./words"

/** Which secrets and machines depend on it, and what still works while it doesn't answer, until when. */
export function ImpactCard({
  scope,
  provider,
  health,
  kept,
}: {
  scope: string
  provider: ProviderDetail
  health: ProviderHealth
  /** The first of the secrets that it keeps for this scope, and how many there are. */
  kept: { secrets: readonly SecretSummary[]; total: number }
}): ReactNode {
  const { name, status, machineCount, secretCount, staleSeconds } = provider
  const down = !isServing(status)
  return (
    <Card title={down ? "What stopped working" : "If it is sealed or down"}>
      {down && (
        <Notice tone="bad" flush title={`${name}: ${statusWords[status].words.toLowerCase()}`}>
          {health.details.message}
        </Notice>
      )}
      <div className="grid gap-3 px-4 py-3">
        <p>
          {counted(secretCount, "secret")}, read by {counted(machineCount, "service account")}:{" "}
          {down ? "nothing there can be written or rotated now." : "nothing there could be written or rotated."}
        </p>
        <p className="text-ink-2">{cacheWords(health, staleSeconds, down)}</p>
        {kept.secrets.length > 0 && (
          <ul aria-label="Secrets that depend on it" className="flex flex-wrap gap-x-4 gap-y-1">
            {kept.secrets.map((secret) => (
              <li key={secret.id}>
                <Link
                  href={secretPage(secret.scope, secret.vault, secret.name)}
                  className="rounded-small font-mono text-small font-semibold hover:underline"
                >
                  {secret.name}
                </Link>
              </li>
            ))}
            {kept.total > kept.secrets.length && (
              <li>
                <Link href={keptPage(scope, name)} className="rounded-small text-accent-text underline">
                  and {(kept.total - kept.secrets.length).toLocaleString("en")} more
                </Link>
              </li>
            )}
          </ul>
        )}
      </div>
    </Card>
  )
}

function cacheWords(
  { details: { servesCachedUntil } }: ProviderHealth,
  staleSeconds: number,
  down: boolean,
): ReactNode {
  if (staleSeconds === 0) return "Machines get nothing from it meanwhile: it isn’t served from memory."
  const restart = " A restart of Strongroom empties that memory."
  if (down && servesCachedUntil !== null) {
    return (
      <>
        Machines still get what they read before, from memory: until <RelativeTime at={servesCachedUntil} /> at the
        latest.{restart}
      </>
    )
  }
  if (down) return "Nothing of it is in memory: machines get an error until it answers again."
  return `Machines would still get what they read before, from memory, for ${durationWords(staleSeconds)}.${restart}`
}
