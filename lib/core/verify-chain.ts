import { findEvents, findHead } from "../db/audit-events.ts"
import { hashOf } from "./audit.ts"
import type { House } from "./context.ts"

/** A chain that is whole, and how many events it has; or the number of the first that doesn't fit, and why. */
export type ChainState = { events: number } | { brokenAt: number; because: "number" | "link" | "hash" | "head" }

const atOnce = 2_000

/** Walks an organization's audit chain from its first event to its last, some events at a time. */
export async function verifyChain(
  { database: { prisma }, installationKeys: { audit: key } }: Pick<House, "database" | "installationKeys">,
  organizationId: string,
): Promise<ChainState> {
  const head = await findHead(prisma, organizationId)
  // What is beyond the head doesn't belong there, and is found.
  const whole = {
    below: head.seq + 1_000_000n,
    scopeIds: null,
    filter: {},
    order: "oldest first",
    limit: atOnce,
  } as const
  let previous: Uint8Array = Buffer.alloc(32)
  let seq = 0n
  for (;;) {
    const events = await findEvents(prisma, organizationId, { ...whole, above: seq })
    for (const { seq: number, at, previous: linked, hash, ...row } of events) {
      seq += 1n
      if (number !== seq) return { brokenAt: Number(seq), because: "number" }
      if (Buffer.compare(linked, previous) !== 0) return { brokenAt: Number(seq), because: "link" }
      if (Buffer.compare(hash, hashOf(key, row, seq, at, previous)) !== 0)
        return { brokenAt: Number(seq), because: "hash" }
      previous = hash
    }
    if (events.length < atOnce) break
  }
  return seq === head.seq ? { events: Number(seq) } : { brokenAt: Number(seq) + 1, because: "head" }
}
