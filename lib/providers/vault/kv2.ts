/**
 * Secrets in a KV engine of version 2, which keeps versions, compares before it sets, and has room for our marker.
 *
 * A secret of ours is marked before its first version is written, so a crash leaves an empty place that is known to be
 * ours, never a value that is nobody's. A write names the version that it follows, and Vault refuses it when another
 * came in between; it is never sent again after no answer came.
 */
import type { z } from "zod"
import {
  type Adoption,
  type NewStoredVersion,
  type Place,
  ProviderError,
  type ReadVersion,
  type SecretStore,
  type StoreReceipt,
  type Trash,
  type VersionKey,
} from "../provider.ts"
import { browse } from "./browsing.ts"
import type { VaultAnswer } from "./client.ts"
import { checkOneValue, type Fields, fieldFor, fieldsFor, valueIn } from "./contents.ts"
import type { Engine } from "./engine.ts"
import { isAbsence, isConflict, refusal, shaped } from "./errors.ts"
import { clusterIdOf } from "./health.ts"
import * as shapes from "./kv2-shapes.ts"
import { type ListFolder, leavesBeneath, listFolders } from "./listing.ts"
import { isInside, locate, segmentsInside } from "./location.ts"
import { keeperOf, markerOf, ownerOf, secretNamedIn } from "./marker.ts"
import { segmentsOf } from "./paths.ts"
import type { Ask } from "./session.ts"
import { inOrderOf } from "./some-at-once.ts"

export function openKv2(engine: Engine): SecretStore {
  const { settings, client, signedIn } = engine
  const list = listFolders(signedIn, [...segmentsOf(settings.mount), "metadata"])
  return {
    locate: (wanted) => locate(settings, wanted),
    list: (organizationId, page) => listKept(engine, list, organizationId, page),
    describe: (place) => describe(engine, place),
    read: (place, version) => read(engine, place, version),
    write: (place, version) =>
      place.field === null ? writeWhole(engine, place, version) : writeField(engine, place, place.field, version),
    remove: (place, versions) => (versions === "all" ? removeAll(engine, place) : destroy(engine, place, versions)),
    close: async () => client.close(),
    identity: () => clusterIdOf(client),
    trash: trashOf(engine),
    adoption: adoptionOf(engine, list),
  }
}

// --- what is there

type Metadata = z.infer<typeof shapes.metadata>["data"]
interface Found extends Metadata {
  /** When Vault answered this, by its clock. */
  answeredAt: Date
}

/** Undefined when Vault says that there is nothing. Never a value. */
async function metadataOf(engine: Engine, place: Place): Promise<Found | undefined> {
  const answer = await askAbout(engine, place, "metadata", { method: "GET", accept: [404] })
  if (isAbsence(answer)) return undefined
  return {
    ...shaped(shapes.metadata, goodOr(answer, engine, place), false).data,
    answeredAt: shapes.timeOf(answer, engine.now()),
  }
}

async function describe(engine: Engine, place: Place): ReturnType<SecretStore["describe"]> {
  const found = await metadataOf(engine, place)
  if (found === undefined) return { managedBy: "nobody", versions: [] }
  const managedBy = ownerOf(found.custom_metadata, place, engine.instanceId)
  const markedFor = secretNamedIn(found.custom_metadata, place, engine.instanceId)
  return {
    managedBy,
    ...(managedBy === "others" && markedFor !== undefined && { markedFor }),
    versions: versionsIn(found).map(({ number, createdAt, state }) => {
      return { number: null, operationId: null, backendVersion: String(number), state, createdAt }
    }),
  }
}

interface FoundVersion {
  number: number
  createdAt: Date
  state: "held" | "deleted" | "destroyed"
}

