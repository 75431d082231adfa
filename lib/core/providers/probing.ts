/**
 * Looking after registered providers: each is checked at its time by one process, what has changed is written down, and
 * people are told of what they should know.
 */
import type { ProviderSettings } from "../../contract/dto.ts"
import { builtInName, type NoticeEvent, type ProviderStatus } from "../../contract/words.ts"
import type { Transaction } from "../../db/database.ts"
import { recordCheck, takeDue } from "../../db/provider-checks.ts"
import type { StoredProvider } from "../../db/providers.ts"
import { AppError } from "../../errors.ts"
import { describeError, log } from "../../log.ts"
import { ProviderError } from "../../providers/provider.ts"
import { canonicalJson } from "../audit.ts"
import { authorize } from "../authorize.ts"
import type { House, UseCase, UseCases } from "../context.ts"
import { guess } from "../identity/guessing.ts"
import { raiseProviderNotice, resolveNotices } from "../notices/notices.ts"
import { detailNow, findVisible } from "./looking.ts"
import { againstRegistered, notTried, reportOf, type Tried, troubleIn, tryOut } from "./trying.ts"

const recheckProvider: UseCase<"recheckProvider"> = async (context, input) => {
  const permit = await authorize(context, "secret.write", input.scope)
  const { house } = context
  if (input.provider === builtInName) throw nothingToCheck()
  const provider = await findVisible(context, permit.scope, input.provider)
  await guess(house, "provider checks of person", permit.caller.id)
  const tried = await probe(house, provider)
  context.about({ details: { status: tried.result.status } })
  await context.commit((tx) => record(house, tx, provider, tried))
  return detailNow(context, permit, input.provider)
}

export const recheckingProviders: UseCases<"recheckProvider"> = { recheckProvider }

/** How many providers one process checks at once, so that a slow one doesn't hold the others up. */
const atOnce = 4

/** How long a process that checks keeps others from it. */
const leaseSeconds = 60

/** Checks all providers that are due, and answers how many that were. No two processes take the same one. */
export async function probeDue(house: House): Promise<number> {
  const counts = await Promise.all(Array.from({ length: atOnce }, () => probeInTurn(house)))
  return counts.reduce((sum, count) => sum + count, 0)
}

async function probeInTurn(house: House): Promise<number> {
  for (let probed = 0; ; probed++) {
    const provider = await takeDue(house.database.prisma, leaseSeconds)
    if (provider === undefined) return probed
    try {
      await probeAndRecord(house, provider)
    } catch (error) {
      log.error("what a provider's check found couldn't be kept", {
        provider: provider.id,
        error: describeError(error),
      })
    }
  }
}

async function probeAndRecord(house: House, provider: StoredProvider): Promise<void> {
  const tried = await probe(house, provider)
  const changed = await house.database.prisma.$transaction((tx) => record(house, tx, provider, tried))
  if (changed) log.info("a provider's state changed", { provider: provider.id, status: tried.result.status })
  if (tried.result.status === "up") await keepSignedIn(house, provider)
}

/** Tries a provider with the credential that is kept. */
async function probe(house: House, provider: StoredProvider): Promise<Tried> {
  const kind = house.backends.find(provider.kind)
  if (kind === undefined) return notTried(provider.settings, "This version doesn't know its kind.")
  try {
    const host = await house.backends.hostOf(provider)
    return againstRegistered(await tryOut(kind, provider.settings, host), provider)
  } catch (error) {
    if (error instanceof ProviderError) return notTried(provider.settings, error.message)
    throw error
  }
}

/** Writes down what was found, and opens and closes notices. Answers whether the provider's state changed. */
async function record(
  { backends }: Pick<House, "backends">,
  tx: Transaction,
  provider: StoredProvider,
  tried: Tried,
): Promise<boolean> {
  const { result } = tried
  const foundOut = foundOutIn(backends, provider, tried)
  // A standby that answers is asked what we may do; one that sends us away tells nothing about that.
  const wasAsked =
    result.status === "up" || result.status === "forbidden" || (result.status === "standby" && result.passed)
  const recorded = await recordCheck(tx, provider, {
    status: result.status,
    text: troubleIn(tried),
    report: reportOf(tried),
    canWrite: wasAsked || result.status === "misconfigured" ? result.canWrite : undefined,
    ...(foundOut && { foundOut }),
  })
  if (recorded === undefined) return false
  await tell(tx, provider, tried)
  return recorded.changed
}

/** What a check that passed knows better than the row: an engine's version, or whom it met first. */
function foundOutIn(
  backends: House["backends"],
  provider: StoredProvider,
  { result }: Tried,
): { settings: ProviderSettings; clusterId: string | null } | undefined {
  const kind = backends.find(provider.kind)
  if (!result.passed || kind === undefined) return undefined
  const settings = { ...result.settings }
  const clusterId = provider.clusterId ?? result.clusterId
  const isSamePlace =
    kind.endpointOf(settings) === kind.endpointOf(provider.settings) &&
    kind.targetOf(settings) === kind.targetOf(provider.settings)
  const isNews = canonicalJson(settings) !== canonicalJson(provider.settings) || clusterId !== provider.clusterId
  return isSamePlace && isNews ? { settings, clusterId } : undefined
}

/** Its events, and the states that each is about. */
const events: Readonly<Partial<Record<NoticeEvent, readonly ProviderStatus[]>>> = {
  "provider.sealed": ["sealed", "uninitialized"],
  "provider.unreachable": ["unreachable", "tls", "misconfigured", "forbidden", "unauthenticated"],
}

async function tell(tx: Transaction, provider: StoredProvider, { result }: Tried): Promise<void> {
  const { organizationId, scopeId, id, name, scope } = provider
  const about = { organizationId, scopeId, provider: { id, name, scope } }
  const subject = { organizationId, subject: `provider:${id}` as const }
  for (const event of ["provider.sealed", "provider.unreachable"] as const) {
    if (events[event]?.includes(result.status) === true) await raiseProviderNotice(tx, { ...about, event })
    else await resolveNotices(tx, subject, [event])
  }
  const endsAt = expiringSoon(provider, result)
  if (endsAt !== undefined) {
    await raiseProviderNotice(tx, { ...about, event: "provider.credential_expiring", endsAt: endsAt.toISOString() })
  } else if (result.signedInAs !== null) await resolveNotices(tx, subject, ["provider.credential_expiring"])
}

const day = 86_400_000

/** When a credential ends that can't be renewed, if people should see to it now: a week ahead, a day for a short one. */
function expiringSoon({ updatedAt }: StoredProvider, { expiresAt, canBeRenewed }: Tried["result"]): Date | undefined {
  if (expiresAt === null || canBeRenewed) return undefined
  const lives = expiresAt.getTime() - updatedAt.getTime()
  const ahead = lives > 7 * day ? 7 * day : day
  return expiresAt.getTime() - Date.now() < ahead ? expiresAt : undefined
}

/** A session that nobody uses would end unnoticed; whoever uses it renews it in time, and this is a use. */
async function keepSignedIn(house: House, { organizationId, id: providerId }: StoredProvider): Promise<void> {
  try {
    const store = await house.stores.of({ organizationId, providerId })
    await store.list(organizationId, { cursor: null, limit: 1 })
  } catch (error) {
    // A credential that may not list is fine; anything else shows at the next check.
    log.debug("a provider couldn't be listed", { provider: providerId, error: describeError(error) })
  }
}

function nothingToCheck(): AppError {
  return new AppError("conflict", "The built-in store is part of Strongroom: there is nothing to check.")
}
