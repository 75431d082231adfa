/**
 * An organization of the size that the product promises to stay quick with, made by Postgres itself: rows as the
 * product would have written them, without a value and without a chain of hashes that holds.
 *
 *   const large = await growLarge(house.ownerUrl, acme.id, quickSize)     // beneath a scope that is there already
 *
 * Each row's id is made of its kind and its number, so what belongs together is found by counting.
 */
import pg from "pg"

export interface Size {
  /** Of the whole organization; a tenth is one vault's, a twentieth the teams', the rest the workspaces'. */
  secrets: number
  inOneVault: number
  teams: number
  workspaces: number
  events: number
}

/** What is promised. */
export const fullSize: Size = {
  secrets: 100_000,
  inOneVault: 10_000,
  teams: 20,
  workspaces: 1_000,
  events: 1_000_000,
}

/** Enough for Postgres to weigh its ways as it does with more. */
export const quickSize: Size = { secrets: 5_000, inOneVault: 1_000, teams: 4, workspaces: 100, events: 20_000 }

/** Where to look in it: each has more of what it is named for than anything else. */
export interface LargeOrganization {
  /** Its `default` vault is the large one. */
  scope: string
  team: string
  /** Its `default` vault overlays the large one. */
  workspace: string
  /** The first of the large vault: it has the most versions, readers and fetches. */
  secret: string
  /** Of a name that many scopes have. */
  commonName: string
  /** A person with many sessions and events. */
  person: string
  /** A service account of the organization, with many tokens and grants. */
  account: string
  accountId: string
  secretId: string
  /** Of the team. */
  provider: string
  transfer: string
}

/**
 * Grows an organization that has its own scope and a vault `default` there, and lets Postgres look over its tables, as
 * it has long done elsewhere. Takes the login that owns the tables.
 */
export async function growLarge(ownerUrl: string, organizationId: string, size: Size): Promise<LargeOrganization> {
  const client = new pg.Client({ connectionString: ownerUrl })
  await client.connect()
  try {
    await client.query("SET synchronous_commit = off; SET maintenance_work_mem = '256MB'; SET work_mem = '64MB'")
    const found = await client.query<{ path: string }>(`SELECT "path" FROM "Scope" WHERE "id" = $1`, [organizationId])
    const [root] = found.rows
    if (root === undefined) throw new Error("There is no such organization to grow.")
    await client.query(functions(organizationId, root.path, size))
    for (const statement of statements) await client.query(statement)
    await addEvents(client)
    await client.query("VACUUM ANALYZE")
    return {
      scope: root.path,
      team: `${root.path}.team-1`,
      workspace: `${root.path}.team-1.work-1`,
      secret: "API_KEY_1",
      commonName: "API_KEY_1",
      person: "00000008-0000-7000-8000-000000000001",
      account: "reader-1",
      accountId: "00000005-0000-7000-8000-00000000ffff",
      secretId: "00000004-0000-7000-8000-000000000001",
      provider: "store-1",
      transfer: "0000000e-0000-7000-8000-000000000001",
    }
  } finally {
    await client.end()
  }
}

/** What the statements below count with, as functions of this connection alone. */
function functions(organizationId: string, path: string, size: Size): string {
  const numbers = Object.entries(size).map(
    ([name, value]) =>
      `CREATE FUNCTION pg_temp.${pg.escapeIdentifier(name)}() RETURNS int LANGUAGE sql IMMUTABLE RETURN ${value};`,
  )
  return `
    CREATE FUNCTION pg_temp.org() RETURNS uuid LANGUAGE sql IMMUTABLE RETURN ${pg.escapeLiteral(organizationId)}::uuid;
    CREATE FUNCTION pg_temp.root() RETURNS text LANGUAGE sql IMMUTABLE RETURN ${pg.escapeLiteral(path)}::text;
    CREATE FUNCTION pg_temp.id(kind text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
      RETURN (lpad(kind, 8, '0') || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid;
    CREATE FUNCTION pg_temp.name(n bigint) RETURNS text LANGUAGE sql IMMUTABLE
      RETURN (ARRAY['DB','API','SMTP','S3','STRIPE','KAFKA','OIDC'])[1 + n % 7] || '_' ||
        (ARRAY['PASSWORD','KEY','TOKEN','URL','CERT'])[1 + n % 5] || '_' || n;
    ${numbers.join("\n")}`
}

