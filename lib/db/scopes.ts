import type { Environment, Protection, ScopeKind } from "../contract/words.ts"
import { texts, uuids } from "./binary-lists.ts"
import type { Database, Transaction } from "./database.ts"
import { Prisma } from "./generated/client.ts"
import { inBatches } from "./in-batches.ts"

/** A scope and the way up from it. */
export interface ScopeRef {
  organizationId: string
  id: string
  path: string
  kind: ScopeKind
  name: string
  environment: Environment | null
  /** What counts: two people where this scope or one above asks for them. */
  protection: Protection
  /** What is chosen at this very scope. */
  ownProtection: Protection
  /** This scope's id first, then its parent's, up to the organization's. */
  lineage: readonly string[]
}

/** The scope with this path in this organization, with what lies above it; undefined when there is none. */
export async function findScope(db: Transaction, organizationId: string, path: string): Promise<ScopeRef | undefined> {
  const rows = await db.scope.findMany({
    where: { organizationId, path: { in: pathsUpFrom(path) } },
    select: { id: true, path: true, kind: true, name: true, environment: true, protection: true },
  })
  return toScope(organizationId, path, rows)
}

/** The same outside of a transaction: what is asked in one turn of the event loop shares a statement. */
export async function lookUpScope(
  database: Database,
  organizationId: string,
  path: string,
): Promise<ScopeRef | undefined> {
  return toScope(organizationId, path, await lookupOf(database)({ organizationId, path }))
}

interface ScopeName {
  organizationId: string
  path: string
}

interface ScopeRow {
  id: string
  path: string
  kind: string
  name: string
  environment: string | null
  protection: string
}

const lookups = new WeakMap<Database, (name: ScopeName) => Promise<ScopeRow[]>>()

function lookupOf(database: Database): (name: ScopeName) => Promise<ScopeRow[]> {
  const known = lookups.get(database) ?? inBatches((names: ScopeName[]) => lookUpAll(database, names))
  lookups.set(database, known)
  return known
}

/** Many ask for the same few scopes at once, so each is looked up once. */
async function lookUpAll({ pool }: Database, names: readonly ScopeName[]): Promise<ScopeRow[][]> {
  const wanted = new Map<string, ScopeName>()
  const keysOf = names.map(({ organizationId, path }) =>
    pathsUpFrom(path).map((each) => {
      const key = `${organizationId} ${each}`
      wanted.set(key, { organizationId, path: each })
      return key
    }),
  )
  const each = [...wanted.values()]
  const { rows } = await pool.query<ScopeRow & { organizationId: string }>({
    name: "look-up-scopes",
    text: `SELECT s."organizationId", s."id", s."path", s."kind", s."name", s."environment", s."protection"
           FROM unnest($1::uuid[], $2::text[]) AS item(org, path)
           JOIN "Scope" s ON s."organizationId" = item.org AND s."path" = item.path`,
    values: [uuids(each.map(({ organizationId }) => organizationId)), texts(each.map(({ path }) => path))],
  })
  const found = new Map(rows.map((row) => [`${row.organizationId} ${row.path}`, row]))
  return keysOf.map((keys) => keys.flatMap((key) => found.get(key) ?? []))
}

function toScope(organizationId: string, path: string, rows: readonly ScopeRow[]): ScopeRef | undefined {
  const narrowestFirst = rows.toSorted((a, b) => b.path.length - a.path.length)
  const [scope] = narrowestFirst
  if (scope?.path !== path) return undefined
  return {
    organizationId,
    id: scope.id,
    path,
    // The three columns are held to their words by constraints of the table.
    kind: scope.kind as ScopeKind,
    name: scope.name,
    environment: scope.environment as Environment | null,
    protection: rows.some(({ protection }) => protection === "two_people") ? "two_people" : "recorded",
    ownProtection: scope.protection as Protection,
    lineage: narrowestFirst.map(({ id }) => id),
  }
}

/** The protection that counts at the scope `sc`: its own, or the one of its organization or team. */
export const protectionOf = Prisma.sql`(CASE WHEN EXISTS (
    SELECT 1 FROM "Scope" AS above WHERE above."organizationId" = sc."organizationId" AND above."protection" = 'two_people'
      AND above."path" IN (sc."path", split_part(sc."path", '.', 1), substring(sc."path" FROM '^[^.]+[.][^.]+'))
  ) THEN 'two_people' ELSE 'recorded' END)`

