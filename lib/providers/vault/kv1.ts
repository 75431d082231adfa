/**
 * Secrets in a KV engine of version 1, which keeps the newest value alone, compares nothing before it sets, and has no
 * room beside the value. So our marker is one more field, `strongroom`; the write's id in it stands for the version, and
 * a write is compared by reading before and after it. Between that and the write somebody else's can be lost: core lets
 * one of ours write at a time.
 */
import { z } from "zod"
import {
  type Adoption,
  type NewStoredVersion,
  type Place,
  ProviderError,
  type ReadVersion,
  type SecretStore,
  type StoredState,
  type StoreReceipt,
  type VersionKey,
} from "../provider.ts"
import { browse } from "./browsing.ts"
import { checkOneValue, type Fields, fieldsFor, markField, valueIn } from "./contents.ts"
import type { Engine } from "./engine.ts"
import { isAbsence, outcomeUnknown, refusal, shaped } from "./errors.ts"
import { clusterIdOf } from "./health.ts"
import { type ListFolder, leavesBeneath, listFolders } from "./listing.ts"
import { isInside, locate, segmentsInside } from "./location.ts"
import { segmentsOf } from "./paths.ts"
import { inOrderOf } from "./some-at-once.ts"

export function openKv1(engine: Engine): SecretStore {
  const { settings, client, signedIn } = engine
  const list = listFolders(signedIn, segmentsOf(settings.mount))
  return {
    locate: (wanted) => locate(settings, wanted),
    list: (organizationId, page) => listKept(engine, list, organizationId, page),
    describe: (place) => describe(engine, place),
    read: (place, version) => read(engine, place, version),
    write: (place, version) => write(engine, place, version),
    remove: (place, versions) => remove(engine, place, versions),
    close: async () => client.close(),
    identity: () => clusterIdOf(client),
    adoption: adoptionOf(engine, list),
  }
}

// --- what is there

interface Found {
  /** Without our marker. */
  fields: Fields
  mark: Mark | undefined
}

interface Mark {
  instanceId: string
  organizationId: string
  secretId: string
  /** The write that left it. */
  operationId: string
}

/** Undefined when Vault says that there is nothing. There is no way to ask without the value. */
async function find(engine: Engine, place: Place): Promise<Found | undefined> {
  const path = pathOf(engine, place)
  const answer = await engine.signedIn.ask({ method: "GET", path, accept: [404] })
  if (isAbsence(answer)) return undefined
  if (answer.status === 404) throw refusal(answer, { method: "GET", path, changes: false })
  const { [markField]: mark, ...fields } = shaped(contents, answer, false).data
  return { fields, mark: mark === undefined ? undefined : markIn(mark) }
}

const contents = z.object({
  data: z.custom<Fields>((found) => typeof found === "object" && found !== null && !Array.isArray(found)),
})

function markText({ instanceId, organizationId, secretId, operationId }: Mark): string {
  return [instanceId, organizationId, secretId, operationId].join("/")
}

/** A marker that can't be read is somebody else's. */
function markIn(content: unknown): Mark {
  const [instanceId = "", organizationId = "", secretId = "", operationId = ""] =
    typeof content === "string" ? content.split("/") : []
  return { instanceId, organizationId, secretId, operationId }
}

function markOf({ instanceId }: Engine, { organizationId, secretId }: Place, operationId: string): Mark {
  return { instanceId, organizationId, secretId, operationId }
}

function ownerOf(mark: Mark | undefined, engine: Engine, place: Place): StoredState["managedBy"] {
  if (mark === undefined) return "nobody"
  return markText(mark) === markText(markOf(engine, place, mark.operationId)) ? "us" : "others"
}

/** What stands for the version: the write that left it. Null for what isn't ours. */
function tokenOf(found: Found, engine: Engine, place: Place): string | null {
  return ownerOf(found.mark, engine, place) === "us" ? (found.mark?.operationId ?? null) : null
}

async function describe(engine: Engine, place: Place): Promise<StoredState> {
  const found = await find(engine, place)
  if (found === undefined) return { managedBy: "nobody", versions: [] }
  const token = tokenOf(found, engine, place)
  const managedBy = place.field === null ? ownerOf(found.mark, engine, place) : "nobody"
  const { instanceId, organizationId, secretId } = found.mark ?? {}
  const isOfUs = instanceId === engine.instanceId && organizationId === place.organizationId
  return {
    managedBy,
    ...(managedBy === "others" && isOfUs && secretId !== undefined && { markedFor: secretId }),
    versions: [{ number: null, operationId: token, backendVersion: token, state: "held", createdAt: null }],
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
    if (!isInside(engine.settings, location)) return { location, organization: undefined }
    const found = await find(engine, { organizationId, location, secretId: "", field: null })
    const isOurs = found?.mark?.instanceId === engine.instanceId
    return { location, organization: isOurs ? found.mark?.organizationId : undefined }
  })
  const ours = items.filter(({ organization }) => organization === undefined || organization === organizationId)
  return {
    items: ours.map(({ location, organization }) => ({ location, isManaged: organization !== undefined })),
    nextCursor,
  }
}

