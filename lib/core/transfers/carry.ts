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
import { fingerprint } from "../../crypto/keyring.ts"
import { findBound } from "../../db/adoptions.ts"
import { appendEvent } from "../../db/audit-log.ts"
import { newId } from "../../db/ids.ts"
import { findProvider } from "../../db/providers.ts"
import { findHolder } from "../../db/remote-secrets.ts"
import { bumpGeneration } from "../../db/scopes.ts"
import {
  beginCopy,
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
} from "../../db/transfers.ts"
import { AppError } from "../../errors.ts"
import { describeError, log } from "../../log.ts"
import {
  type Place,
  ProviderError,
  type ProviderErrorClass,
  type SecretStore,
  type StoredState,
} from "../../providers/provider.ts"
import type { Secret } from "../../secret.ts"
import type { AuditEntry } from "../audit.ts"
import type { House } from "../context.ts"
import { observe } from "../drift.ts"
import { isApproved } from "../providers/approval.ts"
import { type NamedStore, openStoreOf } from "../providers/named-store.ts"
import { notApproved } from "../stores.ts"

/** How many transfers one process carries side by side, so that a long one doesn't keep the others waiting. */
const lanes = 4

/** Goes on with every transfer that no other process is at, and answers how many those were. */
export async function carryTransfers(house: House): Promise<number> {
  const carried = await Promise.all(Array.from({ length: lanes }, () => carryInTurn(house)))
  return carried.reduce((sum, count) => sum + count, 0)
}

async function carryInTurn(house: House): Promise<number> {
  for (let carried = 0; ; carried++) {
    const transfer = await takeTransfer(house.database)
    if (transfer === undefined) return carried
    await carry(house, transfer)
  }
}

/** What a provider that can't serve now, or a secret that is being written, gets before it is tried again. */
const secondsBetweenTries = 15
/** Longer than a read takes that began before the binding changed: until then, what it looks for stays where it was. */
const secondsBeforeRemoval = 10
/** After so many secrets in a row that have to wait, the others aren't tried: it's their provider that has trouble. */
const mostWaiting = 3