/** `a.b.c`, `a.b`, `a` */
function pathsUpFrom(path: string): string[] {
  const slugs = path.split(".")
  return slugs.map((_, index) => slugs.slice(0, slugs.length - index).join("."))
}

/** True for the scope itself and everything beneath it. Compared slug by slug: `acme.pay` doesn't hold `acme.payments`. */
export function isWithin(path: string, outer: string): boolean {
  return path === outer || path.startsWith(`${outer}.`)
}

/** Says that what machines get at this scope, and so beneath it, may have changed. In the change's own transaction. */
export async function bumpGeneration(db: Transaction, scope: { organizationId: string; id: string }): Promise<void> {
  const { organizationId, id } = scope
  await db.scope.update({
    where: { organizationId_id: { organizationId, id } },
    data: { generation: { increment: 1 } },
    select: { id: true },
  })
}

export interface ListedScope {
  id: string
  path: string
  kind: ScopeKind
  name: string
  environment: Environment | null
  secretCount: number
}

/**
 * The scopes within any of `roots`, and those above them, in the order of their paths: what a person with roles at the
 * roots gets to know of the tree.
 */
export async function listScopesAround(
  db: Transaction,
  organizationId: string,
  roots: readonly string[],
  { after, limit }: { after: string | undefined; limit: number },
): Promise<ListedScope[]> {
  return db.$queryRaw<ListedScope[]>`
    WITH page AS MATERIALIZED (
      SELECT sc."id", sc."path", sc."kind", sc."name", sc."environment" FROM "Scope" sc
      WHERE sc."organizationId" = ${organizationId}::uuid AND sc."path" > ${after ?? ""}
        AND ${isAround(Prisma.sql`sc."path"`, roots)}
      ORDER BY sc."path" LIMIT ${limit}),
    counted AS MATERIALIZED (
      SELECT s."scopeId", count(*)::int AS "secrets" FROM "Secret" s
      WHERE s."organizationId" = ${organizationId}::uuid AND s."scopeId" = ANY(ARRAY(SELECT "id" FROM page))
        AND s."state" IN ('active', 'disabled') AND s."currentVersion" > 0
      GROUP BY s."scopeId")
    SELECT page.*, coalesce(counted."secrets", 0) AS "secretCount"
    FROM page LEFT JOIN counted ON counted."scopeId" = page."id" ORDER BY page."path"`
}

/** The condition that a path lies within any of `roots` or above one: somebody with roles there may know that it exists. */
export function isAround(path: Prisma.Sql, roots: readonly string[]): Prisma.Sql {
  const above = [...new Set(roots.flatMap(pathsUpFrom))]
  return Prisma.sql`(${path} = ANY(${above}) OR EXISTS (
    SELECT 1 FROM unnest(${[...roots]}::text[]) AS root WHERE starts_with(${path}, root || '.')))`
}

/** Gives a scope another slug: its path changes, and with it that of everything beneath. */
export async function renameScope(db: Transaction, scope: ScopeRef, slug: string): Promise<string> {
  const [, ...outerReversed] = scope.path.split(".").reverse()
  const path = [...outerReversed.reverse(), slug].join(".")
  await db.$executeRaw`
    UPDATE "Scope" SET "path" = ${path} || substr("path", ${scope.path.length + 1}),
      "slug" = CASE WHEN "id" = ${scope.id}::uuid THEN ${slug} ELSE "slug" END, "generation" = "generation" + 1
    WHERE "organizationId" = ${scope.organizationId}::uuid AND ("path" = ${scope.path} OR starts_with("path", ${`${scope.path}.`}))`
  return path
}

/**
 * Removes a scope with all that is beneath it. What hangs on it by a key goes with it; what the built-in store and the
 * statistics keep by a secret's id alone is removed first. A write that is under way keeps its Operation: the
 * reconciler takes from the store what comes too late. What registered providers keep stays where it is, and the
 * providers that were registered there are forgotten: see `countLeftBehind`.
 */
