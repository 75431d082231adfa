import type { ReactNode } from "react"
import type { Protection } from "@/lib/contract/words"
import { Card } from "../ui/card"
import { Tag } from "../ui/tag"

/** How many people it takes to let a machine read here. */
export function ProtectionCard({ protection }: { protection: Protection }): ReactNode {
  const isRecorded = protection === "recorded"
  return (
    <Card title="Protection" tag={<Tag>{isRecorded ? "Recorded" : "Two people"}</Tag>} padded>
      <div className="grid gap-2 text-ink-2">
        <p>
          {isRecorded
            ? "One person who may delegate lets a machine read, with a sign-in at most ten minutes old. The secrets say who it was, and the audit log holds it."
            : "A second person who may delegate confirms before a machine can read anything more."}
        </p>
        {isRecorded && <p className="text-ink-3">Asking a second person to confirm isn't possible yet.</p>}
      </div>
    </Card>
  )
}
