/** Destroys deleted secrets whose time is over, as their page said when they were deleted. */
import { operations } from "../contract/operations.ts"
import { appendEvent } from "../db/audit-log.ts"
import { lockPurgeable, markDestroyed, type PurgeableSecret } from "../db/destructions.ts"
import { newId } from "../db/ids.ts"
import { bumpGeneration } from "../db/scopes.ts"
import { log } from "../log.ts"
import { type AuditEntry, makeLateEntry, strongroom } from "./audit.ts"
import type { House } from "./context.ts"
import { type RemovalOf, removeFromStore } from "./writing/destroy.ts"

/** Destroys what is due and answers how many secrets that were. No two processes take the same one. */
export async function purgeDeleted(house: House): Promise<number> {
  let purged = 0
  for (;;) {
    const next = await purgeOne(house)
    if (next === undefined) return purged
    purged += 1
    await removeFromStore(house, next.secret, next.removal)
  }
}

async function purgeOne(house: House): Promise<{ secret: PurgeableSecret; removal: RemovalOf } | undefined> {
  const requestId = newId()
  return house.database.prisma.$transaction(async (tx) => {
    const secret = await lockPurgeable(tx)
    if (secret === undefined) return undefined
    const { organizationId, id: secretId } = secret
    const removal = { organizationId, operationId: newId(), secretId, version: "all" } as const
    if (!(await markDestroyed(tx, { ...removal, by: { kind: "system", id: null }, requestId }))) return undefined
    await bumpGeneration(tx, { organizationId, id: secret.scopeId })
    await appendEvent(tx, eventOf(secret, requestId), house.writes.link)
    log.info("destroyed a deleted secret whose time was over", { secret: secretId })
    return { secret, removal }
  })
}

function eventOf(secret: PurgeableSecret, requestId: string): AuditEntry {
  const { organizationId, scopeId, scope, vault, id, name } = secret
  const header = { ...operations.destroySecret.audit, outcome: "done", reason: null } as const
  return makeLateEntry(
    header,
    { ...strongroom(organizationId), requestId },
    { scope: { id: scopeId, path: scope }, vault, secret: { id, name } },
  )
}
