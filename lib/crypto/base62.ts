const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
const base = BigInt(digits.length)

/** The bytes as one big-endian number in base 62, with zeros before it up to `length` digits. */
export function base62Encode(bytes: Uint8Array, length: number): string {
  let rest = BigInt(`0x${Buffer.from(bytes).toString("hex")}`)
  let text = ""
  while (rest > 0n) {
    text = digits.charAt(Number(rest % base)) + text
    rest /= base
  }
  return text.padStart(length, "0")
}

/** The bytes of such a number, or undefined when a digit is none or the number doesn't fit into `size` bytes. */
export function base62Decode(text: string, size: number): Uint8Array | undefined {
  let number = 0n
  for (const digit of text) {
    const value = digits.indexOf(digit)
    if (value < 0) return undefined
    number = number * base + BigInt(value)
  }
  if (number >> BigInt(size * 8) > 0n) return undefined
  return Buffer.from(number.toString(16).padStart(size * 2, "0"), "hex")
}
