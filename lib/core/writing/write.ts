/**
 * How every value gets in, so that a crash at any moment loses nothing and leaves nothing half made:
 *
 *   1. everything is checked (permission, names, limits, what the writer saw) before the first side effect
 *   2. an Operation row says what is intended: the version's number, a keyed fingerprint, never the value
 *   3. the store takes the value, under the operation's id
 *   4. one transaction makes the version current and appends the audit event
 *
 * In the built-in store a version goes through 2 to 4 in one transaction, unless something stands in the way.
 *
 * What doesn't get to 4 is completed or abandoned by the reconciler. A number that was taken is never given again, so
 * an abandoned write leaves a gap in the history. A new secret's row is made at 2, to hold its name; until 4 its current
 * version is 0, and no list, page or read sees it.
 */
import type { OperationName } from "../../contract/routes.ts"
import type { Category } from "../../contract/words.ts"
import type { KeyUse } from "../../db/idempotency-keys.ts"
import { newId } from "../../db/ids.ts"
import type { IntendedVersion, IntendedWrite } from "../../db/operations.ts"
import type { ScopeRef } from "../../db/scopes.ts"
import { abandon, leaveToReconciler } from "../../db/unfinished-writes.ts"
import { findVersion } from "../../db/versions.ts"
import { findCommitted, type WholeVersion } from "../../db/whole-writes.ts"
import type { TargetSecret } from "../../db/write-targets.ts"
import { AppError } from "../../errors.ts"
import { describeError, log } from "../../log.ts"
import { type Place, ProviderError, type SecretStore, type StoreReceipt } from "../../providers/provider.ts"
import type { AuditEntry, EventFacts } from "../audit.ts"
import type { Caller } from "../caller.ts"
import type { Context, House } from "../context.ts"
import type { StoreBinding } from "../stores.ts"
import { type ChosenPlace, choosePlace, isBeingCleared } from "./choose-place.ts"
import { inTime, lookAfter, newestKnown, noteWritten, requireRoom, requireWritable } from "./elsewhere.ts"
import { takeBackMark } from "./left-over.ts"
import { factsOf, type NewVersion, type VersionFacts } from "./new-version.ts"
import {
  changedThere,
  external,
  keptElsewhere,
  movedOn,
  notWritable,
  placeBeingCleared,
  placeTaken,
  writeUnderWay,
} from "./refusals.ts"
import { fromStore, isUncertain } from "./store-errors.ts"
import { tellInTheEnd } from "./telling.ts"

/**
 * How a write ended. `unknown`: nobody can say yet; the reconciler finds out. `eventIsOut` then says that the event was
 * handed out for a commit that may have come about.
 */
export type WriteEnd = { facts: VersionFacts; number: number } & (
  | { outcome: "written"; createdAt: Date }
  | { outcome: "unknown"; eventIsOut: boolean }
)

export interface WriteOptions {
  /** The operation that the version comes from. */
  kind: OperationName
  version: NewVersion
  /** Hands out the event that is committed with the version. */
  event: (facts: EventFacts) => AuditEntry
  /** The Idempotency-Key under which this was asked for, in whose row the version's commit says that it was done. */
  keyUse: KeyUse | undefined
}

/** Writes a new version of a secret, after a write that is under way, and makes it the current one. */
export async function writeTo(
  context: Context,
  scope: ScopeRef,
  secret: TargetSecret,
  { kind, version, expectedVersion, ...options }: WriteOptions & { expectedVersion: number | undefined },
): Promise<WriteEnd> {
  const { house, caller, request } = context
  const { organizationId } = scope
  const event = handedOutOnce(options.event)
  const mayGoTo = secret.providerId === null ? undefined : await requireWritable(context, scope, secret, version.value)
  const facts = await factsOf(house.organizationKeys, organizationId, secret.id, version)
  const intended = intend({ organizationId, secretId: secret.id, kind, facts, caller, requestId: request.id })
  const { keyUse } = options
  const place = { organizationId, secretId: secret.id, location: secret.location, field: secret.field }
  const isStoredHere = secret.providerId === null
  if (isStoredHere) {
    const number = secret.nextVersion
    const write: Commit = (whole) => house.writes.whole({ ...whole, expectedVersion, targetVersion: number })
    const once = { intended, number, place, facts, value: version.value, keyUse }
    const written = await house.writes.during(secret.id, () => writeAtOnce(house, once, event, write))
    if (written !== undefined) return written
  }
  const { number, epoch } = await beginInTurn(house, secret.name, { ...intended, expectedVersion, isStoredHere })
  if (epoch !== secret.epoch) {
    await abandon(house.database, intended)
    throw keptElsewhere(secret.name)
  }
  const begun = {
    intended,
    number,
    place,
    providerId: secret.providerId,
    mayGoTo,
    name: secret.name,
    facts,
    value: version.value,
    keyUse,
  }
  return house.writes.during(secret.id, () => carryOut(house, begun, event))
}

