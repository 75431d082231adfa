/**
 * Secrets as people see them: what is known of them, never a value. One query gives a row its facts, its author, its
 * reads and its marks; lists walk an index by folded name or by time, never by OFFSET.
 */
import type { ProviderSettings } from "../contract/dto.ts"
import {
  type ActorKind,
  builtInName,
  type Category,
  type Ownership,
  type ProviderKind,
  type SecretMark,
  type SecretState,
  type VersionOrigin,
} from "../contract/words.ts"
import type { Transaction } from "./database.ts"
import { Prisma } from "./generated/client.ts"
import type { ScopeRef } from "./scopes.ts"

/** Somebody who did something, as a joined row has them: no name when they are gone. */
export interface StoredActor {
  kind: ActorKind
  id: string | null
  name: string | null
}

export interface StoredSecret {
  id: string
  organizationId: string
  vaultId: string
  scopeId: string
  scope: string
  vault: string
  inheritable: boolean
  name: string
  foldedName: string
  category: Category | null
  description: string
  owner: { id: string; name: string } | null
  envName: string | null
  provider: ProviderKind
  providerId: string | null
  /** The name and the scope of a registered provider; null for the built-in store. */
  providerName: string | null
  providerScope: string | null
  /** What is kept of its settings: what can be done there depends on them. */
  providerSettings: ProviderSettings | null
  location: string
  field: string | null
  ownership: Ownership
  driftedAt: Date | null
  state: SecretState
  currentVersion: number
  rotationDays: number | null
  purgeAfter: Date | null
  createdAt: Date
  createdBy: StoredActor
  updatedAt: Date
  /** Facts of the current version; null while there is none. */
  current: {
    origin: VersionOrigin
    createdAt: Date
    createdBy: StoredActor
    sizeAtLeast: number | null
    sizeAtMost: number | null
    isText: boolean | null
  } | null
  readsLastDay: number
  fetchesOnOldVersion: number
  marks: SecretMark[]
  /** In an effective list: the narrower scope that wins. */
  shadowedBy: string | null
}

export interface SecretFilter {
  vaults?: readonly string[] | undefined
  categories?: readonly string[] | undefined
  providers?: readonly string[] | undefined
  states?: readonly string[] | undefined
  owners?: readonly string[] | undefined
  text?: string | undefined
}

/** Where a page begins: after this row. `at` is used when the order is by time. */
export interface SecretKey {
  name: string
  depth: number
  id: string
  at: string
}

export interface SecretQuery {
  scope: ScopeRef
  /** True: what the scope's machines could get, with what is shadowed; false: what is defined at the scope itself. */
  effective: boolean
  filter: SecretFilter
  sort: "name" | "updated"
  after: SecretKey | undefined
  limit: number
}

/** One page in the order asked for, and one row more where there is a next page. */
export async function listSecrets(db: Transaction, query: SecretQuery): Promise<StoredSecret[]> {
  const { scope, effective, filter, sort, after, limit } = query
  const scopeIds = effective ? scope.lineage : [scope.id]
  const order =
    sort === "name" ? Prisma.sql`s."foldedName", "depth", s."id"` : Prisma.sql`s."updatedAt" DESC, s."id" DESC`
  // Each scope's part walks that scope's own index as far as the page needs; the parts are then merged. What is to be
  // told of a secret is looked up for the page alone: with it in the parts, they would be joined whole before they end.
  const parts = scopeIds.map(
    (scopeId, depth) => Prisma.sql`(
    SELECT s."id", s."foldedName", s."updatedAt", ${depth}::int AS "depth" FROM ${secretTables}
    WHERE s."organizationId" = ${scope.organizationId}::uuid AND s."scopeId" = ${scopeId}::uuid
      AND ${visibleFrom(depth)} AND ${matches(scope, depth, filter)} AND ${startsAfter(depth, sort, after)}
    ORDER BY ${sort === "name" ? Prisma.sql`s."foldedName", s."id"` : order} LIMIT ${limit + 1})`,
  )
  const page = Prisma.sql`SELECT s."id", s."depth" FROM (${Prisma.join(parts, " UNION ALL ")}) AS s ORDER BY ${order} LIMIT ${limit + 1}`
  const rows = await db.$queryRaw<SecretRow[]>`${describe(scope, page)} ORDER BY ${order}`
  return rows.map(toSecret)
}

export interface SecretTotals {
  /** Matching secrets that nothing narrower shadows. */
  total: number
  shadowed: number
  /** Of the unshadowed ones, those whose rotation is due. */
  due: number
}