/** Kinds: 1 team, 2 workspace, 3 vault, 4 secret, 5 account, 6 grant, 7 token, 8 person, then the rest. */
const statements = [
  `INSERT INTO "Scope" ("organizationId", "id", "parentId", "kind", "slug", "path", "name", "projects")
   SELECT pg_temp.org(), pg_temp.id('1', n), pg_temp.org(), 'team', 'team-' || n, pg_temp.root() || '.team-' || n, 'Team ' || n, '{}'
   FROM generate_series(1, pg_temp.teams()) AS n`,
  `INSERT INTO "Scope" ("organizationId", "id", "parentId", "kind", "slug", "path", "name", "environment", "projects")
   SELECT pg_temp.org(), pg_temp.id('2', n), pg_temp.id('1', team), 'workspace', 'work-' || n,
     pg_temp.root() || '.team-' || team || '.work-' || n, 'Workspace ' || n, (ARRAY['production', 'staging', 'development'])[1 + n % 3], '{}'
   FROM generate_series(1, pg_temp.workspaces()) AS n, LATERAL (SELECT 1 + (n - 1) % pg_temp.teams() AS team) AS above`,
  `INSERT INTO "Vault" ("organizationId", "id", "scopeId", "name")
   SELECT pg_temp.org(), pg_temp.id('31', n), pg_temp.id('1', n), 'default' FROM generate_series(1, pg_temp.teams()) AS n
   UNION ALL SELECT pg_temp.org(), pg_temp.id('32', n), pg_temp.id('2', n), 'default' FROM generate_series(1, pg_temp.workspaces()) AS n
   UNION ALL SELECT pg_temp.org(), pg_temp.id('33', n), pg_temp.id('1', 1), 'vault-' || n FROM generate_series(1, pg_temp.workspaces() / 4) AS n`,
  `INSERT INTO "Person" ("organizationId", "id", "name", "email", "foldedEmail", "createdAt")
   SELECT pg_temp.org(), pg_temp.id('8', n), 'Person ' || n, 'person-' || n || '@large.example', 'person-' || n || '@large.example', now() - n * interval '1 hour'
   FROM generate_series(1, pg_temp.workspaces()) AS n`,
  `INSERT INTO "RoleAssignment" ("organizationId", "personId", "scopeId", "role")
   SELECT pg_temp.org(), pg_temp.id('8', n), pg_temp.id('2', n), 'editor' FROM generate_series(1, pg_temp.workspaces()) AS n
   UNION ALL SELECT pg_temp.org(), pg_temp.id('8', n), pg_temp.id('1', 1 + n % pg_temp.teams()), 'viewer' FROM generate_series(1, pg_temp.workspaces()) AS n`,
  `INSERT INTO "Session" ("organizationId", "id", "personId", "hash", "method", "createdAt", "expiresAt")
   SELECT pg_temp.org(), pg_temp.id('9', n), pg_temp.id('8', CASE WHEN n % 2 = 0 THEN 1 ELSE 1 + n % pg_temp.workspaces() END), sha256(n::text::bytea), 'password',
     now() - n * interval '1 second', now() + interval '8 hours'
   FROM generate_series(1, pg_temp.workspaces() * 2) AS n`,
  `INSERT INTO "Invitation" ("organizationId", "id", "scopeId", "codeHash", "role", "invitedById", "expiresAt")
   SELECT pg_temp.org(), pg_temp.id('a', n), pg_temp.id('2', 1 + n % pg_temp.workspaces()), sha256(n::text::bytea), 'viewer', pg_temp.id('8', 1), now() + interval '7 days'
   FROM generate_series(1, pg_temp.workspaces() * 2) AS n`,
  // An account for each workspace, and as many again as a quarter of them for the organization's own.
  `INSERT INTO "ServiceAccount" ("organizationId", "id", "scopeId", "name")
   SELECT pg_temp.org(), pg_temp.id('5', n), pg_temp.id('2', n), 'machine' FROM generate_series(1, pg_temp.workspaces()) AS n
   UNION ALL SELECT pg_temp.org(), pg_temp.id('5', 65534 + n), pg_temp.org(), 'reader-' || n FROM generate_series(1, pg_temp.workspaces() / 4) AS n`,
  `INSERT INTO "Grant" ("organizationId", "id", "serviceAccountId", "scopeId", "vaultName", "prefix", "access")
   SELECT pg_temp.org(), pg_temp.id('6', n), pg_temp.id('5', n), pg_temp.id('2', n), 'default', CASE WHEN n % 3 = 0 THEN 'DB' END, 'read'
   FROM generate_series(1, pg_temp.workspaces()) AS n
   UNION ALL SELECT pg_temp.org(), pg_temp.id('6', 65534 + n), pg_temp.id('5', 65534 + n), pg_temp.org(), 'default', CASE WHEN n % 2 = 0 THEN 'API' END, 'read'
   FROM generate_series(1, pg_temp.workspaces() / 4) AS n`,
  `INSERT INTO "Delegation" ("organizationId", "id", "act", "serviceAccountId", "grantId", "scopeId", "protection", "state", "byId", "since")
   SELECT "organizationId", pg_temp.id('b', row_number() OVER ()), 'grantAccess', "serviceAccountId", "id", "scopeId", 'recorded', 'effective', pg_temp.id('8', 1), now()
   FROM "Grant"`,
  `INSERT INTO "AccessToken" ("organizationId", "id", "serviceAccountId", "name", "hash", "prefix", "expiresAt")
   SELECT pg_temp.org(), pg_temp.id('7', n), pg_temp.id('5', CASE WHEN n % 20 = 0 THEN 65535 ELSE 1 + n % pg_temp.workspaces() END), 'token-' || n, sha256(n::text::bytea), 'srm_sat_' || n, now() + interval '90 days'
   FROM generate_series(1, pg_temp.workspaces() * 2) AS n`,
  `INSERT INTO "Provider" ("organizationId", "id", "scopeId", "name", "kind", "settings", "canWrite", "status", "report", "approvedEpoch", "consents", "checkAfter")
   SELECT pg_temp.org(), pg_temp.id('c', n), pg_temp.id('1', n), 'store-' || n, 'vault', '{"address": "https://vault.example.com:8200", "mount": "secret"}', true, 'up', '{"passed": true, "status": "up", "canWrite": true, "lines": [], "needsConsent": [], "serverVersion": null, "latencyMs": 1, "clockSkewMs": 0, "signedInAs": null, "expiresAt": null, "canBeRenewed": false}', 1, '{}',
     now() + interval '1 year'
   FROM generate_series(1, pg_temp.teams()) AS n`,
  `INSERT INTO "ProviderStatus" ("organizationId", "providerId", "since", "status")
   SELECT pg_temp.org(), pg_temp.id('c', 1), now() - n * interval '1 hour', CASE WHEN n % 2 = 0 THEN 'up' ELSE 'sealed' END FROM generate_series(1, 1000) AS n`,
  // The scope comes from the vault, by a trigger.
  `INSERT INTO "Secret" ("organizationId", "id", "vaultId", "scopeId", "name", "foldedName", "category", "description", "ownerId", "rotationDays", "state",
     "currentVersion", "nextVersion", "provider", "providerId", "location", "driftedAt", "deletedAt", "purgeAfter", "createdAt", "createdByKind", "createdById", "updatedAt")
   SELECT pg_temp.org(), pg_temp.id('4', n), "vaultId", pg_temp.org(), pg_temp.name(k), lower(pg_temp.name(k)),
     CASE n % 5 WHEN 0 THEN 'infrastructure' WHEN 1 THEN 'integration' WHEN 2 THEN 'agent' WHEN 3 THEN 'provider_credentials' END,
     CASE WHEN n % 4 = 0 THEN 'Used by the ' || (ARRAY['billing', 'search', 'mail'])[1 + n % 3] || ' service' ELSE '' END,
     CASE WHEN n % 10 = 0 THEN pg_temp.id('8', 1 + n % 50) END, CASE WHEN n % 7 = 0 THEN 90 END, "state", 1, 2,
     CASE WHEN remote THEN 'vault' ELSE 'local_encrypted' END, CASE WHEN remote THEN pg_temp.id('c', team) END, pg_temp.id('4', n)::text,
     CASE WHEN n % 500 = 3 THEN now() END, CASE WHEN "state" = 'deleted' THEN now() END, CASE WHEN "state" = 'deleted' THEN now() + interval '20 days' END,
     now() - n * interval '1 minute', 'person', pg_temp.id('8', 1 + n % 100), now() - n * interval '1 minute'
   FROM generate_series(1, pg_temp.secrets()) AS n,
     LATERAL (SELECT n - pg_temp."inOneVault"() AS past, 1 + n % pg_temp.teams() AS team, n % 50 = 11 AND n > pg_temp."inOneVault"() + pg_temp.secrets() / 20 AS remote) AS numbers,
     LATERAL (SELECT CASE WHEN n % 90 = 17 THEN 'disabled' WHEN n % 90 = 18 THEN 'deleted' WHEN n % 200 = 19 THEN 'destroyed' ELSE 'active' END AS "state") AS states,
     LATERAL (SELECT
       CASE WHEN past <= 0 THEN n WHEN past <= pg_temp.secrets() / 20 THEN 1 + (past - 1) / pg_temp.teams()
            ELSE 1 + (past - pg_temp.secrets() / 20 - 1) / pg_temp.workspaces() END AS k,
       CASE WHEN past <= 0 THEN (SELECT "id" FROM "Vault" WHERE "organizationId" = pg_temp.org() AND "scopeId" = pg_temp.org() AND "name" = 'default')
            WHEN past <= pg_temp.secrets() / 20 THEN pg_temp.id('31', 1 + (past - 1) % pg_temp.teams())
            ELSE pg_temp.id('32', 1 + (past - pg_temp.secrets() / 20 - 1) % pg_temp.workspaces()) END AS "vaultId") AS place`,
  `INSERT INTO "SecretVersion" ("organizationId", "secretId", "number", "origin", "sizeAtLeast", "sizeAtMost", "isText", "createdAt", "createdByKind", "createdById")
   SELECT pg_temp.org(), pg_temp.id('4', n), number, CASE WHEN n % 3 = 0 THEN 'generated' ELSE 'typed' END, 16, 64, true, now() - n % 200 * interval '1 day',
     'person', pg_temp.id('8', 1 + n % 100)
   FROM generate_series(1, pg_temp.secrets()) AS n, generate_series(1, CASE WHEN n = 1 THEN pg_temp.workspaces() * 2 ELSE 1 END) AS number`,
  `UPDATE "Secret" SET "currentVersion" = pg_temp.workspaces() * 2, "nextVersion" = pg_temp.workspaces() * 2 + 1
   WHERE "organizationId" = pg_temp.org() AND "id" = pg_temp.id('4', 1)`,
  `INSERT INTO "LastFetch" ("organizationId", "secretId", "serviceAccountId", "version", "at")
   SELECT pg_temp.org(), pg_temp.id('4', 1), pg_temp.id('5', n), n, now() - n * interval '1 minute' FROM generate_series(1, pg_temp.workspaces()) AS n
   UNION ALL SELECT pg_temp.org(), pg_temp.id('4', n), pg_temp.id('5', 1 + n % pg_temp.workspaces()), CASE WHEN n % 40 = 0 THEN 2 ELSE 1 END, now()
   FROM generate_series(2, pg_temp.secrets()) AS n`,
  `INSERT INTO "ReadCount" ("organizationId", "secretId", "hour", "count")
   SELECT pg_temp.org(), pg_temp.id('4', n), date_trunc('hour', now() - hours * interval '1 hour'), 1 + n % 100
   FROM generate_series(1, pg_temp.secrets(), 5) AS n, generate_series(0, 4) AS hours`,
  `INSERT INTO "Notice" ("organizationId", "id", "scopeId", "event", "subject", "facts", "createdAt", "resolvedAt")
   SELECT pg_temp.org(), pg_temp.id('d', n), pg_temp.id('2', 1 + n % pg_temp.workspaces()), 'secret.rotation_due', 'secret:' || pg_temp.id('4', n),
     json_build_object('secret', pg_temp.name(n), 'vault', 'default', 'scope', 'x'), now() - n * interval '1 minute', CASE WHEN n % 3 = 0 THEN now() END
   FROM generate_series(1, pg_temp.secrets() / 10) AS n`,
  `INSERT INTO "Transfer" ("organizationId", "id", "scopeId", "toProviderId", "removeAtSource", "state", "byId", "requestId")
   SELECT pg_temp.org(), pg_temp.id('e', n), pg_temp.id('1', 1), pg_temp.id('c', 1), false, 'done', pg_temp.id('8', 1), 'x' FROM generate_series(1, 500) AS n`,
  `INSERT INTO "TransferItem" ("organizationId", "transferId", "secretId", "state")
   SELECT pg_temp.org(), pg_temp.id('e', 1 + n % 500), pg_temp.id('4', n), 'done' FROM generate_series(1, pg_temp.secrets(), 2) AS n`,
  `INSERT INTO "Webhook" ("organizationId", "id", "scopeId", "url", "events", "secret", "secretKey", "secretKeyEpoch")
   SELECT pg_temp.org(), pg_temp.id('f', n), pg_temp.id('1', 1), 'https://hooks.example.com/' || n, '{provider.sealed}', '\\x00', '\\x00', 1 FROM generate_series(1, 500) AS n`,
]

