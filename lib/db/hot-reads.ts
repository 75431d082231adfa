/**
 * The prepared SQL of machine reads. One statement answers all the questions of a turn: whose token, from where, with
 * which grant, which secret wins, and its sealed value. Everything is looked up on every request, so what was revoked,
 * disabled or moved counts from the next one on. What it means is core's to decide.
 *
 * Each step is a lateral subquery with a limit (or an offset of none), which Postgres doesn't dissolve: it walks indexes
 * row by row, whatever it believes of the tables' sizes when it plans.
 */
import type { SecretState, VersionState } from "../contract/words.ts"
import { byteas, ints, texts } from "./binary-lists.ts"
import type { Database } from "./database.ts"

/** One value asked for, by whoever has the token. A null scope means the token's own. */
export interface ValueQuestion {
  tokenHash: Uint8Array
  scope: string | null
  vault: string
  foldedName: string
  /** Null means the current one. */
  version: number | null
}

/** The service account that a token belongs to, and whether the token is good. */
export interface KnownMachine {
  tokenId: string
  tokenHash: Uint8Array
  organizationId: string
  accountId: string
  accountName: string
  scopeId: string
  scope: string
  cidrs: string[]
  expiresAt: Date
  /** Why the token is no good, whatever it is used for; null when it is. */
  fault: "revoked" | "expired" | "disabled" | null
  /** True when its last use was noted more than a minute ago. */
  wantsNote: boolean
  /** The database's time of this lookup. */
  lookedUpAt: Date
}

/** The scope that is read in. */
export interface Workspace {
  id: string
  path: string
}

export interface FoundSecret {
  id: string
  name: string
  envName: string | null
  /** Grows when the secret is bound to another place. */
  epoch: number
  /** The remote store that keeps it; null is the built-in one. */
  providerId: string | null
  state: SecretState
  scope: string
  vault: string
  version: number
  /** Null when there is no such version. */
  versionState: VersionState | null
  /** The built-in store's row; null when it has none, and where the caller isn't granted. */
  sealed: SealedRow | null
  /** True when the account's last fetch is of this version and hardly older than ten seconds. */
  fetchedLately: boolean
}

export interface SealedRow {
  sealed: Uint8Array
  wrappedKey: Uint8Array
  keyEpoch: number
}

export interface ValueFinding {
  machine: KnownMachine | null
  workspace: Workspace | null
  granted: boolean
  /** The secret that wins in the workspace, also where no grant covers it. */
  secret: FoundSecret | null
}

/** A workspace's effective set asked for: all vaults that are granted, or these. */
export interface SetQuestion {
  tokenHash: Uint8Array
  scope: string | null
}

/** What an effective set depends on, without the set. */
export interface SetFinding {
  machine: KnownMachine | null
  workspace: Workspace | null
  /** Of the workspace and each scope above it, narrowest first. */
  generations: string[]
  /** The read grants that cover the workspace, in the order of their ids. */
  grantIds: string[]
  /** The vaults that the workspace sees and a grant covers at least in part. */
  vaults: string[]
}

/** The findings of many questions, in their order. */
export async function findValues({ pool }: Database, questions: readonly ValueQuestion[]): Promise<ValueFinding[]> {
  const { rows } = await pool.query<ValueRow>({
    name: "find-values",
    text: findValuesText,
    values: [
      byteas(questions.map(({ tokenHash }) => tokenHash)),
      texts(questions.map(({ scope }) => scope)),
      texts(questions.map(({ vault }) => vault)),
      texts(questions.map(({ foldedName }) => foldedName)),
      ints(questions.map(({ version }) => version)),
    ],
  })
  return rows.map(toValueFinding)
}

/** What the sets of many questions depend on, in the questions' order. */
export async function findSets({ pool }: Database, questions: readonly SetQuestion[]): Promise<SetFinding[]> {
  const { rows } = await pool.query<SetRow>({
    name: "find-sets",
    text: findSetsText,
    values: [byteas(questions.map(({ tokenHash }) => tokenHash)), texts(questions.map(({ scope }) => scope))],
  })
  return rows.map((row) => ({
    machine: toMachine(row),
    workspace: toWorkspace(row),
    generations: row.generations ?? [],
    grantIds: row.grantIds ?? [],
    vaults: row.vaults ?? [],
  }))
}

export interface EffectiveSetQuery {
  organizationId: string
  accountId: string
  workspaceId: string
  /** Null means all. */
  vaults: readonly string[] | null
}

