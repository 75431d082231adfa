import { expose, Secret } from "../secret.ts"
import { lengthPrefixed } from "./aead.ts"
import { CryptoError } from "./crypto-error.ts"

/** What belongs together and is sealed as one text: secrets, and words about them that go along. */
export interface Fields {
  secrets: Readonly<Record<string, Secret>>
  notes: Readonly<Record<string, string>>
}

const secretMark = "s"
const noteMark = "n"

/** One secret of several, to be sealed. Wipe it after that. */
export function packFields({ secrets, notes }: Fields): Secret {
  const parts = [
    ...Object.entries(secrets).flatMap(([name, secret]) => [secretMark, name, expose(secret)]),
    ...Object.entries(notes).flatMap(([name, note]) => [noteMark, name, note]),
  ]
  return Secret.fromBytes(lengthPrefixed(parts))
}

/** The fields again, each with bytes of its own. Throws CryptoError `malformed` for what `packFields` didn't make. */
export function unpackFields(packed: Secret): Fields {
  const parts = partsOf(Buffer.from(expose(packed)))
  const secrets: Record<string, Secret> = {}
  const notes: Record<string, string> = {}
  for (let at = 0; at < parts.length; at += 3) {
    const [mark, name, content] = parts.slice(at, at + 3)
    if (content === undefined || name === undefined) throw new CryptoError("malformed")
    if (mark?.toString() === secretMark) secrets[name.toString()] = Secret.fromBytes(content)
    else notes[name.toString()] = content.toString()
  }
  return { secrets, notes }
}

function partsOf(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = []
  let at = 0
  while (at < bytes.byteLength) {
    if (at + 4 > bytes.byteLength) throw new CryptoError("malformed")
    const end = at + 4 + bytes.readUInt32BE(at)
    if (end > bytes.byteLength) throw new CryptoError("malformed")
    parts.push(Buffer.from(bytes.subarray(at + 4, end)))
    at = end
  }
  bytes.fill(0)
  return parts
}