function versionsIn({ versions, answeredAt }: Found): FoundVersion[] {
  return Object.entries(versions)
    .map(([number, { created_time, deletion_time, destroyed }]): FoundVersion => {
      // A version that is to be deleted some day has a deletion time, too.
      const isDeleted = deletion_time !== "" && new Date(deletion_time) <= answeredAt
      const state = destroyed ? "destroyed" : isDeleted ? "deleted" : "held"
      return { number: Number(number), createdAt: new Date(created_time), state }
    })
    .toSorted((one, other) => one.number - other.number)
}

async function listKept(
  engine: Engine,
  list: ListFolder,
  organizationId: string,
  page: { cursor: string | null; limit: number },
): ReturnType<SecretStore["list"]> {
  const { paths, nextCursor } = await leavesBeneath(list, segmentsOf(engine.settings.prefix), page)
  const items = await inOrderOf(paths, async (path) => {
    const location = path.join("/")
    if (!isInside(engine.settings, location)) return { location, keeper: "nobody" }
    const found = await metadataOf(engine, { organizationId, location, secretId: "", field: null })
    return { location, keeper: keeperOf(found?.custom_metadata ?? {}, organizationId, engine.instanceId) }
  })
  const ours = items.filter(({ keeper }) => keeper !== "elsewhere")
  return { items: ours.map(({ location, keeper }) => ({ location, isManaged: keeper === "here" })), nextCursor }
}

// --- reading

async function read(engine: Engine, place: Place, version: VersionKey | "latest"): Promise<ReadVersion> {
  const wanted = version === "latest" ? undefined : numberOf(version)
  const { fields, number } = await contentsOf(engine, place, wanted)
  return { value: valueIn(fields, place.field), backendVersion: String(number) }
}

/** The fields of a version, or of the newest. */
async function contentsOf(engine: Engine, place: Place, wanted?: number): Promise<{ fields: Fields; number: number }> {
  const query = wanted === undefined ? {} : { query: { version: String(wanted) } }
  const answer = await askAbout(engine, place, "data", { method: "GET", accept: [404], ...query })
  if (answer.status === 404) throw absenceOf(answer, engine, place)
  const { data, metadata } = shaped(shapes.contents, answer, false).data
  if (wanted !== undefined && metadata.version !== wanted) {
    throw new ProviderError("damaged", `Vault answered version ${metadata.version} when it was asked for ${wanted}.`)
  }
  return { fields: data, number: metadata.version }
}

/** A version that was deleted or destroyed leaves something behind, unlike one that never was or that was pushed out. */
function absenceOf(answer: VaultAnswer, engine: Engine, place: Place): ProviderError {
  const remains = shapes.remains.safeParse(answer.body)
  if (!remains.success) return refused(answer, engine, place)
  const { version, destroyed } = remains.data.data.metadata
  if (destroyed) return new ProviderError("destroyed", `Version ${version} was destroyed at Vault.`)
  return new ProviderError("deleted", `Version ${version} was deleted at Vault. It can be restored there.`)
}

// --- writing

async function writeWhole(engine: Engine, place: Place, version: NewStoredVersion): Promise<StoreReceipt> {
  const after = await readyFor(engine, place, version.after)
  const body = { options: { cas: after }, data: fieldsFor(version.value) }
  const answer = await askAbout(engine, place, "data", { method: "POST", body, accept: [400] })
  if (isConflict(answer) && after === 0) throw alreadyThere()
  return receiptIn(goodOr(answer, engine, place))
}

/** The version to follow, in a place that is ours; 0 in a new one, which is marked first. */
async function readyFor(engine: Engine, place: Place, after: string | null): Promise<number> {
  const found = await metadataOf(engine, place)
  if (found !== undefined && after === null && isLeftOver(found, engine, place)) {
    await changeMarks(engine, place, found, markerOf(place, engine.instanceId))
    return 0
  }
  if (found !== undefined) return following(found, engine, place, after)
  if (after !== null) throw new ProviderError("conflict", "What we wrote to this place is gone from Vault.")
  if (await markNew(engine, place)) return 0
  // Somebody was faster. Whoever it is has left a mark by now, or a version that nothing of ours follows.
  const now = await metadataOf(engine, place)
  return now === undefined ? 0 : following(now, engine, place, after)
}

