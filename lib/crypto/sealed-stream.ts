/**
 * A long text, sealed as a stream: it is neither made nor opened as a whole, and what comes out of an opened one is
 * authentic from the first chunk. The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár: "Online Authenticated-
 * Encryption and its Nonce-Reuse Misuse-Resistance", 2015) as the age file format uses it (age-encryption.org/v1,
 * "Payload"), over AES-256-GCM instead of ChaCha20-Poly1305:
 *
 *   key of the file = HKDF-SHA256(key, salt of 32 random bytes, label)
 *   chunk           = AES-256-GCM(64 KiB, nonce = counter(11 bytes, big-endian) ‖ 1 for the last chunk, else 0), tag(16)
 *
 * Every chunk has the header as its additional data. So chunks can't be changed, left out, repeated, put in another
 * order or taken from another file, a header can't be changed, and a file that was cut isn't one: its last chunk is
 * missing. A salt belongs to one file, and with it the key; so a nonce never comes again.
 */
import { decryptCounted, encryptCounted } from "./aead.ts"
import { CryptoError } from "./crypto-error.ts"
import { deriveSaltedKey, type Key } from "./key.ts"

/** What a stream is sealed with. */
export interface StreamContext {
  key: Key
  /** 32 random bytes, for this stream alone. */
  salt: Uint8Array
  label: string
  /** What stands in the clear before the stream. It has the salt in it. */
  header: Uint8Array
}

const chunkLength = 64 * 1024
const tagLength = 16

/** The sealed bytes of a text, chunk by chunk. */
export async function* sealStream(
  context: StreamContext,
  text: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer, void, void> {
  const key = deriveSaltedKey(context.key, context.salt, context.label)
  try {
    for await (const { bytes, nonce } of numbered(text, chunkLength)) {
      yield encryptCounted(key, nonce, bytes, context.header)
    }
  } finally {
    key.wipe()
  }
}

/**
 * The text again, chunk by chunk; it is whole once this ends. Throws CryptoError `refused` at the first chunk that isn't
 * what was sealed, and where a stream that was cut ends; `malformed` for what is no stream.
 */
export async function* openStream(
  context: StreamContext,
  sealed: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer, void, void> {
  const key = deriveSaltedKey(context.key, context.salt, context.label)
  let opened = 0
  try {
    for await (const { bytes, nonce, isLast } of numbered(sealed, chunkLength + tagLength)) {
      const text = decryptCounted(key, nonce, bytes, context.header)
      // Only an empty text has an empty chunk: else there would be two streams of one text.
      if (isLast && text.byteLength === 0 && opened > 0) throw new CryptoError("malformed")
      opened += 1
      yield text
    }
  } finally {
    key.wipe()
  }
}

interface Chunk {
  bytes: Buffer
  nonce: Buffer
  isLast: boolean
}

/** Cuts bytes into chunks of a length. There is always a last one, empty for an empty text. */
async function* numbered(source: AsyncIterable<Uint8Array>, length: number): AsyncGenerator<Chunk, void, void> {
  let number = 0
  let held = Buffer.alloc(0)
  for await (const bytes of source) {
    held = held.byteLength === 0 ? Buffer.from(bytes) : Buffer.concat([held, bytes])
    // What fills a chunk may be the last: that is known when more comes.
    while (held.byteLength > length) {
      yield { bytes: held.subarray(0, length), nonce: nonceOf(number, false), isLast: false }
      held = held.subarray(length)
      number += 1
    }
  }
  yield { bytes: held, nonce: nonceOf(number, true), isLast: true }
}

/** The counter has 11 bytes; 2^48 chunks of 64 KiB are more than a disk holds. */
function nonceOf(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeUIntBE(number, 5, 6)
  nonce[11] = isLast ? 1 : 0
  return nonce
}
