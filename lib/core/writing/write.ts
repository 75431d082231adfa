/**
 * How every value gets in, so that a crash at any moment loses nothing and leaves nothing half made:
 *
 *   1. everything is checked (permission, names, limits, what the writer saw) before the first side effect
 *   2. an Operation row says what is intended: the version's number, a keyed fingerprint, never the value
 *   3. the store takes the value, under the operation's id
 *   4. one transaction makes the version current and appends the audit event
 *
 * What doesn't get to 4 is completed or abandoned by the reconciler. A number that was taken is never given again, so
 * an abandoned write leaves a gap in the history. A new secret's row is made at 2, to hold its name; until 4 its current
 * version is 0, and no list, page or read sees it.
 */
import type { OperationName } from "../../contract/routes.ts"
import type { Category } from "../../contract/words.ts"
import { newId } from "../../db/ids.ts"
import type { IntendedVersion, IntendedWrite } from "../../db/operations.ts"
import { abandon, leaveToReconciler } from "../../db/unfinished-writes.ts"
import { findVersion } from "../../db/versions.ts"
import type { TargetSecret } from "../../db/write-targets.ts"
import { AppError } from "../../errors.ts"
import { describeError, log } from "../../log.ts"
import { type Place, ProviderError, type SecretStore } from "../../providers/provider.ts"
import type { AuditEntry, EventFacts } from "../audit.ts"
import type { Caller } from "../caller.ts"
import type { Context, House } from "../context.ts"
import { builtInStore } from "../stores.ts"
import { factsOf, type NewVersion, type VersionFacts } from "./new-version.ts"
import { movedOn, notWritable, writeUnderWay } from "./refusals.ts"
import { fromStore, isUncertain } from "./store-errors.ts"

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
}

/** Writes a new version of a secret, after a write that is under way, and makes it the current one. */
export async function writeTo(
  { house, caller, request }: Context,
  organizationId: string,
  secret: TargetSecret,
  { kind, version, event, expectedVersion }: WriteOptions & { expectedVersion: number | undefined },
): Promise<WriteEnd> {
  const facts = await factsOf(house.organizationKeys, organizationId, secret.id, version)
  const intended = intend({ organizationId, secretId: secret.id, kind, facts, caller, requestId: request.id })
  const isStoredHere = secret.providerId === null
  const number = await beginInTurn(house, secret.name, { ...intended, expectedVersion, isStoredHere })
  const place = { organizationId, secretId: secret.id, location: secret.location, field: secret.field }
  const begun = {
    intended,
    number,
    place,
    providerId: secret.providerId,
    name: secret.name,
    facts,
    value: version.value,
  }
  return house.writes.during(secret.id, () => carryOut(house, begun, event))
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
  { house, caller, request }: Context,
  organizationId: string,
  secret: NewSecret,
  { kind, version, event }: WriteOptions,
): Promise<WriteEnd | "name_taken"> {
  const { id: secretId, ...columns } = secret
  const facts = await factsOf(house.organizationKeys, organizationId, secretId, version)
  const intended = intend({ organizationId, secretId, kind, facts, caller, requestId: request.id })
  // The built-in store needs no other address than the id.
  const binding = { provider: builtInStore, providerId: null, location: secretId }
  const begun = await house.writes.beginSecret({ ...intended, ...columns, ...binding })
  if (begun === "name_taken") return "name_taken"
  const place = { organizationId, secretId, location: secretId, field: null }
  return carryOut(
    house,
    { intended, number: 1, place, providerId: null, name: secret.name, facts, value: version.value },
    event,
  )
}

interface BegunWrite {
  intended: IntendedVersion
  number: number
  place: Place
  providerId: string | null
  name: string
  facts: VersionFacts
  value: NewVersion["value"]
}

async function carryOut(house: House, begun: BegunWrite, event: WriteOptions["event"]): Promise<WriteEnd> {
  const { intended, number, place, providerId, facts, value } = begun
  const store = await house.stores.of({ organizationId: place.organizationId, providerId })
  let backendVersion: string | null
  try {
    const receipt = await store.write(place, { number, value, operationId: intended.operationId, after: null })
    backendVersion = receipt.backendVersion
  } catch (error) {
    if (!(error instanceof ProviderError) || isUncertain(error)) return leave(house, begun, error, false)
    await abandon(house.database, intended)
    throw fromStore(error, begun.name)
  }
  try {
    const { organizationId, operationId, secretId } = intended
    const entry = event({ version: number })
    const committed = await house.writes.commit({ organizationId, operationId, secretId, backendVersion, event: entry })
    if (committed.outcome === "not_ours") return await findEnd(house, store, begun)
    return { outcome: "written", number, createdAt: committed.createdAt, facts }
  } catch (error) {
    if (error instanceof AppError) throw error
    return leave(house, begun, error, true)
  }
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
  const { intended, number, facts, place, name } = begun
  const secret = { organizationId: intended.organizationId, id: intended.secretId }
  const version = await findVersion(house.database.prisma, secret, number)
  if (version !== undefined) return { outcome: "written", number, createdAt: version.createdAt, facts }
  await store.remove(place, [{ number, backendVersion: null }])
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

async function beginInTurn({ writes }: House, name: string, intended: IntendedWrite): Promise<number> {
  const patientUntil = performance.now() + patienceMilliseconds
  for (;;) {
    const begun = await writes.begin(intended)
    if (begun.outcome === "begun") return begun.number
    if (begun.outcome === "moved_on") throw movedOn(name, begun.current, intended.expectedVersion)
    if (begun.outcome === "not_writable") throw notWritable(name, begun.state)
    if (performance.now() > patientUntil) throw writeUnderWay(name)
    await writes.turn(intended.secretId)
  }
}
