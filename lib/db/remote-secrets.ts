/**
 * Secrets that are kept at remote stores: how they are bound, what we know of their versions there, and how what was
 * found out is written down. A provider's address counts only while it is the one that was approved.
 */
import type { Ownership, SecretState, VersionState } from "../contract/words.ts"
import type { Database, Transaction } from "./database.ts"
import { inBatches } from "./in-batches.ts"

/** A version of a remote secret that a machine is about to get. */
export interface RemoteVersion {
  organizationId: string
  secretId: string
  number: number
}

/** Where it is, as of now. */
export interface Binding {
  providerId: string
  providerName: string
  location: string
  field: string | null
  epoch: number
  backendVersion: string | null
  fingerprint: Uint8Array | null
  isCurrent: boolean
  /** Whether values may come from where the provider points now. */
  isApproved: boolean
  cacheSeconds: number
  staleSeconds: number
}

/** Undefined where there is no such version, or no remote store keeps it. */
export type FindBinding = (version: RemoteVersion) => Promise<Binding | undefined>

export function openBindings({ pool }: Database): FindBinding {
  return inBatches(
    async (asked: RemoteVersion[]) => {
      // Machines that start together ask for the same: each is looked up once.
      const versions = new Map(asked.map((version) => [keyOf(version), version]))
      const { rows } = await pool.query<Binding & { place: number }>({
        name: "find-bindings",
        text: `SELECT asked.place::int, s."providerId", p."name" AS "providerName", s."location", s."field", s."epoch", c."backendVersion", c."fingerprint",
                 c."number" = s."currentVersion" AS "isCurrent", coalesce(p."approvedEpoch" = p."epoch", false) AS "isApproved",
                 p."cacheSeconds", p."staleSeconds"
               FROM unnest($1::uuid[], $2::uuid[], $3::int[]) WITH ORDINALITY AS asked(org, secret, number, place)
               JOIN "Secret" s ON s."organizationId" = asked.org AND s."id" = asked.secret
               JOIN "SecretVersion" c ON c."organizationId" = asked.org AND c."secretId" = asked.secret AND c."number" = asked.number
               JOIN "Provider" p ON p."organizationId" = asked.org AND p."id" = s."providerId"`,
        values: [
          [...versions.values()].map(({ organizationId }) => organizationId),
          [...versions.values()].map(({ secretId }) => secretId),
          [...versions.values()].map(({ number }) => number),
        ],
      })
      const keys = [...versions.keys()]
      const byKey = new Map(rows.map(({ place, ...binding }) => [keys[place - 1], binding]))
      return asked.map((version) => byKey.get(keyOf(version)))
    },
    { lanes: 2, most: 2_048 },
  )
}

function keyOf({ organizationId, secretId, number }: RemoteVersion): string {
  return `${organizationId}/${secretId}/${number}`
}

/** A version as we know it. */
export interface KnownVersion {
  number: number
  state: VersionState
  backendVersion: string | null
  fingerprint: Uint8Array | null
  createdAt: Date
}

/** A remote secret, with what we know of it. */
export interface KnownSecret {
  organizationId: string
  id: string
  name: string
  vault: string
  scopeId: string
  scope: string
  state: SecretState
  ownership: Ownership
  providerId: string
  location: string
  field: string | null
  epoch: number
  currentVersion: number
  driftedAt: Date | null
  /** Whether a write or a removal of ours is under way: then what is there may be ours, and isn't known yet. */
  isUnderWay: boolean
  /** Oldest first. */
  versions: KnownVersion[]
}

interface SecretKey {
  organizationId: string
  id: string
}

/** Undefined for one that the built-in store keeps, that was destroyed, or whose first version isn't committed. */
export async function findKnown(db: Transaction, secret: SecretKey): Promise<KnownSecret | undefined> {
  const [row] = await db.$queryRaw<Omit<KnownSecret, "versions">[]>`
    SELECT s."organizationId", s."id", s."name", v."name" AS "vault", s."scopeId", sc."path" AS "scope", s."state", s."ownership",
           s."providerId", s."location", s."field", s."epoch", s."currentVersion", s."driftedAt",
           EXISTS (SELECT 1 FROM "Operation" o WHERE o."organizationId" = s."organizationId" AND o."secretId" = s."id"
             AND o."state" IN ('intended', 'applied', 'unknown')) AS "isUnderWay"
    FROM "Secret" s
    JOIN "Vault" v ON v."organizationId" = s."organizationId" AND v."id" = s."vaultId"
    JOIN "Scope" sc ON sc."organizationId" = s."organizationId" AND sc."id" = s."scopeId"
    WHERE s."organizationId" = ${secret.organizationId}::uuid AND s."id" = ${secret.id}::uuid
      AND s."providerId" IS NOT NULL AND s."state" <> 'destroyed' AND s."currentVersion" > 0`
  if (row === undefined) return undefined
  const versions = await db.$queryRaw<KnownVersion[]>`
    SELECT "number", "state", "backendVersion", "fingerprint", "createdAt" FROM "SecretVersion"
    WHERE "organizationId" = ${secret.organizationId}::uuid AND "secretId" = ${secret.id}::uuid ORDER BY "number"`
  return { ...row, versions }
}