/** The winners of a workspace that the account's grants cover, by vault and name. */
export async function findEffectiveSet({ pool }: Database, query: EffectiveSetQuery): Promise<FoundSecret[]> {
  const { rows } = await pool.query<SecretColumns & { secretId: string }>({
    name: "find-effective-set",
    text: findEffectiveSetText,
    values: [query.organizationId, query.accountId, query.workspaceId, query.vaults],
  })
  return rows.map((row) => toSecret(row))
}

// --- statements

const machine = `
  SELECT token."id" AS "tokenId", token."hash" AS "tokenHash", token."organizationId", token."cidrs", token."expiresAt",
         account."id" AS "accountId", account."name" AS "accountName", account."scopeId" AS "homeId",
         CASE WHEN token."revokedAt" IS NOT NULL THEN 'revoked'
              WHEN token."expiresAt" <= now() THEN 'expired'
              WHEN account."disabledAt" IS NOT NULL THEN 'disabled' END AS "fault",
         coalesce(token."lastUsedAt" < now() - interval '1 minute', true) AS "wantsNote"
  FROM "AccessToken" AS token
  JOIN "ServiceAccount" AS account
    ON account."organizationId" = token."organizationId" AND account."id" = token."serviceAccountId"
  WHERE token."hash" = asked.hash
  LIMIT 1`

/** The scope that was asked for, or else the machine's own, with those above it. */
const workspace = `
  SELECT own."id", own."path", ARRAY[own."id", above."id", top."id"] AS lineage,
         ARRAY[own."path", above."path", top."path"] AS paths,
         ARRAY[own."generation", above."generation", top."generation"] AS generations
  FROM "Scope" AS own
  LEFT JOIN "Scope" AS above ON above."organizationId" = own."organizationId" AND above."id" = own."parentId"
  LEFT JOIN "Scope" AS top ON top."organizationId" = above."organizationId" AND top."id" = above."parentId"
  WHERE own."organizationId" = machine."organizationId"
    AND own."id" = CASE WHEN asked.scope IS NULL THEN machine."homeId" ELSE (
      SELECT it."id" FROM "Scope" AS it WHERE it."organizationId" = machine."organizationId" AND it."path" = asked.scope
    ) END
  LIMIT 1`

/** Times are told in milliseconds since 1970, which is read faster than a date. */
const machineColumns = `
  machine."tokenId", machine."tokenHash", machine."organizationId", nullif(machine."cidrs", '{}') AS "cidrs",
  date_part('epoch', machine."expiresAt") * 1000 AS "expiresAt",
  machine."accountId", machine."accountName", machine."homeId", machine."fault", machine."wantsNote",
  CASE WHEN asked.scope IS NULL THEN workspace."path" ELSE (
    SELECT home."path" FROM "Scope" AS home WHERE home."organizationId" = machine."organizationId" AND home."id" = machine."homeId"
  ) END AS "homePath",
  date_part('epoch', clock_timestamp()) * 1000 AS "lookedUpAt",
  workspace."id" AS "workspaceId", workspace."path" AS "workspacePath"`

/** A grant that lets the machine read in the workspace. Found by its account: a scope can have thousands of others. */
const covering = `
  g."organizationId" = machine."organizationId" AND g."serviceAccountId" = machine."accountId"
  AND array_position(workspace.lineage, g."scopeId") IS NOT NULL AND g."access" = 'read' AND g."revokedAt" IS NULL`

