import type { Transaction } from "../../db/database.ts"
import { revokePersonalTokens } from "../../db/personal-tokens.ts"
import { endSessions, type Owner } from "../../db/sessions.ts"

/** How many ended, as the event of it keeps it. */
export interface EndedEverywhere {
  sessionsEnded: number
  personalTokensRevoked: number
}

/** Ends whatever acts as this person: their sessions, but for the one that asks, and their personal tokens. */
export async function endEverywhere(tx: Transaction, person: Owner, except?: string): Promise<EndedEverywhere> {
  return {
    sessionsEnded: await endSessions(tx, person, except),
    personalTokensRevoked: await revokePersonalTokens(tx, person),
  }
}
