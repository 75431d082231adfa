import type { ReactNode } from "react"
import type { Approval } from "@/lib/contract/dto"
import { approvalPage } from "../frame/addresses"
import { RelativeTime } from "../ui/relative-time"
import { Cell, Row, RowLink, Table } from "../ui/table"
import { Tag } from "../ui/tag"
import { approvalStateWords, titleOf } from "./approval-words"

export function ApprovalTable({ approvals }: { approvals: readonly Approval[] }): ReactNode {
  return (
    <Table
      label="Requests"
      columns={[{ header: "What" }, { header: "Who asks" }, { header: "Asked" }, { header: "State" }]}
    >
      {approvals.map((approval) => {
        const { id, scope, state, requestedBy, isMine, createdAt } = approval
        return (
          <Row key={id} id={id}>
            <Cell title>
              <RowLink href={approvalPage(scope, id)}>{titleOf(approval)}</RowLink>
            </Cell>
            <Cell>{isMine ? "You" : requestedBy.name}</Cell>
            <Cell>
              <RelativeTime at={createdAt} />
            </Cell>
            <Cell>
              <Tag tone={approvalStateWords[state].tone}>{approvalStateWords[state].words}</Tag>
            </Cell>
          </Row>
        )
      })}
    </Table>
  )
}
