/**
 * What others keep in a KV v2 engine: found, taken over, and changed one field at a time, so that their other fields and
 * their metadata stay as they are.
 */
import { type Adoption, type NewStoredVersion, type Place, ProviderError, type StoreReceipt } from "../provider.ts"
import { browse } from "./browsing.ts"
import { checkOneValue, fieldFor, valueIn } from "./contents.ts"
import type { Engine } from "./engine.ts"
import { isAbsence, shaped } from "./errors.ts"
import {
  absenceOf,
  askAbout,
  changeMarks,
  checkOurs,
  contentsOf,
  type Found,
  goodOr,
  metadataOf,
  patch,
  receiptIn,
  versionsIn,
} from "./kv2-requests.ts"
import * as shapes from "./kv2-shapes.ts"
import type { ListFolder } from "./listing.ts"
import { isInside } from "./location.ts"
import { markerOf, ownerOf } from "./marker.ts"

export function adoptionOf(engine: Engine, list: ListFolder): Adoption {
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

// --- one field

export async function writeField(
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

/** The field is gone from the newest version on. Earlier ones aren't ours to destroy: they hold others' fields, too. */
export async function removeField(engine: Engine, place: Place, field: string, found: Found): Promise<void> {
  const newest = versionsIn(found).findLast(({ number }) => number === found.current_version)
  if (newest?.state === "held") await changeField(engine, place, found.current_version, { [field]: null })
  const marks = Object.keys(markerOf(place, engine.instanceId)).map((key) => [key, null] as const)
  await changeMarks(engine, place, found, Object.fromEntries(marks))
}
