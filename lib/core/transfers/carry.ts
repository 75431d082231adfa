/**
 * Carries secrets from where they are kept to another provider. Nobody sees a value on the way:
 *
 *   note where the copy goes → copy each version → read each back and compare fingerprints →
 *   bind the secret to its new place, with the event → remove what was left behind, if that was asked
 *
 * Until the binding changes, the secret is served from where it was; a copy that isn't bound to is made anew by whoever
 * takes over. A secret that somebody writes meanwhile is copied again. One process has a transfer at a time: before each
 * step it makes sure that it still has it, and the binding changes in the transaction that checks it once more.
 */
import { operations } from "../../contract/operations.ts"
import { builtInKind, builtInName } from "../../contract/words.ts"
import { appendEvent } from "../../db/audit-log.ts"
import {
  endTransfer,
  findItem,
  findVersionsToCopy,
  type HeldTransfer,
  type ItemToCarry,
  isPaused,
  keepTransfer,
  markItem,
  nextItem,
  noteSource,
  rebind,
  restTransfer,
  takeTransfer,
  type VersionToCopy,
} from "../../db/carried-transfers.ts"
import { findProvider } from "../../db/providers.ts"
import { bumpGeneration } from "../../db/scopes.ts"
import { AppError } from "../../errors.ts"
import { describeError, log } from "../../log.ts"
import { type Place, ProviderError, type ProviderErrorClass, type StoredState } from "../../providers/provider.ts"
import { type AuditEntry, makeLateEntry } from "../audit.ts"
import type { House } from "../context.ts"
import { observe } from "../drift.ts"
import { isApproved } from "../providers/approval.ts"
import { type NamedStore, open, openStoreOf } from "../providers/named-store.ts"
import { notApproved } from "../stores.ts"
import { type CopiedVersion, copy } from "./copying.ts"
import { keep, TransferLost } from "./hold.ts"
import { isBound, placeCopy, takeBack } from "./placing.ts"

/** How many transfers one process carries side by side, so that a long one doesn't keep the others waiting. */
const lanes = 4

/** After so long it is another transfer's turn: a few that are long, to a backend that is slow, aren't all there are. */
const turnMilliseconds = 60_000

/** Goes on with every transfer that no other process is at, and answers how many turns those had. */
export async function carryTransfers(house: House, turn = turnMilliseconds): Promise<number> {
  const carried = await Promise.all(Array.from({ length: lanes }, () => carryInTurn(house, turn)))
  return carried.reduce((sum, count) => sum + count, 0)
}

async function carryInTurn(house: House, turn: number): Promise<number> {
  for (let carried = 0; ; carried++) {
    const transfer = await takeTransfer(house.database)
    if (transfer === undefined) return carried
    await carry(house, transfer, performance.now() + turn)
  }
}

/** What a provider that can't serve now, or a secret that is being written, gets before it is tried again. */
const secondsBetweenTries = 15
/** Longer than a read takes that began before the binding changed: until then, what it looks for stays where it was. */
const secondsBeforeRemoval = 10
/** After so many secrets in a row that have to wait, the others aren't tried: it's their provider that has trouble. */
const mostWaiting = 3

async function carry(house: House, transfer: HeldTransfer, until: number): Promise<void> {
  const { database } = house
  const waiting: string[] = []
  let hasMoved = false
  while (waiting.length < mostWaiting) {
    if (!(await keepTransfer(database, transfer))) return
    if (await isPaused(database, transfer)) return restTransfer(database, transfer, 0)
    const item = await nextItem(database, transfer, { except: waiting, withRemovals: !hasMoved })
    if (item === undefined) break
    const end = await carryItem(house, transfer, item)
    if (end === "lost") return
    if (end === "later") waiting.push(item.secretId)
    hasMoved ||= end === "over" && item.state !== "switched"
    if (performance.now() >= until) break
  }
  if (waiting.length > 0) return restTransfer(database, transfer, secondsBetweenTries)
  const left = await nextItem(database, transfer, { except: [], withRemovals: true })
  return left === undefined ? endTransfer(database, transfer) : restTransfer(database, transfer, secondsBeforeRemoval)
}

/** `later`: it stays as it is and says why. `lost`: another process has the transfer by now. */
type End = "over" | "later" | "lost"

async function carryItem(house: House, transfer: HeldTransfer, item: ItemToCarry): Promise<End> {
  try {
    return await tryItem(house, transfer, item)
  } catch (error) {
    if (error instanceof TransferLost) return "lost"
    throw error
  }
}

