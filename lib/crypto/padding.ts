import { CryptoError } from "./crypto-error.ts"

// Padding hides how long a value is from those who read the database: 0x80 and zeros (ISO/IEC 7816-4), up to the next
// bucket: 64 bytes while the whole is at most 4 KiB, then 1 KiB.
const marker = 0x80
const fineBucket = 64
const fineLimit = 4096
const coarseBucket = 1024

/** A padded copy of `bytes`. The caller wipes it. */
export function pad(bytes: Uint8Array): Buffer {
  const padded = Buffer.alloc(paddedLength(bytes.byteLength))
  padded.set(bytes)
  padded[bytes.byteLength] = marker
  return padded
}

/** What was padded, as a view of `padded`. Throws CryptoError `malformed` for anything that `pad` doesn't make. */
export function unpad(padded: Uint8Array): Uint8Array {
  // A loop: each value that is opened passes here, and calling back for each byte would take longer than its cipher.
  let length = padded.byteLength - 1
  while (length >= 0 && padded[length] === 0) length -= 1
  if (padded[length] !== marker || padded.byteLength !== paddedLength(length)) throw new CryptoError("malformed")
  return padded.subarray(0, length)
}

function paddedLength(length: number): number {
  const withMarker = length + 1
  const bucket = withMarker <= fineLimit ? fineBucket : coarseBucket
  return Math.ceil(withMarker / bucket) * bucket
}
