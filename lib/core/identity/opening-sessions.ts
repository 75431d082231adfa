import type { SignedIn } from "../../contract/dto.ts"
import { newToken } from "../../crypto/tokens.ts"
import type { Transaction } from "../../db/database.ts"
import { newId } from "../../db/ids.ts"
import { type Account, holdAccount, knowAddress } from "../../db/people.ts"
import { addSession } from "../../db/sessions.ts"
import type { Context } from "../context.ts"
import { networkOf } from "./guessing.ts"

/** A browser's name of itself, as far as a list of sessions shows it. */
const longestUserAgent = 300

/**
 * Opens a session for somebody who has proved who they are. Undefined when that stopped being true since it was looked
 * at: they were disabled, or their password was changed. `signedInAt`: when the proof was given, if that wasn't just now.
 */
export async function openSession(
  tx: Transaction,
  context: Pick<Context, "request" | "about">,
  account: Omit<Account, "isKnown">,
  { method, signedInAt }: { method: string; signedInAt: Date | null },
): Promise<SignedIn | undefined> {
  const { organizationId, id: personId, name, email } = account
  const now = await holdAccount(tx, account)
  if (now?.disabledAt !== null || now.passwordHash !== account.passwordHash) return undefined
  const id = newId()
  const { token, hash } = newToken("ses", id)
  const { address, userAgent } = context.request
  const shortUserAgent = userAgent?.slice(0, longestUserAgent) ?? null
  const expiresAt = await addSession(tx, account, { id, hash, method, address, userAgent: shortUserAgent, signedInAt })
  await knowAddress(tx, account, networkOf(address))
  context.about({ organizationId, actor: { id: personId, name }, target: { kind: "session", id, name: method } })
  return { session: token, expiresAt: expiresAt.toISOString(), person: { id: personId, name, email } }
}
