import { expect, it } from "vitest"
import { accountState, grantedWhat, isLive, tokenState } from "./account-words"

const now = new Date("2026-05-03T12:00:00Z")
const inDays = (days: number): string => new Date(now.getTime() + days * 86_400_000).toISOString()

it("says first what keeps an account from reading", () => {
  expect(accountState({ disabled: true, grantCount: 1, activeTokens: 1 }).words).toBe("Disabled")
  expect(accountState({ disabled: false, grantCount: 0, activeTokens: 1 }).words).toBe("Nothing granted")
  expect(accountState({ disabled: false, grantCount: 1, activeTokens: 0 }).words).toBe("No token issued")
  expect(accountState({ disabled: false, grantCount: 1, activeTokens: 1 }).words).toBe("Active")
})

it("warns two weeks before a token ends, and knows when it doesn't work any more", () => {
  expect(tokenState({ revokedAt: null, expiresAt: inDays(15) }, now).words).toBe("Active")
  expect(tokenState({ revokedAt: null, expiresAt: inDays(14) }, now).words).toBe("Ends in 14 days")
  expect(tokenState({ revokedAt: null, expiresAt: inDays(0.5) }, now).words).toBe("Ends within a day")
  expect(tokenState({ revokedAt: null, expiresAt: inDays(-1) }, now).words).toBe("Expired")
  expect(tokenState({ revokedAt: inDays(-1), expiresAt: inDays(9) }, now).words).toBe("Revoked")
  expect(isLive({ revokedAt: null, expiresAt: inDays(1) }, now)).toBe(true)
  expect(isLive({ revokedAt: null, expiresAt: inDays(-1) }, now)).toBe(false)
})

it("names what a grant covers", () => {
  expect(grantedWhat({ vault: null, prefix: null })).toBe("every vault")
  expect(grantedWhat({ vault: "default", prefix: "DB_" })).toBe("vault default, names that begin with DB_")
})