export interface ObservedVersion {
  number: number
  backendVersion: string | null
  state: VersionState
  createdAt: Date | null
  facts: { fingerprint: Uint8Array; sizeAtLeast: number; sizeAtMost: number; isText: boolean } | null
}

export interface Observation extends SecretKey {
  currentVersion: number
  /** What the backend calls the current version by now; null where it calls it as before. */
  token: string | null
  added: readonly ObservedVersion[]
  states: ReadonlyMap<number, VersionState>
  /** That it isn't ours any more, and only read until somebody takes it over. */
  isLost: boolean
  isDrift: boolean
}

/** Writes down what was found. The secret's row must be locked; its newest new version becomes the current one. */
export async function noteObservation(tx: Transaction, observation: Observation): Promise<void> {
  const { organizationId, id: secretId, currentVersion, added, states, token, isLost, isDrift } = observation
  if (token !== null) {
    await tx.secretVersion.update({
      where: { organizationId_secretId_number: { organizationId, secretId, number: currentVersion } },
      data: { backendVersion: token },
      select: { number: true },
    })
  }
  // By statements for all of them: how many there are is the backend's to say, and the lock is held meanwhile.
  for (const [state, versions] of Map.groupBy(states, ([, each]) => each)) {
    await tx.secretVersion.updateMany({
      where: { organizationId, secretId, number: { in: versions.map(([number]) => number) } },
      data: { state, ...(state === "destroyed" && { fingerprint: null }) },
    })
  }
  await tx.secretVersion.createMany({
    data: added.map(({ facts, createdAt, ...version }) => ({
      organizationId,
      secretId,
      ...version,
      ...(facts !== null && { ...facts, fingerprint: Buffer.from(facts.fingerprint) }),
      ...(createdAt !== null && { createdAt }),
      origin: "changed_at_backend",
      createdByKind: "system",
    })),
  })
  const newest = added.at(-1)?.number ?? null
  await tx.$executeRaw`
    UPDATE "Secret" SET "observedAt" = now(), "driftedAt" = CASE WHEN ${isDrift} THEN now() ELSE "driftedAt" END,
      "ownership" = CASE WHEN ${isLost} THEN 'external' ELSE "ownership" END,
      "currentVersion" = coalesce(${newest}::int, "currentVersion"), "nextVersion" = greatest("nextVersion", coalesce(${newest}::int, 0) + 1),
      "updatedAt" = CASE WHEN ${newest}::int IS NULL THEN "updatedAt" ELSE now() END
    WHERE "organizationId" = ${organizationId}::uuid AND "id" = ${secretId}::uuid`
}

/** The next number of a secret whose row is locked. */
export async function nextNumber(tx: Transaction, { organizationId, id }: SecretKey): Promise<number> {
  const { nextVersion } = await tx.secret.findUniqueOrThrow({
    where: { organizationId_id: { organizationId, id } },
    select: { nextVersion: true },
  })
  return nextVersion
}

/** Notes that a secret's backend was asked just now, and holds what we know. */
export async function noteSeen({ pool }: Database, { organizationId, id }: SecretKey): Promise<void> {
  await pool.query({
    name: "note-seen",
    text: `UPDATE "Secret" SET "observedAt" = now() WHERE "organizationId" = $1 AND "id" = $2`,
    values: [organizationId, id],
  })
}

/**
 * Takes remote secrets that it is time to look at, at most `each` of a provider, the longest unseen first: no other
 * process gets them until they are due again. Providers that can't serve are left out.
 */
export async function takeUnobserved(
  { pool }: Database,
  each: number,
): Promise<(SecretKey & { providerId: string })[]> {
  const { rows } = await pool.query<SecretKey & { providerId: string }>({
    name: "take-unobserved",
    text: `WITH due AS (
             SELECT s."organizationId", s."id", s."observedAt" FROM "Provider" p
             CROSS JOIN LATERAL (
               SELECT it."organizationId", it."id", it."observedAt" FROM "Secret" it
               WHERE it."organizationId" = p."organizationId" AND it."providerId" = p."id" AND it."state" IN ('active', 'disabled')
                 AND it."currentVersion" > 0
                 AND coalesce(it."observedAt" < now() - make_interval(secs => p."checkSeconds" * 0.8), true)
               ORDER BY it."observedAt" NULLS FIRST LIMIT $1
             ) AS s
             WHERE p."status" IN ('up', 'standby') AND p."approvedEpoch" = p."epoch"
           ), locked AS (
             SELECT s."organizationId", s."id" FROM "Secret" s JOIN due ON due."organizationId" = s."organizationId" AND due."id" = s."id"
             WHERE s."observedAt" IS NOT DISTINCT FROM due."observedAt"
             ORDER BY s."organizationId", s."id" FOR UPDATE OF s SKIP LOCKED
           )
           UPDATE "Secret" s SET "observedAt" = now() FROM locked
           WHERE s."organizationId" = locked."organizationId" AND s."id" = locked."id"
           RETURNING s."organizationId", s."id", s."providerId"`,
    values: [each],
  })
  return rows
}

