import type { Transaction } from "./database.ts"

/** A new organization with a vault called `default`. False when its slug is taken. */
export async function addOrganization(
  tx: Transaction,
  { id, slug, name, vaultId }: { id: string; slug: string; name: string; vaultId: string },
): Promise<boolean> {
  const organization = { organizationId: id, id, kind: "organization", slug, path: slug, name }
  const { count } = await tx.scope.createMany({ data: [organization], skipDuplicates: true })
  if (count === 1) await tx.vault.create({ data: { organizationId: id, id: vaultId, scopeId: id, name: "default" } })
  return count === 1
}

export async function findOrganization(
  db: Transaction,
  organizationId: string,
): Promise<{ path: string; name: string }> {
  const where = { organizationId_id: { organizationId, id: organizationId } }
  return db.scope.findUniqueOrThrow({ where, select: { path: true, name: true } })
}
