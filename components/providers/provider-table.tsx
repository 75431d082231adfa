import type { ReactNode } from "react"
import type { ProviderSummary } from "@/lib/contract/dto"
import { keptPage, providerPage } from "../frame/addresses"
import { Link } from "../ui/link"
import { Notice } from "../ui/notice"
import { RelativeTime } from "../ui/relative-time"
import { Cell, Row, RowLink, Table } from "../ui/table"
import { Tag } from "../ui/tag"
import { LinkedWords } from "./linked-words"
import { StatusWord } from "./status-tag"
import { isServing, kindWords, marksOf } from "./words"

/** Where a scope's secrets can be kept: how each place is doing, what it is, and what of the scope lies there. */
export function ProviderTable({
  scope,
  providers,
}: {
  scope: string
  providers: readonly ProviderSummary[]
}): ReactNode {
  return (
    <>
      <Table
        label="Providers"
        columns={[
          { header: "Name" },
          { header: "Status" },
          { header: "Keeps values at" },
          { header: "Registered at" },
          { header: "Secrets", align: "end" },
        ]}
      >
        {providers.map((provider) => (
          <ProviderRow key={provider.id ?? provider.name} provider={provider} scope={scope} />
        ))}
      </Table>
      <Warnings providers={providers} />
    </>
  )
}

function ProviderRow({ provider, scope }: { provider: ProviderSummary; scope: string }): ReactNode {
  const { name, kind, target, status, statusSince, secretCount } = provider
  return (
    <Row id={name}>
      <Cell title>
        <span className="flex flex-wrap items-center gap-2">
          <RowLink mono href={providerPage(scope, name)}>
            {name}
          </RowLink>
          {marksOf(provider).map(({ words, tone }) => (
            <Tag key={words} tone={tone}>
              {words}
            </Tag>
          ))}
        </span>
      </Cell>
      <Cell>
        <StatusWord status={status} />
        {!isServing(status) && (
          <span className="text-ink-3">
            {" "}
            since <RelativeTime at={statusSince} />
          </span>
        )}
      </Cell>
      <Cell wrap className="max-sm:w-full">
        {kind === "local_encrypted" ? (
          <span className="text-ink-2">{target}</span>
        ) : (
          <code className="break-all text-ink-2">{target}</code>
        )}
        <span className="block text-small text-ink-3">{kindWords[kind]}</span>
      </Cell>
      <Cell label="registered at">
        {provider.scope === null ? (
          <span className="text-ink-3">all scopes</span>
        ) : provider.scope === scope ? (
          <span className="text-ink-3">this scope</span>
        ) : (
          <code>{provider.scope}</code>
        )}
      </Cell>
      <Cell align="end" label="secrets">
        <Link href={keptPage(scope, name)} className="rounded-small hover:underline">
          {secretCount.toLocaleString("en")}
        </Link>
      </Cell>
    </Row>
  )
}

/** What is to know of each, in one place. */
function Warnings({ providers }: { providers: readonly ProviderSummary[] }): ReactNode {
  const warned = providers.filter(({ warnings }) => warnings.length > 0)
  if (warned.length === 0) return null
  return (
    <Notice tone="warn">
      <ul aria-label="Warnings" className="grid gap-1">
        {warned.flatMap(({ name, warnings }) =>
          warnings.map((warning) => (
            <li key={`${name} ${warning}`}>
              <code className="font-semibold">{name}</code>: <LinkedWords text={warning} />
            </li>
          )),
        )}
      </ul>
    </Notice>
  )
}
