/**
 * Sees what others did at a backend: a version written, deleted, destroyed or brought back there appears in the secret's
 * history as what it is. Our row is never deleted for it, and nothing wider is ever uncovered by it.
 *
 *   ask the backend → reckon the difference → under the secret's lock, if nothing of ours moved meanwhile, write it down
 *
 * While a write or a removal of ours is under way, what is there may be ours: then nothing is concluded.
 */

import { isText } from "../crypto/is-text.ts"
import { appendEvent } from "../db/audit-log.ts"
import type { Transaction } from "../db/database.ts"
import {
  findKnown,
  giveBack,
  type KnownSecret,
  nextNumber,
  noteObservation,
  noteSeen,
  takeUnobserved,
} from "../db/remote-secrets.ts"
import { bumpGeneration } from "../db/scopes.ts"
import { lockSecret } from "../db/secrets.ts"
import { AppError } from "../errors.ts"
import { describeError, log } from "../log.ts"
import { type Place, ProviderError, type SecretStore, type StoredState } from "../providers/provider.ts"
import { type AuditEntry, makeLateEntry, strongroom } from "./audit.ts"
import { authorize } from "./authorize.ts"
import type { House, UseCase, UseCases } from "./context.ts"
import { type Difference, differenceOf, type NewestFacts } from "./drifting/difference.ts"
import { requireSameBackend } from "./drifting/same-backend.ts"
import { fingerprintOf, fingerprintsOf } from "./fingerprints.ts"
import { raiseSecretNotice, resolveNotices } from "./notices/notices.ts"
import { lockLiving } from "./secrets/change.ts"
import { detailNow, findDefined } from "./secrets/describe.ts"
import { sizeClassOf } from "./writing/size-class.ts"
import { fromStore, isNoValue } from "./writing/store-errors.ts"

/** `changed`: by others. `busy`: something of ours was under way or moved meanwhile, so nothing was concluded. */
export type Sight = "unchanged" | "changed" | "busy"

interface SecretKey {
  organizationId: string
  id: string
}

/**
 * Asks a secret's backend what it holds of it, and writes down what isn't as we know it. With `closely`, its newest
 * value is compared, too. Throws ProviderError when the backend doesn't answer, or is another one than was registered.
 */
export async function observe(house: House, secret: SecretKey, { closely = false } = {}): Promise<Sight> {
  const known = await findKnown(house.database.prisma, secret)
  if (known === undefined) return "unchanged"
  if (known.isUnderWay) return "busy"
  const store = await house.stores.of(known)
  const place = placeOf(known)
  const there = await store.describe(place)
  const newest = needsValue(known, there, closely) ? await factsOfNewest(house, store, place) : null
  const difference = differenceOf(known, there, newest)
  if (isNothing(difference)) {
    await noteSeen(house.database, secret)
    return "unchanged"
  }
  await requireSameBackend(house, known, store)
  return writeDown(house, known, there, newest)
}

/** A value is read where the backend can't tell its versions apart, and to know what people are told of a new one. */
function needsValue(known: KnownSecret, there: StoredState, closely: boolean): boolean {
  if (there.versions.at(-1)?.state !== "held") return false
  // What has no token, or doesn't say when it was made, can be replaced without that being seen.
  const isTold = there.versions.every(({ backendVersion, createdAt }) => backendVersion !== null && createdAt !== null)
  const isMarked = there.managedBy === "us" || known.ownership === "external"
  return closely || !isTold || !isMarked || differenceOf(known, there, null).added.length > 0
}

