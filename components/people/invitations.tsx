"use client"

import type { ReactNode } from "react"
import type { Invitation } from "@/lib/contract/dto"
import { ConfirmedAct } from "../acts/confirmed-act"
import type { FormAnswer } from "../ui/action-form"
import { Button } from "../ui/button"
import { RelativeTime } from "../ui/relative-time"
import { Cell, Row, Table } from "../ui/table"
import { Tag, type Tone } from "../ui/tag"

const tones: Readonly<Record<Invitation["state"], Tone>> = {
  open: "accent",
  accepted: "ok",
  expired: "neutral",
  revoked: "neutral",
}
const words: Readonly<Record<Invitation["state"], string>> = {
  open: "Open",
  accepted: "Accepted",
  expired: "Expired",
  revoked: "Taken back",
}

/** Links that were made, newest first: the open ones can be taken back. */
export function Invitations({
  invitations,
  revoke,
}: {
  invitations: readonly Invitation[]
  revoke: (form: FormData) => Promise<FormAnswer>
}): ReactNode {
  if (invitations.length === 0) return null
  return (
    <section aria-label="Invitations" className="grid gap-3 pt-4">
      <h2>Invitations</h2>
      <Table
        label="Invitations"
        columns={[
          { header: "For" },
          { header: "Role" },
          { header: "Invited by" },
          { header: "Ends" },
          { header: "State" },
        ]}
      >
        {invitations.map((invitation) => (
          <Row key={invitation.id} id={invitation.id} muted={invitation.state !== "open"}>
            <Cell title>{invitation.email ?? "whoever has the link"}</Cell>
            <Cell>
              {invitation.role} <span className="text-ink-3">in</span>{" "}
              <code className="text-ink-2">{invitation.scope}</code>
            </Cell>
            <Cell label="invited by">
              {invitation.invitedBy.name}, <RelativeTime at={invitation.createdAt} />
            </Cell>
            <Cell label="ends">
              <RelativeTime at={invitation.expiresAt} />
            </Cell>
            <Cell>
              <span className="flex items-center justify-between gap-3">
                <Tag tone={tones[invitation.state]}>{words[invitation.state]}</Tag>
                {invitation.state === "open" && <TakeBack invitation={invitation} revoke={revoke} />}
              </span>
            </Cell>
          </Row>
        ))}
      </Table>
    </section>
  )
}

function TakeBack({
  invitation: { id, scope, email, role },
  revoke,
}: {
  invitation: Invitation
  revoke: (form: FormData) => Promise<FormAnswer>
}): ReactNode {
  return (
    <ConfirmedAct
      action={revoke}
      fields={{ scope, invitation: id }}
      act={{
        title: "The link stops working at once",
        confirm: "Take it back",
        danger: true,
        done: "The invitation was taken back.",
      }}
      trigger={
        <Button small look="quiet" aria-label={`Take back the invitation for ${email ?? `${role} in ${scope}`}`}>
          Take back
        </Button>
      }
    >
      <p>{email ?? "Whoever has it"} can't join by it any more. You can make another link at any time.</p>
    </ConfirmedAct>
  )
}
