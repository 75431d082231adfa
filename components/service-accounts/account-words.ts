/** What people read of service accounts, their grants and their tokens. */
import type { AccessToken, Grant, ServiceAccountSummary } from "@/lib/contract/dto"
import type { Tone } from "../ui/tag"

export interface StateWord {
  words: string
  tone: Tone
}

/** The one thing that keeps an account from reading, or that it can read. */
export function accountState({
  disabled,
  grantCount,
  activeTokens,
}: Pick<ServiceAccountSummary, "disabled" | "grantCount" | "activeTokens">): StateWord {
  if (disabled) return { words: "Disabled", tone: "warn" }
  if (grantCount === 0) return { words: "Nothing granted", tone: "neutral" }
  if (activeTokens === 0) return { words: "No token issued", tone: "neutral" }
  return { words: "Active", tone: "ok" }
}

/** "every vault", "vault default, names that begin with DB_" */
export function grantedWhat({ vault, prefix }: Pick<Grant, "vault" | "prefix">): string {
  const where = vault === null ? "every vault" : `vault ${vault}`
  return prefix === null ? where : `${where}, names that begin with ${prefix}`
}

export function accessWords(access: Grant["access"]): string {
  return access === "read" ? "reads" : "writes"
}

const dayInMs = 86_400_000

/** Whether a token works now, and whether it soon won't. */
export function tokenState({ revokedAt, expiresAt }: AccessTokenDates, now: Date = new Date()): StateWord {
  const left = new Date(expiresAt).getTime() - now.getTime()
  if (revokedAt !== null) return { words: "Revoked", tone: "neutral" }
  if (left <= 0) return { words: "Expired", tone: "bad" }
  const days = Math.ceil(left / dayInMs)
  if (days <= 14) return { words: days === 1 ? "Ends within a day" : `Ends in ${days} days`, tone: "warn" }
  return { words: "Active", tone: "ok" }
}

type AccessTokenDates = Pick<AccessToken, "revokedAt" | "expiresAt">

/** True for a token that still works: it can be revoked. */
export function isLive({ revokedAt, expiresAt }: AccessTokenDates, now: Date = new Date()): boolean {
  return revokedAt === null && new Date(expiresAt) > now
}