type OneWrite = Pick<BegunWrite, "intended" | "number" | "place" | "facts" | "value" | "keyUse">

/** Commits all of a write; undefined when something stood in the way. */
type Commit = (whole: WholeVersion) => Promise<Date | undefined>

/**
 * All of a write in one transaction. Undefined when something stood in the way: then nothing was changed, and going step
 * by step under the same operation tells what, or gets it done.
 */
async function writeAtOnce(
  house: House,
  { intended, number, place, facts, value, keyUse }: OneWrite,
  event: WriteOptions["event"],
  commit: Commit,
): Promise<WriteEnd | undefined> {
  const { seal } = await house.stores.of({ organizationId: place.organizationId, providerId: null })
  if (seal === undefined) return undefined
  const sealed = await seal(place, number, value)
  const entry = event({ version: number })
  try {
    const createdAt = await commit({ ...intended, sealed, event: entry, keyUse }).catch(() =>
      findCommitted(house.database, intended),
    )
    return createdAt && { outcome: "written", number, createdAt, facts }
  } catch (error) {
    log.warn("a write's outcome isn't known", { operation: intended.operationId, error: describeError(error) })
    tellInTheEnd(house, intended, entry)
    return { outcome: "unknown", eventIsOut: true, number, facts }
  }
}

/** An operation's event can be had once, and a write that is tried in two ways needs it for both. */
function handedOutOnce(event: WriteOptions["event"]): WriteOptions["event"] {
  let entry: AuditEntry | undefined
  return (facts) => {
    entry ??= event(facts)
    return { ...entry, version: facts.version ?? entry.version }
  }
}

export interface NewSecret {
  id: string
  vaultId: string
  name: string
  foldedName: string
  category: Category | null
  description: string
  ownerId: string | null
  envName: string | null
  rotationDays: number | null
}

/** Makes a secret with its first version; "name_taken" when its vault has one of this name that wasn't destroyed. */
export async function writeFirst(
  context: Context,
  { scope, vault }: { scope: ScopeRef; vault: string },
  secret: NewSecret,
  { kind, version, keyUse, ...options }: WriteOptions,
): Promise<WriteEnd | "name_taken"> {
  const { house, caller, request } = context
  const { organizationId } = scope
  const { id: secretId, ...columns } = secret
  const event = handedOutOnce(options.event)
  const facts = await factsOf(house.organizationKeys, organizationId, secretId, version)
  const intended = intend({ organizationId, secretId, kind, facts, caller, requestId: request.id })
  const chosen = await choosePlace(context, scope, { secretId, scope: scope.path, vault, name: secret.name })
  const { kind: provider, providerId, location } = chosen
  if (providerId !== null) await requireRoom(house, { organizationId, providerId }, secret.name, version.value)
  const place = { organizationId, secretId, location, field: null }
  const once = { intended, number: 1, place, facts, value: version.value, keyUse }
  if (providerId === null) {
    const create: Commit = (whole) => house.writes.wholeSecret({ ...whole, ...columns, location })
    const written = await writeAtOnce(house, once, event, create)
    if (written !== undefined) return written
  }
  const begun = await house.writes.beginSecret({ ...intended, ...columns, provider, providerId, location })
  // By our own commit, if that was still on its way when its outcome was looked up: this has waited for it.
  if (begun === "name_taken") return (await endOfOwn(house, once)) ?? "name_taken"
  if (await isBeingCleared(house, place, providerId)) {
    await abandon(house.database, intended)
    throw placeBeingCleared(secret.name, chosen.name)
  }
  return carryOut(house, { ...once, providerId, mayGoTo: chosen.providerEpoch, chosen, name: secret.name }, event)
}

async function endOfOwn({ database }: House, { intended, number, facts }: OneWrite): Promise<WriteEnd | undefined> {
  const createdAt = await findCommitted(database, intended)
  return createdAt && { outcome: "written", number, createdAt, facts }
}

interface BegunWrite {
  intended: IntendedVersion
  number: number
  place: Place
  /** Null is the built-in store. */
  providerId: string | null
  /** The epoch of where the provider pointed when the value was let go there. */
  mayGoTo: StoreBinding["providerEpoch"]
  /** Where a new secret goes; undefined for one that is there. */
  chosen?: ChosenPlace
  name: string
  facts: VersionFacts
  value: NewVersion["value"]
  keyUse: KeyUse | undefined
}

