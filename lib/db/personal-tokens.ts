import type { Transaction } from "./database.ts"
import { Prisma } from "./generated/client.ts"
import type { Owner } from "./sessions.ts"

export interface StoredPersonalToken {
  id: string
  name: string
  prefix: string
  createdAt: Date
  expiresAt: Date
  lastUsedAt: Date | null
  revokedAt: Date | null
}

export interface NewPersonalToken {
  id: string
  name: string
  hash: Uint8Array
  prefix: string
  /** The sign-in under which it is made; null for now. */
  signedInAt: Date | null
  hours: number
}

export async function addPersonalToken(
  tx: Transaction,
  owner: Owner,
  token: NewPersonalToken,
): Promise<StoredPersonalToken> {
  const rows = await tx.$queryRaw<StoredPersonalToken[]>`
    INSERT INTO "PersonalToken" ("organizationId", "id", "personId", "name", "hash", "prefix", "signedInAt", "expiresAt")
    VALUES (${owner.organizationId}::uuid, ${token.id}::uuid, ${owner.id}::uuid, ${token.name}, ${Buffer.from(token.hash)}, ${token.prefix},
            coalesce(${token.signedInAt}::timestamptz, now()), now() + make_interval(hours => ${token.hours}::int))
    RETURNING ${columns}`
  const [row] = rows
  if (row === undefined) throw new Error("The personal token wasn't made.")
  return row
}

/** A person's tokens, newest first, dead ones included; `limit` rows and one more. */
export async function listPersonalTokens(
  db: Transaction,
  owner: Owner,
  { after, limit }: { after: { createdAt: Date; id: string } | undefined; limit: number },
): Promise<StoredPersonalToken[]> {
  const from =
    after === undefined ? Prisma.empty : Prisma.sql`AND ("createdAt", "id") < (${after.createdAt}, ${after.id}::uuid)`
  return db.$queryRaw<StoredPersonalToken[]>`
    SELECT ${columns} FROM "PersonalToken"
    WHERE "organizationId" = ${owner.organizationId}::uuid AND "personId" = ${owner.id}::uuid ${from}
    ORDER BY "createdAt" DESC, "id" DESC LIMIT ${limit + 1}`
}

/** @returns the token's name; undefined when the person has no such token. One that is revoked stays so since then. */
export async function revokePersonalToken(tx: Transaction, owner: Owner, token: string): Promise<string | undefined> {
  const rows = await tx.$queryRaw<{ name: string }[]>`
    UPDATE "PersonalToken" SET "revokedAt" = coalesce("revokedAt", now())
    WHERE "organizationId" = ${owner.organizationId}::uuid AND "personId" = ${owner.id}::uuid AND "id" = ${token}::uuid
    RETURNING "name"`
  return rows[0]?.name
}

export async function revokePersonalTokens(tx: Transaction, owner: Owner): Promise<number> {
  return tx.$executeRaw`
    UPDATE "PersonalToken" SET "revokedAt" = now()
    WHERE "organizationId" = ${owner.organizationId}::uuid AND "personId" = ${owner.id}::uuid AND "revokedAt" IS NULL`
}

const columns = Prisma.sql`"id", "name", "prefix", "createdAt", "expiresAt", "lastUsedAt", "revokedAt"`
