/**
 * What went wrong, as coarsely as a caller needs it:
 * - `malformed`: the bytes or text aren't in one of our formats, or were cut.
 * - `unsupported`: a format version or algorithm that this release doesn't know; a newer release may.
 * - `wrong_key`: sealed under another key than the one given. Nothing was decrypted.
 * - `refused`: changed, moved to another place, or not made by us.
 * - `invalid_key`: a key of the configuration that can't be used; the message says why.
 */
export type CryptoErrorCode = "malformed" | "unsupported" | "wrong_key" | "refused" | "invalid_key"

const messages: Record<Exclude<CryptoErrorCode, "invalid_key">, string> = {
  malformed: "The stored bytes aren't in a format of Strongroom, or part of them is missing.",
  unsupported: "The stored bytes are in a format that this release doesn't know. A newer one may have written them.",
  wrong_key: "The stored bytes were sealed under another key.",
  refused: "The stored bytes were changed, or belong to another place.",
}

/**
 * The one error of this room. Its message is fixed by the code (or, for `invalid_key`, speaks of the setting), and it
 * carries no cause: neither it nor OpenSSL's words can hold bytes of a key or a value.
 */
export class CryptoError extends Error {
  readonly code: CryptoErrorCode

  constructor(code: Exclude<CryptoErrorCode, "invalid_key">)
  constructor(code: "invalid_key", message: string)
  constructor(code: CryptoErrorCode, message?: string) {
    super(message ?? (code === "invalid_key" ? "A configured key can't be used." : messages[code]))
    this.name = "CryptoError"
    this.code = code
  }
}