/** Indexes are made anew after the rows, which is many times quicker than with each of them. */
async function addEvents(client: pg.Client): Promise<void> {
  const indexes = await client.query<{ name: string; definition: string }>(
    `SELECT indexname AS name, indexdef AS definition FROM pg_indexes WHERE tablename = 'AuditEvent' AND indexname <> 'AuditEvent_pkey'`,
  )
  for (const { name } of indexes.rows) await client.query(`DROP INDEX ${pg.escapeIdentifier(name)}`)
  await client.query(`
    INSERT INTO "AuditHead" ("organizationId", "seq", "hash") VALUES (pg_temp.org(), 0, decode(repeat('00', 32), 'hex')) ON CONFLICT DO NOTHING`)
  // Most are reads by machines; a few of each hundred are writes, looks, sets, delegations and refusals.
  await client.query(`
    INSERT INTO "AuditEvent" ("organizationId", "seq", "at", "class", "action", "outcome", "actorKind", "actorId", "actorName", "scopeId", "scope",
      "vault", "secretId", "secretName", "version", "details", "requestId", "previous", "hash")
    SELECT pg_temp.org(), "AuditHead"."seq" + n, now() - (pg_temp.events() - n) * interval '10 seconds', "class", "action",
      CASE WHEN n % 400 = 7 THEN 'denied' ELSE 'done' END, CASE WHEN "class" = 'disclosure' THEN 'service_account' ELSE 'person' END,
      CASE WHEN "class" = 'disclosure' THEN pg_temp.id('5', 1 + n % pg_temp.workspaces()) ELSE pg_temp.id('8', 1 + n / 100 % 300) END,
      CASE WHEN "class" = 'disclosure' THEN 'machine' ELSE 'Person ' || 1 + n / 100 % 300 END,
      pg_temp.id('2', 1 + n % pg_temp.workspaces()), 'x', 'default',
      CASE WHEN "action" LIKE 'secret.re_d' OR "class" = 'change' THEN pg_temp.id('4', 1 + n * 7919 % pg_temp.secrets()) END,
      CASE WHEN "action" LIKE 'secret.re_d' OR "class" = 'change' THEN pg_temp.name(1 + n * 7919 % pg_temp.secrets()) END, 1,
      CASE WHEN "action" = 'secret.resolve' THEN json_build_object('secretIds', pg_temp.id('4', n % pg_temp.secrets()) || ' ' || pg_temp.id('4', (n + 1) % pg_temp.secrets())) ELSE '{}' END,
      'x', "AuditHead"."hash", sha256(n::text::bytea)
    FROM "AuditHead", generate_series(1, pg_temp.events()::bigint) AS n,
      LATERAL (SELECT CASE n % 100 WHEN 1 THEN 'version.write' WHEN 2 THEN 'version.write' WHEN 3 THEN 'secret.list' WHEN 4 THEN 'secret.resolve'
        WHEN 5 THEN 'grant.create' WHEN 6 THEN 'session.create' ELSE 'secret.read' END AS "action") AS acts,
      LATERAL (SELECT CASE "action" WHEN 'version.write' THEN 'change' WHEN 'secret.list' THEN 'view' WHEN 'grant.create' THEN 'delegation'
        WHEN 'session.create' THEN 'sign_in' ELSE 'disclosure' END AS "class") AS classes
    WHERE "AuditHead"."organizationId" = pg_temp.org()`)
  await client.query(`UPDATE "AuditHead" SET "seq" = "seq" + pg_temp.events() WHERE "organizationId" = pg_temp.org()`)
  for (const { definition } of indexes.rows) await client.query(definition)
}
