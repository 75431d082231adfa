import type { ReactNode } from "react"
import type { ProviderSummary } from "@/lib/contract/dto"
import type { ProviderKind } from "@/lib/contract/words"
import { scopePage } from "../frame/addresses"
import { counted } from "../secrets/phrases"
import { Card } from "../ui/card"
import { Fact, Facts } from "../ui/facts"
import { Link } from "../ui/link"
import { Notice } from "../ui/notice"
import { Tag } from "../ui/tag"

const kindWords: Readonly<Record<ProviderKind, string>> = {
  local_encrypted: "the built-in encrypted store",
  vault_dev: "HashiCorp Vault in dev mode",
  vault: "HashiCorp Vault",
  vault_hcp: "HCP Vault",
  aws_sm: "AWS Secrets Manager",
  azure_kv: "Azure Key Vault",
  infisical_cloud: "Infisical Cloud",
  infisical_self_host: "Infisical, self-hosted",
}

/** One place where values are kept: how it is, what lies there, and what the operator should know. */
export function ProviderCard({ provider, scope }: { provider: ProviderSummary; scope: string }): ReactNode {
  const { name, kind, status, isDefault, secretCount, warnings } = provider
  return (
    <Card
      title={name}
      tag={
        <>
          {status === "up" ? <Tag tone="ok">Up</Tag> : <Tag tone="bad">Down</Tag>}
          {isDefault && <Tag>Default</Tag>}
        </>
      }
    >
      {warnings.map((warning) => (
        <div key={warning} className="border-b border-line p-3">
          <Notice tone="warn">{warning}</Notice>
        </div>
      ))}
      <Facts>
        <Fact name="Kind">{kindWords[kind]}</Fact>
        {provider.scope !== null && (
          <Fact name="Registered at">
            <code>{provider.scope}</code>
          </Fact>
        )}
        {kind === "local_encrypted" && (
          <Fact name="Kept at">
            Strongroom's own database. Each version is sealed under a key of its own, which the operator's key wraps.
          </Fact>
        )}
        <Fact name="Holds">
          <Link href={scopePage(scope)} className="rounded-small text-accent-text underline">
            {counted(secretCount, "secret")}
          </Link>{" "}
          of <code>{scope}</code>
        </Fact>
      </Facts>
    </Card>
  )
}
