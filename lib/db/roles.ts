import type { Role } from "../contract/words.ts"
import type { Transaction } from "./database.ts"
import type { ScopeRef } from "./scopes.ts"

export interface Assignment {
  organizationId: string
  personId: string
  scopeId: string
  role: Role
}

/** False when the person had the role there already. */
export async function addRole(
  tx: Transaction,
  assignment: Assignment & { grantedById: string | null },
): Promise<boolean> {
  const { count } = await tx.roleAssignment.createMany({ data: [assignment], skipDuplicates: true })
  return count === 1
}

/** False when the person hadn't the role there. */
export async function removeRole(tx: Transaction, assignment: Assignment): Promise<boolean> {
  const { count } = await tx.roleAssignment.deleteMany({ where: assignment })
  return count === 1
}

/** Whether somebody else than this person may delegate at the scope: what two people need. */
export async function hasAnotherDelegator(
  db: Transaction,
  { organizationId, lineage }: Pick<ScopeRef, "organizationId" | "lineage">,
  personId: string,
): Promise<boolean> {
  const others = await db.$queryRaw<unknown[]>`
    SELECT 1 FROM "RoleAssignment" AS given
    JOIN "Person" AS person ON person."organizationId" = given."organizationId" AND person."id" = given."personId"
    WHERE given."organizationId" = ${organizationId}::uuid AND given."scopeId" = ANY(${[...lineage]}::uuid[])
      AND given."role" IN ('owner', 'admin', 'lead') AND given."personId" <> ${personId}::uuid AND person."disabledAt" IS NULL
    LIMIT 1`
  return others.length > 0
}

/**
 * Whether the organization has an owner who can sign in besides this person. Holds the question still until the
 * transaction ends, so that two owners can't remove each other at once.
 */
export async function hasAnotherOwner(tx: Transaction, organizationId: string, personId: string): Promise<boolean> {
  await tx.$queryRaw`
    SELECT 1 FROM "Scope" WHERE "organizationId" = ${organizationId}::uuid AND "id" = ${organizationId}::uuid FOR NO KEY UPDATE`
  const others = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM "RoleAssignment" AS given
    JOIN "Person" AS person ON person."organizationId" = given."organizationId" AND person."id" = given."personId"
    WHERE given."organizationId" = ${organizationId}::uuid AND given."scopeId" = ${organizationId}::uuid AND given."role" = 'owner'
      AND given."personId" <> ${personId}::uuid AND person."disabledAt" IS NULL
    LIMIT 1`
  return others.length > 0
}
