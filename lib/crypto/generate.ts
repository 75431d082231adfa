import { generateKeyPair, randomInt, randomUUID } from "node:crypto"
import { promisify } from "node:util"
import { Secret } from "../secret.ts"

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
const alphanumeric = `${letters}0123456789`

// A password's symbols are those that need no escaping in a URL (RFC 3986, unreserved), so connection strings hold.
const alphabets = {
  password: `${alphanumeric}-_.~`,
  alphanumeric,
  hex: "0123456789abcdef",
  base64url: `${alphanumeric}-_`,
} as const

/** Fewest and most characters of a generated value. */
const generatedLength = { least: 8, most: 4096 } as const

/** How to generate a value. `length` counts characters. */
export type Recipe = { kind: keyof typeof alphabets; length: number } | { kind: "uuid" }

/**
 * A new random value that nobody has seen. Each character is drawn evenly; a password is drawn until it holds a lower
 * and an upper case letter, a digit and a symbol, as many services demand. Throws RangeError for a length out of
 * `generatedLength`.
 */
export function generateValue(recipe: Recipe): Secret {
  if (recipe.kind === "uuid") return Secret.fromText(randomUUID())
  const { least, most } = generatedLength
  if (!Number.isInteger(recipe.length) || recipe.length < least || recipe.length > most) {
    throw new RangeError(`A generated value has ${least} to ${most} characters.`)
  }
  const draw = () => drawn(alphabets[recipe.kind], recipe.length)
  let value = draw()
  while (recipe.kind === "password" && !hasEveryClass(value)) value = draw()
  return Secret.fromBytes(value)
}

export type KeyPairKind = "ed25519" | "rsa-3072" | "ec-p256"

export interface GeneratedKeyPair {
  /** PKCS#8 in PEM. */
  privateKey: Secret
  /** SubjectPublicKeyInfo in PEM: may be shown. */
  publicKey: string
}

/** A new key pair. RSA takes some hundred milliseconds, off the event loop. */
export async function generatePair(kind: KeyPairKind): Promise<GeneratedKeyPair> {
  const { privateKey, publicKey } = await makers[kind]()
  return {
    privateKey: Secret.fromText(privateKey.export({ type: "pkcs8", format: "pem" }).toString()),
    publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
  }
}

const make = promisify(generateKeyPair)

const makers = {
  ed25519: () => make("ed25519"),
  "rsa-3072": () => make("rsa", { modulusLength: 3072 }),
  "ec-p256": () => make("ec", { namedCurve: "P-256" }),
} as const

// `randomInt` rejects instead of reducing, so every character is equally likely.
function drawn(alphabet: string, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => alphabet.charCodeAt(randomInt(alphabet.length)))
}

function hasEveryClass(value: Uint8Array): boolean {
  const has = (isInClass: (code: number) => boolean) => value.some(isInClass)
  const lower = has((code) => code >= 0x61 && code <= 0x7a)
  const upper = has((code) => code >= 0x41 && code <= 0x5a)
  const digit = has((code) => code >= 0x30 && code <= 0x39)
  return lower && upper && digit && has((code) => !alphanumeric.includes(String.fromCharCode(code)))
}
