/**
 * After another key encryption key has become active, every key that lies under an earlier one is wrapped anew. What is
 * wrapped stays the same key, so nobody who reads or writes notices.
 *
 * Any number of processes may do so at once and may be killed at any moment: a row is locked while one works on it,
 * the lock ends with its transaction, and a row is replaced only if it is still what was taken. What was wrapped anew is
 * unwrapped again, and compared, before it is written.
 */
import { timingSafeEqual } from "node:crypto"
import { CryptoError } from "../crypto/crypto-error.ts"
import { unwrapKey, type WrappedKeyContext, wrapKey } from "../crypto/envelope.ts"
import { WrongKeyError } from "../crypto/keyring.ts"
import type { WrappedUnder } from "../db/encryption-keys.ts"
import { inTransaction, type Transacting } from "../db/in-transaction.ts"
import {
  hasRowsUnderOldKey,
  holdActiveKey,
  type RowUnderOldKey,
  replaceWrapping,
  takeInstallationKeys,
  takeOrganizationKeys,
  type Walked,
} from "../db/key-rotation.ts"
import { describeError, log } from "../log.ts"
import type { House } from "./context.ts"
import { placeOfInstallationKey } from "./installation-keys.ts"
import { placeOfOrganizationKey } from "./organization-keys.ts"

type Rewrapping = Pick<House, "database" | "keyring" | "instanceId">

/** How many rows one transaction holds. */
const atOnce = 20

/** Wraps anew what lies under an earlier key, and answers how many rows that were. A process without the key does nothing. */
export async function rewrapKeys(house: Rewrapping): Promise<number> {
  if (!(await hasRowsUnderOldKey(house.database))) return 0
  let done = 0
  let after: Walked
  do {
    const step = await rewrapSome(house, after)
    done += step.done
    after = step.after
  } while (after !== undefined)
  if (done > 0) log.info("wrapped keys anew under the active key", { keys: done })
  return done
}

async function rewrapSome(house: Rewrapping, after: Walked): Promise<{ done: number; after: Walked }> {
  return inTransaction(house.database, async (client) => {
    const active = await holdActiveKey(client)
    if (active === undefined || house.keyring.find(active.checkValue) === undefined)
      return { done: 0, after: undefined }
    const own = after === undefined ? await takeInstallationKeys(client, active.id) : []
    const rows = await takeOrganizationKeys(client, active.id, after, atOnce)
    let done = 0
    for (const row of [...own, ...rows]) if (await rewrapOne(house, client, row, active)) done += 1
    return { done, after: rows.length === atOnce ? rows.at(-1) : undefined }
  })
}

async function rewrapOne(
  house: Rewrapping,
  client: Transacting,
  row: RowUnderOldKey,
  active: WrappedUnder,
): Promise<boolean> {
  const wrapped = wrapAnew(house, row, active)
  return wrapped !== undefined && (await replaceWrapping(client, row, wrapped, active.id))
}

/** Undefined for a row that we can't unwrap: it stays as it is, and its key stays needed. */
function wrapAnew(
  { keyring, instanceId }: Rewrapping,
  row: RowUnderOldKey,
  active: WrappedUnder,
): Uint8Array | undefined {
  const { key: newKey } = keyring.expect(active.id, active.checkValue)
  const place = placeOf(instanceId, row, active.id)
  try {
    const { key: oldKey } = keyring.expect(row.kek.id, row.kek.checkValue)
    const key = unwrapKey(oldKey, row.wrapped, placeOf(instanceId, row, row.kek.id))
    const wrapped = wrapKey(newKey, key, place)
    const again = unwrapKey(newKey, wrapped, place)
    const isGood = [key, again].every(({ checkValue }) => timingSafeEqual(checkValue, row.checkValue))
    key.wipe()
    again.wipe()
    if (isGood) return wrapped
    log.error("a key isn't the one that its row names, and stays as it is", { organization: row.organizationId })
  } catch (error) {
    if (!(error instanceof CryptoError) && !(error instanceof WrongKeyError)) throw error
    const { organizationId: organization, kek } = row
    log.error("a key can't be wrapped anew, and stays as it is", {
      organization,
      key: kek.id,
      error: describeError(error),
    })
  }
  return undefined
}

function placeOf(instance: string, { organizationId, epoch, name }: RowUnderOldKey, kekId: string): WrappedKeyContext {
  if (organizationId !== null && epoch !== null) return placeOfOrganizationKey(instance, organizationId, epoch, kekId)
  return placeOfInstallationKey(instance, name ?? "", kekId)
}
