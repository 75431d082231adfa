import type { Environment, Protection, ScopeKind } from "../contract/words.ts"
import type { Transaction } from "./database.ts"

/** A scope and the way up from it. */
export interface ScopeRef {
  organizationId: string
  id: string
  path: string
  kind: ScopeKind
  name: string
  environment: Environment | null
  protection: Protection
  /** This scope's id first, then its parent's, up to the organization's. */
  lineage: readonly string[]
}

/** The scope with this path in this organization, with what lies above it; undefined when there is none. */
export async function findScope(db: Transaction, organizationId: string, path: string): Promise<ScopeRef | undefined> {
  const rows = await db.scope.findMany({
    where: { organizationId, path: { in: pathsUpFrom(path) } },
    select: { id: true, path: true, kind: true, name: true, environment: true, protection: true },
  })
  const narrowestFirst = rows.toSorted((a, b) => b.path.length - a.path.length)
  const [scope] = narrowestFirst
  if (scope?.path !== path) return undefined
  return {
    organizationId,
    id: scope.id,
    path,
    // The three columns are held to their words by constraints of the table.
    kind: scope.kind as ScopeKind,
    name: scope.name,
    environment: scope.environment as Environment | null,
    protection: scope.protection as Protection,
    lineage: narrowestFirst.map(({ id }) => id),
  }
}

/** `a.b.c`, `a.b`, `a` */
export function pathsUpFrom(path: string): string[] {
  const slugs = path.split(".")
  return slugs.map((_, index) => slugs.slice(0, slugs.length - index).join("."))
}

/** True for the scope itself and everything beneath it. Compared slug by slug: `acme.pay` doesn't hold `acme.payments`. */
export function isWithin(path: string, outer: string): boolean {
  return path === outer || path.startsWith(`${outer}.`)
}

/** Says that what machines get at this scope, and so beneath it, may have changed. In the change's own transaction. */
export async function bumpGeneration(db: Transaction, scope: { organizationId: string; id: string }): Promise<void> {
  const { organizationId, id } = scope
  await db.scope.update({
    where: { organizationId_id: { organizationId, id } },
    data: { generation: { increment: 1 } },
    select: { id: true },
  })
}
