import type { ReactNode } from "react"
import type { ServiceAccountSummary } from "@/lib/contract/dto"
import { serviceAccountPage } from "../frame/addresses"
import { RelativeTime } from "../ui/relative-time"
import { Cell, Row, RowLink, Table } from "../ui/table"
import { Tag } from "../ui/tag"
import { accountState } from "./account-words"

export function AccountTable({
  scope,
  accounts,
}: {
  scope: string
  accounts: readonly ServiceAccountSummary[]
}): ReactNode {
  return (
    <Table
      label="Service accounts"
      columns={[
        { header: "Name" },
        { header: "Description" },
        { header: "Grants", align: "end" },
        { header: "Tokens", align: "end" },
        { header: "Last used" },
        { header: "State" },
      ]}
    >
      {accounts.map((account) => {
        const state = accountState(account)
        return (
          <Row key={account.id} id={account.id} muted={account.disabled}>
            <Cell title>
              <RowLink mono href={serviceAccountPage(scope, account.name)}>
                {account.name}
              </RowLink>
            </Cell>
            <Cell wrap>
              <span className="text-ink-2">{account.description}</span>
            </Cell>
            <Cell align="end" label="grants">
              {account.grantCount}
            </Cell>
            <Cell align="end" label="tokens">
              {account.activeTokens}
            </Cell>
            <Cell label="last used">
              {account.lastUsedAt === null ? (
                <span className="text-ink-3">never</span>
              ) : (
                <RelativeTime at={account.lastUsedAt} />
              )}
            </Cell>
            <Cell>
              <Tag tone={state.tone}>{state.words}</Tag>
            </Cell>
          </Row>
        )
      })}
    </Table>
  )
}
