import type { ReactNode } from "react"
import type { KnownSecret } from "@/lib/contract/dto"
import { secretPage } from "../frame/addresses"
import { rotateHref } from "../secrets/rotate-address"
import { ButtonLink } from "../ui/button"
import { Card, CardLine, CardList } from "../ui/card"
import { Link } from "../ui/link"
import { RelativeTime } from "../ui/relative-time"

/** What somebody typed and so knows, and a queue that replaces it: for the day they leave. */
export function KnownSecrets({
  person,
  here,
  known,
  hasMore,
}: {
  person: { name: string; isMe: boolean }
  here: string
  known: readonly KnownSecret[]
  hasMore: boolean
}): ReactNode {
  const who = person.isMe ? "You" : person.name
  return (
    <Card
      title="Knows"
      tag={
        <span className="text-ink-3">{known.length === 0 ? "nothing" : `${known.length}${hasMore ? "+" : ""}`}</span>
      }
      action={
        known.length > 0 && (
          <ButtonLink small href={rotateHref(here, known)}>
            Rotate {known.length === 1 ? "it" : `these ${known.length}`}
          </ButtonLink>
        )
      }
    >
      <p className="px-4 pt-3 text-ink-3">
        {known.length === 0
          ? `${who} typed no value that is current. What was generated is known by nobody.`
          : `${who} typed ${known.length === 1 ? "its" : "their"} current value. What was generated is known by nobody.`}
      </p>
      <CardList label="Secrets whose value they typed">
        {known.map(({ id, scope, vault, name, since }) => (
          <CardLine
            key={id}
            aside={
              <span className="text-ink-3">
                <RelativeTime at={since} />
              </span>
            }
          >
            <Link href={secretPage(scope, vault, name)} className="rounded-small font-mono break-all hover:underline">
              {name}
            </Link>{" "}
            <span className="break-all text-ink-3">
              {scope}/{vault}
            </span>
          </CardLine>
        ))}
      </CardList>
      {hasMore && <p className="px-4 pb-3 text-ink-3">There are more: rotate these, and look again.</p>}
    </Card>
  )
}
