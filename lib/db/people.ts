import type { Role, ScopeKind } from "../contract/words.ts"
import type { Database, Transaction } from "./database.ts"
import { Prisma } from "./generated/client.ts"
import type { ScopeRef } from "./scopes.ts"

/** Whom a stored id of a person means: no name when they are gone, null when nobody did it but the system. */
export type StoredGranter = { id: string; name: string | null } | null

export interface StoredRole {
  role: Role
  scopeId: string
  scopePath: string
  scopeKind: ScopeKind
  since: Date
  grantedBy: StoredGranter
}

export interface StoredPerson {
  organizationId: string
  id: string
  name: string
  email: string
  disabledAt: Date | null
  createdAt: Date
  lastSeenAt: Date | null
  hasPassword: boolean
  /** The identity providers that vouch for them. */
  issuers: string[]
  /** In the order of the scopes' paths. */
  roles: StoredRole[]
}

/** What signing in needs to know of an account. */
export interface Account {
  organizationId: string
  id: string
  name: string
  email: string
  passwordHash: string | null
  disabledAt: Date | null
  /** Whether the person came in from the network before. */
  isKnown: boolean
}

export interface NewPerson {
  organizationId: string
  id: string
  name: string
  email: string
  foldedEmail: string
  passwordHash: string | null
}

export async function findPerson(
  db: Transaction,
  organizationId: string,
  id: string,
): Promise<StoredPerson | undefined> {
  const rows = await db.$queryRaw<PersonRow[]>`
    SELECT ${columns} FROM "Person" AS person WHERE person."organizationId" = ${organizationId}::uuid AND person."id" = ${id}::uuid`
  return rows.map(toPerson)[0]
}

/**
 * People who have a role at the scope, above it or beneath it, by name; at an organization also those who have none any
 * more. Walks the index of names from `after` on; `limit` rows and one more.
 */
export async function listPeople(
  db: Transaction,
  scope: ScopeRef,
  { after, limit }: { after: { name: string; id: string } | undefined; limit: number },
): Promise<StoredPerson[]> {
  const from =
    after === undefined
      ? Prisma.empty
      : Prisma.sql`AND (person."name", person."id") > (${after.name}, ${after.id}::uuid)`
  const rows = await db.$queryRaw<PersonRow[]>`
    SELECT ${columns} FROM "Person" AS person
    WHERE person."organizationId" = ${scope.organizationId}::uuid ${from} AND (${scope.kind === "organization"} OR EXISTS (
      SELECT 1 FROM "RoleAssignment" AS given
      JOIN "Scope" AS scope ON scope."organizationId" = given."organizationId" AND scope."id" = given."scopeId"
      WHERE given."organizationId" = person."organizationId" AND given."personId" = person."id"
        AND (scope."id" = ANY(${scope.lineage}::uuid[]) OR starts_with(scope."path", ${`${scope.path}.`}))))
    ORDER BY person."name", person."id" LIMIT ${limit + 1}`
  return rows.map(toPerson)
}

/** The account with this folded e-mail address, and whether it is known at the network. */
export async function findAccount(
  { pool }: Database,
  foldedEmail: string,
  network: string,
): Promise<Account | undefined> {
  const found = await pool.query<Account>({
    name: "find-account",
    text: `SELECT person."organizationId", person."id", person."name", person."email", person."passwordHash", person."disabledAt",
                  known."network" IS NOT NULL AS "isKnown"
           FROM "Person" AS person
           LEFT JOIN "KnownAddress" AS known ON known."organizationId" = person."organizationId"
             AND known."personId" = person."id" AND known."network" = $2
           WHERE person."foldedEmail" = $1`,
    values: [foldedEmail, network],
  })
  return found.rows[0]
}

/**
 * What decides whether a person may come in, held still until the transaction ends: who disables them or changes their
 * password waits, or is waited for.
 */
export async function holdAccount(
  tx: Transaction,
  { organizationId, id }: { organizationId: string; id: string },
): Promise<Pick<Account, "passwordHash" | "disabledAt"> | undefined> {
  const rows = await tx.$queryRaw<Pick<Account, "passwordHash" | "disabledAt">[]>`
    SELECT "passwordHash", "disabledAt" FROM "Person"
    WHERE "organizationId" = ${organizationId}::uuid AND "id" = ${id}::uuid FOR SHARE`
  return rows[0]
}

export async function findPasswordHash(db: Transaction, organizationId: string, id: string): Promise<string | null> {
  const where = { organizationId_id: { organizationId, id } }
  return (await db.person.findUnique({ where, select: { passwordHash: true } }))?.passwordHash ?? null
}

