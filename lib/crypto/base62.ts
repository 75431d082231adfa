const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
const base = digits.length
// By the digit's code; -1 for what is none.
const valueOfDigit = Int8Array.from({ length: 128 }, (_, code) => digits.indexOf(String.fromCharCode(code)))

// Tokens are read on every request, and a BigInt costs far more than a number. Eight digits fit into a number
// exactly (62^8 < 2^53), so a BigInt takes them in at once.
const digitsPerNumber = 8
const powers = Array.from({ length: digitsPerNumber + 1 }, (_, power) => BigInt(base) ** BigInt(power))

/** The bytes as one big-endian number in base 62, with zeros before it up to `length` digits. */
export function base62Encode(bytes: Uint8Array, length: number): string {
  let rest = BigInt(`0x${Buffer.from(bytes).toString("hex")}`)
  let text = ""
  while (rest > Number.MAX_SAFE_INTEGER) {
    text = encodeNumber(Number(rest % powerOf(digitsPerNumber))).padStart(digitsPerNumber, "0") + text
    rest /= powerOf(digitsPerNumber)
  }
  return (encodeNumber(Number(rest)) + text).padStart(length, "0")
}

/** The same for a non-negative integer. */
export function base62EncodeNumber(number: number, length: number): string {
  return encodeNumber(number).padStart(length, "0")
}

/** The bytes of such a number, or undefined when a digit is none or the number doesn't fit into `size` bytes. */
export function base62Decode(text: string, size: number): Uint8Array | undefined {
  let number = 0n
  for (let at = 0; at < text.length; at += digitsPerNumber) {
    const part = text.slice(at, at + digitsPerNumber)
    const value = decodeNumber(part)
    if (value === undefined) return undefined
    number = number * powerOf(part.length) + BigInt(value)
  }
  if (number >> BigInt(size * 8) > 0n) return undefined
  return Buffer.from(number.toString(16).padStart(size * 2, "0"), "hex")
}

function encodeNumber(number: number): string {
  let text = ""
  for (let rest = number; rest > 0; rest = Math.floor(rest / base)) text = digits.charAt(rest % base) + text
  return text
}

function decodeNumber(text: string): number | undefined {
  let number = 0
  for (let at = 0; at < text.length; at += 1) {
    const value = valueOfDigit[text.charCodeAt(at)] ?? -1
    if (value < 0) return undefined
    number = number * base + value
  }
  return number
}

function powerOf(count: number): bigint {
  return powers[count] ?? BigInt(base) ** BigInt(count)
}
