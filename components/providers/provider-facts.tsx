import type { ReactNode } from "react"
import type { ProviderDetail, ProviderSettings } from "@/lib/contract/dto"
import { keptPage } from "../frame/addresses"
import { counted } from "../secrets/phrases"
import { Card } from "../ui/card"
import { CommandLine } from "../ui/command-line"
import { Fact, Facts } from "../ui/facts"
import { Link } from "../ui/link"
import { RelativeTime } from "../ui/relative-time"
import { Tag } from "../ui/tag"
import { Timeline, TimelineItem } from "../ui/timeline"
import { StatusWord } from "./status-tag"
import { asMethod, authMethods, textOf } from "./vault-settings"
import { consentWords, durationWords, statusWords } from "./words"

/** How it is doing now, and how it has been. */
export function ProviderStatusCard({ provider }: { provider: ProviderDetail }): ReactNode {
  const { status, statusSince, checkedAt, history, report } = provider
  return (
    <Card title="Status" tag={<StatusWord status={status} />}>
      <Facts>
        <Fact name="Since">
          <RelativeTime at={statusSince} />, checked <RelativeTime at={checkedAt} />
        </Fact>
        <Fact name="That means">{statusWords[status].meaning}</Fact>
        <Fact name="Server">{report.serverVersion}</Fact>
        <Fact name="Signed in as">
          {report.signedInAs !== null && (
            <>
              {report.signedInAs}
              {report.expiresAt !== null && (
                <>
                  {report.canBeRenewed ? ", renewed before it ends " : ", ends "}
                  <RelativeTime at={report.expiresAt} />
                </>
              )}
            </>
          )}
        </Fact>
        <Fact name="Latency">{report.latencyMs !== null && `${Math.max(1, Math.round(report.latencyMs))} ms`}</Fact>
        <Fact name="Clock">{report.clockSkewMs !== null && clockWords(report.clockSkewMs)}</Fact>
      </Facts>
      {history.length > 0 && (
        <div className="border-t border-line">
          <Timeline label="Status, newest first">
            {history.map(({ since, status: then, text }) => (
              <TimelineItem key={`${since} ${then}`} note={text === "" ? undefined : text}>
                <span className="inline-flex flex-wrap items-center gap-x-3">
                  <StatusWord status={then} />
                  <span className="text-ink-3">
                    since <RelativeTime at={since} />
                  </span>
                </span>
              </TimelineItem>
            ))}
          </Timeline>
        </div>
      )}
    </Card>
  )
}

function clockWords(skewMs: number): string {
  const apart = Math.abs(skewMs)
  if (apart < 1_000) return "the same as ours"
  return `${(apart / 1_000).toFixed(apart < 10_000 ? 1 : 0)} s ${skewMs > 0 ? "ahead of" : "behind"} ours`
}

/** What is kept there for this scope, by which command its own tool lists it, and where values go. */
export function ProviderFacts({ scope, provider }: { scope: string; provider: ProviderDetail }): ReactNode {
  const { name, kind, target, settings, secretCount, listCommand, consents, source } = provider
  if (kind === "local_encrypted") return <BuiltInFacts scope={scope} provider={provider} />
  return (
    <Card title="What it is">
      <Facts>
        <Fact name="Keeps">
          <Link href={keptPage(scope, name)} className="rounded-small text-accent-text underline">
            {counted(secretCount, "secret")}
          </Link>
        </Fact>
        <Fact name="Listed by">{listCommand !== null && <CommandLine command={listCommand} />}</Fact>
        <Fact name="Values go to">
          <code className="break-all">{target}</code>
        </Fact>
        <Fact name="Namespace">
          <Code text={textOf(settings.namespace)} />
        </Fact>
        <Fact name="KV engine">{engineWords(settings)}</Fact>
        <Fact name="Signs in by">{methodWords(settings)}</Fact>
        <Fact name="Caching">{cachingWords(provider)}</Fact>
        <Fact name="Accepted">
          {consents.length > 0 && (
            <span className="flex flex-wrap gap-1">
              {consents.map((consent) => (
                <Tag key={consent} tone="warn">
                  {consentWords[consent].agree}
                </Tag>
              ))}
            </span>
          )}
        </Fact>
        <Fact name="Declared by">{source === "environment" && "the operator, in Strongroom’s environment"}</Fact>
      </Facts>
    </Card>
  )
}

function BuiltInFacts({ scope, provider }: { scope: string; provider: ProviderDetail }): ReactNode {
  return (
    <Card title="What it is">
      <Facts>
        <Fact name="Keeps">
          <Link href={keptPage(scope, provider.name)} className="rounded-small text-accent-text underline">
            {counted(provider.secretCount, "secret")}
          </Link>
        </Fact>
        <Fact name="Kept at">
          Strongroom&apos;s own database. Each version is sealed under a key of its own, which the operator&apos;s key
          wraps.
        </Fact>
      </Facts>
    </Card>
  )
}

function Code({ text }: { text: string }): ReactNode {
  return text === "" ? "none" : <code>{text}</code>
}

/** "version 2 at kvv2, keeps 10 versions" */
function engineWords(settings: ProviderSettings): ReactNode {
  const version = textOf(settings.kvVersion)
  const { maxVersions, deleteVersionAfter } = settings
  return (
    <>
      {version === "detect" || version === "" ? "KV" : `version ${version}`} at <code>{textOf(settings.mount)}</code>
      {version === "1" && ", which keeps no history"}
      {typeof maxVersions === "number" && maxVersions > 0 && `, keeps ${counted(maxVersions, "version")}`}
      {typeof deleteVersionAfter === "string" && `, deletes each after ${deleteVersionAfter}`}
    </>
  )
}

function methodWords(settings: ProviderSettings): string {
  const method = asMethod(textOf(settings.authMethod))
  const role = textOf(settings.role) || textOf(settings.roleId)
  return `${authMethods.find(({ value }) => value === method)?.label ?? method}${role === "" ? "" : `, as ${role}`}`
}

function cachingWords({
  cacheSeconds,
  staleSeconds,
  checkSeconds,
}: Pick<ProviderDetail, "cacheSeconds" | "staleSeconds" | "checkSeconds">): string {
  const asks = cacheSeconds === 0 ? "asked for every read" : `asked again after ${durationWords(cacheSeconds)}`
  const serves =
    staleSeconds === 0
      ? "nothing is served while it is down"
      : `served for ${durationWords(staleSeconds)} while it is down`
  return `${asks}, ${serves}, checked every ${durationWords(checkSeconds)}`
}

/** Who says that values may go there, and who registered it. */
export function ApprovalCard({ provider }: { provider: ProviderDetail }): ReactNode {
  const { registeredBy, registeredAt, approvedBy, approvedAt, isApproved } = provider
  return (
    <Card title="Approval" tag={<Tag tone={isApproved ? "ok" : "warn"}>{isApproved ? "Approved" : "Waits"}</Tag>}>
      <Facts>
        <Fact name="Registered">
          <RelativeTime at={registeredAt} /> by {registeredBy.name}
        </Fact>
        <Fact name="Approved">
          {approvedBy === null || approvedAt === null ? (
            isApproved ? (
              "by registering it"
            ) : (
              "not yet: no value goes there"
            )
          ) : (
            <>
              <RelativeTime at={approvedAt} /> by {approvedBy.name}
            </>
          )}
        </Fact>
      </Facts>
    </Card>
  )
}
