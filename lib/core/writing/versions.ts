/** New versions of a secret: written, or brought back from its history. */
import type { Version, Written } from "../../contract/dto.ts"
import { appendEvents } from "../../db/audit-log.ts"
import { inTransaction } from "../../db/in-transaction.ts"
import type { ScopeRef } from "../../db/scopes.ts"
import { findVersion, type StoredVersion } from "../../db/versions.ts"
import type { TargetSecret } from "../../db/write-targets.ts"
import { AppError } from "../../errors.ts"
import { ProviderError } from "../../providers/provider.ts"
import type { Secret } from "../../secret.ts"
import type { Caller } from "../caller.ts"
import type { Context, House, UseCase, UseCases } from "../context.ts"
import { capabilitiesOf } from "../providers/abilities.ts"
import { noSuchVersion } from "../secrets/change.ts"
import { takeValue } from "./new-version.ts"
import { external } from "./refusals.ts"
import { fromStore } from "./store-errors.ts"
import { findSecretToWrite } from "./targets.ts"
import { type WriteEnd, type WriteOptions, writeTo } from "./write.ts"

const writeVersion: UseCase<"writeVersion"> = async (context, input) => {
  const { scope, secret } = await findSecretToWrite(context, input)
  const version = await takeValue(input.newValue, input.note)
  return write(context, scope, secret, {
    kind: "writeVersion",
    version,
    expectedVersion: input.expectedVersion,
  })
}

const rollBack: UseCase<"rollBack"> = async (context, input) => {
  const { scope, secret } = await findSecretToWrite(context, input)
  context.about({ details: { from: input.version } })
  if (secret.ownership === "external") throw external(secret.name)
  const source = await findSource(context.house, scope.organizationId, secret, input.version)
  const version = {
    value: await readFrom(context.house, scope.organizationId, secret, source),
    origin: "rolled_back",
    sourceVersion: source.number,
    note: input.note,
    publicKey: source.publicKey,
  } as const
  return write(context, scope, secret, {
    kind: "rollBack",
    version,
    expectedVersion: input.expectedVersion,
  })
}

export const writingVersions: UseCases<"writeVersion" | "rollBack"> = { writeVersion, rollBack }

/** A version as it is told of right after its write. */
export function describeWritten(caller: Caller, end: WriteEnd): Version {
  const { facts, number } = end
  return {
    number,
    state: "enabled",
    isCurrent: end.outcome === "written",
    origin: facts.origin,
    sourceVersion: facts.sourceVersion,
    note: facts.note,
    createdAt: (end.outcome === "written" ? end.createdAt : new Date()).toISOString(),
    createdBy: caller.kind === "nobody" ? { ...caller, id: null, name: "Nobody" } : actorOf(caller),
    size: facts.size,
    isText: facts.isText,
    publicKey: facts.publicKey,
  }
}

function actorOf({ kind, id, name }: Exclude<Caller, { kind: "nobody" }>): Version["createdBy"] {
  return { kind, id, name }
}

type Options = Omit<WriteOptions, "event" | "keyUse"> & { expectedVersion: number | undefined }

async function write(context: Context, scope: ScopeRef, secret: TargetSecret, options: Options): Promise<Written> {
  const event: WriteOptions["event"] = (facts) => context.takeEvent("done", facts)
  const end = await writeTo(context, scope, secret, { ...options, event, keyUse: context.keyUse })
  if (end.outcome === "unknown" && !end.eventIsOut) await recordUnknown(context, end.number)
  return { outcome: end.outcome, version: describeWritten(context.caller, end) }
}

async function keepsNone(house: House, organizationId: string, { providerId }: TargetSecret): Promise<boolean> {
  if (providerId === null) return false
  return (await capabilitiesOf(house, { organizationId, providerId }))?.versions === "none"
}

async function findSource(
  house: House,
  organizationId: string,
  secret: TargetSecret,
  number: number,
): Promise<StoredVersion> {
  const source = await findVersion(house.database.prisma, { organizationId, id: secret.id }, number)
  if (source === undefined) throw noSuchVersion(secret, number)
  const what = `Version ${number} of ${secret.name}`
  if (source.state === "destroyed") throw new AppError("gone", `${what} was destroyed.`)
  if (number !== secret.currentVersion && (await keepsNone(house, organizationId, secret))) {
    throw new AppError("unsupported", `The store of ${secret.name} keeps no earlier values: write the value anew.`)
  }
  if (source.state === "forgotten") {
    throw new AppError("gone", `${what} isn't kept any more: its backend keeps the newest ones. Write the value anew.`)
  }
  if (source.state === "deleted") throw new AppError("gone", `${what} is deleted. Restore it first.`)
  if (source.state === "disabled") throw new AppError("conflict", `${what} is disabled. Enable it first.`)
  if (number === secret.currentVersion) {
    throw new AppError("conflict", `Version ${number} of ${secret.name} is the current one already.`)
  }
  return source
}

/** The value of an earlier version, to be written again. It is moved, not opened, and needs no right to read. */
async function readFrom(
  { stores }: House,
  organizationId: string,
  { id, name, providerId, location, field }: TargetSecret,
  { number, backendVersion }: StoredVersion,
): Promise<Secret> {
  try {
    const store = await stores.of({ organizationId, providerId })
    const place = { organizationId, secretId: id, location, field }
    return (await store.read(place, { number, backendVersion })).value
  } catch (error) {
    throw error instanceof ProviderError ? fromStore(error, `version ${number} of ${name}`) : error
  }
}

/** The event of a write whose outcome isn't known. What the reconciler finds out gets one of its own. */
async function recordUnknown({ house, takeEvent }: Context, version: number): Promise<void> {
  const entry = takeEvent("failed", { version, details: { outcome: "unknown" } })
  await inTransaction(house.database, (client) => appendEvents(client, [entry], house.writes.link))
}
