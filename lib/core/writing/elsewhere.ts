/**
 * What a write to a remote store takes besides: it is ours to change, the value may go there, and nobody changed it there
 * since we looked. The store's own compare-and-set decides; where it has none, we look at its value first.
 */

import { findTokens, forgetOlder } from "../../db/remote-secrets.ts"
import type { ScopeRef } from "../../db/scopes.ts"
import type { TargetSecret } from "../../db/write-targets.ts"
import { AppError } from "../../errors.ts"
import { describeError, log } from "../../log.ts"
import { ProviderError, type StoreReceipt } from "../../providers/provider.ts"
import type { Secret } from "../../secret.ts"
import type { Context, House } from "../context.ts"
import { observe } from "../drift.ts"
import { resolveNotices } from "../notices/notices.ts"
import { capabilitiesOf } from "../providers/abilities.ts"
import type { StoreBinding } from "../stores.ts"
import { changedThere, external } from "./refusals.ts"
import { fromStore } from "./store-errors.ts"

/**
 * Throws, with what to do, unless the caller may write this to a secret where it is kept. Before any side effect. Answers
 * the epoch of where the value may go.
 */
export async function requireWritable(
  { house, caller }: Context,
  scope: ScopeRef,
  { id, name, providerId, ownership, field }: TargetSecret,
  value: Secret,
): Promise<StoreBinding["providerEpoch"]> {
  if (providerId === null) return undefined
  if (ownership === "external") throw external(name)
  const { organizationId } = scope
  const epoch = await house.stores.requireApproved({ organizationId, providerId }, scope, caller)
  await requireRoom(house, { organizationId, providerId }, name, value)
  if (field === null && (await findTokens(house.database, { organizationId, id })).length > 0) return epoch
  // Where its store tells no versions apart, a write can't be refused there: what others wrote has to be seen before.
  // And a new version of the whole that left this field as it was mustn't stand in its way.
  try {
    if ((await observe(house, { organizationId, id })) === "changed") throw changedThere(name)
  } catch (error) {
    throw error instanceof ProviderError ? fromStore(error, name) : error
  }
  return epoch
}

/** Throws `too_large` for a value that a store doesn't take. */
export async function requireRoom(house: House, binding: StoreBinding, name: string, value: Secret): Promise<void> {
  const most = (await capabilitiesOf(house, binding))?.limits.valueBytes
  if (most === undefined || value.size <= most) return
  throw new AppError("too_large", `The store of ${name} takes ${String(most)} bytes at the most.`)
}

/** The backend's token of the newest version that we know of there; null when we know of none. */
export async function newestKnown(house: House, organizationId: string, secretId: string): Promise<string | null> {
  const [newest] = await findTokens(house.database, { organizationId, id: secretId })
  return newest ?? null
}

/** Less than the lease of a write, and more than a provider gives itself. */
const mostMilliseconds = 20_000

/** A store that doesn't come back at all leaves the outcome unknown, before the reconciler takes the write over. */
export async function inTime(write: Promise<StoreReceipt>): Promise<StoreReceipt> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new ProviderError("outcome_unknown", "The store didn't say in time whether it took the value."))
    }, mostMilliseconds)
  })
  try {
    return await Promise.race([write, late])
  } finally {
    clearTimeout(timer)
  }
}

/** After a write there: it is as we left it again, and a store without versions holds the newest value alone. */
export async function noteWritten(
  house: House,
  { organizationId, secretId }: { organizationId: string; secretId: string },
  { number, providerId }: { number: number; providerId: string },
): Promise<void> {
  const { database } = house
  const known = await capabilitiesOf(house, { organizationId, providerId })
  if (known?.versions === "none") await forgetOlder(database, { organizationId, secretId }, number)
  await resolveNotices(database.prisma, { organizationId, subject: `secret:${secretId}` }, ["secret.drifted"])
}

/** Looks at once at what stood in a write's way. If that fails, the next look by the clock will do. */
export async function lookAfter(house: House, organizationId: string, id: string): Promise<void> {
  try {
    await observe(house, { organizationId, id })
  } catch (error) {
    log.warn("a secret couldn't be looked at where it is kept", { secret: id, error: describeError(error) })
  }
}