/** Whether the organization has a person with this folded e-mail address. */
export async function hasPersonWithEmail(
  db: Transaction,
  organizationId: string,
  foldedEmail: string,
): Promise<boolean> {
  return (await db.person.count({ where: { organizationId, foldedEmail } })) > 0
}

/** False when the e-mail address is taken already. */
export async function addPerson(tx: Transaction, person: NewPerson): Promise<boolean> {
  const { count } = await tx.person.createMany({ data: [person], skipDuplicates: true })
  return count === 1
}

export async function changePerson(
  tx: Transaction,
  { organizationId, id }: { organizationId: string; id: string },
  { name, disabled }: { name?: string | undefined; disabled?: boolean | undefined },
): Promise<void> {
  await tx.$executeRaw`
    UPDATE "Person" SET "name" = coalesce(${name ?? null}, "name"),
      "disabledAt" = CASE ${disabled ?? null}::boolean WHEN true THEN coalesce("disabledAt", now()) WHEN false THEN NULL ELSE "disabledAt" END
    WHERE "organizationId" = ${organizationId}::uuid AND "id" = ${id}::uuid`
}

/** False when the password isn't `expected` any more: somebody changed it in the meantime. */
export async function changePasswordHash(
  tx: Transaction,
  { organizationId, id }: { organizationId: string; id: string },
  { expected, next }: { expected: string; next: string },
): Promise<boolean> {
  const where = { organizationId, id, passwordHash: expected }
  const { count } = await tx.person.updateMany({ where, data: { passwordHash: next } })
  return count === 1
}

/** Remembers that the person came in from this network. */
export async function knowAddress(
  tx: Transaction,
  { organizationId, id }: { organizationId: string; id: string },
  network: string,
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO "KnownAddress" ("organizationId", "personId", "network") VALUES (${organizationId}::uuid, ${id}::uuid, ${network})
    ON CONFLICT ("organizationId", "personId", "network") DO UPDATE SET "lastAt" = now()`
}

/** The person whom an identity provider means by a subject. */
export async function findByIdentity(
  db: Transaction,
  { issuer, subject }: { issuer: string; subject: string },
): Promise<Omit<Account, "isKnown"> | undefined> {
  const where = { issuer_subject: { issuer, subject } }
  const person = { organizationId: true, id: true, name: true, email: true, passwordHash: true, disabledAt: true }
  const found = await db.identity.findUnique({ where, select: { person: { select: person } } })
  return found?.person
}

/** False when the identity belongs to somebody already. */
export async function addIdentity(
  tx: Transaction,
  identity: { organizationId: string; id: string; personId: string; issuer: string; subject: string },
): Promise<boolean> {
  const { count } = await tx.identity.createMany({ data: [identity], skipDuplicates: true })
  return count === 1
}

interface PersonRow extends Omit<StoredPerson, "roles"> {
  roles: (Omit<StoredRole, "since"> & { since: string })[]
}

function toPerson(row: PersonRow): StoredPerson {
  return { ...row, roles: row.roles.map((role) => ({ ...role, since: new Date(role.since) })) }
}

// Roles and issuers come as JSON, whose words the tables' constraints hold to the contract's.
const columns = Prisma.sql`
  person."organizationId", person."id", person."name", person."email", person."disabledAt", person."createdAt",
  person."passwordHash" IS NOT NULL AS "hasPassword",
  (SELECT max(session."lastSeenAt") FROM "Session" AS session
   WHERE session."organizationId" = person."organizationId" AND session."personId" = person."id") AS "lastSeenAt",
  coalesce((
    SELECT json_agg(identity."issuer" ORDER BY identity."issuer") FROM "Identity" AS identity
    WHERE identity."organizationId" = person."organizationId" AND identity."personId" = person."id"), '[]') AS "issuers",
  coalesce((
    SELECT json_agg(json_build_object(
        'role', given."role", 'scopeId', scope."id", 'scopePath', scope."path", 'scopeKind', scope."kind",
        'since', given."createdAt",
        'grantedBy', CASE WHEN given."grantedById" IS NOT NULL
                     THEN json_build_object('id', given."grantedById", 'name', granter."name") END)
      ORDER BY scope."path", given."role")
    FROM "RoleAssignment" AS given
    JOIN "Scope" AS scope ON scope."organizationId" = given."organizationId" AND scope."id" = given."scopeId"
    LEFT JOIN "Person" AS granter ON granter."organizationId" = given."organizationId" AND granter."id" = given."grantedById"
    WHERE given."organizationId" = person."organizationId" AND given."personId" = person."id"), '[]') AS "roles"`
