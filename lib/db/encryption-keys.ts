/**
 * What the database knows of its keys: which key encryption key it was set up with, and each organization's own key,
 * wrapped under it.
 */
import type { Database, Transaction } from "./database.ts"
import { newId } from "./ids.ts"

export interface KnownKey {
  /** The label that it was first configured under. */
  id: string
  checkValue: Uint8Array
  isActive: boolean
}

export interface Installation {
  instanceId: string
  /** Every key encryption key that may still be needed. Never empty. */
  keys: readonly KnownKey[]
}

/**
 * The installation as it is, or, on the first start, as it is made now: with an id of its own and `first` as its key.
 * Processes that start at the same time make one. `check` sees the keys of an existing installation and throws when
 * they aren't ours: then nothing is written.
 */
export async function settleInstallation(
  { prisma }: Database,
  first: Pick<KnownKey, "id" | "checkValue">,
  check: (known: readonly KnownKey[]) => void,
): Promise<Installation> {
  return prisma.$transaction(async (tx) => {
    await tx.$executeRaw`INSERT INTO "Installation" ("id", "instanceId") VALUES (1, ${newId()}::uuid) ON CONFLICT DO NOTHING`
    const [installation] = await tx.$queryRaw<
      { instanceId: string }[]
    >`SELECT "instanceId" FROM "Installation" FOR UPDATE`
    if (installation === undefined) throw new Error("The installation's row is missing.")
    const known = await findKeys(tx)
    check(known)
    if (known.length === 0) await addActiveKey(tx, first)
    return { ...installation, keys: known.length > 0 ? known : [{ ...first, isActive: true }] }
  })
}

async function findKeys(tx: Transaction): Promise<KnownKey[]> {
  const rows = await tx.keyEncryptionKey.findMany({
    where: { state: { in: ["active", "retained"] } },
    orderBy: { createdAt: "desc" },
  })
  return rows.map(({ id, checkValue, state }) => ({ id, checkValue, isActive: state === "active" }))
}

async function addActiveKey(tx: Transaction, { id, checkValue }: Pick<KnownKey, "id" | "checkValue">): Promise<void> {
  await tx.keyEncryptionKey.create({ data: { id, checkValue: Buffer.from(checkValue), state: "active" } })
}

/** An organization's key of one epoch, as it is stored. */
export interface WrappedOrganizationKey {
  epoch: number
  wrapped: Uint8Array
  /** The key that it is wrapped under: its label and its check value. */
  kek: { id: string; checkValue: Uint8Array }
  /** The organization key's own check value. */
  checkValue: Uint8Array
}

/** All of an organization's keys, newest epoch first. */
export async function findOrganizationKeys(
  { pool }: Database,
  organizationId: string,
): Promise<WrappedOrganizationKey[]> {
  const { rows } = await pool.query<Omit<WrappedOrganizationKey, "kek"> & { kekId: string; kekCheckValue: Buffer }>({
    name: "organization-keys",
    text: `SELECT ork."epoch", ork."wrapped", ork."checkValue", kek."id" AS "kekId", kek."checkValue" AS "kekCheckValue"
           FROM "OrganizationKey" ork JOIN "KeyEncryptionKey" kek ON kek."id" = ork."kekId"
           WHERE ork."organizationId" = $1 ORDER BY ork."epoch" DESC`,
    values: [organizationId],
  })
  return rows.map(({ kekId, kekCheckValue, ...key }) => ({ ...key, kek: { id: kekId, checkValue: kekCheckValue } }))
}

export async function addOrganizationKey(
  tx: Transaction,
  organizationId: string,
  { epoch, wrapped, kek, checkValue }: WrappedOrganizationKey,
): Promise<void> {
  await tx.organizationKey.create({
    data: {
      organizationId,
      epoch,
      wrapped: Buffer.from(wrapped),
      kekId: kek.id,
      checkValue: Buffer.from(checkValue),
    },
  })
}
