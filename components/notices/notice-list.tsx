import type { ReactNode } from "react"
import type { Notice } from "@/lib/contract/dto"
import { noticeWords } from "../providers/words"
import { Link } from "../ui/link"
import { RelativeTime } from "../ui/relative-time"
import { Tag } from "../ui/tag"
import { Timeline, TimelineItem } from "../ui/timeline"
import { ownAddress } from "./own-address"

/** What people should know of, open ones first; each leads to the page that it is about. */
export function NoticeList({ notices }: { notices: readonly Notice[] }): ReactNode {
  return (
    <div className="rounded-card border border-line bg-raised">
      <Timeline label="Notices">
        {notices.map(({ id, event, text, link, scope, createdAt, resolvedAt }) => (
          <TimelineItem
            key={id}
            note={
              <span className="flex flex-wrap gap-x-3">
                <span>{noticeWords[event]}</span>
                <code>{scope}</code>
                <RelativeTime at={createdAt} />
                {resolvedAt !== null && (
                  <span>
                    over <RelativeTime at={resolvedAt} />
                  </span>
                )}
              </span>
            }
            state={<Tag tone={resolvedAt === null ? "warn" : "neutral"}>{resolvedAt === null ? "Open" : "Over"}</Tag>}
          >
            <Link href={ownAddress(link)} className="rounded-small font-semibold hover:underline">
              {text}
            </Link>
          </TimelineItem>
        ))}
      </Timeline>
    </div>
  )
}
