import { sessionIdleHours } from "./credentials.ts"
import type { Transaction } from "./database.ts"
import { Prisma } from "./generated/client.ts"

/** A session ends after this many days, however much it is used. */
const sessionDays = 7

/** Whose session. */
export interface Owner {
  organizationId: string
  id: string
}

export interface StoredSession {
  id: string
  createdAt: Date
  lastSeenAt: Date
  expiresAt: Date
  address: string | null
  userAgent: string | null
  method: string
}

export interface NewSession {
  id: string
  hash: Uint8Array
  /** "password" or the identity provider's issuer. */
  method: string
  address: string | null
  userAgent: string | null
  /** When the person proved who they are; null for now. */
  signedInAt: Date | null
}

/** @returns when it ends at the latest */
export async function addSession(tx: Transaction, owner: Owner, session: NewSession): Promise<Date> {
  const rows = await tx.$queryRaw<{ expiresAt: Date }[]>`
    INSERT INTO "Session" ("organizationId", "id", "personId", "hash", "method", "address", "userAgent", "signedInAt", "expiresAt")
    VALUES (${owner.organizationId}::uuid, ${session.id}::uuid, ${owner.id}::uuid, ${Buffer.from(session.hash)}, ${session.method},
            ${session.address}, ${session.userAgent}, least(now(), coalesce(${session.signedInAt}::timestamptz, now())), now() + make_interval(days => ${sessionDays}::int))
    RETURNING "expiresAt"`
  const [row] = rows
  if (row === undefined) throw new Error("The session wasn't made.")
  return row.expiresAt
}

/** A person's sessions that are good, newest first; `limit` rows and one more. */
export async function listSessions(
  db: Transaction,
  owner: Owner,
  { after, limit }: { after: { createdAt: Date; id: string } | undefined; limit: number },
): Promise<StoredSession[]> {
  const from =
    after === undefined ? Prisma.empty : Prisma.sql`AND ("createdAt", "id") < (${after.createdAt}, ${after.id}::uuid)`
  return db.$queryRaw<StoredSession[]>`
    SELECT "id", "createdAt", "lastSeenAt", "expiresAt", "address", "userAgent", "method" FROM "Session"
    WHERE "organizationId" = ${owner.organizationId}::uuid AND "personId" = ${owner.id}::uuid ${from} AND ${isGood}
    ORDER BY "createdAt" DESC, "id" DESC LIMIT ${limit + 1}`
}

/** False when the person has no such session, or it has ended already. */
export async function endSession(tx: Transaction, owner: Owner, session: string): Promise<boolean> {
  const ended = await tx.$executeRaw`
    UPDATE "Session" SET "endedAt" = now()
    WHERE "organizationId" = ${owner.organizationId}::uuid AND "personId" = ${owner.id}::uuid AND "id" = ${session}::uuid AND ${isGood}`
  return ended === 1
}

/** Ends all of a person's sessions, but for `except`. @returns how many were good until now */
export async function endSessions(tx: Transaction, owner: Owner, except: string | null = null): Promise<number> {
  return tx.$executeRaw`
    UPDATE "Session" SET "endedAt" = now()
    WHERE "organizationId" = ${owner.organizationId}::uuid AND "personId" = ${owner.id}::uuid
      AND "id" IS DISTINCT FROM ${except}::uuid AND ${isGood}`
}

/** Notes that the person proved who they are. @returns when; undefined when the session has ended */
export async function confirmSession(tx: Transaction, owner: Owner, session: string): Promise<Date | undefined> {
  const rows = await tx.$queryRaw<{ signedInAt: Date }[]>`
    UPDATE "Session" SET "signedInAt" = now()
    WHERE "organizationId" = ${owner.organizationId}::uuid AND "personId" = ${owner.id}::uuid AND "id" = ${session}::uuid AND ${isGood}
    RETURNING "signedInAt"`
  return rows[0]?.signedInAt
}

const isGood = Prisma.sql`
  "endedAt" IS NULL AND "expiresAt" > now() AND "lastSeenAt" > now() - make_interval(hours => ${sessionIdleHours}::int)`