async function tryItem(house: House, transfer: HeldTransfer, item: ItemToCarry): Promise<End> {
  try {
    return await (item.state === "switched" ? removeAtSource(house, transfer, item) : move(house, transfer, item))
  } catch (error) {
    if (error instanceof TransferLost) throw error
    log.warn("a secret couldn't be moved to another provider", {
      transfer: transfer.id,
      secret: item.secretId,
      error: describeError(error),
    })
    return giveUp(house, transfer, item, error)
  }
}

/** What goes by without anybody doing anything to the secret is tried again. Else what was copied is taken back. */
async function giveUp(house: House, transfer: HeldTransfer, item: ItemToCarry, error: unknown): Promise<End> {
  const { prisma } = house.database
  const isTold = error instanceof ProviderError || error instanceof AppError
  const problem = isTold ? error.message : "Something went wrong here. The operator's log says what."
  if (error instanceof ProviderError && passing.has(error.class)) {
    await markItem(prisma, transfer, item, { problem })
    return "later"
  }
  const left = item.state === "switched" ? undefined : await takeBack(house, transfer, item)
  const isCleared = left === undefined && item.state !== "switched"
  const whole = left === undefined ? problem : `${problem} A part of the copy may lie at ${left}.`
  await markItem(prisma, transfer, item, { state: "failed", problem: whole, isCleared })
  return "over"
}

const passing: ReadonlySet<ProviderErrorClass> = new Set([
  "sealed",
  "unavailable",
  "rate_limited",
  "timeout",
  "outcome_unknown",
  "unauthenticated",
])

// --- moving one

async function move(house: House, transfer: HeldTransfer, found: ItemToCarry): Promise<End> {
  const { organizationId } = transfer
  const item = await lookAgain(house, transfer, found)
  if (item === undefined) return later(house, transfer, found, "Something else is being done to it.")
  const reason = reasonToSkip(transfer, item)
  if (reason !== undefined) return skip(house, transfer, item, reason)
  const target = await openApproved(house, transfer)
  const source = await house.stores.of({ organizationId, providerId: item.secret.providerId })
  const from = placeIn(organizationId, item)
  const versions = await findVersionsToCopy(house.database, organizationId, item.secretId)
  const before = await source.describe(from)
  const to = await placeCopy(house, transfer, item, target, versions)
  const route = { source, from, target: target.store, to }
  const copied = await copy(house, transfer, route, versions.slice(-mostVersions(target)))
  const isCurrent = copied.at(-1)?.number === item.secret.currentVersion
  if (!isCurrent) throw new ProviderError("not_found", "Its current version can't be read where it is kept.")
  const isStill = isSame(before, await source.describe(from))
  const isBound = isStill && (await bind(house, transfer, item, to.location, { versions, copied }))
  return isBound ? "over" : later(house, transfer, item, "It was changed while it was copied.")
}

/** What others did to it at its backend comes along, so it is looked for first. Undefined while it can't be told. */
async function lookAgain(house: House, transfer: HeldTransfer, item: ItemToCarry): Promise<ItemToCarry | undefined> {
  const { organizationId, toProviderId } = transfer
  const { providerId } = item.secret
  if (providerId === null || providerId === toProviderId) return item
  const sight = await observe(house, { organizationId, id: item.secretId })
  if (sight === "unchanged") return item
  return sight === "busy" ? undefined : findItem(house.database, transfer, item.secretId)
}

function reasonToSkip({ toProviderId, scopeId }: HeldTransfer, { secret }: ItemToCarry): string | undefined {
  if (secret.state !== "active" && secret.state !== "disabled") return "It was deleted meanwhile."
  if (secret.scopeId !== scopeId) return "It was moved to another scope meanwhile."
  return secret.providerId === toProviderId ? "It is kept there already." : undefined
}

async function skip(house: House, transfer: HeldTransfer, item: ItemToCarry, reason: string): Promise<End> {
  const left = await takeBack(house, transfer, item)
  if (left !== undefined) return later(house, transfer, item, `${reason} Its copy at ${left} can't be removed yet.`)
  await markItem(house.database.prisma, transfer, item, { state: "skipped", problem: reason, isCleared: true })
  return "over"
}

async function later(house: House, transfer: HeldTransfer, item: ItemToCarry, problem: string): Promise<End> {
  await markItem(house.database.prisma, transfer, item, { problem })
  return "later"
}

