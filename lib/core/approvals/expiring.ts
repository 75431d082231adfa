import { expireSome } from "../../db/approvals.ts"
import { appendEvent } from "../../db/audit-log.ts"
import { makeLateEntry, strongroom } from "../audit.ts"
import type { House } from "../context.ts"

/** Ends the requests that nobody decided in time, each with its event. Answers how many. */
export async function expireApprovals(house: House): Promise<number> {
  return house.database.prisma.$transaction(async (tx) => {
    const expired = await expireSome(tx, 100)
    for (const { organizationId, id, operation, scopeId, scope, requestedBy } of expired) {
      const header = { action: "approval.expire", class: "change", outcome: "done", reason: null } as const
      const entry = makeLateEntry(header, strongroom(organizationId), {
        scope: { id: scopeId, path: scope },
        target: { kind: "approval", id, name: operation },
        details: { approval: id, requestedBy: requestedBy.name },
      })
      await appendEvent(tx, entry, house.writes.link)
    }
    return expired.length
  })
}