async function carry(house: House, transfer: HeldTransfer): Promise<void> {
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

/** Another process has the transfer: whatever was begun is its business. */
class TransferLost extends Error {}

async function keep({ database }: House, transfer: HeldTransfer): Promise<void> {
  if (!(await keepTransfer(database, transfer))) throw new TransferLost("Another process has this transfer.")
}

// --- moving one

async function move(house: House, transfer: HeldTransfer, found: ItemToCarry): Promise<End> {
  const { organizationId, toProviderId } = transfer
  const item = await lookAgain(house, transfer, found)
  if (item === undefined) return later(house, transfer, found, "Something else is being done to it.")
  const reason = reasonToSkip(transfer, item)
  if (reason !== undefined) return skip(house, transfer, item, reason)
  await requireStillApproved(house, transfer)
  const target = await openStoreOf(house, { organizationId, providerId: toProviderId })
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
async function requireStillApproved(house: House, transfer: HeldTransfer): Promise<void> {
  const { organizationId, toProviderId, protection, byId } = transfer
  if (toProviderId === null) return
  const provider = await findProvider(house.database.prisma, { organizationId, id: toProviderId })
  if (provider === undefined) throw new AppError("gone", "The provider that it was to go to isn't registered any more.")
  const isAllowed = isApproved(provider, protection) || provider.createdById === byId
  if (!isAllowed) throw notApproved(provider, protection)
}

/**
 * Where the copy goes. What lies there from an earlier try carries this secret's marker and goes first; what lies there
 * otherwise, or belongs to another secret of ours, is never touched, and the copy goes beside it.
 */
async function placeCopy(
  house: House,
  transfer: HeldTransfer,
  item: ItemToCarry,
  target: NamedStore,
  versions: readonly VersionToCopy[],
): Promise<Place> {
  const { organizationId } = transfer
  const { secretId, secret, toLocation } = item
  const { name, scope, vault } = secret
  const { store, providerId } = target
  const at = (location: string): Place => ({ organizationId, secretId, location, field: null })
  if (providerId === null) {
    // What the built-in store has of this secret is left from when it was kept there.
    const place = at(store.locate({ secretId, scope, vault, name }))
    await begin(house, transfer, item, place)
    await store.remove(place, versions)
    return place
  }
  if (toLocation !== null && (await clear(house, transfer, at(toLocation), target))) return at(toLocation)
  const plain = { secretId, scope, vault, name }
  // The third is free even where earlier transfers of this secret have left a copy at the others.
  for (const wanted of [
    plain,
    { ...plain, isTaken: true as const },
    { ...plain, secretId: transfer.id, isTaken: true as const },
  ]) {
    const place = at(store.locate(wanted))
    if ((await findHolder(house.database, { ...place, providerId }, secretId)) !== undefined) continue
    const { managedBy, versions: held } = await store.describe(place)
    if (managedBy !== "nobody" || held.length > 0) continue
    await begin(house, transfer, item, place)
    return place
  }
  throw new ProviderError("not_managed", `Something else lies where ${name} would go at ${target.name}.`)
}

async function begin(house: House, transfer: HeldTransfer, item: ItemToCarry, { location }: Place): Promise<void> {
  await keep(house, transfer)
  if (!(await beginCopy(house.database, transfer, item, location))) throw new TransferLost("Another process has it.")
  item.toLocation = location
}

/** Removes what an earlier try has left at a place. False when that isn't ours to touch. */
async function clear(
  house: House,
  transfer: HeldTransfer,
  place: Place,
  { store, providerId }: Pick<NamedStore, "store" | "providerId">,
): Promise<boolean> {
  await keep(house, transfer)
  if (await isBound(house, { ...place, providerId })) return false
  try {
    await store.remove(place, "all")
    return true
  } catch (error) {
    if (error instanceof ProviderError && error.class === "not_managed") return false
    throw error
  }
}

/** Takes back what was copied of an item that won't be bound to it. Where it lies, if that doesn't work now. */
async function takeBack(house: House, transfer: HeldTransfer, item: ItemToCarry): Promise<string | undefined> {
  const { organizationId, toProviderId: providerId } = transfer
  const { secretId, toLocation: location } = item
  if (location === null) return undefined
  try {
    const store = await house.stores.of({ organizationId, providerId })
    await clear(house, transfer, { organizationId, secretId, location, field: null }, { store, providerId })
    return undefined
  } catch (error) {
    if (error instanceof TransferLost) throw error
    log.warn("what was copied of a secret is still there", { secret: secretId, error: describeError(error) })
    return location
  }
}

/** Whether a secret of ours is kept at a place, this one included. */
async function isBound({ database }: House, place: Place & { providerId: string | null }): Promise<boolean> {
  const { organizationId, providerId, location, field, secretId } = place
  if (providerId === null) {
    const where = { organizationId, id: secretId, providerId: null, state: { not: "destroyed" } }
    return (await database.prisma.secret.count({ where })) > 0
  }
  const bound = await findBound(database.prisma, organizationId, [providerId], [location])
  return bound.some((each) => each.field === null || field === null || each.field === field)
}

// --- copying

interface Route {
  source: SecretStore
  from: Place
  target: SecretStore
  to: Place
}

interface CopiedVersion {
  number: number
  backendVersion: string | null
  fingerprint: Uint8Array
}

/** Copies versions oldest first and reads each back. Answers those that the target still holds at the end. */
async function copy(
  house: House,
  transfer: HeldTransfer,
  route: Route,
  versions: readonly VersionToCopy[],
): Promise<CopiedVersion[]> {
  const copied: CopiedVersion[] = []
  for (const version of versions) {
    await keep(house, transfer)
    const arrived = await copyVersion(house, route, version, copied.at(-1)?.backendVersion ?? null)
    if (arrived !== undefined) copied.push(arrived)
  }
  const { versions: there } = await route.target.describe(route.to)
  const held = there.filter(({ state }) => state === "held")
  return copied.filter(({ number, backendVersion }) =>
    held.some((one) => (backendVersion === null ? one.number === number : one.backendVersion === backendVersion)),
  )
}

/** Undefined for a version that its old place doesn't have any more. */
async function copyVersion(
  house: House,
  { source, from, target, to }: Route,
  version: VersionToCopy,
  after: string | null,
): Promise<CopiedVersion | undefined> {
  const value = await readHeld(source, from, version)
  if (value === undefined) return undefined
  try {
    const isOurs = await hasFingerprint(house, from, value, version.fingerprint)
    if (!isOurs) throw new ProviderError("damaged", `Version ${version.number} isn't what was written there.`)
    const { number } = version
    const { backendVersion } = await target.write(to, { number, value, operationId: newId(), after })
    const { value: kept } = await target.read(to, { number, backendVersion })
    const own = await fingerprintOf(house, from, value)
    const isSameValue = own.equals(await fingerprintOf(house, from, kept))
    kept.wipe()
    if (!isSameValue) throw new ProviderError("damaged", `Version ${number} didn't arrive as it was.`)
    return { number, backendVersion, fingerprint: own }
  } finally {
    value.wipe()
  }
}

async function readHeld(source: SecretStore, from: Place, version: VersionToCopy): Promise<Secret | undefined> {
  try {
    return (await source.read(from, version)).value
  } catch (error) {
    const isGone = error instanceof ProviderError && ["not_found", "deleted", "destroyed"].includes(error.class)
    if (isGone) return undefined
    throw error
  }
}

/** A version that was found at a backend may have none, and then there is nothing to compare with. */
async function hasFingerprint(
  { organizationKeys }: House,
  { organizationId, secretId }: Place,
  value: Secret,
  expected: Uint8Array | null,
): Promise<boolean> {
  if (expected === null) return true
  const keys = await organizationKeys.byEpoch(organizationId, 1)
  return [...keys.values()].some(({ fingerprintKey }) => fingerprint(fingerprintKey, secretId, value).equals(expected))
}

async function fingerprintOf(
  { organizationKeys }: House,
  { organizationId, secretId }: Place,
  value: Secret,
): Promise<Buffer> {
  const { fingerprintKey } = await organizationKeys.current(organizationId)
  return fingerprint(fingerprintKey, secretId, value)
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
  return {
    action,
    class: operations.startTransfer.audit.class,
    outcome: "done",
    reason: null,
    organizationId: transfer.organizationId,
    actorKind: "person",
    actorId: transfer.byId,
    actorName: transfer.byName ?? "Somebody who is gone",
    credentialKind: null,
    credentialId: null,
    address: null,
    scopeId: secret.scopeId,
    scope: secret.scope,
    vault: secret.vault,
    secretId,
    secretName: secret.name,
    version: secret.currentVersion,
    targetKind: "provider",
    targetId: transfer.toProviderId,
    targetName: transfer.toName ?? builtInName,
    details: { transfer: transfer.id, ...details },
    requestId: transfer.requestId,
  }
}
