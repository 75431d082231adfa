/** Opens the parts that core works with, once per process, and checks first that the key belongs to the database. */
import { type KeyEncryptionKey, Keyring } from "../crypto/keyring.ts"
import type { Database } from "../db/database.ts"
import { forgetServing, type KnownKey, type ServingProcess, settleInstallation } from "../db/encryption-keys.ts"
import { newId } from "../db/ids.ts"
import { log } from "../log.ts"
import { type Egress, openEgress } from "../net/egress.ts"
import type { RemoteProvider } from "../providers/provider.ts"
import { remoteProviders } from "../providers/registry.ts"
import { linkWith } from "./audit.ts"
import type { House } from "./context.ts"
import { makeInstallationKeys, openInstallationKeys } from "./installation-keys.ts"
import { openIssuerKeys } from "./machines/issuer-keys.ts"
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
  /** For a process that serves: where it runs. It says so to whoever rotates keys, until its database is closed. */
  serving?: Pick<ServingProcess, "host" | "pid">
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
  const checkValues = configured.all.map((each) => each.key.checkValue)
  const serving = options.serving && { id: newId(), ...options.serving, checkValues }
  const installation = await settleInstallation(database, {
    first,
    check: (needed) => {
      for (const { id, checkValue } of needed) configured.expect(id, checkValue)
    },
    make: makeInstallationKeys(configured),
    serving,
  })
  if (serving !== undefined) forgetAtTheEnd(database, serving)
  const { instanceId } = installation
  const keyring = asTheDatabaseKnows(configured, installation.keys)
  const installationKeys = openInstallationKeys(keyring, instanceId, installation.installationKeys)
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
  const writes = openWrites(database, linkWith(installationKeys.audit))
  const readCache = openReadCache({ instanceId })
  const keys = { keyring, instanceId, installationKeys, organizationKeys, credentials }
  const parts = { ...keys, database, serving, backends, stores, writes, readCache }
  const outgoing = { fetch: guarded(egress.fetch), allowsPlain: options.plainWebhooks ?? false }
  const issuerKeys = openIssuerKeys(outgoing.fetch, outgoing.allowsPlain)
  return { publicUrl, identityProviders, production, outgoing, issuerKeys, ...parts }
}

function forgetAtTheEnd(database: Database, { id }: ServingProcess): void {
  database.beforeClosing(async () => {
    // A process that can't say goodbye is forgotten after a while.
    await forgetServing(database.prisma, id).catch(() => undefined)
  })
}

/** The same keys, under the database's labels and with the database's active key as the active one. */
function asTheDatabaseKnows(configured: Keyring, known: readonly KnownKey[]): Keyring {
  const ours = known
    .toSorted((a, b) => Number(b.state === "active") - Number(a.state === "active"))
    .flatMap((row) => {
      const found = configured.find(row.checkValue)
      return found === undefined ? [] : [{ label: row.id, key: found.key }]
    })
  const unused = configured.all.filter(({ key }) => ours.every((own) => own.key !== key))
  for (const { label } of unused) {
    log.warn("a configured key encryption key isn't in use: stage it (npm run kek), or take it out", { key: label })
  }
  return new Keyring([...ours, ...unused.map(withoutClash(ours))])
}

/** A key that the database doesn't know can bear a label that it uses for another. */
function withoutClash(needed: readonly KeyEncryptionKey[]): (key: KeyEncryptionKey) => KeyEncryptionKey {
  return ({ label, key }) => ({ label: needed.some((own) => own.label === label) ? `${label} (unused)` : label, key })
}
