import { randomBytes } from "node:crypto"
import { chmod, mkdir, open, rename, rm } from "node:fs/promises"
import { basename, dirname, join } from "node:path"

/**
 * Writes a file that its owner alone may read (0600), all of it or nothing: whoever opens the path finds the old content
 * or the new one. What lay there is replaced, also where it had been readable for others.
 */
export async function writePrivately(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}`)
  const file = await open(temporary, "wx", 0o600)
  try {
    await file.writeFile(content)
    await file.sync()
    await file.close()
    await rename(temporary, path)
  } catch (error) {
    await file.close().catch(() => undefined) // it may be closed already
    await rm(temporary, { force: true })
    throw error
  }
}

/** Makes the folder, readable for its owner alone. */
export async function makePrivateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  await chmod(path, 0o700)
}
