/**
 * Guessing is slowed, and nobody is locked out by it.
 *
 * Each kind of guess has budgets that refill steadily. A sign-in by password counts against the account at that network,
 * the network, and the account from networks where it is not known. Where an account has come in before it has a budget
 * of its own, so strangers who guess at it elsewhere, or guess at others from there, don't slow its owner down. What
 * turns out to be no guess is given back.
 */
import { isIP } from "node:net"
import { fold } from "../../contract/names.ts"
import { lengthPrefixed } from "../../crypto/aead.ts"
import { keyedHash } from "../../crypto/key.ts"
import { type Budget, giveBack, refill, sweepWholeBudgets, takeAttempt } from "../../db/throttle.ts"
import { AppError } from "../../errors.ts"
import type { House } from "../context.ts"

/** How many attempts there are at once, and how many seconds until each further one. */
const limits = {
  "account at network": { burst: 10, everySeconds: 30 },
  "account from anywhere": { burst: 30, everySeconds: 30 },
  "passwords from network": { burst: 60, everySeconds: 5 },
  "password of session": { burst: 10, everySeconds: 30 },
  "codes from network": { burst: 20, everySeconds: 15 },
  "identities from network": { burst: 30, everySeconds: 5 },
  // Many jobs run behind one address; those that are let in don't count.
  "exchanges from network": { burst: 300, everySeconds: 1 },
  "refused exchanges of account": { burst: 100, everySeconds: 10 },
  "looks from network": { burst: 300, everySeconds: 1 },
  // Backends lock an account out after a few wrong credentials, and whoever checks addresses learns what answers there.
  "provider checks of person": { burst: 20, everySeconds: 15 },
  // Each is a request of ours to wherever they say.
  "webhook tests of person": { burst: 20, everySeconds: 15 },
  // 256 random bits aren't guessed: this only bounds what a flood of dead tokens costs.
  "tokens from network": { burst: 1000, everySeconds: 0.1 },
} as const

type Kind = keyof typeof limits

export interface Guess {
  /** It was none: what it took is given back, and the account's own budget is whole again. */
  wasRight(): Promise<void>
}

/** Takes an attempt at an account's password. `isKnown`: whether the account came in from this network before. */
export async function guessPassword(
  house: Throttling,
  { account, network, isKnown }: { account: string; network: string; isKnown: boolean },
): Promise<Guess> {
  const own = budgetOf(house, "account at network", account, network)
  const shared = isKnown
    ? []
    : [budgetOf(house, "account from anywhere", account), budgetOf(house, "passwords from network", network)]
  await take(house, [own, ...shared])
  return {
    wasRight: async () => {
      await giveBack(house.database, shared)
      await refill(house.database, own)
    },
  }
}

/** Takes an attempt at something else that can be guessed. `of` says whose or from where. */
export async function guess(
  house: Throttling,
  kind: Exclude<Kind, "account at network" | "account from anywhere" | "passwords from network">,
  of: string,
): Promise<Guess> {
  const budgets = [budgetOf(house, kind, of)]
  await take(house, budgets)
  return { wasRight: () => giveBack(house.database, budgets) }
}

/**
 * The one form of an account's name: 40 spellings of it (case, width, blanks, invisible characters) are one account.
 * This is what is stored as `foldedEmail` and looked up.
 */
export function accountOf(email: string): string {
  return fold(email).replace(/[\s\p{Cc}\p{Cf}]/gu, "")
}

/** The network that an address belongs to: an IPv4 address itself, the /64 of an IPv6 one, which one holder has. */
export function networkOf(address: string | null): string {
  if (address === null) return "unknown"
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined || isIP(address) !== 6) return mapped ?? address
  const [before = "", after] = (address.split("%")[0] ?? "").split("::")
  const groups = before === "" ? [] : before.split(":")
  const behind = after === undefined || after === "" ? [] : after.split(":")
  const between = after === undefined ? 0 : Math.max(0, 8 - groups.length - behind.length)
  const all = [...groups, ...Array<string>(between).fill("0"), ...behind]
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`
}

type Throttling = Pick<House, "database" | "installationKeys">

async function take({ database }: Throttling, budgets: readonly Budget[]): Promise<void> {
  const attempt = await takeAttempt(database, budgets)
  if (attempt.state === "taken") return
  await sweepWholeBudgets(database)
  const { retryAfterSeconds } = attempt
  const message = `That was tried too often. Try again in ${howLong(retryAfterSeconds)}.`
  throw new AppError("rate_limited", message, { retryAfterSeconds })
}

function howLong(seconds: number): string {
  if (seconds === 1) return "a second"
  return seconds < 90 ? `${String(seconds)} seconds` : `${String(Math.ceil(seconds / 60))} minutes`
}

function budgetOf({ installationKeys }: Throttling, kind: Kind, ...of: readonly string[]): Budget {
  const parts = [kind, ...of].map((part) => Buffer.from(part, "utf8"))
  const key = keyedHash(installationKeys.throttle, lengthPrefixed(parts))
  return { key, ...limits[kind] }
}
