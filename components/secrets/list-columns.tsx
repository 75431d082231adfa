"use client"

import type { ReactNode } from "react"
import type { Explanation, SecretSummary } from "@/lib/contract/dto"
import { type Category, categoryLabel, type VersionOrigin } from "@/lib/contract/words"
import { RelativeTime } from "../ui/relative-time"
import { Tag } from "../ui/tag"
import type { VirtualColumn } from "../ui/virtual-table"
import { dayWords, stateWords } from "./phrases"
import type { Explanations } from "./use-explanations"

/** A column has no room for "credentials". */
const shortCategory: Readonly<Record<Category, string>> = { ...categoryLabel, provider_credentials: "Vendor API" }

/** The columns of a list of secrets, as it is seen from `scope`; `explain` says of a winner why it is one. */
export function columnsFrom(scope: string, explain: Explanations): VirtualColumn<SecretSummary>[] {
  return [
    {
      header: "Name",
      width: "name",
      cell: (secret) => <Name secret={secret} from={scope} explanation={explain(secret)} />,
    },
    { header: "Vault", width: "narrow", hideNarrow: true, cell: ({ vault }) => vault },
    {
      header: "Category",
      width: "normal",
      hideNarrow: true,
      cell: ({ category }) =>
        category && (
          <span title={categoryLabel[category]} className="text-ink-3">
            {shortCategory[category]}
          </span>
        ),
    },
    { header: "Version", width: "narrow", cell: ({ currentVersion }) => <Version number={currentVersion} /> },
    { header: "Updated", width: "wide", cell: (secret) => <Updated secret={secret} /> },
    { header: "Provider", width: "narrow", hideNarrow: true, cell: ({ provider }) => provider.name },
    {
      header: "Reads 24 h",
      width: "snug",
      hideNarrow: true,
      align: "end",
      cell: ({ readsLastDay }) => readsLastDay.toLocaleString("en"),
    },
    { header: "State", width: "medium", cell: (secret) => <States secret={secret} explanation={explain(secret)} /> },
  ]
}

function Name({
  secret,
  from,
  explanation,
}: {
  secret: SecretSummary
  from: string
  explanation: Explanation | undefined
}): ReactNode {
  const isShadowed = secret.shadowedBy !== null
  const origin = secret.scope === from ? undefined : `from ${lastOf(secret.scope)}`
  const over = isShadowed || explanation === undefined ? undefined : overWords(explanation)
  const aside = [origin, isShadowed ? "shadowed" : over].filter(Boolean).join(", ")
  return (
    <>
      <span
        className={isShadowed ? "font-mono text-small line-through" : "font-mono text-small font-semibold text-ink"}
      >
        {secret.name}
      </span>
      {aside !== "" && (
        <span title={titleOf(secret, explanation)} className="pl-2 text-small text-ink-3">
          {aside}
        </span>
      )}
    </>
  )
}

function lastOf(scope: string): string {
  return scope.split(".").at(-1) ?? ""
}

/** "over payments, acme": whose secrets of this name it stands in front of. */
function overWords({ shadows }: Explanation): string | undefined {
  return shadows.length === 0 ? undefined : `over ${shadows.map(({ scope }) => lastOf(scope)).join(", ")}`
}

/** The scope in full, and what would be there without it. */
function titleOf({ scope, shadowedBy }: SecretSummary, explanation: Explanation | undefined): string {
  const next = shadowedBy === null ? explanation?.next : undefined
  return next == null ? scope : `${scope}. Without it, version ${next.version} of ${next.scope} would win.`
}

function Version({ number }: { number: number | null }): ReactNode {
  if (number === null) return <span className="text-ink-3">none yet</span>
  return (
    <>
      <span className="text-ink-3 sm:hidden">version </span>
      <span className="tabular-nums">{number}</span>
    </>
  )
}

/** Said instead of a name, where the name isn't what matters. */
const howWords: Partial<Record<VersionOrigin, string>> = {
  generated: "generated",
  changed_at_backend: "changed at the backend",
}

function Updated({ secret: { updatedAt, updatedBy, origin } }: { secret: SecretSummary }): ReactNode {
  return (
    <>
      <RelativeTime at={updatedAt} />{" "}
      <span className="text-ink-3">{howWords[origin ?? "typed"] ?? `by ${updatedBy.name}`}</span>
    </>
  )
}

/** The gravest word, and how many more there are: all of them stand on the secret's page. */
function States({ secret, explanation }: { secret: SecretSummary; explanation: Explanation | undefined }): ReactNode {
  if (secret.shadowedBy !== null) return null
  const problem = explanation?.problem
  if (problem?.reason === "colliding") {
    return (
      <span title={problem.detail}>
        <Tag tone="bad">Meets another in {explanation?.envName}</Tag>
      </span>
    )
  }
  if (secret.state === "deleted" && secret.purgeAfter !== null) {
    return <Tag tone="bad">Deleted until {dayWords(secret.purgeAfter, new Date(), "short")}</Tag>
  }
  const [first, ...others] = stateWords(secret)
  if (first === undefined) return null
  return (
    <span className="inline-flex items-center gap-1" title={[first, ...others].map(({ words }) => words).join(", ")}>
      <Tag tone={first.tone}>{first.words}</Tag>
      {others.length > 0 && <span className="text-tiny text-ink-3">+{others.length}</span>}
    </span>
  )
}