async function factsOfNewest(house: House, store: SecretStore, place: Place): Promise<NewestFacts | null> {
  try {
    const { value, backendVersion } = await store.read(place, "latest")
    try {
      const size = sizeClassOf(value.size)
      const all = await fingerprintsOf(house.organizationKeys, place, value)
      return {
        backendVersion,
        fingerprint: await fingerprintOf(house.organizationKeys, place, value),
        sizeAtLeast: size.atLeast,
        sizeAtMost: size.atMost,
        isText: isText(value),
        matches: (other) => all.some((own) => own.equals(other)),
      }
    } finally {
      value.wipe()
    }
  } catch (error) {
    // It went away since it was described, or can't be read as one value: the versions are noted without it.
    if (isNoValue(error)) return null
    throw error
  }
}

async function writeDown(
  house: House,
  seen: KnownSecret,
  there: StoredState,
  newest: NewestFacts | null,
): Promise<Sight> {
  return house.database.prisma.$transaction(async (tx) => {
    await lockSecret(tx, seen.organizationId, seen.id)
    const known = await findKnown(tx, seen)
    if (known === undefined || known.isUnderWay || !isSame(known, seen)) return "busy"
    const difference = differenceOf(known, there, newest)
    if (isNothing(difference)) return "unchanged"
    await note(tx, house, known, difference)
    // What a backend forgets of itself, and what lies beside the one field that a secret is, changed nothing of it.
    return difference.isDrift ? "changed" : "unchanged"
  })
}

async function note(tx: Transaction, house: House, known: KnownSecret, difference: Difference): Promise<void> {
  const first = await nextNumber(tx, known)
  const added = difference.added.map(({ facts, ...version }, index) => ({
    ...version,
    number: first + index,
    facts: facts && pick(facts),
  }))
  const { states, token, isLost, isDrift } = difference
  const { currentVersion } = known
  await noteObservation(tx, {
    organizationId: known.organizationId,
    id: known.id,
    currentVersion,
    added,
    states,
    token,
    isLost,
    isDrift,
  })
  await bumpGeneration(tx, { organizationId: known.organizationId, id: known.scopeId })
  if (!isDrift) return
  const current = added.at(-1)?.number ?? known.currentVersion
  const { id, scope, vault, name, organizationId, scopeId } = known
  await raiseSecretNotice(tx, { organizationId, scopeId, secret: { id, scope, vault, name }, event: "secret.drifted" })
  await appendEvent(tx, eventOf(known, current, difference), house.writes.link)
  log.info("a secret was changed at its backend", { secret: known.id, version: current, added: added.length })
}

function pick({ fingerprint: own, sizeAtLeast, sizeAtMost, isText: text }: NewestFacts) {
  return { fingerprint: own, sizeAtLeast, sizeAtMost, isText: text }
}

function isNothing({ added, states, token, isLost }: Difference): boolean {
  return added.length === 0 && states.size === 0 && token === null && !isLost
}

/** Whether what we know is what we knew when the backend was asked. */
function isSame(now: KnownSecret, then: KnownSecret): boolean {
  return signatureOf(now) === signatureOf(then)
}

function signatureOf({ epoch, providerId, currentVersion, versions }: KnownSecret): string {
  const each = versions.map(({ number, state, backendVersion }) => [number, state, backendVersion])
  return JSON.stringify([epoch, providerId, currentVersion, each])
}

function placeOf({ organizationId, id: secretId, location, field }: KnownSecret): Place {
  return { organizationId, secretId, location, field }
}

function eventOf(secret: KnownSecret, version: number, { added, states, isLost }: Difference): AuditEntry {
  const counts = Object.fromEntries(
    [...Map.groupBy(states.values(), (state) => state)].map(([state, all]) => [state, all.length]),
  )
  const header = { action: "secret.drift", class: "change", outcome: "done", reason: null } as const
  return makeLateEntry(header, strongroom(secret.organizationId), {
    scope: { id: secret.scopeId, path: secret.scope },
    vault: secret.vault,
    secret,
    version,
    details: {
      ...counts,
      ...(added.length > 0 && { added: added.length, from: secret.currentVersion }),
      ...(isLost && { ownership: "external" }),
    },
  })
}

// --- what people ask for

