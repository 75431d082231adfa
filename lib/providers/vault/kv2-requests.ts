/** What is asked of a KV v2 engine about one place, and what its answers mean. */
import type { z } from "zod"
import { type Place, ProviderError, type StoreReceipt, type VersionKey } from "../provider.ts"
import type { VaultAnswer } from "./client.ts"
import type { Fields } from "./contents.ts"
import type { Engine } from "./engine.ts"
import { isAbsence, refusal, shaped } from "./errors.ts"
import * as shapes from "./kv2-shapes.ts"
import { segmentsInside } from "./location.ts"
import { ownerOf } from "./marker.ts"
import { segmentsOf } from "./paths.ts"
import type { Ask } from "./session.ts"

type Metadata = z.infer<typeof shapes.metadata>["data"]
export interface Found extends Metadata {
  /** When Vault answered this, by its clock. */
  answeredAt: Date
}

/** Undefined when Vault says that there is nothing. Never a value. */
export async function metadataOf(engine: Engine, place: Place): Promise<Found | undefined> {
  const answer = await askAbout(engine, place, "metadata", { method: "GET", accept: [404] })
  if (isAbsence(answer)) return undefined
  return {
    ...shaped(shapes.metadata, goodOr(answer, engine, place), false).data,
    answeredAt: shapes.timeOf(answer, engine.now()),
  }
}

export interface FoundVersion {
  number: number
  createdAt: Date
  state: "held" | "deleted" | "destroyed"
}

export function versionsIn({ versions, answeredAt }: Found): FoundVersion[] {
  return Object.entries(versions)
    .map(([number, { created_time, deletion_time, destroyed }]): FoundVersion => {
      // A version that is to be deleted some day has a deletion time, too.
      const isDeleted = deletion_time !== "" && new Date(deletion_time) <= answeredAt
      const state = destroyed ? "destroyed" : isDeleted ? "deleted" : "held"
      return { number: Number(number), createdAt: new Date(created_time), state }
    })
    .toSorted((one, other) => one.number - other.number)
}

export function checkOurs({ custom_metadata }: Found, { instanceId }: Engine, place: Place): void {
  if (ownerOf(custom_metadata, place, instanceId) === "us") return
  throw new ProviderError(
    "not_managed",
    `"${place.location}" at Vault isn't marked as this secret's. It was left alone.`,
  )
}

// --- versions

/** The fields of a version, or of the newest. */
export async function contentsOf(
  engine: Engine,
  place: Place,
  wanted?: number,
): Promise<{ fields: Fields; number: number }> {
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
export function absenceOf(answer: VaultAnswer, engine: Engine, place: Place): ProviderError {
  const remains = shapes.remains.safeParse(answer.body)
  if (!remains.success) return refused(answer, engine, place)
  const { version, destroyed } = remains.data.data.metadata
  if (destroyed) return new ProviderError("destroyed", `Version ${version} was destroyed at Vault.`)
  return new ProviderError("deleted", `Version ${version} was deleted at Vault. It can be restored there.`)
}

/** @throws ProviderError `invalid` for a version of which we never learned Vault's number */
export function numberOf({ backendVersion }: VersionKey): number {
  const number = Number(backendVersion ?? Number.NaN)
  if (Number.isSafeInteger(number) && number > 0) return number
  throw new ProviderError("invalid", "It isn't known which version at Vault this is. Describe the place first.")
}

// --- changing a part

/** Undefined when Vault, or the policy, doesn't know PATCH: then it did nothing. */
export async function patch(engine: Engine, place: Place, kind: Kind, body: object): Promise<VaultAnswer | undefined> {
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

/** Sets or, by null, removes keys of the custom metadata, and keeps the others. */
export async function changeMarks(
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

export function receiptIn(answer: VaultAnswer): StoreReceipt {
  return { backendVersion: String(shaped(shapes.written, answer, true).data.version) }
}

// --- asking

type Kind = "data" | "metadata" | "delete" | "undelete" | "destroy" | "subkeys"

export function askAbout(engine: Engine, place: Place, kind: Kind, ask: Omit<Ask, "path">): Promise<VaultAnswer> {
  return engine.signedIn.ask({ ...ask, path: pathOf(engine, place, kind) })
}

function pathOf({ settings }: Engine, { location }: Place, kind: Kind): string[] {
  return [...segmentsOf(settings.mount), kind, ...segmentsInside(settings, location)]
}

/** An answer whose failures were accepted, and that is one after all. */
export function goodOr(answer: VaultAnswer, engine: Engine, place: Place): VaultAnswer {
  if (answer.status >= 200 && answer.status < 300) return answer
  throw refused(answer, engine, place)
}

function refused(answer: VaultAnswer, engine: Engine, place: Place): ProviderError {
  return refusal(answer, { method: "GET", path: pathOf(engine, place, "data"), changes: false })
}
