/** What is said of a request for a second person. */
import type { Approval, ApprovalDetail } from "@/lib/contract/dto"
import type { ApprovalState } from "@/lib/contract/words"
import type { Tone } from "../ui/tag"
import { askedWords } from "./asked-words"

export const approvalStateWords: Readonly<Record<ApprovalState, { words: string; tone: Tone }>> = {
  waiting: { words: "Waits", tone: "warn" },
  accepted: { words: "Accepted, not done yet", tone: "accent" },
  done: { words: "Accepted and done", tone: "ok" },
  refused: { words: "Refused", tone: "bad" },
  withdrawn: { words: "Taken back", tone: "neutral" },
  expired: { words: "Nobody decided", tone: "neutral" },
}

/** "An access token in acme.payments.prod" */
export function titleOf({ operation, scope }: Pick<Approval, "operation" | "scope">): string {
  const words = askedWords[operation] ?? "a change"
  return `${words.charAt(0).toUpperCase()}${words.slice(1)} in ${scope}`
}

/** What comes of it, as a sentence. */
export function consequenceOf({ operation, readers, secretCount, terms }: ApprovalDetail): string {
  if (operation === "changeScope") {
    return "From then on one person is enough to let a machine read a value here."
  }
  const who = readers.length === 0 ? "Machines" : readers.map(({ name }) => name).join(", ")
  const what = secretCount === 1 ? "one secret" : `${secretCount.toLocaleString("en")} secrets`
  if (operation === "createTrustRule" || operation === "changeTrustRule") {
    return `Whoever gets such a token from the issuer reads as ${who}: ${what}, as things stand.`
  }
  if (operation === "issueToken" || operation === "rotateToken")
    return `Whoever holds the token reads as ${who}: ${what}, as things stand.`
  if (terms.some(({ name, text }) => name === "access" && text === "write")) return `${who} could write secrets here.`
  if (operation === "moveSecret" && readers.length === 0) {
    return "The secret goes to where one person is enough to let a machine read it."
  }
  return `${who} could read ${what}, as things stand.`
}

const termNames: Readonly<Record<string, string>> = {
  scope: "Scope",
  account: "Service account",
  grantScope: "Granted at",
  vault: "Vault",
  prefix: "Names beginning with",
  access: "Access",
  secret: "Secret",
  name: "Name",
  toScope: "To scope",
  toVault: "To vault",
  inheritable: "Inherited by narrower scopes",
  expiresInDays: "Expires after days",
  cidrs: "Address ranges",
  token: "Token",
  overlapHours: "The old one ends after hours",
  issuer: "Issuer",
  audience: "Audience",
  conditions: "Conditions",
  keySet: "Pasted keys",
  ca: "Certificate authority",
  lifetimeSeconds: "Tokens live for seconds",
  refusesReplay: "Each token is taken once",
  disabled: "Disabled",
  protection: "Protection",
  provider: "Provider",
  ownership: "Ownership",
  secrets: "Secrets",
}

/** The terms as people call them; what was left open isn't among them. */
export function namedTerms({ terms }: Pick<ApprovalDetail, "terms">): { name: string; text: string }[] {
  return terms
    .filter(({ text }) => text !== "null" && text !== "[]")
    .map(({ name, text }) => ({ name: termNames[name] ?? name, text }))
}
