import type { ReactNode } from "react"
import type { PersonSummary } from "@/lib/contract/dto"
import { personPage } from "../frame/addresses"
import { RelativeTime } from "../ui/relative-time"
import { Cell, Row, RowLink, Table } from "../ui/table"
import { Tag } from "../ui/tag"

/** Who has a role, which, and when they were last here. */
export function PeopleTable({
  scope,
  me,
  people,
}: {
  scope: string
  me: string
  people: readonly PersonSummary[]
}): ReactNode {
  return (
    <Table
      label="People"
      columns={[
        { header: "Name" },
        { header: "E-mail" },
        { header: "Roles" },
        { header: "Last seen" },
        { header: "State" },
      ]}
    >
      {people.map((person) => (
        <Row key={person.id} id={person.id} muted={person.disabled}>
          <Cell title>
            <span className="inline-flex items-center gap-2">
              <RowLink href={personPage(scope, person.id)}>{person.name}</RowLink>
              {person.id === me && <Tag tone="accent">You</Tag>}
            </span>
          </Cell>
          <Cell>
            <span className="text-ink-2">{person.email}</span>
          </Cell>
          <Cell wrap>
            <Roles roles={person.roles} />
          </Cell>
          <Cell label="Last seen">
            {person.lastSeenAt === null ? (
              <span className="text-ink-3">never</span>
            ) : (
              <RelativeTime at={person.lastSeenAt} />
            )}
          </Cell>
          <Cell>{person.disabled ? <Tag tone="warn">Disabled</Tag> : <Tag tone="ok">Active</Tag>}</Cell>
        </Row>
      ))}
    </Table>
  )
}

/** "lead in acme.payments, viewer in acme.data" */
function Roles({ roles }: { roles: PersonSummary["roles"] }): ReactNode {
  if (roles.length === 0) return <span className="text-ink-3">none</span>
  return roles.map(({ role, scope }, index) => (
    <span key={`${role} ${scope}`}>
      {index > 0 && ", "}
      {role} <span className="text-ink-3">in</span> <code className="text-ink-2">{scope}</code>
    </span>
  ))
}
