/** What people are told of a secret. Nothing in this room can hold a value. */
import type { Actor, SecretDetail, SecretSummary } from "../../contract/dto.ts"
import { defaultEnvName, fold } from "../../contract/names.ts"
import { builtInName } from "../../contract/words.ts"
import { countReaders, type Place } from "../../db/delegations.ts"
import type { ScopeRef } from "../../db/scopes.ts"
import { authorOfValue, fetchesOf, findSecrets, type StoredActor, type StoredSecret } from "../../db/secrets.ts"
import { AppError } from "../../errors.ts"
import type { Context, House } from "../context.ts"
import { abilitiesOf } from "../providers/abilities.ts"

export interface SecretAddress {
  scope: string
  vault: string
  secret: string
}

/** The secret that a reference means at a scope: the narrowest living one. Throws `not_found`. */
export async function findEffective(
  context: Context,
  scope: ScopeRef,
  { vault, secret }: SecretAddress,
): Promise<StoredSecret> {
  const found = await findSecrets(context.house.database.prisma, scope, vault, fold(secret))
  const winner = found.find(({ state }) => state !== "deleted") ?? found.find(({ scopeId }) => scopeId === scope.id)
  if (winner === undefined) throw noSuchSecret(scope.path, vault, secret)
  tellAbout(context, winner)
  return winner
}

/** The secret that is defined at the scope itself: what a change is made to. Throws `not_found`. */
export async function findDefined(
  context: Context,
  scope: ScopeRef,
  { vault, secret }: SecretAddress,
): Promise<StoredSecret> {
  const found = await findSecrets(context.house.database.prisma, scope, vault, fold(secret))
  const defined = found.find(({ scopeId }) => scopeId === scope.id)
  if (defined !== undefined) {
    tellAbout(context, defined)
    return defined
  }
  const [wider] = found
  if (wider === undefined) throw noSuchSecret(scope.path, vault, secret)
  throw new AppError(
    "not_found",
    `${wider.name} is defined at ${wider.scope}, and ${scope.path} inherits it. Change it there.`,
  )
}

function tellAbout(context: Context, { scopeId, scope, vault, id, name }: StoredSecret): void {
  context.about({ scope: { id: scopeId, path: scope }, vault, secret: { id, name } })
}

export function noSuchSecret(scope: string, vault: string, secret: string): AppError {
  return new AppError("not_found", `There is no secret ${secret} in vault ${vault} that ${scope} sees.`)
}

export function summarize(secret: StoredSecret): SecretSummary {
  const { current } = secret
  return {
    id: secret.id,
    scope: secret.scope,
    vault: secret.vault,
    name: secret.name,
    category: secret.category,
    description: secret.description,
    owner: secret.owner,
    envName: secret.envName ?? defaultEnvName(secret.name),
    envNameIsOwn: secret.envName !== null,
    provider: { kind: secret.provider, name: secret.providerName ?? builtInName, scope: secret.providerScope },
    ownership: secret.ownership,
    state: secret.state,
    marks: secret.marks,
    currentVersion: secret.currentVersion === 0 ? null : secret.currentVersion,
    origin: current?.origin ?? null,
    updatedAt: secret.updatedAt.toISOString(),
    updatedBy: toActor(current?.createdBy ?? secret.createdBy),
    readsLastDay: secret.readsLastDay,
    rotationDays: secret.rotationDays,
    rotationDueAt: rotationDueAt(secret)?.toISOString() ?? null,
    purgeAfter: secret.purgeAfter?.toISOString() ?? null,
    shadowedBy: secret.shadowedBy,
  }
}

export async function detail(house: House, scope: ScopeRef, secret: StoredSecret): Promise<SecretDetail> {
  const db = house.database.prisma
  const [abilities, author, fetches, readerCount, others] = await Promise.all([
    abilitiesOf(house, secret),
    authorOfValue(db, secret),
    fetchesOf(db, secret),
    countReaders(db, placeOf(scope, secret)),
    findSecrets(db, scope, secret.vault, secret.foldedName),
  ])
  const wider = others.find((other) => isWider(other, secret) && other.state !== "deleted")
  return {
    ...summarize(secret),
    createdAt: secret.createdAt.toISOString(),
    createdBy: toActor(secret.createdBy),
    size: sizeOf(secret.current),
    isText: secret.current?.isText ?? null,
    knownBy: author === undefined || author.origin === "generated" ? null : toActor(author.by),
    keptAt: secret.location,
    field: secret.field,
    abilities,
    driftedAt: secret.driftedAt?.toISOString() ?? null,
    lastReadAt: fetches.lastAt?.toISOString() ?? null,
    readerCount,
    fetches: { total: fetches.total, onOldVersion: secret.fetchesOnOldVersion },
    uncovers: wider === undefined ? null : { scope: wider.scope, version: wider.currentVersion },
  }
}

/** The detail of a secret as it is now, read again after a change. */
export async function detailNow(context: Context, scope: ScopeRef, address: SecretAddress): Promise<SecretDetail> {
  return detail(context.house, scope, await findDefined(context, scope, address))
}

/** Where a secret lies, that a scope on the way down from there sees. */
export function placeOf(from: ScopeRef, secret: StoredSecret): Place {
  const scope = {
    ...from,
    id: secret.scopeId,
    path: secret.scope,
    lineage: from.lineage.slice(from.lineage.indexOf(secret.scopeId)),
  }
  const vault = { id: secret.vaultId, name: secret.vault, inheritable: secret.inheritable }
  return { scope, vault, foldedName: secret.foldedName }
}

export function toActor({ kind, id, name }: StoredActor): Actor {
  return { kind, id, name: name ?? (kind === "system" ? "Strongroom" : "Somebody who is gone") }
}

export function sizeOf(
  version: { sizeAtLeast: number | null; sizeAtMost: number | null } | null,
): SecretDetail["size"] {
  const { sizeAtLeast: atLeast = null, sizeAtMost: atMost = null } = version ?? {}
  return atLeast === null || atMost === null ? null : { atLeast, atMost }
}

function rotationDueAt({ rotationDays, current }: StoredSecret): Date | undefined {
  if (rotationDays === null || current === null) return undefined
  return new Date(current.createdAt.getTime() + rotationDays * 86_400_000)
}

function isWider(other: StoredSecret, secret: StoredSecret): boolean {
  return other.scope.length < secret.scope.length
}