// --- reading and writing

async function read(engine: Engine, place: Place, version: VersionKey | "latest"): Promise<ReadVersion> {
  const found = await find(engine, place)
  if (found === undefined) throw new ProviderError("not_found", "Vault has nothing at this place.")
  const token = tokenOf(found, engine, place)
  if (version !== "latest" && version.backendVersion !== token) {
    throw new ProviderError("not_found", "KV v1 keeps only the newest value, and this version isn't it.")
  }
  return { value: valueIn(found.fields, place.field), backendVersion: token }
}

async function write(engine: Engine, place: Place, version: NewStoredVersion): Promise<StoreReceipt> {
  checkWhole(place)
  const { operationId, after, value } = version
  const found = await find(engine, place)
  if (found !== undefined) checkOurs(found, engine, place)
  const current = found === undefined ? null : tokenOf(found, engine, place)
  if (current === operationId) return { backendVersion: operationId }
  checkFollows(current, after)
  await put(engine, place, fieldsFor(value), operationId)
  return { backendVersion: operationId }
}

function checkFollows(current: string | null, after: string | null): void {
  if (current === after) return
  if (after === null) {
    throw new ProviderError("already_exists", "Vault has a value at this place already. Nothing was replaced.")
  }
  throw new ProviderError(
    "conflict",
    "What Vault has at this place isn't what we last wrote there. Nothing was replaced.",
  )
}

/** Writes, and looks whether it stayed. */
async function put(engine: Engine, place: Place, fields: Fields, operationId: string): Promise<void> {
  const body = { ...fields, [markField]: markText(markOf(engine, place, operationId)) }
  await engine.signedIn.ask({ method: "POST", path: pathOf(engine, place), body })
  const now = await find(engine, place).catch((error: unknown) => {
    if (error instanceof ProviderError) throw outcomeUnknown("Vault took the write, and couldn't be asked about it.")
    throw error
  })
  if (now !== undefined && tokenOf(now, engine, place) === operationId) return
  throw new ProviderError("conflict", "Somebody else wrote to this place in Vault at the same moment.")
}

function checkOurs({ mark }: Found, engine: Engine, place: Place): void {
  if (ownerOf(mark, engine, place) === "us") return
  throw new ProviderError(
    "not_managed",
    `"${place.location}" at Vault isn't marked as this secret's. It was left alone.`,
  )
}

function checkWhole({ field }: Place): void {
  if (field === null) return
  throw new ProviderError(
    "unsupported",
    "KV v1 writes all fields at once and compares nothing: another field's change could be lost. One field can be read only.",
  )
}

// --- removing and adopting

/** An earlier version is gone already, since a later one replaced it. */
async function remove(engine: Engine, place: Place, versions: readonly VersionKey[] | "all"): Promise<void> {
  checkWhole(place)
  const found = await find(engine, place)
  if (found === undefined) return
  checkOurs(found, engine, place)
  const token = tokenOf(found, engine, place)
  if (versions !== "all" && versions.every(({ backendVersion }) => backendVersion !== token)) return
  await engine.signedIn.ask({ method: "DELETE", path: pathOf(engine, place) })
  if ((await find(engine, place)) !== undefined) {
    throw new ProviderError("unavailable", "Vault took the request, and what it was about is still there. Try again.")
  }
}

function adoptionOf(engine: Engine, list: ListFolder): Adoption {
  return {
    browse: (folder, page) => browse(engine.settings, list, folder, page),
    fieldsOf: async (location) => {
      const found = await find(engine, { organizationId: "", secretId: "", location, field: null })
      if (found === undefined) throw new ProviderError("not_found", "Vault has nothing at this place.")
      return Object.keys(found.fields).toSorted()
    },
    mark: (place) => mark(engine, place),
    isInside: (location, folder) => isInside(engine.settings, location, folder),
  }
}

/** The value is written again, as it is, with the marker beside it. */
async function mark(engine: Engine, place: Place): Promise<void> {
  checkWhole(place)
  const found = await find(engine, place)
  if (found === undefined) throw new ProviderError("not_found", "There is nothing at this place to adopt.")
  if (ownerOf(found.mark, engine, place) === "us") return
  if (found.mark !== undefined) checkOurs(found, engine, place)
  checkOneValue(found.fields)
  await put(engine, place, found.fields, "adopted")
}

function pathOf({ settings }: Engine, { location }: Place): string[] {
  return [...segmentsOf(settings.mount), ...segmentsInside(settings, location)]
}
