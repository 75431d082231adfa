/**
 * Who a presented credential belongs to: prepared SQL, since every request asks. What is unknown, expired, ended,
 * revoked or disabled is left out alike, so none of them can be told from another by the answer or its time.
 */
import type { Role, ScopeKind } from "../contract/words.ts"
import type { Database } from "./database.ts"

/** A session ends when it wasn't used for this long. It ends in any case when its `expiresAt` is reached. */
export const sessionIdleHours = 12

interface Credential {
  /** SHA-256 of the whole credential, as stored. */
  hash: Uint8Array
  credentialId: string
  organizationId: string
  expiresAt: Date
  /** True when its last use was noted more than a minute ago. */
  wantsNote: boolean
}

/** A session or a personal token that is good, with the person and their roles as they are now. */
export interface PersonCredential extends Credential {
  personId: string
  name: string
  email: string
  signedInAt: Date
  method: string | null
  roles: { role: Role; scopeId: string; scopePath: string; scopeKind: ScopeKind }[]
}

/** An access token that is good from the addresses in `cidrs`, or from anywhere if there are none. */
export interface MachineCredential extends Credential {
  serviceAccountId: string
  name: string
  scopeId: string
  scopePath: string
  cidrs: string[]
}

// Roles come as JSON: their words are held to the contract's by the tables' constraints.
const person = `
  person."id" AS "personId", person."name", person."email",
  coalesce((
    SELECT json_agg(json_build_object('role', given."role", 'scopeId', scope."id", 'scopePath', scope."path", 'scopeKind', scope."kind")
                    ORDER BY scope."path", given."role")
    FROM "RoleAssignment" AS given
    JOIN "Scope" AS scope ON scope."organizationId" = given."organizationId" AND scope."id" = given."scopeId"
    WHERE given."organizationId" = person."organizationId" AND given."personId" = person."id"), '[]') AS "roles"`

const sessions = `
  SELECT session."hash", session."id" AS "credentialId", session."organizationId", session."expiresAt",
         session."lastSeenAt" < now() - interval '1 minute' AS "wantsNote",
         session."signedInAt", session."method", ${person}
  FROM "Session" AS session
  JOIN "Person" AS person ON person."organizationId" = session."organizationId" AND person."id" = session."personId"
  WHERE session."hash" = ANY($1::bytea[]) AND session."endedAt" IS NULL AND session."expiresAt" > now()
    AND session."lastSeenAt" > now() - make_interval(hours => $2::int) AND person."disabledAt" IS NULL`

const personalTokens = `
  SELECT token."hash", token."id" AS "credentialId", token."organizationId", token."expiresAt",
         coalesce(token."lastUsedAt" < now() - interval '1 minute', true) AS "wantsNote",
         token."signedInAt", NULL AS "method", ${person}
  FROM "PersonalToken" AS token
  JOIN "Person" AS person ON person."organizationId" = token."organizationId" AND person."id" = token."personId"
  WHERE token."hash" = ANY($1::bytea[]) AND token."revokedAt" IS NULL AND token."expiresAt" > now()
    AND person."disabledAt" IS NULL`

const accessTokens = `
  SELECT token."hash", token."id" AS "credentialId", token."organizationId", token."expiresAt",
         coalesce(token."lastUsedAt" < now() - interval '1 minute', true) AS "wantsNote",
         account."id" AS "serviceAccountId", account."name", scope."id" AS "scopeId", scope."path" AS "scopePath", token."cidrs"
  FROM "AccessToken" AS token
  JOIN "ServiceAccount" AS account
    ON account."organizationId" = token."organizationId" AND account."id" = token."serviceAccountId"
  JOIN "Scope" AS scope ON scope."organizationId" = account."organizationId" AND scope."id" = account."scopeId"
  WHERE token."hash" = ANY($1::bytea[]) AND token."revokedAt" IS NULL AND token."expiresAt" > now()
    AND account."disabledAt" IS NULL`

export async function findSessions({ pool }: Database, hashes: readonly Uint8Array[]): Promise<PersonCredential[]> {
  const values = [buffers(hashes), sessionIdleHours]
  return (await pool.query<PersonCredential>({ name: "find-sessions", text: sessions, values })).rows
}

export async function findPersonalTokens(
  { pool }: Database,
  hashes: readonly Uint8Array[],
): Promise<PersonCredential[]> {
  const values = [buffers(hashes)]
  return (await pool.query<PersonCredential>({ name: "find-personal-tokens", text: personalTokens, values })).rows
}

export async function findAccessTokens(
  { pool }: Database,
  hashes: readonly Uint8Array[],
): Promise<MachineCredential[]> {
  const values = [buffers(hashes)]
  return (await pool.query<MachineCredential>({ name: "find-access-tokens", text: accessTokens, values })).rows
}

/** Notes that a session is in use; at most once a minute, however many ask. */
export async function noteSession({ pool }: Database, { organizationId, credentialId }: Credential): Promise<void> {
  await pool.query({
    name: "note-session",
    text: `UPDATE "Session" SET "lastSeenAt" = now() WHERE "organizationId" = $1 AND "id" = $2
           AND "lastSeenAt" < now() - interval '1 minute'`,
    values: [organizationId, credentialId],
  })
}

export async function notePersonalToken(
  { pool }: Database,
  { organizationId, credentialId }: Credential,
): Promise<void> {
  await pool.query({
    name: "note-personal-token",
    text: `UPDATE "PersonalToken" SET "lastUsedAt" = now() WHERE "organizationId" = $1 AND "id" = $2
           AND coalesce("lastUsedAt" < now() - interval '1 minute', true)`,
    values: [organizationId, credentialId],
  })
}

export async function noteAccessToken(
  { pool }: Database,
  { organizationId, credentialId }: Pick<Credential, "organizationId" | "credentialId">,
  address: string | null,
): Promise<void> {
  await pool.query({
    name: "note-access-token",
    text: `UPDATE "AccessToken" SET "lastUsedAt" = now(), "lastAddress" = $3 WHERE "organizationId" = $1 AND "id" = $2
           AND coalesce("lastUsedAt" < now() - interval '1 minute', true)`,
    values: [organizationId, credentialId, address],
  })
}

/** What the driver takes for a bytea. */
function buffers(hashes: readonly Uint8Array[]): Buffer[] {
  return hashes.map((hash) => Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength))
}
