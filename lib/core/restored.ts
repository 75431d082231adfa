/**
 * After a restore the database is as it was on another day, and what was handed out by that day must not work again: it
 * may have been ended since. So every session ends, every token is revoked, every open invitation is taken back, and
 * each chain gets an event that says so and names the last event that the backup had: where the chain went on without
 * the backup, this is where the two part.
 */

import type { Keyring } from "../crypto/keyring.ts"
import { appendEvents } from "../db/audit-log.ts"
import type { Transacting } from "../db/in-transaction.ts"
import { type EndedThings, endAllHandedOut, type RestoredChain, readInstallationKeys } from "../db/restored.ts"
import { type AuditEntry, linkWith, makeLateEntry, strongroom, systemChain } from "./audit.ts"
import { openInstallationKeys } from "./installation-keys.ts"

export interface AfterRestore {
  /** When the backup was taken; null where that isn't known. */
  takenAt: string | null
  /** The installation that the backup says it is of. */
  instanceId: string | null
}

export interface Restored extends EndedThings {
  organizations: number
}

/** Ends everything that was handed out, and leaves an event on each chain. In the caller's transaction. */
export async function endWhatWasHandedOut(
  client: Transacting,
  keyring: Keyring,
  { takenAt, instanceId: expected }: AfterRestore,
): Promise<Restored> {
  const { instanceId, keys } = await readInstallationKeys(client)
  if (expected !== null && expected !== instanceId)
    throw new Error("This backup is of another installation than it says.")
  const { audit } = openInstallationKeys(keyring, instanceId, keys)
  const chains = await endAllHandedOut(client)
  await appendEvents(
    client,
    chains.map((chain) => eventOf(chain, takenAt)),
    linkWith(audit),
  )
  const organizations = chains.filter(({ organizationId }) => organizationId !== systemChain)
  const sum = (what: keyof EndedThings): number => organizations.reduce((all, each) => all + each[what], 0)
  return {
    organizations: organizations.length,
    sessions: sum("sessions"),
    personalTokens: sum("personalTokens"),
    accessTokens: sum("accessTokens"),
    invitations: sum("invitations"),
  }
}

function eventOf({ organizationId, seq, ...ended }: RestoredChain, takenAt: string | null): AuditEntry {
  const header = { action: "installation.restore", class: "change", outcome: "done", reason: null } as const
  return makeLateEntry(header, strongroom(organizationId, "The operator"), {
    details: { ...ended, lastSeq: Number(seq), ...(takenAt !== null && { takenAt }) },
  })
}