/** Gives secrets back that were taken and couldn't be looked at. */
export async function giveBack({ pool }: Database, secrets: readonly SecretKey[]): Promise<void> {
  await pool.query({
    name: "give-back-unobserved",
    text: `UPDATE "Secret" s SET "observedAt" = NULL FROM unnest($1::uuid[], $2::uuid[]) AS back(org, secret)
           WHERE s."organizationId" = back.org AND s."id" = back.secret`,
    values: [secrets.map(({ organizationId }) => organizationId), secrets.map(({ id }) => id)],
  })
}

/** A secret of ours that holds a place at a provider; `isBeingRemoved` when it was destroyed and its store isn't done. */
export interface PlaceHolder {
  id: string
  name: string
  vault: string
  scope: string
  state: SecretState
  isBeingRemoved: boolean
}

/** Who holds a place, other than the secret itself: a secret, or one that was destroyed and is still being removed. */
export async function findHolder(
  { pool }: Database,
  place: { organizationId: string; providerId: string; location: string; field: string | null },
  except: string,
): Promise<PlaceHolder | undefined> {
  const { rows } = await pool.query<PlaceHolder>({
    name: "find-place-holder",
    text: `SELECT s."id", s."name", v."name" AS "vault", sc."path" AS "scope", s."state", s."state" = 'destroyed' AS "isBeingRemoved"
           FROM "Secret" s
           JOIN "Vault" v ON v."organizationId" = s."organizationId" AND v."id" = s."vaultId"
           JOIN "Scope" sc ON sc."organizationId" = s."organizationId" AND sc."id" = s."scopeId"
           WHERE s."organizationId" = $1 AND s."providerId" = $2 AND s."location" = $3 AND coalesce(s."field", '') = coalesce($4, '') AND s."id" <> $5
             AND (s."state" <> 'destroyed' OR EXISTS (SELECT 1 FROM "Operation" o WHERE o."organizationId" = s."organizationId"
               AND o."secretId" = s."id" AND o."state" IN ('intended', 'applied', 'unknown')))
           ORDER BY "isBeingRemoved" LIMIT 1`,
    values: [place.organizationId, place.providerId, place.location, place.field, except],
  })
  return rows[0]
}

/** The backend's tokens of a secret's versions that still mean something there, the newest first. */
export async function findTokens({ pool }: Database, { organizationId, id }: SecretKey): Promise<string[]> {
  const { rows } = await pool.query<{ backendVersion: string; isThere: boolean }>({
    name: "find-backend-tokens",
    text: `SELECT "backendVersion", "state" <> 'forgotten' AS "isThere" FROM "SecretVersion"
           WHERE "organizationId" = $1 AND "secretId" = $2 AND "backendVersion" IS NOT NULL ORDER BY "number" DESC`,
    values: [organizationId, id],
  })
  return rows.filter(({ isThere }) => isThere).map(({ backendVersion }) => backendVersion)
}

/** The backend's tokens of these versions, or of all. */
export async function findVersionKeys(
  { pool }: Database,
  { organizationId, id }: SecretKey,
): Promise<{ number: number; backendVersion: string | null }[]> {
  const { rows } = await pool.query<{ number: number; backendVersion: string | null }>({
    name: "find-version-keys",
    text: `SELECT "number", "backendVersion" FROM "SecretVersion" WHERE "organizationId" = $1 AND "secretId" = $2 ORDER BY "number"`,
    values: [organizationId, id],
  })
  return rows
}

/** Says that a store that keeps one value has none of the versions before this one. */
export async function forgetOlder(
  { pool }: Database,
  { organizationId, secretId }: { organizationId: string; secretId: string },
  number: number,
): Promise<void> {
  await pool.query({
    name: "forget-older",
    text: `UPDATE "SecretVersion" SET "state" = 'forgotten'
           WHERE "organizationId" = $1 AND "secretId" = $2 AND "number" < $3 AND "state" IN ('enabled', 'disabled', 'deleted')`,
    values: [organizationId, secretId, number],
  })
}
