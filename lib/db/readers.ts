/** Who may read a secret, and who fetched which version of it. */
import type { Transaction } from "./database.ts"
import { type Place, reaches } from "./delegations.ts"
import { Prisma } from "./generated/client.ts"
import { isAround } from "./scopes.ts"
import type { StoredActor } from "./secrets.ts"
import { personOrSystem } from "./service-accounts.ts"

export interface StoredReader {
  serviceAccount: { id: string; scope: string; name: string }
  grant: { id: string; scope: string; vault: string | null; prefix: string | null }
  activeTokens: number
  since: Date
  grantedBy: StoredActor
  confirmedBy: StoredActor | null
  lastReadAt: Date | null
}

/** Whoever asks has roles at `roots`: accounts of scopes that they may not know of are left out. */
interface Seen {
  roots: readonly string[]
}

/** A page of readers begins after this account. */
export interface ReaderKey {
  scope: string
  name: string
}

/**
 * The accounts whose grants reach a secret's place, each with its oldest such grant, in the order of their references.
 * An act about the secret or its vault (a move, an opened vault) says more of since when than the grant does.
 */
export async function listReaders(
  db: Transaction,
  place: Place,
  secretId: string,
  { after, limit, roots }: { after: ReaderKey | undefined; limit: number } & Seen,
): Promise<StoredReader[]> {
  const { organizationId } = place.scope
  const rows = await db.$queryRaw<ReaderRow[]>`
    WITH reader AS (
      SELECT DISTINCT ON (home."path", account."name")
             home."path" AS "accountScope", account."name" AS "accountName", account."id" AS "accountId", g."id" AS "grantId",
             covered."path" AS "grantScope", g."vaultName", g."prefix", g."createdAt", g."grantedById" AS "grantorId"
      FROM "Grant" AS g
      JOIN "Scope" AS covered ON covered."organizationId" = g."organizationId" AND covered."id" = g."scopeId"
      JOIN "ServiceAccount" AS account ON account."organizationId" = g."organizationId" AND account."id" = g."serviceAccountId"
      JOIN "Scope" AS home ON home."organizationId" = account."organizationId" AND home."id" = account."scopeId"
      WHERE account."disabledAt" IS NULL AND ${reaches(place)} AND ${isAround(Prisma.sql`home."path"`, roots)}
        AND (home."path", account."name") > (${after?.scope ?? ""}, ${after?.name ?? ""})
      ORDER BY home."path", account."name", g."createdAt", g."id"
      LIMIT ${limit}
    )
    SELECT reader.*, coalesce(mark."since", reader."createdAt") AS "since",
           grantor."id" AS "grantedById", grantor."name" AS "grantedByName",
           mark."confirmedById", confirmer."name" AS "confirmedByName", fetched."at" AS "lastReadAt",
           (SELECT count(*)::int FROM "AccessToken" AS token
            WHERE token."organizationId" = ${organizationId}::uuid AND token."serviceAccountId" = reader."accountId"
              AND token."revokedAt" IS NULL AND token."expiresAt" > now()) AS "activeTokens"
    FROM reader
    LEFT JOIN LATERAL (
      SELECT act."since", act."byId", act."confirmedById" FROM "Delegation" AS act
      WHERE act."organizationId" = ${organizationId}::uuid AND act."serviceAccountId" = reader."accountId" AND act."state" = 'effective'
        AND (act."secretId" = ${secretId}::uuid
             OR (act."secretId" IS NULL AND act."vaultId" = ${place.vault.id}::uuid)
             OR (act."secretId" IS NULL AND act."vaultId" IS NULL AND act."grantId" = reader."grantId"))
      ORDER BY act."secretId" IS NOT NULL DESC, act."since" DESC LIMIT 1
    ) AS mark ON true
    LEFT JOIN "Person" AS grantor ON grantor."organizationId" = ${organizationId}::uuid
      AND grantor."id" = coalesce(mark."byId", reader."grantorId")
    LEFT JOIN "Person" AS confirmer ON confirmer."organizationId" = ${organizationId}::uuid AND confirmer."id" = mark."confirmedById"
    LEFT JOIN "LastFetch" AS fetched ON fetched."organizationId" = ${organizationId}::uuid AND fetched."secretId" = ${secretId}::uuid
      AND fetched."serviceAccountId" = reader."accountId"
    ORDER BY reader."accountScope", reader."accountName"`
  return rows.map(toReader)
}

export interface StoredFetch {
  serviceAccount: { id: string; scope: string; name: string }
  version: number
  isCurrent: boolean
  at: Date
}

/** A page of fetches begins after this one. */
export interface FetchKey {
  isCurrent: boolean
  at: string
  id: string
}

/** Which version each account fetched last: those of an old one first, then the newest first. */
export async function listFetches(
  db: Transaction,
  secret: { organizationId: string; id: string; currentVersion: number },
  { after, limit, roots }: { after: FetchKey | undefined; limit: number } & Seen,
): Promise<StoredFetch[]> {
  const begins = after ?? { isCurrent: false, at: "infinity", id: "00000000-0000-0000-0000-000000000000" }
  const rows = await db.$queryRaw<FetchRow[]>`
    SELECT account."id", home."path" AS "scope", account."name", last."version", last."at",
           last."version" = ${secret.currentVersion} AS "isCurrent"
    FROM "LastFetch" AS last
    JOIN "ServiceAccount" AS account ON account."organizationId" = last."organizationId" AND account."id" = last."serviceAccountId"
    JOIN "Scope" AS home ON home."organizationId" = account."organizationId" AND home."id" = account."scopeId"
    WHERE last."organizationId" = ${secret.organizationId}::uuid AND last."secretId" = ${secret.id}::uuid
      AND ${isAround(Prisma.sql`home."path"`, roots)}
      AND ((last."version" = ${secret.currentVersion}) > ${begins.isCurrent}::boolean
           OR (last."version" = ${secret.currentVersion}) = ${begins.isCurrent}::boolean
              AND (last."at" < ${begins.at}::timestamptz
                   OR last."at" = ${begins.at}::timestamptz AND account."id" > ${begins.id}::uuid))
    ORDER BY "isCurrent", last."at" DESC, account."id" LIMIT ${limit}`
  return rows.map(({ id, scope, name, version, isCurrent, at }) => ({
    serviceAccount: { id, scope, name },
    version,
    isCurrent,
    at,
  }))
}

interface ReaderRow {
  accountId: string
  accountScope: string
  accountName: string
  grantId: string
  grantScope: string
  vaultName: string | null
  prefix: string | null
  activeTokens: number
  since: Date
  grantedById: string | null
  grantedByName: string | null
  confirmedById: string | null
  confirmedByName: string | null
  lastReadAt: Date | null
}

interface FetchRow {
  id: string
  scope: string
  name: string
  version: number
  isCurrent: boolean
  at: Date
}

function toReader(row: ReaderRow): StoredReader {
  const { activeTokens, since, lastReadAt, confirmedById } = row
  return {
    serviceAccount: { id: row.accountId, scope: row.accountScope, name: row.accountName },
    grant: { id: row.grantId, scope: row.grantScope, vault: row.vaultName, prefix: row.prefix },
    activeTokens,
    since,
    grantedBy: personOrSystem(row.grantedById, row.grantedByName),
    confirmedBy: confirmedById === null ? null : personOrSystem(confirmedById, row.confirmedByName),
    lastReadAt,
  }
}