const observeSecret: UseCase<"observeSecret"> = async (context, input) => {
  const { scope } = await authorize(context, "secret.write", input.scope)
  const secret = await findDefined(context, scope, input)
  if (secret.providerId === null) throw keptHere(secret.name)
  try {
    const sight = await observe(context.house, secret, { closely: true })
    context.about({ details: { found: sight } })
    if (sight === "busy") throw stillBusy(secret.name)
  } catch (error) {
    throw error instanceof ProviderError ? fromStore(error, secret.name) : error
  }
  return detailNow(context, scope, input)
}

/** What was found is as it should be: the mark goes. Throws `conflict` when another version came since they looked. */
const acceptDrift: UseCase<"acceptDrift"> = async (context, input) => {
  const { scope } = await authorize(context, "secret.write", input.scope)
  const secret = await findDefined(context, scope, input)
  context.about({ version: input.version })
  await context.commit(async (tx) => {
    const locked = await lockLiving(tx, secret)
    if (locked.currentVersion !== input.version) throw lookAgain(secret.name, locked.currentVersion)
    const { organizationId, id } = secret
    const { count } = await tx.secret.updateMany({
      where: { organizationId, id, driftedAt: { not: null } },
      data: { driftedAt: null },
    })
    if (count === 0) throw new AppError("conflict", `${secret.name} is as we left it at its backend.`)
    await resolveNotices(tx, { organizationId, subject: `secret:${id}` }, ["secret.drifted"])
  })
  return detailNow(context, scope, input)
}

export const drifting: UseCases<"observeSecret" | "acceptDrift"> = { observeSecret, acceptDrift }

function keptHere(name: string): AppError {
  return new AppError("unsupported", `${name} is kept in the built-in store, where nobody but Strongroom changes it.`)
}

function stillBusy(name: string): AppError {
  const message = `Something is being done to ${name} right now. Look again in a moment.`
  return new AppError("conflict", message, { retryAfterSeconds: 2 })
}

function lookAgain(name: string, current: number): AppError {
  const message = `${name} has version ${String(current)} by now. Look at it, and accept it if it is right.`
  return new AppError("conflict", message, { fields: { version: `The current version is ${String(current)}.` } })
}

// --- what runs by itself

/** How many secrets of one provider are taken at a time, and how many are looked at at once. */
const taken = 12
const lookedAtAtOnce = 4

/**
 * Looks at every remote secret whose time it is, and answers how many that were. Each is taken by one process; providers
 * are looked after side by side, so one that is slow holds up its own secrets alone.
 */
export async function observeDue(house: House): Promise<number> {
  const due = await takeUnobserved(house.database, taken)
  const byProvider = Map.groupBy(due, ({ organizationId, providerId }) => `${organizationId}/${providerId}`)
  const isWhole = await Promise.all([...byProvider.values()].map((secrets) => observeAll(house, secrets)))
  const goesOn = due.length > 0 && isWhole.includes(true)
  return goesOn ? due.length + (await observeDue(house)) : due.length
}

/** False when the provider can't serve: then the rest of its secrets wait, and are the first when it can again. */
async function observeAll(house: House, secrets: readonly SecretKey[]): Promise<boolean> {
  const waiting = [...secrets]
  const unseen: SecretKey[] = []
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        await observe(house, next)
      } catch (error) {
        log.warn("a secret couldn't be looked at where it is kept", { secret: next.id, error: describeError(error) })
        if (!isOfProvider(error)) continue
        unseen.push(next, ...waiting.splice(0))
      }
    }
  }
  await Promise.all(Array.from({ length: lookedAtAtOnce }, work))
  if (unseen.length > 0) await giveBack(house.database, unseen)
  return unseen.length === 0
}

/** Trouble that the next secret would meet, too. */
function isOfProvider(error: unknown): boolean {
  return (
    error instanceof ProviderError && !["not_managed", "damaged", "permission_denied", "invalid"].includes(error.class)
  )
}
