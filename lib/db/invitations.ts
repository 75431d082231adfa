import type { Role, ScopeKind } from "../contract/words.ts"
import type { Transaction } from "./database.ts"
import { Prisma } from "./generated/client.ts"
import type { ScopeRef } from "./scopes.ts"

export type InvitationState = "open" | "accepted" | "expired" | "revoked"

export interface StoredInvitation {
  organizationId: string
  id: string
  scopeId: string
  scopePath: string
  scopeKind: ScopeKind
  organizationName: string
  email: string | null
  role: Role
  invitedById: string
  /** Null when the inviter is gone. */
  invitedByName: string | null
  createdAt: Date
  expiresAt: Date
  state: InvitationState
}

export interface NewInvitation {
  organizationId: string
  id: string
  scopeId: string
  codeHash: Uint8Array
  email: string | null
  role: Role
  invitedById: string
  days: number
}

export async function addInvitation(tx: Transaction, invitation: NewInvitation): Promise<StoredInvitation> {
  const { organizationId, id, scopeId, codeHash, email, role, invitedById, days } = invitation
  await tx.$executeRaw`
    INSERT INTO "Invitation" ("organizationId", "id", "scopeId", "codeHash", "email", "role", "invitedById", "expiresAt")
    VALUES (${organizationId}::uuid, ${id}::uuid, ${scopeId}::uuid, ${Buffer.from(codeHash)}, ${email}, ${role}, ${invitedById}::uuid,
            now() + make_interval(days => ${days}::int))`
  const [made] = await tx.$queryRaw<StoredInvitation[]>`
    ${select} WHERE invitation."organizationId" = ${organizationId}::uuid AND invitation."id" = ${id}::uuid`
  if (made === undefined) throw new Error("The invitation wasn't made.")
  return made
}

export async function findInvitation(db: Transaction, codeHash: Uint8Array): Promise<StoredInvitation | undefined> {
  const rows = await db.$queryRaw<StoredInvitation[]>`
    ${select} WHERE invitation."codeHash" = ${Buffer.from(codeHash)}`
  return rows[0]
}

/** Marks an open invitation as accepted, once: false for whoever comes second, or too late. */
export async function takeInvitation(
  tx: Transaction,
  { organizationId, id }: StoredInvitation,
  personId: string,
): Promise<boolean> {
  const taken = await tx.$executeRaw`
    UPDATE "Invitation" SET "acceptedAt" = now(), "acceptedById" = ${personId}::uuid
    WHERE "organizationId" = ${organizationId}::uuid AND "id" = ${id}::uuid
      AND "acceptedAt" IS NULL AND "revokedAt" IS NULL AND "expiresAt" > now()`
  return taken === 1
}

/**
 * Invitations to a scope and to what lies beneath it, newest first: their ids grow with time, and the key's index is
 * walked down from `after`. `limit` rows and one more.
 */
export async function listInvitations(
  db: Transaction,
  scope: ScopeRef,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<StoredInvitation[]> {
  const from = after === undefined ? Prisma.empty : Prisma.sql`AND invitation."id" < ${after}::uuid`
  return db.$queryRaw<StoredInvitation[]>`
    ${select} WHERE invitation."organizationId" = ${scope.organizationId}::uuid ${from}
      AND (scope."path" = ${scope.path} OR starts_with(scope."path", ${`${scope.path}.`}))
    ORDER BY invitation."id" DESC LIMIT ${limit + 1}`
}

/** Takes back an open invitation to this scope. False when there is none with this id that is open. */
export async function revokeInvitation(
  tx: Transaction,
  scope: { organizationId: string; id: string },
  id: string,
): Promise<boolean> {
  const revoked = await tx.$executeRaw`
    UPDATE "Invitation" SET "revokedAt" = now()
    WHERE "organizationId" = ${scope.organizationId}::uuid AND "scopeId" = ${scope.id}::uuid AND "id" = ${id}::uuid
      AND "acceptedAt" IS NULL AND "revokedAt" IS NULL AND "expiresAt" > now()`
  return revoked === 1
}

const select = Prisma.sql`
  SELECT invitation."organizationId", invitation."id", invitation."scopeId", scope."path" AS "scopePath", scope."kind" AS "scopeKind",
         organization."name" AS "organizationName", invitation."email", invitation."role", invitation."invitedById",
         inviter."name" AS "invitedByName", invitation."createdAt", invitation."expiresAt",
         CASE WHEN invitation."acceptedAt" IS NOT NULL THEN 'accepted' WHEN invitation."revokedAt" IS NOT NULL THEN 'revoked'
              WHEN invitation."expiresAt" <= now() THEN 'expired' ELSE 'open' END AS "state"
  FROM "Invitation" AS invitation
  JOIN "Scope" AS scope ON scope."organizationId" = invitation."organizationId" AND scope."id" = invitation."scopeId"
  JOIN "Scope" AS organization
    ON organization."organizationId" = invitation."organizationId" AND organization."id" = invitation."organizationId"
  LEFT JOIN "Person" AS inviter ON inviter."organizationId" = invitation."organizationId" AND inviter."id" = invitation."invitedById"`
