/**
 * What the database knows of its keys: which key encryption keys there are and what each is for, the installation's own
 * keys, and each organization's, all wrapped under one of them.
 */
import type { Database, Transaction } from "./database.ts"
import { newId } from "./ids.ts"

/** What a key encryption key is for: it waits, it wraps, it only unwraps what isn't wrapped anew yet, or it is done. */
export type KeyState = "staged" | "active" | "retained" | "retired"

export interface KnownKey {
  /** The label that it was first configured under. */
  id: string
  checkValue: Uint8Array
  state: KeyState
  /** Nothing works without it: it wraps, or something lies under it. */
  isNeeded: boolean
}

/** Which key something is wrapped under: its label and its check value. */
export interface WrappedUnder {
  id: string
  checkValue: Uint8Array
}

/** A key of the installation's own, as it is stored. */
export interface WrappedInstallationKey {
  name: string
  wrapped: Uint8Array
  kek: WrappedUnder
  /** The key's own check value. */
  checkValue: Uint8Array
}

export interface Installation {
  instanceId: string
  /** Every key encryption key but those that are retired. Never empty. */
  keys: readonly KnownKey[]
  installationKeys: readonly WrappedInstallationKey[]
}

/** An api process, and the check values of the key encryption keys that it has. */
export interface ServingProcess {
  id: string
  host: string
  pid: number
  checkValues: readonly Uint8Array[]
}

export interface Settling {
  /** The key of an installation that is made now. */
  first: WrappedUnder
  /** Sees the keys that an existing installation needs, and throws when they aren't ours: then nothing is written. */
  check(needed: readonly KnownKey[]): void
  /** Makes the installation's own keys that aren't there yet; `isNew` for an installation that is made now. */
  make(instanceId: string, present: ReadonlySet<string>, active: WrappedUnder, isNew: boolean): WrappedInstallationKey[]
  /** Who serves from now on. It is written down along with the rest, so no key is changed without its being asked. */
  serving: ServingProcess | undefined
}

/**
 * The installation as it is, or, on the first start, as it is made now: with an id of its own and `first` as its key.
 * Processes that start at the same time make one.
 */
export async function settleInstallation({ prisma }: Database, settling: Settling): Promise<Installation> {
  const { first, check, make, serving } = settling
  return prisma.$transaction(async (tx) => {
    await tx.$executeRaw`INSERT INTO "Installation" ("id", "instanceId") VALUES (1, ${newId()}::uuid) ON CONFLICT DO NOTHING`
    const instanceId = await lockInstallation(tx)
    const known = await findKeys(tx)
    check(known.filter(({ isNeeded }) => isNeeded))
    const isNew = known.length === 0
    if (isNew) await addActiveKey(tx, first)
    const keys: KnownKey[] = isNew ? [{ ...first, state: "active", isNeeded: true }] : known
    const active = keys.find(({ state }) => state === "active")
    if (active === undefined) throw new Error("No key encryption key is active.")
    const present = await findInstallationKeys(tx)
    const made = make(instanceId, new Set(present.map(({ name }) => name)), active, isNew)
    for (const key of made) await addInstallationKey(tx, key)
    if (serving !== undefined) await sayServing(tx, serving)
    return { instanceId, keys, installationKeys: [...present, ...made] }
  })
}

/** Locks what changes of keys and starts of processes wait for, and answers the installation's id. */
export async function lockInstallation(tx: Transaction): Promise<string> {
  const [installation] = await tx.$queryRaw<
    { instanceId: string }[]
  >`SELECT "instanceId" FROM "Installation" FOR UPDATE`
  if (installation === undefined) throw new Error("The installation's row is missing.")
  return installation.instanceId
}

async function findKeys(tx: Transaction): Promise<KnownKey[]> {
  return tx.$queryRaw<KnownKey[]>`
    SELECT kek."id", kek."checkValue", kek."state",
           kek."state" = 'active' OR EXISTS (SELECT FROM "OrganizationKey" WHERE "kekId" = kek."id")
             OR EXISTS (SELECT FROM "InstallationKey" WHERE "kekId" = kek."id") AS "isNeeded"
    FROM "KeyEncryptionKey" kek WHERE kek."state" <> 'retired' ORDER BY kek."createdAt" DESC`
}

async function addActiveKey(tx: Transaction, { id, checkValue }: WrappedUnder): Promise<void> {
  await tx.keyEncryptionKey.create({ data: { id, checkValue: Buffer.from(checkValue), state: "active" } })
}

/**
 * The key that wraps now, and goes on doing so until the transaction ends: who wraps something under it asks here, in
 * the transaction that keeps it.
 */
export async function findActiveKey(tx: Transaction): Promise<WrappedUnder> {
  const find = (): Promise<WrappedUnder[]> =>
    tx.$queryRaw`SELECT "id", "checkValue" FROM "KeyEncryptionKey" WHERE "state" = 'active' FOR SHARE`
  // Where another one has just become active, the first look waits for it and finds that the old one isn't any more.
  const active = (await find())[0] ?? (await find())[0]
  if (active === undefined) throw new Error("No key encryption key is active.")
  return active
}

async function findInstallationKeys(tx: Transaction): Promise<WrappedInstallationKey[]> {
  const rows = await tx.installationKey.findMany({ include: { kek: { select: { id: true, checkValue: true } } } })
  return rows.map(({ name, wrapped, checkValue, kek }) => ({ name, wrapped, checkValue, kek }))
}

async function addInstallationKey(tx: Transaction, key: WrappedInstallationKey): Promise<void> {
  const { name, wrapped, kek, checkValue } = key
  await tx.installationKey.create({
    data: { name, wrapped: Buffer.from(wrapped), kekId: kek.id, checkValue: Buffer.from(checkValue) },
  })
}

/** Says that a process serves, and with which keys. It counts as serving for a while after it last said so. */
export async function sayServing(tx: Transaction, { id, host, pid, checkValues }: ServingProcess): Promise<void> {
  const values = checkValues.map((each) => Buffer.from(each))
  await tx.$executeRaw`
    INSERT INTO "ApiProcess" ("id", "host", "pid", "checkValues") VALUES (${id}::uuid, ${host}, ${pid}, ${values})
    ON CONFLICT ("id") DO UPDATE SET "seenAt" = now()`
}

/** Forgets a process that has ended, and those that were not heard of for a day. */
export async function forgetServing(tx: Transaction, id: string): Promise<void> {
  await tx.$executeRaw`DELETE FROM "ApiProcess" WHERE "id" = ${id}::uuid OR "seenAt" < now() - interval '1 day'`
}

/** An organization's key of one epoch, as it is stored. */
export interface WrappedOrganizationKey {
  epoch: number
  wrapped: Uint8Array
  kek: WrappedUnder
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
