"use client"

import type { ReactNode } from "react"
import type { Session } from "@/lib/contract/dto"
import { ConfirmedAct } from "../acts/confirmed-act"
import type { FormAnswer } from "../ui/action-form"
import { Button } from "../ui/button"
import { Card } from "../ui/card"
import { RelativeTime } from "../ui/relative-time"
import { Tag } from "../ui/tag"
import { browserWords, wayWords } from "./sign-in-words"

type Action = (form: FormData) => Promise<FormAnswer>

/** Where somebody is signed in. An ended session is dead on its next request. */
export function SessionList({
  person,
  isMe,
  sessions,
  end,
  endAll,
}: {
  person: { id: string; name: string }
  isMe: boolean
  /** Or why they can't be shown. */
  sessions: readonly Session[] | string
  end: Action
  endAll: Action
}): ReactNode {
  if (typeof sessions === "string") {
    return (
      <Card title="Sessions" padded>
        <p className="text-ink-3">{sessions}</p>
      </Card>
    )
  }
  return (
    <Card
      title="Sessions"
      action={sessions.length > 0 && <EndAll person={person} isMe={isMe} count={sessions.length} endAll={endAll} />}
    >
      {sessions.length === 0 && <p className="px-4 py-3 text-ink-3">Signed in nowhere.</p>}
      <ul aria-label="Sessions" className="divide-y divide-line px-4 py-1">
        {sessions.map((session) => (
          <li key={session.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 py-2">
            <div className="grid min-w-0 gap-0.5">
              <p className="flex flex-wrap items-center gap-2">
                <span className="font-medium">{browserWords(session.userAgent)}</span>
                {session.isThis && <Tag tone="accent">This one</Tag>}
              </p>
              <p className="text-ink-3">
                {session.address ?? "unknown address"}, by {wayWords(session.method)}, signed in{" "}
                <RelativeTime at={session.createdAt} />, last seen <RelativeTime at={session.lastSeenAt} />
              </p>
            </div>
            <span className="ml-auto">{!session.isThis && <EndOne person={person} session={session} end={end} />}</span>
          </li>
        ))}
      </ul>
    </Card>
  )
}

function EndOne({
  person,
  session,
  end,
}: {
  person: { id: string; name: string }
  session: Session
  end: Action
}): ReactNode {
  const where = `${browserWords(session.userAgent)}${session.address === null ? "" : `, ${session.address}`}`
  return (
    <ConfirmedAct
      action={end}
      fields={{ person: person.id, session: session.id }}
      act={{
        title: "This session is dead on its next request",
        confirm: "End the session",
        danger: true,
        done: "The session has ended.",
      }}
      trigger={
        <Button small look="quiet" aria-label={`End the session: ${where}`}>
          End
        </Button>
      }
    >
      <p>{where}. What was typed there and not saved is lost.</p>
    </ConfirmedAct>
  )
}

function EndAll({
  person,
  isMe,
  count,
  endAll,
}: {
  person: { id: string; name: string }
  isMe: boolean
  count: number
  endAll: Action
}): ReactNode {
  return (
    <ConfirmedAct
      action={endAll}
      fields={{ person: person.id }}
      act={{
        title: isMe ? "You are signed out everywhere, here too" : `${person.name} is signed out everywhere`,
        confirm: "Sign out everywhere",
        danger: true,
        done: isMe ? "You are signed out everywhere." : `${person.name} is signed out everywhere.`,
        ...(isMe && { leadsTo: "/sign-in" }),
      }}
      trigger={<Button small>Sign out everywhere</Button>}
    >
      <p>
        {count === 1 ? "One session ends" : `${count} sessions end`} at once, and personal tokens are revoked. Signing
        in again stays possible.
      </p>
    </ConfirmedAct>
  )
}
