/** The keys that an installation makes for itself when the operator gave none. They are files in the data folder. */
import { randomBytes } from "node:crypto"
import { join } from "node:path"
import { newKeyEncryptionKeyText } from "../crypto/configured-keys.ts"
import { log } from "../log.ts"
import { onConnection } from "./connection.ts"
import { keepPrivateFile, readPrivateFile } from "./private-file.ts"

/**
 * The file with the key encryption key, made on the first start. Throws when the database was set up with a key that
 * isn't here: a new one would open nothing.
 */
export async function keepKeyEncryptionKey(dataFolder: string, ownerUrl: string): Promise<string> {
  const path = join(dataFolder, "kek")
  if (readPrivateFile(path) !== undefined) return path
  const needed = await keyOfDatabase(ownerUrl)
  if (needed !== undefined) {
    throw new Error(
      `This database was set up with the key "${needed}", and it is not here. Restore ${path} from your backup, or set ` +
        "STRONGROOM_KEK or STRONGROOM_KEK_FILE. Nothing was changed.",
    )
  }
  if (keepPrivateFile(path, newKeyEncryptionKeyText).made) {
    log.warn("A key encryption key was made. Back it up, and keep it elsewhere: without it no value can be read.", {
      file: path,
    })
  }
  return path
}

/** True when a key was made here earlier. */
export function hasKeyEncryptionKey(dataFolder: string): boolean {
  return readPrivateFile(join(dataFolder, "kek")) !== undefined
}

/** What the console signs its short-lived cookies with. */
export function keepAuthSecret(dataFolder: string): string {
  return keepPrivateFile(join(dataFolder, "auth-secret"), newKey).text
}

/** What Next seals the arguments of server actions with. Consoles that share a build must share it. */
export function keepActionsKey(dataFolder: string): string {
  return keepPrivateFile(join(dataFolder, "actions-key"), newKey).text
}

function newKey(): string {
  return randomBytes(32).toString("base64")
}

async function keyOfDatabase(ownerUrl: string): Promise<string | undefined> {
  return onConnection(ownerUrl, async (client) => {
    const { rows } = await client.query<{ id: string }>(`SELECT "id" FROM "KeyEncryptionKey" WHERE "state" = 'active'`)
    return rows[0]?.id
  })
}