const findValuesText = `
  SELECT ${machineColumns}, permission.granted,
         winner."id" AS "secretId", winner."name", winner."envName", winner."epoch", winner."providerId", winner."state", asked.vault,
         workspace.paths[winner.distance] AS "scope",
         coalesce(asked.version, winner."currentVersion") AS "version", version."state" AS "versionState",
         stored."sealed", stored."wrappedKey", stored."keyEpoch", fetched.lately AS "fetchedLately"
  FROM unnest($1::bytea[], $2::text[], $3::text[], $4::text[], $5::int[])
       WITH ORDINALITY AS asked(hash, scope, vault, name, version, place)
  LEFT JOIN LATERAL (${machine}) AS machine ON true
  LEFT JOIN LATERAL (${workspace}) AS workspace ON true
  CROSS JOIN LATERAL (
    SELECT EXISTS (
      SELECT 1 FROM "Grant" AS g
      WHERE ${covering} AND (g."vaultName" IS NULL OR g."vaultName" = asked.vault)
        AND (g."prefix" IS NULL OR starts_with(asked.name, lower(g."prefix")))
    ) AS granted
    OFFSET 0
  ) AS permission
  LEFT JOIN LATERAL (
    SELECT secret.*, vault.distance
    FROM (
      SELECT each."id", array_position(workspace.lineage, each."scopeId") AS distance FROM "Vault" AS each
      WHERE each."organizationId" = machine."organizationId" AND each."name" = asked.vault
        AND each."scopeId" = ANY(workspace.lineage) AND (each."inheritable" OR each."scopeId" = workspace."id")
      ORDER BY distance
      OFFSET 0
    ) AS vault
    CROSS JOIN LATERAL (
      SELECT it."id", it."name", it."envName", it."epoch", it."providerId", it."state", it."currentVersion" FROM "Secret" AS it
      WHERE it."organizationId" = machine."organizationId" AND it."vaultId" = vault."id" AND it."foldedName" = asked.name
        AND it."state" <> 'destroyed' AND it."state" <> 'deleted' AND it."currentVersion" > 0
      LIMIT 1
    ) AS secret
    ORDER BY vault.distance
    LIMIT 1
  ) AS winner ON true
  LEFT JOIN LATERAL (
    SELECT it."state" FROM "SecretVersion" AS it
    WHERE it."organizationId" = machine."organizationId" AND it."secretId" = winner."id"
      AND it."number" = coalesce(asked.version, winner."currentVersion")
    LIMIT 1
  ) AS version ON permission.granted
  LEFT JOIN LATERAL (
    SELECT it."sealed", it."wrappedKey", it."keyEpoch" FROM "SealedValue" AS it
    WHERE it."organizationId" = machine."organizationId" AND it."secretId" = winner."id"
      AND it."version" = coalesce(asked.version, winner."currentVersion")
    LIMIT 1
  ) AS stored ON permission.granted AND machine."fault" IS NULL
  LEFT JOIN LATERAL (
    SELECT it."version" = coalesce(asked.version, winner."currentVersion") AND it."at" > now() - interval '10 seconds' AS lately
    FROM "LastFetch" AS it
    WHERE it."organizationId" = machine."organizationId" AND it."secretId" = winner."id"
      AND it."serviceAccountId" = machine."accountId"
    LIMIT 1
  ) AS fetched ON permission.granted
  ORDER BY asked.place`

const findSetsText = `
  SELECT ${machineColumns}, array_remove(workspace.generations, NULL)::text[] AS "generations",
         (SELECT array_agg(g."id"::text ORDER BY g."id") FROM "Grant" AS g WHERE ${covering}) AS "grantIds",
         (SELECT array_agg(DISTINCT vault."name") FROM "Vault" AS vault
          WHERE vault."organizationId" = machine."organizationId" AND vault."scopeId" = ANY(workspace.lineage)
            AND (vault."inheritable" OR vault."scopeId" = workspace."id")
            AND EXISTS (SELECT 1 FROM "Grant" AS g WHERE ${covering} AND (g."vaultName" IS NULL OR g."vaultName" = vault."name"))
         ) AS "vaults"
  FROM unnest($1::bytea[], $2::text[]) WITH ORDINALITY AS asked(hash, scope, place)
  LEFT JOIN LATERAL (${machine}) AS machine ON true
  LEFT JOIN LATERAL (${workspace}) AS workspace ON true
  ORDER BY asked.place`

