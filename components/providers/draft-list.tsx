import type { ReactNode } from "react"
import type { ProviderDraft } from "@/lib/contract/dto"
import { registerPage } from "../frame/addresses"
import { dayWords } from "../secrets/phrases"
import { ButtonLink } from "../ui/button"
import { Card, CardLine, CardList } from "../ui/card"
import { RelativeTime } from "../ui/relative-time"
import { Tag } from "../ui/tag"
import { checkSummary } from "./words"

/** Checks of the last seven days whose provider wasn't saved: whoever mended what was named goes on from there. */
export function DraftList({ scope, drafts }: { scope: string; drafts: readonly ProviderDraft[] }): ReactNode {
  if (drafts.length === 0) return null
  return (
    <Card title="Drafts">
      <CardList label="Drafts">
        {drafts.map((draft) => (
          <CardLine
            key={draft.id}
            aside={
              <span className="flex flex-wrap items-center gap-3">
                <span>until {dayWords(draft.until)}</span>
                <ButtonLink small href={registerPage(scope, draft.id)}>
                  Go on
                  <span className="sr-only"> with {draft.name}</span>
                </ButtonLink>
              </span>
            }
          >
            <span className="flex flex-wrap items-center gap-2">
              <code className="font-semibold">{draft.name}</code>
              <Outcome draft={draft} />
              <span className="text-ink-3">
                checked <RelativeTime at={draft.createdAt} /> by {draft.by.name}
              </span>
            </span>
          </CardLine>
        ))}
      </CardList>
    </Card>
  )
}

function Outcome({ draft: { lines, report } }: { draft: ProviderDraft }): ReactNode {
  if (report === null) return <Tag tone="accent">Checking</Tag>
  const { words, tone } = checkSummary(report.lines.length > 0 ? report.lines : lines)
  return <Tag tone={tone}>{words}</Tag>
}
