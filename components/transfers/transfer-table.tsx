import type { ReactNode } from "react"
import type { Transfer } from "@/lib/contract/dto"
import { transferPage } from "../frame/addresses"
import { RelativeTime } from "../ui/relative-time"
import { Cell, Row, RowLink, Table } from "../ui/table"
import { Tag } from "../ui/tag"
import { progressWords, transferStateWords } from "./transfer-words"

export function TransferTable({ transfers }: { transfers: readonly Transfer[] }): ReactNode {
  return (
    <Table label="Moves" columns={[{ header: "To" }, { header: "Secrets" }, { header: "Begun" }, { header: "State" }]}>
      {transfers.map((transfer) => {
        const { id, scope, to, state, createdAt, by } = transfer
        return (
          <Row key={id} id={id}>
            <Cell title>
              <RowLink mono href={transferPage(scope, id)}>
                {to.name}
              </RowLink>
            </Cell>
            <Cell>{progressWords(transfer)}</Cell>
            <Cell>
              <RelativeTime at={createdAt} /> <span className="text-ink-3">by {by.name}</span>
            </Cell>
            <Cell>
              <Tag tone={transferStateWords[state].tone}>{transferStateWords[state].words}</Tag>
            </Cell>
          </Row>
        )
      })}
    </Table>
  )
}