async function carryOut(house: House, begun: BegunWrite, event: WriteOptions["event"]): Promise<WriteEnd> {
  const { intended, number, place, providerId, mayGoTo, facts, keyUse } = begun
  let store: SecretStore | undefined
  let backendVersion: string | null
  try {
    store = await house.stores.of({ organizationId: place.organizationId, providerId, providerEpoch: mayGoTo })
    backendVersion = (await writeInto(house, store, begun)).backendVersion
  } catch (error) {
    if (!(error instanceof ProviderError) || isUncertain(error)) return leave(house, begun, error, false)
    if (store !== undefined && providerId !== null && begun.chosen !== undefined) await tidyUp(store, place)
    await abandon(house.database, intended)
    throw await refusalOf(house, begun, error)
  }
  try {
    const { organizationId, operationId, secretId } = intended
    const entry = event({ version: number })
    const applied = { organizationId, operationId, secretId, backendVersion, event: entry, keyUse }
    const committed = await house.writes.commit(applied)
    if (committed.outcome === "not_ours") return await findEnd(house, store, begun)
    if (providerId !== null) await noteWritten(house, intended, { number, providerId })
    return { outcome: "written", number, createdAt: committed.createdAt, facts }
  } catch (error) {
    if (error instanceof AppError) throw error
    return leave(house, begun, error, true)
  }
}

/** A new secret's name isn't held up by it: a mark that can't be taken back now holds nothing, and is written over. */
async function tidyUp(store: SecretStore, place: Place): Promise<void> {
  try {
    await takeBackMark(store, place)
  } catch (error) {
    log.warn("the mark of a secret that wasn't made is still at its store", {
      secret: place.secretId,
      error: describeError(error),
    })
  }
}

/** In this database right away; elsewhere after the newest version that we know of there, and within a time. */
async function writeInto(
  house: House,
  store: SecretStore,
  { intended, number, place, providerId, value }: BegunWrite,
): Promise<StoreReceipt> {
  const { operationId } = intended
  if (providerId === null) return store.write(place, { number, value, operationId, after: null })
  const after = await newestKnown(house, place.organizationId, place.secretId)
  return inTime(store.write(place, { number, value, operationId, after }))
}

/** What stood in the way at a remote store is looked at, so that its page tells of it. */
async function refusalOf(
  house: House,
  { providerId, place, name, chosen }: BegunWrite,
  error: ProviderError,
): Promise<AppError> {
  const isInTheWay = error.class === "conflict" || error.class === "not_managed" || error.class === "already_exists"
  if (providerId === null || !isInTheWay) return fromStore(error, name)
  if (chosen !== undefined) return placeTaken(name, chosen.name, place.location)
  await lookAfter(house, place.organizationId, place.secretId)
  return error.class === "not_managed" ? external(name) : changedThere(name)
}

/** Nobody can say whether it happened: the reconciler is asked to look, and the writer is told just that. */
async function leave(
  house: House,
  { intended, number, facts }: BegunWrite,
  error: unknown,
  eventIsOut: boolean,
): Promise<WriteEnd> {
  log.warn("a write's outcome isn't known yet", { operation: intended.operationId, error: describeError(error) })
  await leaveToReconciler(house.database, intended)
  return { outcome: "unknown", eventIsOut, number, facts }
}

/** What became of a write that the reconciler took over because it took too long. It left the event, too. */
async function findEnd(house: House, store: SecretStore, begun: BegunWrite): Promise<WriteEnd> {
  const { intended, number, facts, place, providerId, name } = begun
  const secret = { organizationId: intended.organizationId, id: intended.secretId }
  const version = await findVersion(house.database.prisma, secret, number)
  if (version !== undefined) return { outcome: "written", number, createdAt: version.createdAt, facts }
  // Elsewhere it came too late, and is the newest there: removing it would leave readers with nothing.
  if (providerId === null) await store.remove(place, [{ number, backendVersion: null }])
  else await lookAfter(house, secret.organizationId, secret.id)
  throw new AppError("unavailable", `Writing ${name} took too long and was given up. Nothing was changed: try again.`)
}

interface Intent {
  organizationId: string
  secretId: string
  kind: OperationName
  facts: VersionFacts
  caller: Caller
  requestId: string
}

function intend({ facts, caller, ...rest }: Intent): IntendedVersion {
  const { size, ...columns } = facts
  return {
    ...rest,
    ...columns,
    operationId: newId(),
    sizeAtLeast: size.atLeast,
    sizeAtMost: size.atMost,
    callerKind: caller.kind,
    callerId: caller.kind === "nobody" ? null : caller.id,
  }
}

/** How long a write waits for another one of the same secret. */
const patienceMilliseconds = 5_000

async function beginInTurn(
  { writes }: House,
  name: string,
  intended: IntendedWrite,
): Promise<{ number: number; epoch: number }> {
  const patientUntil = performance.now() + patienceMilliseconds
  for (;;) {
    const begun = await writes.begin(intended)
    if (begun.outcome === "begun") return begun
    if (begun.outcome === "moved_on") throw movedOn(name, begun.current, intended.expectedVersion)
    if (begun.outcome === "not_writable") throw notWritable(name, begun.state)
    if (performance.now() > patientUntil) throw writeUnderWay(name)
    await writes.turn(intended.secretId)
  }
}