export async function removeScope(db: Transaction, scope: ScopeRef): Promise<void> {
  const { organizationId, id, path } = scope
  const beneath = Prisma.sql`SELECT s."id" FROM "Secret" s JOIN "Scope" sc ON sc."organizationId" = s."organizationId" AND sc."id" = s."scopeId"
    WHERE s."organizationId" = ${organizationId}::uuid AND (sc."path" = ${path} OR starts_with(sc."path", ${`${path}.`}))`
  await holdStill(db, scope)
  await db.$executeRaw`DELETE FROM "SealedValue" WHERE "organizationId" = ${organizationId}::uuid AND "secretId" IN (${beneath})`
  await db.$executeRaw`DELETE FROM "LastFetch" WHERE "organizationId" = ${organizationId}::uuid AND "secretId" IN (${beneath})`
  await db.$executeRaw`DELETE FROM "ReadCount" WHERE "organizationId" = ${organizationId}::uuid AND "secretId" IN (${beneath})`
  await db.$executeRaw`
    DELETE FROM "Operation" WHERE "organizationId" = ${organizationId}::uuid AND "secretId" IN (${beneath})
      AND "state" IN ('committed', 'abandoned')`
  await forgetProviders(db, scope, beneath)
  await db.scope.delete({ where: { organizationId_id: { organizationId, id } } })
}

/** What a scope's removal leaves at backends: values of its secrets, and of others' secrets at providers of its own. */
export async function countLeftBehind(
  db: Transaction,
  { organizationId, path }: ScopeRef,
): Promise<{ atBackends: number; ofOthers: number }> {
  const [row] = await db.$queryRaw<{ atBackends: number; ofOthers: number }[]>`
    SELECT count(*) FILTER (WHERE ${isWithinPath(Prisma.sql`sc."path"`, path)})::int AS "atBackends",
      count(*) FILTER (WHERE NOT ${isWithinPath(Prisma.sql`sc."path"`, path)} AND ${isWithinPath(Prisma.sql`at."path"`, path)})::int AS "ofOthers"
    FROM "Secret" s
    JOIN "Scope" sc ON sc."organizationId" = s."organizationId" AND sc."id" = s."scopeId"
    JOIN "Provider" p ON p."organizationId" = s."organizationId" AND p."id" = s."providerId"
    JOIN "Scope" at ON at."organizationId" = p."organizationId" AND at."id" = p."scopeId"
    WHERE s."organizationId" = ${organizationId}::uuid AND s."state" <> 'destroyed'`
  return row ?? { atBackends: 0, ofOthers: 0 }
}

/** Providers of the scope and beneath. Secrets come first, since a provider isn't forgotten while one points to it. */
async function forgetProviders(
  db: Transaction,
  { organizationId, path }: ScopeRef,
  secrets: Prisma.Sql,
): Promise<void> {
  const providers = Prisma.sql`SELECT p."id" FROM "Provider" p JOIN "Scope" sc ON sc."organizationId" = p."organizationId" AND sc."id" = p."scopeId"
    WHERE p."organizationId" = ${organizationId}::uuid AND ${isWithinPath(Prisma.sql`sc."path"`, path)}`
  await db.$executeRaw`DELETE FROM "Secret" WHERE "organizationId" = ${organizationId}::uuid AND "id" IN (${secrets})`
  await db.$executeRaw`
    UPDATE "Secret" SET "providerId" = NULL, "provider" = 'local_encrypted'
    WHERE "organizationId" = ${organizationId}::uuid AND "state" = 'destroyed' AND "providerId" IN (${providers})`
  await db.$executeRaw`
    UPDATE "Scope" SET "defaultProviderId" = NULL
    WHERE "organizationId" = ${organizationId}::uuid AND "defaultProviderId" IN (${providers})`
  await db.$executeRaw`DELETE FROM "Provider" WHERE "organizationId" = ${organizationId}::uuid AND "id" IN (${providers})`
}

function isWithinPath(path: Prisma.Sql, outer: string): Prisma.Sql {
  return Prisma.sql`(${path} = ${outer} OR starts_with(${path}, ${`${outer}.`}))`
}

/** Until the transaction ends, no secret comes into the scope or goes out of it, and none gets a version. */
async function holdStill(db: Transaction, { organizationId, path }: ScopeRef): Promise<void> {
  for (const table of [Prisma.sql`"Vault"`, Prisma.sql`"Secret"`]) {
    await db.$executeRaw`
      SELECT count(*) FROM (
        SELECT held."id" FROM ${table} held JOIN "Scope" sc ON sc."organizationId" = held."organizationId" AND sc."id" = held."scopeId"
        WHERE held."organizationId" = ${organizationId}::uuid AND (sc."path" = ${path} OR starts_with(sc."path", ${`${path}.`}))
        ORDER BY held."id" FOR UPDATE OF held) AS locked`
  }
}