/** A place that this installation marked for a secret whose first version never came about: nothing is in it. */
function isLeftOver({ current_version, custom_metadata }: Found, { instanceId }: Engine, place: Place): boolean {
  if (current_version !== 0 || ownerOf(custom_metadata, place, instanceId) !== "others") return false
  return secretNamedIn(custom_metadata, place, instanceId) !== undefined
}

function following(found: Found, engine: Engine, place: Place, after: string | null): number {
  checkOurs(found, engine, place)
  const newest = found.current_version
  if (after !== null && after !== String(newest)) {
    throw new ProviderError("conflict", `Vault has version ${newest} at this place, which isn't what we know of.`)
  }
  const isHeld = versionsIn(found).some(({ state }) => state === "held")
  // What was deleted there isn't replaced by a version after it.
  if (after === null && isHeld) throw alreadyThere()
  return newest
}

function checkOurs({ custom_metadata }: Found, { instanceId }: Engine, place: Place): void {
  if (ownerOf(custom_metadata, place, instanceId) === "us") return
  throw new ProviderError(
    "not_managed",
    `"${place.location}" at Vault isn't marked as this secret's. It was left alone.`,
  )
}

function alreadyThere(): ProviderError {
  return new ProviderError("already_exists", "Vault has a version at this place already. Nothing was replaced.")
}

/** False when something is there by now. OpenBao then leaves it as it is; Vault's own can't say so. */
async function markNew(engine: Engine, place: Place): Promise<boolean> {
  const body = { custom_metadata: markerOf(place, engine.instanceId), metadata_cas: 0 }
  const answer = await askAbout(engine, place, "metadata", { method: "POST", body, accept: [400] })
  if (isConflict(answer)) return false
  goodOr(answer, engine, place)
  return true
}

async function writeField(
  engine: Engine,
  place: Place,
  field: string,
  { value, after }: NewStoredVersion,
): Promise<StoreReceipt> {
  const text = fieldFor(value)
  const found = await metadataOf(engine, place)
  if (found === undefined)
    throw new ProviderError("conflict", "The secret that this field is part of is gone from Vault.")
  checkOurs(found, engine, place)
  const newest = found.current_version
  if (after !== String(newest)) {
    throw new ProviderError("conflict", `Vault has version ${newest} of the secret that this field is part of.`)
  }
  return changeField(engine, place, newest, { [field]: text })
}

/** Changes one field and keeps the others; null takes it away. Where there is no PATCH, all fields are written again. */
async function changeField(
  engine: Engine,
  place: Place,
  after: number,
  change: Readonly<Record<string, string | null>>,
): Promise<StoreReceipt> {
  const options = { cas: after }
  const patched = await patch(engine, place, "data", { options, data: change })
  if (patched?.status === 404)
    throw new ProviderError("deleted", "The newest version at Vault is deleted: there is nothing to change a field of.")
  if (patched !== undefined) return receiptIn(goodOr(patched, engine, place))
  const { fields } = await contentsOf(engine, place, after)
  const data = Object.fromEntries(Object.entries({ ...fields, ...change }).filter(([, content]) => content !== null))
  const answer = await askAbout(engine, place, "data", { method: "POST", body: { options, data }, accept: [400] })
  return receiptIn(goodOr(answer, engine, place))
}

/** Undefined when Vault, or the policy, doesn't know PATCH: then it did nothing. */
async function patch(engine: Engine, place: Place, kind: Kind, body: object): Promise<VaultAnswer | undefined> {
  const contentType = "application/merge-patch+json"
  const ask = { method: "PATCH", body, contentType, accept: [400, 404, 405, 415] } as const
  try {
    const answer = await askAbout(engine, place, kind, ask)
    return answer.status === 405 || answer.status === 415 ? undefined : answer
  } catch (error) {
    if (error instanceof ProviderError && error.class === "permission_denied") return undefined
    throw error
  }
}

