/** How a command of the operator reaches the database and the keys, whether Strongroom runs or not. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import type { Keyring } from "../../crypto/keyring.ts"
import type { OperatorSettings } from "../../env.ts"
import { keyringOf } from "../configured-keyring.ts"
import { startEmbeddedPostgres } from "../embedded-postgres.ts"
import { LockHeldError, takeLock } from "../exclusive-lock.ts"
import { hasKeyEncryptionKey } from "../installation-keys.ts"

export interface ReachedDatabase extends AsyncDisposable {
  readonly ownerUrl: string
  readonly appUrl: string
}

/**
 * The operator's own database, or the embedded one: the running server is used and left running; one at rest is started,
 * kept from others meanwhile, and stopped at the end.
 */
export async function reachDatabase({ database, dataFolder }: OperatorSettings): Promise<ReachedDatabase> {
  if (database !== undefined) return { ...database, [Symbol.asyncDispose]: () => Promise.resolve() }
  if (!existsSync(dataFolder)) {
    throw new Error(`There is no data folder ${dataFolder}. Say where it is with STRONGROOM_DATA, or set DATABASE_URL.`)
  }
  await using opened = new AsyncDisposableStack()
  const lock = await takeLock(join(dataFolder, "strongroom.lock")).catch((error: unknown) => {
    if (error instanceof LockHeldError) return undefined // Strongroom runs, and has its Postgres
    throw error
  })
  if (lock !== undefined) opened.use(lock)
  const postgres = await startEmbeddedPostgres({ folder: dataFolder })
  if (!postgres.reused) opened.defer(() => postgres.stop())
  const { ownerUrl, appUrl } = postgres
  const kept = opened.move()
  return { ownerUrl, appUrl, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

/** The keys that api would start with. */
export function reachKeyring({ dataFolder, keys, ...given }: OperatorSettings): Keyring {
  const isOurs = keys === "none" || (keys === "fernet" && hasKeyEncryptionKey(dataFolder))
  if (!isOurs) return keyringOf(given)
  const kekFile = join(dataFolder, "kek")
  if (!hasKeyEncryptionKey(dataFolder)) {
    throw new Error(
      `There is no key encryption key. Put its file back at ${kekFile}, or set STRONGROOM_KEK or STRONGROOM_KEK_FILE.`,
    )
  }
  return keyringOf({ ...given, kekFile })
}
