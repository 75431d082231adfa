/**
 * Finishes what a crash, a lost connection or an unreachable store left half done. A write whose lease ran out is looked
 * up at its store: when the store holds what was intended, by the same operation and with the same fingerprint, the
 * version is committed with its event; when it doesn't, the write is abandoned and nothing of it stays. A remote store
 * knows neither our operations nor our numbers: there, a version that we don't know of and whose value is the intended
 * one is the write's. A destroyed value that its store still holds is removed.
 */
import { operations } from "../contract/operations.ts"
import { type OperationName, routes } from "../contract/routes.ts"
import { endAct } from "../db/destructions.ts"
import { findTokens } from "../db/remote-secrets.ts"
import { abandon, takeUnfinished, type UnfinishedWrite } from "../db/unfinished-writes.ts"
import { describeError, log } from "../log.ts"
import type { Place, SecretStore } from "../providers/provider.ts"
import { type AuditEntry, makeLateEntry } from "./audit.ts"
import type { House } from "./context.ts"
import { requireSameBackend } from "./drifting/same-backend.ts"
import { isFingerprintOf } from "./fingerprints.ts"
import { removeFromStore } from "./writing/destroy.ts"
import { lookAfter, noteWritten } from "./writing/elsewhere.ts"
import { takeBackMark } from "./writing/left-over.ts"
import { isNoValue } from "./writing/store-errors.ts"

/** How many writes one process looks after at a time. */
const atOnce = 20

/**
 * Looks after every write whose lease ran out, and answers how many there were. Any number of processes may do so at
 * once: each write is taken by one. What can't be settled now, since its store doesn't answer, is taken again later.
 */
export async function reconcile(house: House): Promise<number> {
  const unfinished = await takeUnfinished(house.database, atOnce)
  await Promise.all(unfinished.map((write) => settle(house, write)))
  return unfinished.length < atOnce ? unfinished.length : unfinished.length + (await reconcile(house))
}

async function settle(house: House, write: UnfinishedWrite): Promise<void> {
  try {
    const end = await finish(house, write)
    log.info("settled an unfinished write", { operation: write.operationId, kind: write.kind, end })
  } catch (error) {
    const { operationId: operation, attempts } = write
    log.warn("can't settle an unfinished write yet", { operation, attempts, error: describeError(error) })
  }
}

type End = "committed" | "abandoned" | "removed" | "looked at"

async function finish(house: House, write: UnfinishedWrite): Promise<End> {
  const { organizationId, operationId, secretId } = write
  const providerId = write.secret?.providerId ?? null
  const place = placeOf(write)
  if (write.kind === "destroyVersion" || write.kind === "destroySecret") {
    const version = write.kind === "destroySecret" ? "all" : write.number
    const at = { providerId: null, ownership: "managed", ...write.secret, location: place.location } as const
    await removeFromStore(house, at, { ...write, version })
    return "removed"
  }
  if (write.kind === "deleteVersion" || write.kind === "restoreVersion") {
    await endAct(house.database.prisma, write)
    await lookAfter(house, organizationId, secretId)
    return "looked at"
  }
  const store = await house.stores.of({ organizationId, providerId })
  const find = providerId === null ? findIntended : findIntendedElsewhere
  const held = write.secret === null ? undefined : await find(house, store, place, write)
  if (held === undefined)
    return providerId === null ? giveUp(house, store, place, write) : giveUpElsewhere(house, store, place, write)
  const { backendVersion } = held
  const event = eventOf(write, "done", null)
  const { outcome } = await house.writes.commit({ organizationId, operationId, secretId, backendVersion, event })
  if (outcome === "committed" && providerId !== null) await noteWritten(house, place, { ...write, providerId })
  return "committed"
}

/** What the store holds of the write, if it is what was intended. */
async function findIntended(
  house: House,
  store: SecretStore,
  place: Place,
  write: UnfinishedWrite,
): Promise<{ backendVersion: string | null } | undefined> {
  const { versions } = await store.describe(place)
  const held = versions.find(({ number, operationId }) => number === write.number && operationId === write.operationId)
  return held !== undefined && (await isIntended(house, store, place, write)) ? held : undefined
}

