const form = /^[A-Za-z0-9_-]*$/
const paddedForm = /^[A-Za-z0-9_-]*={0,2}$/

/**
 * The bytes of base64url text (RFC 4648, section 5) without padding, or undefined. Strict: Node's own decoder skips
 * what it doesn't know and accepts several spellings of the same bytes; here each has one.
 */
export function decodeBase64url(text: string): Buffer | undefined {
  if (!form.test(text)) return undefined
  const bytes = Buffer.from(text, "base64url")
  return bytes.toString("base64url") === text ? bytes : undefined
}

/** The same for text with its padding, as Fernet writes it. */
export function decodePaddedBase64url(text: string): Buffer | undefined {
  if (text.length % 4 !== 0 || !paddedForm.test(text)) return undefined
  return decodeBase64url(text.replace(/=+$/, ""))
}

/** base64url with padding. */
export function encodePaddedBase64url(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString("base64url")
  return text.padEnd(Math.ceil(text.length / 4) * 4, "=")
}