function receiptIn(answer: VaultAnswer): StoreReceipt {
  return { backendVersion: String(shaped(shapes.written, answer, true).data.version) }
}

// --- removing

async function destroy(engine: Engine, place: Place, versions: readonly VersionKey[]): Promise<void> {
  await changeVersions(engine, place, "destroy", versions, "destroyed")
}

async function removeAll(engine: Engine, place: Place): Promise<void> {
  const found = await metadataOf(engine, place)
  if (found === undefined) return
  checkOurs(found, engine, place)
  if (place.field !== null) return removeField(engine, place, place.field, found)
  await askAbout(engine, place, "metadata", { method: "DELETE" })
  if ((await metadataOf(engine, place)) !== undefined) throw notDone()
}

/** The field is gone from the newest version on. Earlier ones aren't ours to destroy: they hold others' fields, too. */
async function removeField(engine: Engine, place: Place, field: string, found: Found): Promise<void> {
  const newest = versionsIn(found).findLast(({ number }) => number === found.current_version)
  if (newest?.state === "held") await changeField(engine, place, found.current_version, { [field]: null })
  const marks = Object.keys(markerOf(place, engine.instanceId)).map((key) => [key, null] as const)
  await changeMarks(engine, place, found, Object.fromEntries(marks))
}

function trashOf(engine: Engine): Trash {
  return {
    deleteVersions: (place, versions) => changeVersions(engine, place, "delete", versions, "deleted"),
    restoreVersions: (place, versions) => changeVersions(engine, place, "undelete", versions, "held"),
  }
}

/** Vault says yes to whatever it is asked here, also for what isn't there. So it is asked what came of it. */
async function changeVersions(
  engine: Engine,
  place: Place,
  kind: "delete" | "undelete" | "destroy",
  versions: readonly VersionKey[],
  outcome: FoundVersion["state"],
): Promise<void> {
  if (place.field !== null) {
    const message = "A version at Vault holds the other fields, too: they aren't this secret's to delete."
    throw new ProviderError("unsupported", message)
  }
  const found = await metadataOf(engine, place)
  if (found === undefined && kind !== "undelete") return
  if (found !== undefined) checkOurs(found, engine, place)
  const wanted = versions.map(numberOf)
  const there = new Map((found === undefined ? [] : versionsIn(found)).map(({ number, state }) => [number, state]))
  if (kind === "undelete") checkRestorable(wanted, there)
  const numbers = wanted.filter((number) => there.has(number) && !isDone(there.get(number), outcome))
  if (numbers.length === 0) return
  await askAbout(engine, place, kind, { method: "POST", body: { versions: numbers } })
  const now = await metadataOf(engine, place)
  const left = (now === undefined ? [] : versionsIn(now)).filter(({ number }) => numbers.includes(number))
  if (left.some(({ state }) => !isDone(state, outcome))) throw notDone()
}

/** What is destroyed is as good as deleted. */
function isDone(state: FoundVersion["state"] | undefined, outcome: FoundVersion["state"]): boolean {
  return state === outcome || (outcome === "deleted" && state === "destroyed")
}

function checkRestorable(wanted: number[], there: ReadonlyMap<number, FoundVersion["state"]>): void {
  for (const number of wanted) {
    const state = there.get(number)
    if (state === undefined) throw new ProviderError("not_found", `Vault doesn't remember version ${number} any more.`)
    if (state === "destroyed") throw new ProviderError("destroyed", `Version ${number} was destroyed at Vault.`)
  }
}

function notDone(): ProviderError {
  return new ProviderError("unavailable", "Vault took the request, and what it was about is still there. Try again.")
}

// --- adopting

