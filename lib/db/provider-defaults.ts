/** Where new secrets of a scope go: each scope's own choice, or the wider one's. */
import type { Transaction } from "./database.ts"
import type { ProviderKey } from "./providers.ts"

/** What a scope says of where its new secrets go; `inherit` when it leaves that to the wider one. */
export type OwnDefault = { kind: "provider"; providerId: string } | { kind: "built_in" } | { kind: "inherit" }

/** The choice of each scope of a lineage, in its order. */
export async function findDefaults(
  db: Transaction,
  organizationId: string,
  lineage: readonly string[],
): Promise<OwnDefault[]> {
  const rows = await db.scope.findMany({
    where: { organizationId, id: { in: [...lineage] } },
    select: { id: true, defaultProviderId: true, defaultIsBuiltIn: true },
  })
  return lineage.map((id) => ownDefault(rows.find((row) => row.id === id)))
}

function ownDefault(row: { defaultProviderId: string | null; defaultIsBuiltIn: boolean } | undefined): OwnDefault {
  if (row?.defaultIsBuiltIn === true) return { kind: "built_in" }
  if (row === undefined || row.defaultProviderId === null) return { kind: "inherit" }
  return { kind: "provider", providerId: row.defaultProviderId }
}

export async function setDefault(
  tx: Transaction,
  { organizationId, id }: { organizationId: string; id: string },
  choice: OwnDefault,
): Promise<void> {
  await tx.scope.update({
    where: { organizationId_id: { organizationId, id } },
    data: {
      defaultProviderId: choice.kind === "provider" ? choice.providerId : null,
      defaultIsBuiltIn: choice.kind === "built_in",
    },
    select: { id: true },
  })
}

/** The paths of the scopes whose new secrets go there by their own choice. */
export async function defaultScopesOf(db: Transaction, { organizationId, id }: ProviderKey): Promise<string[]> {
  const scopes = await db.scope.findMany({
    where: { organizationId, defaultProviderId: id },
    select: { path: true },
    orderBy: { path: "asc" },
  })
  return scopes.map(({ path }) => path)
}

/** The installation's first organization; undefined before setup. */
export async function findFirstOrganization(db: Transaction): Promise<{ id: string; path: string } | undefined> {
  const first = await db.scope.findFirst({
    where: { kind: "organization" },
    orderBy: [{ createdAt: "asc" }, { id: "asc" }],
    select: { id: true, path: true },
  })
  return first ?? undefined
}

/** Until the transaction ends, nobody else registers or chooses what the environment declares. */
export async function holdOrganization(tx: Transaction, organizationId: string): Promise<void> {
  await tx.$queryRaw`SELECT 1 FROM "Scope" WHERE "organizationId" = ${organizationId}::uuid AND "id" = ${organizationId}::uuid FOR UPDATE`
}