// The winners are chosen before anything is joined to them; a grant's prefix can't change who wins, for all that one
// name competes with has that name.
const findEffectiveSetText = `
  WITH RECURSIVE upwards AS (
    SELECT own."id", own."path", own."parentId", 1 AS depth FROM "Scope" AS own
    WHERE own."organizationId" = $1::uuid AND own."id" = $3::uuid
    UNION ALL
    SELECT above."id", above."path", above."parentId", upwards.depth + 1 FROM upwards
    JOIN "Scope" AS above ON above."organizationId" = $1::uuid AND above."id" = upwards."parentId"
  ), winner AS (
    SELECT DISTINCT ON (vault."name", secret."foldedName")
           secret."id", secret."name", secret."foldedName", secret."envName", secret."epoch", secret."providerId", secret."state",
           secret."currentVersion", vault."name" AS "vault", upwards."path" AS "scope"
    FROM upwards
    JOIN "Vault" AS vault ON vault."organizationId" = $1::uuid AND vault."scopeId" = upwards."id"
      AND (vault."inheritable" OR upwards.depth = 1)
    JOIN "Secret" AS secret ON secret."organizationId" = $1::uuid AND secret."vaultId" = vault."id"
      AND secret."state" <> 'destroyed' AND secret."state" <> 'deleted' AND secret."currentVersion" > 0
    WHERE ($4::text[] IS NULL OR vault."name" = ANY($4::text[]))
      AND EXISTS (
        SELECT 1 FROM "Grant" AS g
        WHERE g."organizationId" = $1::uuid AND g."serviceAccountId" = $2::uuid
          AND g."scopeId" IN (SELECT each."id" FROM upwards AS each) AND g."access" = 'read' AND g."revokedAt" IS NULL
          AND (g."vaultName" IS NULL OR g."vaultName" = vault."name")
          AND (g."prefix" IS NULL OR starts_with(secret."foldedName", lower(g."prefix"))))
    ORDER BY vault."name", secret."foldedName", upwards.depth
  )
  SELECT winner."id" AS "secretId", winner."name", winner."envName", winner."epoch", winner."providerId", winner."state", winner."vault",
         winner."scope", winner."currentVersion" AS "version", version."state" AS "versionState",
         stored."sealed", stored."wrappedKey", stored."keyEpoch",
         fetched."version" = winner."currentVersion" AND fetched."at" > now() - interval '10 seconds' AS "fetchedLately"
  FROM winner
  LEFT JOIN "SecretVersion" AS version ON version."organizationId" = $1::uuid AND version."secretId" = winner."id"
    AND version."number" = winner."currentVersion"
  LEFT JOIN "SealedValue" AS stored ON stored."organizationId" = $1::uuid AND stored."secretId" = winner."id"
    AND stored."version" = winner."currentVersion"
  LEFT JOIN "LastFetch" AS fetched ON fetched."organizationId" = $1::uuid AND fetched."secretId" = winner."id"
    AND fetched."serviceAccountId" = $2::uuid
  ORDER BY winner."vault", winner."foldedName"`

// --- rows

/** All null when there is no such token; the last two when there is no such scope in its organization. */
interface MachineColumns {
  tokenId: string | null
  tokenHash: Uint8Array
  organizationId: string
  /** Null when there are none. */
  cidrs: string[] | null
  expiresAt: number
  accountId: string
  accountName: string
  homeId: string
  homePath: string
  fault: KnownMachine["fault"]
  wantsNote: boolean
  lookedUpAt: number
  workspaceId: string | null
  workspacePath: string
}

/** All null when there is no such secret. */
interface SecretColumns {
  secretId: string | null
  name: string
  envName: string | null
  epoch: number
  providerId: string | null
  state: SecretState
  scope: string
  vault: string
  version: number
  versionState: VersionState | null
  sealed: Uint8Array | null
  wrappedKey: Uint8Array
  keyEpoch: number
  fetchedLately: boolean | null
}

type ValueRow = MachineColumns & SecretColumns & { granted: boolean }

type SetRow = MachineColumns & {
  generations: string[] | null
  grantIds: string[] | null
  vaults: string[] | null
}

function toValueFinding(row: ValueRow): ValueFinding {
  const { secretId, granted } = row
  return {
    machine: toMachine(row),
    workspace: toWorkspace(row),
    granted,
    secret: secretId === null ? null : toSecret({ ...row, secretId }),
  }
}

function toMachine(row: MachineColumns): KnownMachine | null {
  const { tokenId, tokenHash, organizationId, accountId, accountName, fault, wantsNote } = row
  if (tokenId === null) return null
  return {
    tokenId,
    tokenHash,
    organizationId,
    cidrs: row.cidrs ?? [],
    expiresAt: new Date(row.expiresAt),
    accountId,
    accountName,
    scopeId: row.homeId,
    scope: row.homePath,
    fault,
    wantsNote,
    lookedUpAt: new Date(Math.floor(row.lookedUpAt)),
  }
}

function toWorkspace({ workspaceId, workspacePath }: MachineColumns): Workspace | null {
  return workspaceId === null ? null : { id: workspaceId, path: workspacePath }
}

function toSecret(row: SecretColumns & { secretId: string }): FoundSecret {
  const { name, envName, epoch, providerId, state, scope, vault, version, versionState, sealed, wrappedKey, keyEpoch } =
    row
  return {
    id: row.secretId,
    name,
    envName,
    epoch,
    providerId,
    state,
    scope,
    vault,
    version,
    versionState,
    sealed: sealed === null ? null : { sealed, wrappedKey, keyEpoch },
    fetchedLately: row.fetchedLately === true,
  }
}