/**
 * What a remote store holds that we don't know of, if it is what was intended: it knows nothing of our numbers, but the
 * value is the same under the organization's key. Nothing of the secret is observed while the write is under way, so what
 * is unknown there came after it began.
 */
async function findIntendedElsewhere(
  house: House,
  store: SecretStore,
  place: Place,
  write: UnfinishedWrite,
): Promise<{ backendVersion: string | null } | undefined> {
  const tokens = new Set(await findTokens(house.database, { organizationId: write.organizationId, id: write.secretId }))
  const { versions } = await store.describe(place)
  const unknown = versions.filter(({ backendVersion }) => backendVersion === null || !tokens.has(backendVersion))
  for (const held of unknown.toReversed()) {
    const { backendVersion } = held
    if (held.state === "held" && (await isIntended(house, store, place, write, backendVersion))) return held
  }
  return undefined
}

async function isIntended(
  { organizationKeys }: House,
  store: SecretStore,
  place: Place,
  { organizationId, secretId, number, secret, fingerprint: intended }: UnfinishedWrite,
  backendVersion: string | null = null,
): Promise<boolean> {
  try {
    const isNewest = secret?.providerId != null && backendVersion === null
    const { value } = await store.read(place, isNewest ? "latest" : { number, backendVersion })
    const isSame = await isFingerprintOf(organizationKeys, { organizationId, secretId }, value, intended)
    value.wipe()
    return isSame
  } catch (error) {
    // What is there isn't a value, or went away since it was listed: that isn't what was intended.
    if (isNoValue(error)) return false
    throw error
  }
}

/**
 * No value is removed at a remote store: what isn't proven to be ours stays, and is seen as changed there. A request that
 * we gave up can still arrive. Where the store compares and sets, it does nothing once anything else was written; until
 * then, and at a store that doesn't (KV v1), it makes a version that is seen as changed at the backend. So a write isn't
 * given up while it is young, for a server drops a request whose connection is gone.
 */
async function giveUpElsewhere(house: House, store: SecretStore, place: Place, write: UnfinishedWrite): Promise<End> {
  if (write.isYoung) throw new Error("Its store has nothing of it yet, and may get it still.")
  await requireSameBackend(house, { ...write, providerId: write.secret?.providerId ?? null }, store)
  const isFirst = write.secret !== null && write.number === 1
  if (isFirst) await takeBackMark(store, place)
  const row = eventOf(write, "failed", "abandoned")
  const isOver = await abandon(house.database, write, { row, link: house.writes.link })
  if (isOver) await lookAfter(house, write.organizationId, write.secretId)
  return "abandoned"
}

/** What the store may hold of it goes first: once the write is abandoned, nobody looks after it any more. */
async function giveUp(house: House, store: SecretStore, place: Place, write: UnfinishedWrite): Promise<End> {
  await store.remove(place, write.secret === null ? "all" : [{ number: write.number, backendVersion: null }])
  const row = eventOf(write, "failed", "abandoned")
  await abandon(house.database, write, { row, link: house.writes.link })
  return "abandoned"
}

function placeOf({ organizationId, secretId, secret }: UnfinishedWrite): Place {
  return { organizationId, secretId, location: secret?.location ?? secretId, field: secret?.field ?? null }
}

/** The event that the write itself would have left, on behalf of whoever asked for it. */
function eventOf(write: UnfinishedWrite, outcome: "done" | "failed", reason: string | null): AuditEntry {
  const { organizationId, caller, secret, secretId, number, requestId } = write
  const by = {
    organizationId,
    requestId,
    kind: caller.kind,
    id: caller.id,
    name: caller.name ?? "Somebody who is gone",
  }
  const entry = makeLateEntry({ ...operations[operationOf(write.kind)].audit, outcome, reason }, by, {
    ...(secret !== null && {
      scope: { id: secret.scopeId, path: secret.scope },
      vault: secret.vault,
      secret: { id: secretId, name: secret.name },
    }),
    version: number,
    details: { reconciled: true },
  })
  // Also of a secret that is gone, and so has no name any more.
  return { ...entry, secretId }
}

function operationOf(kind: string): OperationName {
  if (kind in routes) return kind as OperationName // just looked up
  throw new Error(`An operation of the unknown kind "${kind}" is under way.`)
}
