/**
 * Finishes what a crash, a lost connection or an unreachable store left half done. A write whose lease ran out is looked
 * up at its store: when the store holds what was intended, by the same operation and with the same fingerprint, the
 * version is committed with its event; when it doesn't, the write is abandoned and nothing of it stays. A destroyed
 * value that its store still holds is removed.
 */
import { operations } from "../contract/operations.ts"
import { type OperationName, routes } from "../contract/routes.ts"
import { fingerprint } from "../crypto/keyring.ts"
import { abandon, takeUnfinished, type UnfinishedWrite } from "../db/unfinished-writes.ts"
import { describeError, log } from "../log.ts"
import { type Place, ProviderError, type SecretStore } from "../providers/provider.ts"
import type { AuditEntry } from "./audit.ts"
import type { House } from "./context.ts"
import { removeFromStore } from "./writing/destroy.ts"

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

type End = "committed" | "abandoned" | "removed"

async function finish(house: House, write: UnfinishedWrite): Promise<End> {
  const { organizationId, operationId, secretId } = write
  const store = await house.stores.of({ organizationId, providerId: write.secret?.providerId ?? null })
  const place = placeOf(write)
  if (write.kind === "destroyVersion" || write.kind === "destroySecret") {
    const version = write.kind === "destroySecret" ? "all" : write.number
    await removeFromStore(house, { providerId: null, ...write.secret, location: place.location }, { ...write, version })
    return "removed"
  }
  const held = write.secret === null ? undefined : await findIntended(house, store, place, write)
  if (held === undefined) return giveUp(house, store, place, write)
  const event = eventOf(write, "done", null)
  await house.writes.commit({ organizationId, operationId, secretId, backendVersion: held.backendVersion, event })
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

async function isIntended(
  { organizationKeys }: House,
  store: SecretStore,
  place: Place,
  { organizationId, secretId, number, fingerprint: intended }: UnfinishedWrite,
): Promise<boolean> {
  try {
    const { value } = await store.read(place, { number, backendVersion: null })
    // The fingerprint was made under the key of its day.
    const keys = await organizationKeys.byEpoch(organizationId, 1)
    const isSame = [...keys.values()].some(({ fingerprintKey }) =>
      fingerprint(fingerprintKey, secretId, value).equals(intended),
    )
    value.wipe()
    return isSame
  } catch (error) {
    if (error instanceof ProviderError && error.class === "damaged") return false
    throw error
  }
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
  return {
    ...operations[operationOf(write.kind)].audit,
    outcome,
    reason,
    organizationId,
    actorKind: caller.kind,
    actorId: caller.id,
    actorName: caller.name ?? "Somebody who is gone",
    credentialKind: null,
    credentialId: null,
    address: null,
    scopeId: secret?.scopeId ?? null,
    scope: secret?.scope ?? null,
    vault: secret?.vault ?? null,
    secretId,
    secretName: secret?.name ?? null,
    version: number,
    targetKind: null,
    targetId: null,
    targetName: null,
    details: { reconciled: true },
    requestId,
  }
}

function operationOf(kind: string): OperationName {
  if (kind in routes) return kind as OperationName // just looked up
  throw new Error(`An operation of the unknown kind "${kind}" is under way.`)
}