/** How many secrets a query's filter matches, whatever the page. */
export async function countSecrets(db: Transaction, { scope, effective, filter }: SecretQuery): Promise<SecretTotals> {
  const scopeIds = effective ? scope.lineage : [scope.id]
  const parts = scopeIds.map(
    (scopeId, depth) => Prisma.sql`
    SELECT ${isShadowed(scope, depth)} AS "isShadowed", ${isDue} AS "isDue"
    FROM ${secretTables}
    WHERE s."organizationId" = ${scope.organizationId}::uuid AND s."scopeId" = ${scopeId}::uuid
      AND ${visibleFrom(depth)} AND ${matches(scope, depth, filter)}`,
  )
  const [row] = await db.$queryRaw<Record<keyof SecretTotals, bigint>[]>`
    ${withTouchingGrants(scope)}
    SELECT count(*) FILTER (WHERE NOT "isShadowed") AS "total", count(*) FILTER (WHERE "isShadowed") AS "shadowed",
           count(*) FILTER (WHERE "isDue" AND NOT "isShadowed") AS "due"
    FROM (${Prisma.join(parts, " UNION ALL ")}) AS merged`
  return { total: Number(row?.total ?? 0), shadowed: Number(row?.shadowed ?? 0), due: Number(row?.due ?? 0) }
}

/**
 * The secrets of one name, narrowest scope first: those that a reference means at this scope. Deleted ones are there
 * too, destroyed ones and those whose first version was never committed are not.
 */
export async function findSecrets(
  db: Transaction,
  scope: ScopeRef,
  vault: string,
  foldedName: string,
): Promise<StoredSecret[]> {
  const parts = scope.lineage.map(
    (scopeId, depth) => Prisma.sql`
    SELECT s."id", ${depth}::int AS "depth" FROM ${secretTables}
    WHERE v."organizationId" = ${scope.organizationId}::uuid AND v."scopeId" = ${scopeId}::uuid AND v."name" = ${vault}
      AND s."foldedName" = ${foldedName} AND s."state" <> 'destroyed' AND ${visibleFrom(depth)}`,
  )
  const rows = await db.$queryRaw<SecretRow[]>`${describe(scope, Prisma.join(parts, " UNION ALL "))} ORDER BY "depth"`
  return rows.map(toSecret)
}

export interface LockedSecret {
  id: string
  name: string
  foldedName: string
  vaultId: string
  scopeId: string
  state: SecretState
  currentVersion: number
  /** Where it is kept, now that nobody can bind it elsewhere. */
  providerId: string | null
  location: string
  field: string | null
  ownership: Ownership
  deletedAt: Date | null
  purgeAfter: Date | null
}

/** Locks a secret's row until the transaction ends: the first of all locks. */
export async function lockSecret(
  tx: Transaction,
  organizationId: string,
  id: string,
): Promise<LockedSecret | undefined> {
  const [row] = await tx.$queryRaw<LockedSecret[]>`
    SELECT "id", "name", "foldedName", "vaultId", "scopeId", "state", "currentVersion", "providerId", "location", "field",
      "ownership", "deletedAt", "purgeAfter"
    FROM "Secret" WHERE "organizationId" = ${organizationId}::uuid AND "id" = ${id}::uuid FOR UPDATE`
  return row
}

/** Who typed the current version's value: the author of the version that a chain of rollbacks began with. */
export async function authorOfValue(
  db: Transaction,
  secret: StoredSecret,
): Promise<{ origin: VersionOrigin; by: StoredActor } | undefined> {
  const [row] = await db.$queryRaw<
    { origin: VersionOrigin; kind: ActorKind; id: string | null; name: string | null }[]
  >`
    WITH RECURSIVE source AS (
      SELECT * FROM "SecretVersion"
      WHERE "organizationId" = ${secret.organizationId}::uuid AND "secretId" = ${secret.id}::uuid AND "number" = ${secret.currentVersion}
      UNION ALL
      SELECT older.* FROM source JOIN "SecretVersion" older
        ON older."organizationId" = source."organizationId" AND older."secretId" = source."secretId" AND older."number" = source."sourceVersion"
      WHERE source."origin" = 'rolled_back')
    SELECT source."origin", source."createdByKind" AS "kind", source."createdById" AS "id", coalesce(p."name", a."name") AS "name"
    FROM source
    LEFT JOIN "Person" p ON p."organizationId" = source."organizationId" AND p."id" = source."createdById"
    LEFT JOIN "ServiceAccount" a ON a."organizationId" = source."organizationId" AND a."id" = source."createdById"
    WHERE source."origin" <> 'rolled_back'`
  return row && { origin: row.origin, by: { kind: row.kind, id: row.id, name: row.name } }
}

