/** Opens the parts that core works with, once per process, and checks first that the key belongs to the database. */
import { auditKeyOf, type KeyEncryptionKey, Keyring } from "../crypto/keyring.ts"
import type { Database } from "../db/database.ts"
import { type KnownKey, settleInstallation } from "../db/encryption-keys.ts"
import { log } from "../log.ts"
import { type Egress, openEgress } from "../net/egress.ts"
import type { RemoteProvider } from "../providers/provider.ts"
import { remoteProviders } from "../providers/registry.ts"
import { linkWith } from "./audit.ts"
import type { House } from "./context.ts"
import { openOrganizationKeys } from "./organization-keys.ts"
import { type DeclaredProvider, openBackends } from "./providers/backends.ts"
import { openCredentials } from "./providers/credentials.ts"
import { guarded } from "./providers/guarded-fetch.ts"
import { openReadCache } from "./read-cache.ts"
import { openStores } from "./stores.ts"
import { openWrites } from "./writing/writes.ts"

export interface HouseOptions extends Pick<House, "publicUrl" | "identityProviders" | "production"> {
  database: Database
  /** The keys that the operator configured, newest first. */
  keyring: Keyring
  /** The way out to addresses that tenants typed. Without one, public addresses are reached and no others. */
  egress?: Egress
  /** The way out to the address that the operator declared; without one, the same. */
  operatorEgress?: Egress
  /** Whether webhooks may be at plain http addresses, for development. */
  plainWebhooks?: boolean
  /** The provider that the operator's environment declares. */
  declaredProvider?: DeclaredProvider | undefined
  /** The kinds of backends; all that there are, unless given. */
  remoteProviders?: ReadonlyMap<string, RemoteProvider>
}

/**
 * The house over a migrated database. On the first start the keyring's active key becomes the database's. Later, a
 * keyring without a key that the database needs throws WrongKeyError, which names both, and writes nothing.
 */
export async function openHouse({ database, keyring: configured, ...options }: HouseOptions): Promise<House> {
  const { publicUrl, identityProviders, production } = options
  const { label, key } = configured.active
  const first = { id: label, checkValue: key.checkValue }
  const { instanceId, keys } = await settleInstallation(database, first, (known) => {
    for (const { id, checkValue } of known) configured.expect(id, checkValue)
  })
  const keyring = asTheDatabaseKnows(configured, keys)
  const organizationKeys = openOrganizationKeys({ database, keyring, instanceId })
  const credentials = openCredentials(organizationKeys, instanceId)
  const egress = options.egress ?? openEgress({ allow: [], own: [], loopback: false })
  const backends = openBackends({
    database,
    credentials,
    instanceId,
    kinds: options.remoteProviders ?? remoteProviders,
    egress,
    operatorEgress: options.operatorEgress ?? egress,
    declared: options.declaredProvider,
  })
  const stores = openStores({ database, organizationKeys, instanceId, backends })
  const writes = openWrites(database, linkWith(auditKeyOf(keyring.active.key)))
  const readCache = openReadCache({ instanceId })
  const parts = { database, keyring, instanceId, organizationKeys, credentials, backends, stores, writes, readCache }
  const outgoing = { fetch: guarded(egress.fetch), allowsPlain: options.plainWebhooks ?? false }
  return { publicUrl, identityProviders, production, outgoing, ...parts }
}

/**
 * The same keys, under the database's labels and with the database's active key as the active one: what is derived
 * from it (the audit chain's key) must not change because the operator put another key in front.
 */
function asTheDatabaseKnows(configured: Keyring, known: readonly KnownKey[]): Keyring {
  const needed = known
    .toSorted((a, b) => Number(b.isActive) - Number(a.isActive))
    .map((row) => ({
      label: row.id,
      key: configured.expect(row.id, row.checkValue).key,
    }))
  const unused = [configured.active, ...configured.retained].filter(({ key }) => needed.every((own) => own.key !== key))
  for (const { label } of unused) log.warn("a configured key encryption key isn't in use", { key: label })
  return new Keyring([...needed, ...unused.map(withoutClash(needed))])
}

/** A key that the database doesn't know can bear a label that it uses for another. */
function withoutClash(needed: readonly KeyEncryptionKey[]): (key: KeyEncryptionKey) => KeyEncryptionKey {
  return ({ label, key }) => ({ label: needed.some((own) => own.label === label) ? `${label} (unused)` : label, key })
}
