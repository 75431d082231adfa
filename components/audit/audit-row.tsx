"use client"

import { ChevronRight } from "lucide-react"
import { memo, type ReactNode, useState } from "react"
import type { AuditEvent } from "@/lib/contract/dto"
import type { Outcome } from "@/lib/contract/words"
import { Link } from "../ui/link"
import { RelativeTime } from "../ui/relative-time"
import { Tag, type Tone } from "../ui/tag"
import { outcomeWords, sentenceOf } from "./sentence"

const tones: Readonly<Record<Outcome, Tone>> = {
  done: "ok",
  unchanged: "neutral",
  pending_approval: "accent",
  denied: "bad",
  invalid: "warn",
  conflict: "warn",
  failed: "bad",
}

/** One event: a sentence, and on demand all that was recorded. */
export const AuditRow = memo(function AuditRow({ event }: { event: AuditEvent }): ReactNode {
  const [isOpen, setIsOpen] = useState(false)
  return (
    <li data-row={event.seq}>
      <details className="group" onToggle={(toggle) => setIsOpen(toggle.currentTarget.open)}>
        <summary className="flex min-h-row list-none items-center gap-3 px-3 py-1 -outline-offset-2 hover:bg-hover max-sm:flex-wrap max-sm:gap-x-2 [&::-webkit-details-marker]:hidden">
          <ChevronRight
            aria-hidden
            className="size-3.5 shrink-0 text-ink-3 transition-transform duration-100 group-open:rotate-90"
          />
          <span className="min-w-0 flex-1 break-words">
            <SentenceWords event={event} />
          </span>
          {event.outcome !== "done" && <Tag tone={tones[event.outcome]}>{outcomeWords[event.outcome]}</Tag>}
          <span className="shrink-0 text-right text-small text-ink-3 sm:min-w-24">
            <RelativeTime at={event.at} />
          </span>
        </summary>
        {isOpen && <RawFields event={event} />}
      </details>
    </li>
  )
})

function SentenceWords({ event }: { event: AuditEvent }): ReactNode {
  return sentenceOf(event).map((part, index) =>
    typeof part === "string" ? (
      part
    ) : (
      <span
        key={`${index} ${part.name}`}
        className={part.mono ? "font-mono text-small font-semibold" : "font-semibold"}
      >
        {part.name}
      </span>
    ),
  )
}

/** All that the event holds, as it is stored; links to what it is about. */
function RawFields({ event }: { event: AuditEvent }): ReactNode {
  const links = sentenceOf(event).flatMap((part) => (typeof part !== "string" && part.href !== undefined ? [part] : []))
  return (
    <div className="grid gap-3 border-t border-line bg-side px-4 py-3 sm:pl-9">
      {links.length > 0 && (
        <p className="flex flex-wrap gap-x-4 gap-y-1">
          {links.map(({ name, href = "" }) => (
            <Link key={href} href={href} className="rounded-small text-accent-text hover:underline">
              Open {name}
            </Link>
          ))}
        </p>
      )}
      <dl className="grid gap-x-4 gap-y-1 text-small sm:grid-cols-[var(--label)_minmax(0,1fr)]">
        {fieldsOf(event).map(([name, text]) => (
          <div key={name} className="grid sm:col-span-2 sm:grid-cols-subgrid">
            <dt className="text-ink-3">{name}</dt>
            <dd className="font-mono break-all text-ink-2">{text}</dd>
          </div>
        ))}
      </dl>
    </div>
  )
}

function fieldsOf(event: AuditEvent): [string, string][] {
  const { actor, credential, secret, target, details } = event
  const fields: [string, string | number | null | undefined][] = [
    ["event", event.seq],
    ["at", event.at],
    ["action", event.action],
    ["class", event.class],
    ["outcome", event.outcome],
    ["reason", event.reason],
    ["actor", `${actor.kind} ${actor.name}${actor.id === null ? "" : ` ${actor.id}`}`],
    ["credential", credential && `${credential.kind} ${credential.id}`],
    ["address", event.address],
    ["scope", event.scope],
    ["vault", event.vault],
    ["secret", secret && `${secret.name} ${secret.id}`],
    ["version", event.version],
    ["target", target && `${target.kind} ${target.name} ${target.id}`],
    ...Object.entries(details).map(([name, detail]): [string, string | null] => [
      `details ${name}`,
      detail === null ? null : String(detail),
    ]),
    ["request", event.requestId],
    ["previous", event.previous],
    ["hash", event.hash],
  ]
  return fields.flatMap(([name, text]) => (text == null ? [] : [[name, String(text)]]))
}
