import { fold } from "../contract/names.ts"
import type { GrantAccess } from "../contract/words.ts"
import type { Transaction } from "./database.ts"
import type { ScopeRef } from "./scopes.ts"

/** Whether a living grant of the account covers a name in a vault at a scope: given there or above. */
export async function findCoveringGrant(
  db: Transaction,
  serviceAccountId: string,
  scope: ScopeRef,
  { vault, name, accesses }: { vault: string; name: string; accesses: readonly GrantAccess[] },
): Promise<boolean> {
  const grants = await db.grant.findMany({
    where: {
      organizationId: scope.organizationId,
      serviceAccountId,
      scopeId: { in: [...scope.lineage] },
      access: { in: [...accesses] },
      revokedAt: null,
      OR: [{ vaultName: null }, { vaultName: vault }],
      serviceAccount: { disabledAt: null },
    },
    select: { prefix: true },
  })
  return grants.some(({ prefix }) => prefix === null || fold(name).startsWith(fold(prefix)))
}
