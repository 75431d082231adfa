/** The key encryption keys that the operator configured, from wherever they are. */
import { keyEncryptionKeysFromFernet, parseKeyEncryptionKeys } from "../crypto/configured-keys.ts"
import { Keyring } from "../crypto/keyring.ts"
import { readPrivateFile } from "./private-file.ts"

export interface KeySettings {
  kek: string | undefined
  kekFile: string | undefined
  fernetKeys: string | undefined
}

/** Throws what the operator should read when there is none, or one that can't be used. */
export function keyringOf({ kek, kekFile, fernetKeys }: KeySettings): Keyring {
  const text = kek ?? (kekFile === undefined ? undefined : readKeyFile(kekFile))
  if (text !== undefined) return new Keyring(parseKeyEncryptionKeys(text.trim()))
  if (fernetKeys !== undefined) return new Keyring(keyEncryptionKeysFromFernet(fernetKeys))
  throw new Error("There is no key encryption key. Set STRONGROOM_KEK or STRONGROOM_KEK_FILE.")
}

function readKeyFile(path: string): string {
  const text = readPrivateFile(path)
  if (text === undefined) throw new Error(`STRONGROOM_KEK_FILE names ${path}, and there is no such file.`)
  return text
}
