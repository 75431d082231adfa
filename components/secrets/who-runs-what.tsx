import Link from "next/link"
import type { ReactNode } from "react"
import type { Fetch, Reader, SecretDetail } from "@/lib/contract/dto"
import { Card, CardLine, CardList } from "../ui/card"
import { ProgressBar } from "../ui/progress"
import { RelativeTime } from "../ui/relative-time"
import { Tag } from "../ui/tag"
import { counted, dayWords } from "./phrases"

/** Who still runs an old version: each service account with what it last fetched, those that are behind first. */
export function WhoRunsWhichVersion({
  secret,
  fetches,
}: {
  secret: SecretDetail
  fetches: readonly Fetch[]
}): ReactNode {
  const { total, onOldVersion } = secret.fetches
  const others = total - fetches.length
  return (
    <Card title="Who runs which version">
      {total === 0 ? (
        <p className="px-4 py-3 text-ink-3">No service account has fetched it yet.</p>
      ) : (
        <>
          <div className="grid gap-2 px-4 pt-3">
            <ProgressBar
              label={`Service accounts on version ${secret.currentVersion ?? 0}`}
              of={total}
              parts={[
                { count: total - onOldVersion, tone: "accent" },
                { count: onOldVersion, tone: "warn" },
              ]}
            />
            <p className="text-ink-3">{spreadWords(secret, fetches)}</p>
          </div>
          <CardList label="Service accounts and the version that each last fetched">
            {fetches.map(({ serviceAccount, version, isCurrent, at }) => (
              <CardLine
                key={serviceAccount.id}
                aside={
                  <Tag tone={isCurrent ? "ok" : "warn"}>
                    v{version}, <RelativeTime at={at} />
                  </Tag>
                }
              >
                <AccountLink {...serviceAccount} from={secret.scope} />
              </CardLine>
            ))}
            {others > 0 && <CardLine>{others.toLocaleString("en")} more</CardLine>}
          </CardList>
        </>
      )}
    </Card>
  )
}

/** "9 of 11 on version 5, 2 still on 4" */
function spreadWords(
  { fetches: { total, onOldVersion }, currentVersion }: SecretDetail,
  shown: readonly Fetch[],
): string {
  const current = `${(total - onOldVersion).toLocaleString("en")} of ${total.toLocaleString("en")} on version ${currentVersion ?? 0}`
  if (onOldVersion === 0) return current
  const behind = new Set(shown.filter(({ isCurrent }) => !isCurrent).map(({ version }) => version))
  const [only] = behind.size === 1 ? behind : []
  return `${current}, ${onOldVersion.toLocaleString("en")} still on ${only ?? "older ones"}`
}

/** Which service accounts may read it, since when and granted by whom. */
export function CanBeReadBy({ secret, readers }: { secret: SecretDetail; readers: readonly Reader[] }): ReactNode {
  const others = secret.readerCount - new Set(readers.map(({ serviceAccount }) => serviceAccount.id)).size
  return (
    <Card title="Can be read by">
      {readers.length === 0 ? (
        <p className="px-4 py-3 text-ink-3">
          No service account may read it yet. A lead grants it on{" "}
          <Link href={`/s/${secret.scope}/service-accounts`} className="text-accent-text underline">
            Service accounts
          </Link>
          .
        </p>
      ) : (
        <CardList label="Service accounts that may read it">
          {readers.map((reader) => (
            <ReaderLine key={reader.grant.id} reader={reader} from={secret.scope} />
          ))}
          {others > 0 && <CardLine>{others.toLocaleString("en")} more</CardLine>}
        </CardList>
      )}
    </Card>
  )
}

/** A service account, how many tokens it has, and beneath it since when it may read and who granted it. */
function ReaderLine({ reader, from }: { reader: Reader; from: string }): ReactNode {
  const { serviceAccount, activeTokens, since, grantedBy, confirmedBy, selfGranted } = reader
  const by = confirmedBy === null ? grantedBy.name : `${grantedBy.name} and ${confirmedBy.name}`
  return (
    <li className="grid gap-0.5 py-2">
      <span className="flex flex-wrap items-center gap-x-2">
        <AccountLink {...serviceAccount} from={from} />
        <span className="text-ink-3">{activeTokens === 0 ? "no token" : counted(activeTokens, "token")}</span>
        {selfGranted && (
          <span className="ml-auto">
            <Tag>Self-granted</Tag>
          </span>
        )}
      </span>
      <span className="text-small text-ink-3">
        since {dayWords(since)}, by {by}
      </span>
    </li>
  )
}

function AccountLink({ scope, name, from }: { scope: string; name: string; from: string }): ReactNode {
  return (
    <>
      <Link href={`/s/${scope}/service-accounts/${name}`} className="rounded-small hover:underline">
        {name}
      </Link>
      {scope !== from && <span className="pl-1 text-small text-ink-3">of {scope}</span>}
    </>
  )
}