/** How many service accounts fetched the secret, and when the last one did. */
export async function fetchesOf(
  db: Transaction,
  { organizationId, id }: StoredSecret,
): Promise<{ total: number; lastAt: Date | null }> {
  const found = await db.lastFetch.aggregate({
    where: { organizationId, secretId: id },
    _count: true,
    _max: { at: true },
  })
  return { total: found._count, lastAt: found._max.at }
}

// --- the pieces of the queries

/** What a secret is filtered by. Postgres leaves the provider out where nothing asks for it. */
const secretTables = Prisma.sql`"Secret" s
  JOIN "Vault" v ON v."organizationId" = s."organizationId" AND v."id" = s."vaultId"
  LEFT JOIN "Provider" kept ON kept."organizationId" = s."organizationId" AND kept."id" = s."providerId"`

/** The few that are to be rotated are asked for their version, one by one: counting shouldn't read everybody's. */
const isDue = Prisma.sql`(s."state" = 'active' AND s."rotationDays" IS NOT NULL AND now() > (
  SELECT due."createdAt" + make_interval(days => s."rotationDays") FROM "SecretVersion" due
  WHERE due."organizationId" = s."organizationId" AND due."secretId" = s."id" AND due."number" = s."currentVersion"))`

const fetchesOnOldVersion = Prisma.sql`(SELECT count(*) FROM "LastFetch" f
  WHERE f."organizationId" = s."organizationId" AND f."secretId" = s."id" AND f."version" <> s."currentVersion")`

/**
 * What machines could read of all that this scope sees, by grants that one person gave: each shape of a grant once, and
 * how far above the scope it was given (0 is the scope itself, -1 all that lies beneath it). However many machines there
 * are, that is a handful of rows; it is worked out once, and not anew for each secret.
 */
function withTouchingGrants(scope: ScopeRef): Prisma.Sql {
  const lineage = Prisma.sql`${[...scope.lineage]}::uuid[]`
  return Prisma.sql`WITH touching AS MATERIALIZED (
    SELECT DISTINCT coalesce(array_position(${lineage}, g."scopeId") - 1, -1) AS "level", g."vaultName", lower(g."prefix") AS "prefix"
    FROM "Grant" g
    JOIN "Scope" at ON at."organizationId" = g."organizationId" AND at."id" = g."scopeId"
    JOIN "ServiceAccount" a ON a."organizationId" = g."organizationId" AND a."id" = g."serviceAccountId" AND a."disabledAt" IS NULL
    LEFT JOIN "Delegation" d ON d."organizationId" = g."organizationId" AND d."grantId" = g."id" AND d."confirmedById" IS NOT NULL
    WHERE g."organizationId" = ${scope.organizationId}::uuid AND g."access" = 'read' AND g."revokedAt" IS NULL AND d."id" IS NULL
      AND (at."id" = ANY(${lineage}) OR starts_with(at."path", ${`${scope.path}.`})))`
}

/** A grant reaches the secret from its own scope or above, and from beneath only through an inheritable vault. */
function isSelfGranted(depth: number | Prisma.Sql): Prisma.Sql {
  return Prisma.sql`EXISTS (SELECT 1 FROM touching t
    WHERE (t."vaultName" IS NULL OR t."vaultName" = v."name") AND (t."prefix" IS NULL OR starts_with(s."foldedName", t."prefix"))
      AND (t."level" >= ${depth}::int OR v."inheritable"))`
}

