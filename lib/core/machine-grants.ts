/** What a machine may do besides reading values: look at the metadata of what it was granted, and write where it may. */
import type { GrantAccess } from "../contract/words.ts"
import { findCoveringGrant } from "../db/grants.ts"
import type { ScopeRef } from "../db/scopes.ts"
import { noSuchScope } from "./authorize.ts"
import type { MachineCaller } from "./caller.ts"
import type { Context } from "./context.ts"

export interface GrantNeed {
  vault: string
  name: string
  /** Any of these will do. */
  accesses: readonly GrantAccess[]
}

/** Throws `not_found`, as for a scope that doesn't exist, unless a living grant of the machine's covers the name. */
export async function requireGrantAt(
  context: Context,
  machine: MachineCaller,
  scope: ScopeRef,
  need: GrantNeed,
): Promise<void> {
  const found = await findCoveringGrant(context.house.database.prisma, machine.id, scope, need)
  if (!found) throw noSuchScope(scope.path)
  context.about({ scope: { id: scope.id, path: scope.path } })
}