/** An approval that was taken back since, with a change of the address, holds the rest of the transfer up. */
async function openApproved(house: House, transfer: HeldTransfer): Promise<NamedStore> {
  const { organizationId, toProviderId, protection } = transfer
  if (toProviderId === null) return openStoreOf(house, { organizationId, providerId: null })
  const provider = await findProvider(house.database.prisma, { organizationId, id: toProviderId })
  if (provider === undefined) throw new AppError("gone", "The provider that it was to go to isn't registered any more.")
  // What is moved was written by others, too: that somebody typed the address themselves isn't enough.
  if (!isApproved(provider, protection)) throw notApproved(provider, protection)
  return open(house, provider)
}

function isSame(before: StoredState, after: StoredState): boolean {
  const seen = ({ versions }: StoredState): string =>
    JSON.stringify(versions.map(({ number, backendVersion, state }) => [number, backendVersion, state]))
  return seen(before) === seen(after)
}

// --- binding, and what was left behind

/** From here on the secret is served from its new place. False when it changed while it was copied. */
async function bind(
  house: House,
  transfer: HeldTransfer,
  item: ItemToCarry,
  location: string,
  { versions, copied }: { versions: readonly VersionToCopy[]; copied: readonly CopiedVersion[] },
): Promise<boolean> {
  const { organizationId, toProviderId, toKind } = transfer
  const isRemoved = transfer.removeAtSource && item.secret.ownership === "managed"
  const toCopy = versions.map(({ number }) => number)
  return house.database.prisma.$transaction(async (tx) => {
    const binding = { providerId: toProviderId, kind: toKind ?? builtInKind, location, toCopy, versions: copied }
    if (!(await rebind(tx, transfer, item, binding))) return false
    await noteSource(tx, transfer, item, isRemoved)
    await bumpGeneration(tx, { organizationId, id: item.secret.scopeId })
    const details = { versions: copied.length, forgotten: versions.length - copied.length }
    await appendEvent(tx, eventOf(transfer, item, "secret.transfer", details), house.writes.link)
    return true
  })
}

/** What a secret left where it was, unless something of ours is kept there again. */
async function removeAtSource(house: House, transfer: HeldTransfer, item: ItemToCarry): Promise<End> {
  const { organizationId } = transfer
  const { secretId, from } = item
  const { prisma } = house.database
  if (from === null) throw new Error("An item that was switched doesn't say where it was.")
  const place = { organizationId, secretId, location: from.location, field: from.field }
  const { providerId } = from
  if (providerId !== null && (await findProvider(prisma, { organizationId, id: providerId })) === undefined) {
    const problem = `Its old provider isn't registered any more. What lies at ${from.location} was left there.`
    await markItem(prisma, transfer, item, { state: "done", problem })
    return "over"
  }
  if (await isBound(house, { ...place, providerId })) {
    await markItem(prisma, transfer, item, { state: "done", problem: "Its old place is in use again, so it was left." })
    return "over"
  }
  await keep(house, transfer)
  const source = await house.stores.of({ organizationId, providerId })
  await source.remove(place, "all")
  await prisma.$transaction(async (tx) => {
    await markItem(tx, transfer, item, { state: "done" })
    await appendEvent(tx, eventOf(transfer, item, "secret.remove_at_source", {}), house.writes.link)
  })
  return "over"
}

function placeIn(organizationId: string, { secretId, secret }: ItemToCarry): Place {
  return { organizationId, secretId, location: secret.location, field: secret.field }
}

function mostVersions({ capabilities: { versions, limits } }: NamedStore): number {
  return versions === "none" ? 1 : (limits.versions ?? Number.POSITIVE_INFINITY)
}

/** Each secret that was moved leaves events of its own, on behalf of who asked for it. */
function eventOf(
  transfer: HeldTransfer,
  { secretId, secret }: ItemToCarry,
  action: string,
  details: AuditEntry["details"],
): AuditEntry {
  const header = { action, class: operations.startTransfer.audit.class, outcome: "done", reason: null } as const
  const { organizationId, byId, byName, requestId, toProviderId, toName } = transfer
  const by = { organizationId, kind: "person", id: byId, name: byName ?? "Somebody who is gone", requestId }
  return makeLateEntry(header, by, {
    scope: { id: secret.scopeId, path: secret.scope },
    vault: secret.vault,
    secret: { id: secretId, name: secret.name },
    version: secret.currentVersion,
    target: { kind: "provider", id: toProviderId ?? builtInKind, name: toName ?? builtInName },
    details: { transfer: transfer.id, ...details },
  })
}
