import type { ReactNode } from "react"
import type { PersonDetail } from "@/lib/contract/dto"
import { Card } from "../ui/card"
import { Tag } from "../ui/tag"
import { rightsOf } from "./role-words"

/** What somebody may do, scope by scope, whichever roles it comes from. */
export function EffectiveRights({
  rights,
  isDisabled,
}: {
  rights: PersonDetail["effective"]
  isDisabled: boolean
}): ReactNode {
  return (
    <Card title="Rights" tag={isDisabled && <Tag tone="warn">Not while disabled</Tag>}>
      <dl className="divide-y divide-line px-4 py-1">
        {rights.map(({ scope, permissions }) => (
          <div key={scope} className="grid gap-1 py-2">
            <dt>
              <code className="font-semibold">{scope}</code> <span className="text-ink-3">and everything beneath</span>
            </dt>
            <dd className="text-ink-2">{rightsOf(permissions).join(", ")}</dd>
          </div>
        ))}
      </dl>
      <p className="border-t border-line px-4 py-3 text-small text-ink-3">
        No role reads a value: that is for service accounts, and each read is recorded.
      </p>
    </Card>
  )
}
