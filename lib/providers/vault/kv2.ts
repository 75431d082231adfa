/**
 * Secrets in a KV engine of version 2, which keeps versions, compares before it sets, and has room for our marker.
 *
 * A secret of ours is marked before its first version is written, so a crash leaves an empty place that is known to be
 * ours, never a value that is nobody's. A write names the version that it follows, and Vault refuses it when another
 * came in between; it is never sent again after no answer came.
 */
import {
  type NewStoredVersion,
  type Place,
  ProviderError,
  type ReadVersion,
  type SecretStore,
  type StoreReceipt,
  type Trash,
  type VersionKey,
} from "../provider.ts"
import { fieldsFor, valueIn } from "./contents.ts"
import type { Engine } from "./engine.ts"
import { isConflict } from "./errors.ts"
import { clusterIdOf } from "./health.ts"
import { adoptionOf, removeField, writeField } from "./kv2-adoption.ts"
import {
  askAbout,
  changeMarks,
  checkOurs,
  contentsOf,
  type Found,
  type FoundVersion,
  goodOr,
  metadataOf,
  numberOf,
  receiptIn,
  versionsIn,
} from "./kv2-requests.ts"
import { type ListFolder, leavesBeneath, listFolders } from "./listing.ts"
import { isInside, locate } from "./location.ts"
import { keeperOf, markerOf, ownerOf, secretNamedIn } from "./marker.ts"
import { segmentsOf } from "./paths.ts"
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

// --- reading and writing

async function read(engine: Engine, place: Place, version: VersionKey | "latest"): Promise<ReadVersion> {
  const wanted = version === "latest" ? undefined : numberOf(version)
  const { fields, number } = await contentsOf(engine, place, wanted)
  return { value: valueIn(fields, place.field), backendVersion: String(number) }
}

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
