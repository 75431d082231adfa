import { argon2, randomBytes, timingSafeEqual } from "node:crypto"
import { promisify } from "node:util"
import { AppError } from "../errors.ts"
import { expose, type Secret } from "../secret.ts"
import { CryptoError } from "./crypto-error.ts"

// Argon2id (RFC 9106) with the parameters of OWASP's Password Storage Cheat Sheet: 46 MiB, one pass, one lane.
// Passwords are hashed as their UTF-8 bytes came.
const parameters = { memory: 47_104, passes: 1, parallelism: 1 }
const saltLength = 16
const hashLength = 32

/** The longest password, in bytes of UTF-8. */
const longestPassword = 1024

// Each hashing holds 46 MiB and a core: two at once, and so many more waiting that they are served within seconds.
const atOnce = 2
const mostWaiting = 32

/**
 * The text to store for a new password: `$argon2id$v=19$m=47104,t=1,p=1$salt$hash`, base64 without padding.
 * Throws AppError `invalid` for a password beyond 1,024 bytes, `rate_limited` when too many are being checked.
 */
export async function hashPassword(password: Secret): Promise<string> {
  if (password.size > longestPassword) {
    const message = `A password may have at most ${longestPassword} bytes.`
    throw new AppError("invalid", message, { fields: { password: message } })
  }
  const salt = randomBytes(saltLength)
  const digest = await derive(password, { ...parameters, salt, length: hashLength })
  return toText({ ...parameters, salt, digest })
}

/**
 * Whether `password` is the one that `stored` was made of. Throws CryptoError `malformed` when `stored` isn't a text
 * of `hashPassword`, and AppError `rate_limited` when too many are being checked.
 */
export async function verifyPassword(password: Secret, stored: string): Promise<boolean> {
  const { digest, ...cost } = parse(stored)
  if (password.size > longestPassword) return false
  return timingSafeEqual(await derive(password, { ...cost, length: digest.byteLength }), digest)
}

/** Costs what `verifyPassword` costs, for an account that doesn't exist: the answer's time must not tell. */
export async function verifyAgainstNothing(password: Secret): Promise<false> {
  if (password.size > longestPassword) return false
  await derive(password, { ...parameters, salt: randomBytes(saltLength), length: hashLength })
  return false
}

interface Cost {
  /** KiB */
  memory: number
  passes: number
  parallelism: number
  salt: Uint8Array
}

interface Stored extends Cost {
  digest: Uint8Array
}

const argon2Hash = promisify(argon2)

function derive(password: Secret, { memory, passes, parallelism, salt, length }: Cost & { length: number }) {
  const message = expose(password)
  return inTurn(() => argon2Hash("argon2id", { message, nonce: salt, memory, passes, parallelism, tagLength: length }))
}

let running = 0
const waiting: (() => void)[] = []

async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  if (running < atOnce) running += 1
  else await aTurn()
  try {
    return await work()
  } finally {
    // Who waits takes the place over, so `running` stays.
    const next = waiting.shift()
    if (next) next()
    else running -= 1
  }
}

async function aTurn(): Promise<void> {
  if (waiting.length >= mostWaiting) {
    throw new AppError("rate_limited", "Too many people are signing in right now. Try again in a few seconds.", {
      retryAfterSeconds: 3,
    })
  }
  await new Promise<void>((resolve) => waiting.push(resolve))
}

function toText({ memory, passes, parallelism, salt, digest }: Stored): string {
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(digest)}`
}

const storedForm = /^\$argon2id\$v=19\$m=(\d{1,6}),t=(\d),p=(\d)\$([A-Za-z0-9+/]{22,64})\$([A-Za-z0-9+/]{43,86})$/

// The parameters come from the text, so that later releases may raise them, within bounds: who can write to the
// database must not be able to make a sign-in cost gigabytes.
const mostMemory = 262_144

function parse(stored: string): Stored {
  const [, memory, passes, parallelism, salt, digest] = storedForm.exec(stored) ?? []
  if (salt === undefined || digest === undefined) throw new CryptoError("malformed")
  const cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) }
  const parsed = { ...cost, salt: Buffer.from(salt, "base64"), digest: Buffer.from(digest, "base64") }
  const canBe =
    cost.memory >= 8 * cost.parallelism && cost.memory <= mostMemory && cost.passes > 0 && cost.parallelism > 0
  if (!canBe || toText(parsed) !== stored) throw new CryptoError("malformed")
  return parsed
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64").replace(/=+$/, "")
}