/** The path of the narrower scope whose living secret of the same name and vault wins; NULL where this one does. */
function shadowedBy(scope: ScopeRef, depth: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(SELECT nsc."path" ${winnersOver(scope, depth)}
    AND nv."name" = v."name" AND ns."foldedName" = s."foldedName" ORDER BY length(nsc."path") DESC LIMIT 1)`
}

/** Whether there is one. The winners' names are looked up once for all: that is for counting, and for asking of many. */
function isShadowed(scope: ScopeRef, depth: number): Prisma.Sql {
  if (depth === 0) return Prisma.sql`FALSE`
  return Prisma.sql`((v."name", s."foldedName") IN (SELECT nv."name", ns."foldedName" ${winnersOver(scope, depth)}))`
}

/** The living secrets of the scopes that are narrower than what lies at this depth. */
function winnersOver(scope: ScopeRef, depth: number | Prisma.Sql): Prisma.Sql {
  return Prisma.sql`FROM "Vault" nv
    JOIN "Secret" ns ON ns."organizationId" = nv."organizationId" AND ns."vaultId" = nv."id"
    JOIN "Scope" nsc ON nsc."organizationId" = nv."organizationId" AND nsc."id" = nv."scopeId"
    WHERE nv."organizationId" = ${scope.organizationId}::uuid AND nv."scopeId" = ANY((${[...scope.lineage]}::uuid[])[1:${depth}])
      AND ns."state" IN ('active', 'disabled') AND ns."currentVersion" > 0
      AND (nv."inheritable" OR nv."scopeId" = ${scope.id}::uuid)`
}

/** A wider scope's vault is seen from below only if it is inheritable; a secret, once its first version is committed. */
function visibleFrom(depth: number): Prisma.Sql {
  return depth === 0 ? Prisma.sql`s."currentVersion" > 0` : Prisma.sql`s."currentVersion" > 0 AND v."inheritable"`
}

/** All that is told of the secrets that `chosen` names, by their ids and how far above the scope they lie. */
function describe(scope: ScopeRef, chosen: Prisma.Sql): Prisma.Sql {
  const depth = Prisma.sql`chosen."depth"`
  return Prisma.sql`${withTouchingGrants(scope)}, chosen AS MATERIALIZED (${chosen})
    SELECT s.*, ${depth}, sc."path" AS "scope", v."name" AS "vault", v."inheritable",
      kept."name" AS "providerName", keptAt."path" AS "providerScope", kept."settings" AS "providerSettings", owner."name" AS "ownerName",
      coalesce(maker."name", makerAccount."name") AS "createdByName",
      c."origin", c."createdAt" AS "versionAt", c."createdByKind" AS "versionByKind", c."createdById" AS "versionById",
      coalesce(author."name", authorAccount."name") AS "versionByName", c."sizeAtLeast", c."sizeAtMost", c."isText",
      (SELECT coalesce(sum(r."count"), 0)::int FROM "ReadCount" r
        WHERE r."organizationId" = s."organizationId" AND r."secretId" = s."id" AND r."hour" > now() - interval '24 hours') AS "readsLastDay",
      ${fetchesOnOldVersion}::int AS "fetchesOnOldVersion", ${isDue} AS "isDue", ${isSelfGranted(depth)} AS "isSelfGranted",
      ${shadowedBy(scope, depth)} AS "shadowedBy"
    FROM chosen
    JOIN "Secret" s ON s."organizationId" = ${scope.organizationId}::uuid AND s."id" = chosen."id"
    JOIN "Scope" sc ON sc."organizationId" = s."organizationId" AND sc."id" = s."scopeId"
    JOIN "Vault" v ON v."organizationId" = s."organizationId" AND v."id" = s."vaultId"
    LEFT JOIN "SecretVersion" c ON c."organizationId" = s."organizationId" AND c."secretId" = s."id" AND c."number" = s."currentVersion"
    LEFT JOIN "Provider" kept ON kept."organizationId" = s."organizationId" AND kept."id" = s."providerId"
    LEFT JOIN "Scope" keptAt ON keptAt."organizationId" = kept."organizationId" AND keptAt."id" = kept."scopeId"
    LEFT JOIN "Person" owner ON owner."organizationId" = s."organizationId" AND owner."id" = s."ownerId"
    LEFT JOIN "Person" maker ON maker."organizationId" = s."organizationId" AND maker."id" = s."createdById"
    LEFT JOIN "ServiceAccount" makerAccount ON makerAccount."organizationId" = s."organizationId" AND makerAccount."id" = s."createdById"
    LEFT JOIN "Person" author ON author."organizationId" = s."organizationId" AND author."id" = c."createdById"
    LEFT JOIN "ServiceAccount" authorAccount ON authorAccount."organizationId" = s."organizationId" AND authorAccount."id" = c."createdById"`
}

function matches(scope: ScopeRef, depth: number, filter: SecretFilter): Prisma.Sql {
  const all = [
    matchesState(scope, depth, filter.states),
    ...(filter.vaults ? [Prisma.sql`v."name" = ANY(${[...filter.vaults]})`] : []),
    ...(filter.categories ? [Prisma.sql`s."category" = ANY(${[...filter.categories]})`] : []),
    ...(filter.providers ? [Prisma.sql`coalesce(kept."name", ${builtInName}) = ANY(${[...filter.providers]})`] : []),
    ...(filter.owners ? [Prisma.sql`s."ownerId" = ANY(${[...filter.owners]}::uuid[])`] : []),
    ...(filter.text
      ? [Prisma.sql`position(lower(${filter.text}) IN s."foldedName" || ' ' || lower(s."description")) > 0`]
      : []),
  ]
  return Prisma.join(all, " AND ")
}

/** Without a filter the living are listed. Beneath a wider scope, a deleted secret is nobody's business. */
function matchesState(scope: ScopeRef, depth: number, states: readonly string[] | undefined): Prisma.Sql {
  const living = Prisma.sql`s."state" IN ('active', 'disabled')`
  if (states === undefined || states.length === 0) return living
  const marks: Readonly<Record<string, Prisma.Sql>> = {
    rotation_due: Prisma.sql`(${living} AND ${isDue})`,
    external: Prisma.sql`(${living} AND s."ownership" = 'external')`,
    old_version_in_use: Prisma.sql`(${living} AND ${fetchesOnOldVersion} > 0)`,
    shadowed: Prisma.sql`(${living} AND ${isShadowed(scope, depth)})`,
    self_granted: Prisma.sql`(${living} AND ${isSelfGranted(depth)})`,
    drifted: Prisma.sql`(${living} AND s."driftedAt" IS NOT NULL)`,
  }
  const wanted = states.map((state) => marks[state] ?? Prisma.sql`s."state" = ${state}`)
  const own = depth === 0 ? Prisma.sql`TRUE` : living
  return Prisma.sql`(${Prisma.join(wanted, " OR ")}) AND ${own}`
}

function startsAfter(depth: number, sort: "name" | "updated", after: SecretKey | undefined): Prisma.Sql {
  if (after === undefined) return Prisma.sql`TRUE`
  if (sort === "updated") return Prisma.sql`(s."updatedAt", s."id") < (${after.at}::timestamptz, ${after.id}::uuid)`
  // Rows of one name stand in the order of their scopes, narrowest first, so what follows depends on the row's own depth.
  if (depth > after.depth) return Prisma.sql`s."foldedName" >= ${after.name}`
  if (depth < after.depth) return Prisma.sql`s."foldedName" > ${after.name}`
  return Prisma.sql`(s."foldedName", s."id") > (${after.name}, ${after.id}::uuid)`
}

// --- rows

interface SecretRow {
  organizationId: string
  id: string
  vaultId: string
  scopeId: string
  depth: number
  scope: string
  vault: string
  inheritable: boolean
  name: string
  foldedName: string
  category: Category | null
  description: string
  ownerId: string | null
  ownerName: string | null
  envName: string | null
  provider: ProviderKind
  providerId: string | null
  providerName: string | null
  providerScope: string | null
  providerSettings: ProviderSettings | null
  location: string
  field: string | null
  ownership: Ownership
  driftedAt: Date | null
  state: SecretState
  currentVersion: number
  rotationDays: number | null
  purgeAfter: Date | null
  createdAt: Date
  createdByKind: ActorKind
  createdById: string | null
  createdByName: string | null
  updatedAt: Date
  origin: VersionOrigin | null
  versionAt: Date | null
  versionByKind: ActorKind | null
  versionById: string | null
  versionByName: string | null
  sizeAtLeast: number | null
  sizeAtMost: number | null
  isText: boolean | null
  readsLastDay: number
  fetchesOnOldVersion: number
  isDue: boolean | null
  isSelfGranted: boolean
  shadowedBy: string | null
}

function toSecret(row: SecretRow): StoredSecret {
  return {
    ...row,
    owner: row.ownerId === null ? null : { id: row.ownerId, name: row.ownerName ?? "" },
    createdBy: { kind: row.createdByKind, id: row.createdById, name: row.createdByName },
    current: currentOf(row),
    marks: marksOf(row),
  }
}

function currentOf(row: SecretRow): StoredSecret["current"] {
  const { origin, versionAt, versionByKind, versionById, versionByName, sizeAtLeast, sizeAtMost, isText } = row
  if (origin === null || versionAt === null || versionByKind === null) return null
  const createdBy = { kind: versionByKind, id: versionById, name: versionByName }
  return { origin, createdAt: versionAt, createdBy, sizeAtLeast, sizeAtMost, isText }
}

function marksOf(row: SecretRow): SecretMark[] {
  const marks: [SecretMark, boolean][] = [
    ["rotation_due", row.isDue === true],
    ["shadowed", row.shadowedBy !== null],
    ["external", row.ownership === "external"],
    ["old_version_in_use", row.fetchesOnOldVersion > 0],
    ["self_granted", row.isSelfGranted],
    ["drifted", row.driftedAt !== null],
  ]
  return marks.filter(([, holds]) => holds).map(([mark]) => mark)
}
