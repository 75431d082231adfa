import { hashOf } from "../core/audit.ts"
import type { House } from "../core/context.ts"
import { findEvents, findHead } from "../db/audit-events.ts"

/** Walks an organization's audit chain from its first event: how many it has, or which one doesn't fit and why. */
export async function verifyChain(
  { database, installationKeys: { audit: key } }: Pick<House, "database" | "installationKeys">,
  organizationId: string,
): Promise<{ events: number } | { brokenAt: number; because: "number" | "link" | "hash" | "head" }> {
  const head = await findHead(database.prisma, organizationId)
  const whole = { above: 0n, below: head.seq + 1_000_000n, scopeIds: null, filter: {} }
  const query = { ...whole, order: "oldest first" as const, limit: 1_000_000 }
  let previous: Uint8Array = Buffer.alloc(32)
  let seq = 0n
  for (const event of await findEvents(database.prisma, organizationId, query)) {
    seq += 1n
    const { seq: number, at, previous: linked, hash, ...row } = event
    if (number !== seq) return { brokenAt: Number(seq), because: "number" }
    if (Buffer.compare(linked, previous) !== 0) return { brokenAt: Number(seq), because: "link" }
    const expected = hashOf(key, row, seq, at, previous)
    if (Buffer.compare(hash, expected) !== 0) return { brokenAt: Number(seq), because: "hash" }
    previous = hash
  }
  return seq === head.seq ? { events: Number(seq) } : { brokenAt: Number(seq) + 1, because: "head" }
}
