/** Key encryption keys as they come and go, and what is wrapped under which. */

import type { Database, Transaction } from "./database.ts"
import type { KeyState, WrappedUnder } from "./encryption-keys.ts"
import type { Transacting } from "./in-transaction.ts"

/** A key encryption key, and how many rows lie under it. */
export interface KeyCount {
  id: string
  checkValue: Uint8Array
  state: KeyState
  stateSince: Date
  organizationKeys: number
  installationKeys: number
}

/** Every key that there ever was, the newest first. */
export async function countKeys(tx: Transaction): Promise<KeyCount[]> {
  return tx.$queryRaw<KeyCount[]>`
    SELECT kek."id", kek."checkValue", kek."state", kek."stateSince",
           (SELECT count(*)::int FROM "OrganizationKey" WHERE "kekId" = kek."id") AS "organizationKeys",
           (SELECT count(*)::int FROM "InstallationKey" WHERE "kekId" = kek."id") AS "installationKeys"
    FROM "KeyEncryptionKey" kek ORDER BY kek."createdAt" DESC, kek."id"`
}

export interface SeenProcess {
  id: string
  host: string
  pid: number
  checkValues: Uint8Array[]
  seenSecondsAgo: number
}

/** A process that wasn't heard of for so long has ended. It says that it serves every few seconds. */
const servesForSeconds = 30

/** The api processes that serve. */
export async function findServing(tx: Transaction): Promise<SeenProcess[]> {
  return tx.$queryRaw<SeenProcess[]>`
    SELECT "id", "host", "pid", "checkValues", extract(epoch FROM now() - "seenAt")::int AS "seenSecondsAgo"
    FROM "ApiProcess" WHERE "seenAt" > now() - make_interval(secs => ${servesForSeconds}::int) ORDER BY "startedAt"`
}

export async function addStagedKey(tx: Transaction, { id, checkValue }: WrappedUnder): Promise<void> {
  await tx.keyEncryptionKey.create({ data: { id, checkValue: Buffer.from(checkValue), state: "staged" } })
}

/** Lets a key have another state. The database refuses to retire one that is needed. */
export async function setKeyState(tx: Transaction, id: string, state: KeyState): Promise<void> {
  await tx.$executeRaw`UPDATE "KeyEncryptionKey" SET "state" = ${state}, "stateSince" = now() WHERE "id" = ${id}`
}

/** A key that is wrapped under another key encryption key than the active one. */
export interface RowUnderOldKey {
  /** An organization's key of an epoch; or, without both, the installation's of a name. */
  organizationId: string | null
  epoch: number | null
  name: string | null
  wrapped: Uint8Array
  checkValue: Uint8Array
  rowVersion: number
  kek: WrappedUnder
}

/** Where a walk over the rows is: after this organization and epoch, or this name. */
export type Walked = Pick<RowUnderOldKey, "organizationId" | "epoch" | "name"> | undefined

/**
 * Takes some rows that another key than the active one still wraps, in the order of their ids and after those that were
 * walked over. They are ours until the transaction ends, however it ends; what another process works on is left out.
 */
export async function takeOrganizationKeys(
  client: Transacting,
  activeId: string,
  after: Walked,
  limit: number,
): Promise<RowUnderOldKey[]> {
  const { rows } = await client.query<FlatRow>({
    name: "organization-keys-under-old-key",
    text: `SELECT ork."organizationId", ork."epoch", NULL AS "name", ork."wrapped", ork."checkValue", ork."rowVersion",
                  kek."id" AS "kekId", kek."checkValue" AS "kekCheckValue"
           FROM "OrganizationKey" ork JOIN "KeyEncryptionKey" kek ON kek."id" = ork."kekId"
           WHERE ork."kekId" <> $1 AND ($2::uuid IS NULL OR (ork."organizationId", ork."epoch") > ($2, $3::int))
           ORDER BY ork."organizationId", ork."epoch" LIMIT $4 FOR UPDATE OF ork SKIP LOCKED`,
    values: [activeId, after?.organizationId ?? null, after?.epoch ?? null, limit],
  })
  return rows.map(nested)
}

/** The same for the installation's own keys, which are few. */
export async function takeInstallationKeys(client: Transacting, activeId: string): Promise<RowUnderOldKey[]> {
  const { rows } = await client.query<FlatRow>({
    name: "installation-keys-under-old-key",
    text: `SELECT NULL::uuid AS "organizationId", NULL::int AS "epoch", own."name", own."wrapped", own."checkValue",
                  own."rowVersion", kek."id" AS "kekId", kek."checkValue" AS "kekCheckValue"
           FROM "InstallationKey" own JOIN "KeyEncryptionKey" kek ON kek."id" = own."kekId"
           WHERE own."kekId" <> $1 ORDER BY own."name" FOR UPDATE OF own SKIP LOCKED`,
    values: [activeId],
  })
  return rows.map(nested)
}

/** Keeps a key as it is wrapped anew, if the row is still what was taken. */
export async function replaceWrapping(
  client: Transacting,
  { organizationId, epoch, name, kek, rowVersion }: RowUnderOldKey,
  wrapped: Uint8Array,
  activeId: string,
): Promise<boolean> {
  const replaced =
    name === null
      ? await client.query({
          name: "rewrap-organization-key",
          text: `UPDATE "OrganizationKey" SET "wrapped" = $1, "kekId" = $2, "rowVersion" = "rowVersion" + 1
                 WHERE "organizationId" = $3 AND "epoch" = $4 AND "kekId" = $5 AND "rowVersion" = $6`,
          values: [wrapped, activeId, organizationId, epoch, kek.id, rowVersion],
        })
      : await client.query({
          name: "rewrap-installation-key",
          text: `UPDATE "InstallationKey" SET "wrapped" = $1, "kekId" = $2, "rowVersion" = "rowVersion" + 1
                 WHERE "name" = $3 AND "kekId" = $4 AND "rowVersion" = $5`,
          values: [wrapped, activeId, name, kek.id, rowVersion],
        })
  return replaced.rowCount === 1
}

/** The key that wraps now, held by the transaction: none other becomes active before it ends. */
export async function holdActiveKey(client: Transacting): Promise<WrappedUnder | undefined> {
  const { rows } = await client.query<WrappedUnder>({
    name: "hold-active-key",
    text: `SELECT "id", "checkValue" FROM "KeyEncryptionKey" WHERE "state" = 'active' FOR SHARE`,
  })
  return rows[0]
}

/** Whether anything lies under another key than the active one. */
export async function hasRowsUnderOldKey({ pool }: Database): Promise<boolean> {
  const { rows } = await pool.query<{ some: boolean }>({
    name: "has-rows-under-old-key",
    text: `SELECT EXISTS (
             SELECT FROM "KeyEncryptionKey" kek WHERE kek."state" <> 'active' AND (
               EXISTS (SELECT FROM "OrganizationKey" WHERE "kekId" = kek."id")
               OR EXISTS (SELECT FROM "InstallationKey" WHERE "kekId" = kek."id"))) AS "some"`,
  })
  return rows[0]?.some === true
}

type FlatRow = Omit<RowUnderOldKey, "kek"> & { kekId: string; kekCheckValue: Uint8Array }

function nested({ kekId, kekCheckValue, ...row }: FlatRow): RowUnderOldKey {
  return { ...row, kek: { id: kekId, checkValue: kekCheckValue } }
}