function adoptionOf(engine: Engine, list: ListFolder): Adoption {
  return {
    browse: (folder, page) => browse(engine.settings, list, folder, page),
    fieldsOf: (location) => fieldNamesOf(engine, location),
    mark: (place) => mark(engine, place),
    isInside: (location, folder) => isInside(engine.settings, location, folder),
  }
}

/** By `subkeys`, which answers names without values. An old server doesn't have it, nor an old policy. */
async function fieldNamesOf(engine: Engine, location: string): Promise<string[]> {
  const place: Place = { organizationId: "", secretId: "", location, field: null }
  const namesIn = (fields: object): string[] => Object.keys(fields).toSorted()
  try {
    const answer = await askAbout(engine, place, "subkeys", { method: "GET", query: { depth: "1" }, accept: [404] })
    if (answer.status !== 404) return namesIn(shaped(shapes.subkeys, answer, false).data.subkeys)
    if (isAbsence(answer) || shapes.remains.safeParse(answer.body).success) throw absenceOf(answer, engine, place)
  } catch (error) {
    if (!(error instanceof ProviderError && error.class === "permission_denied")) throw error
  }
  return namesIn((await contentsOf(engine, place)).fields)
}

async function mark(engine: Engine, place: Place): Promise<void> {
  const found = await metadataOf(engine, place)
  if (found === undefined) throw new ProviderError("not_found", "There is nothing at this place to adopt.")
  const owner = ownerOf(found.custom_metadata, place, engine.instanceId)
  if (owner === "us") return
  if (owner === "others") checkOurs(found, engine, place)
  const { fields } = await contentsOf(engine, place)
  if (place.field !== null) valueIn(fields, place.field).wipe()
  else checkOneValue(fields)
  await changeMarks(engine, place, found, markerOf(place, engine.instanceId))
}

/** Sets or, by null, removes keys of the custom metadata, and keeps the others. */
async function changeMarks(
  engine: Engine,
  place: Place,
  found: Found,
  marks: Readonly<Record<string, string | null>>,
): Promise<void> {
  const patched = await patch(engine, place, "metadata", { custom_metadata: marks })
  if (patched !== undefined) {
    goodOr(patched, engine, place)
    return
  }
  const all = Object.entries({ ...found.custom_metadata, ...marks }).filter(([, mark]) => mark !== null)
  // OpenBao refuses it when the metadata changed in the meantime.
  const seen = found.current_metadata_version
  const body = { custom_metadata: Object.fromEntries(all), ...(seen !== undefined && { metadata_cas: seen }) }
  goodOr(await askAbout(engine, place, "metadata", { method: "POST", body, accept: [400] }), engine, place)
}

// --- asking

type Kind = "data" | "metadata" | "delete" | "undelete" | "destroy" | "subkeys"

function askAbout(engine: Engine, place: Place, kind: Kind, ask: Omit<Ask, "path">): Promise<VaultAnswer> {
  return engine.signedIn.ask({ ...ask, path: pathOf(engine, place, kind) })
}

function pathOf({ settings }: Engine, { location }: Place, kind: Kind): string[] {
  return [...segmentsOf(settings.mount), kind, ...segmentsInside(settings, location)]
}

/** An answer whose failures were accepted, and that is one after all. */
function goodOr(answer: VaultAnswer, engine: Engine, place: Place): VaultAnswer {
  if (answer.status >= 200 && answer.status < 300) return answer
  throw refused(answer, engine, place)
}

function refused(answer: VaultAnswer, engine: Engine, place: Place): ProviderError {
  return refusal(answer, { method: "GET", path: pathOf(engine, place, "data"), changes: false })
}

/** @throws ProviderError `invalid` for a version of which we never learned Vault's number */
function numberOf({ backendVersion }: VersionKey): number {
  const number = Number(backendVersion ?? Number.NaN)
  if (Number.isSafeInteger(number) && number > 0) return number
  throw new ProviderError("invalid", "It isn't known which version at Vault this is. Describe the place first.")
}
