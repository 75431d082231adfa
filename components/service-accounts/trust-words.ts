/** What people read of trust rules and of what they refused. */
import type { ClaimCondition, LastRefusal } from "@/lib/contract/dto"
import type { ExchangeRefusal } from "@/lib/contract/words"

/** "ref is refs/heads/main or like refs/tags/*" */
export function conditionWords({ claim, match, values }: ClaimCondition): string {
  return `${claim} is ${match === "pattern" ? "like " : ""}${values.join(" or ")}`
}

const reasons: Readonly<Record<ExchangeRefusal, string>> = {
  form: "it was no well-formed token",
  issuer: "it was of another issuer",
  algorithm: "its algorithm isn't one that is taken",
  key: "the issuer doesn't publish the key that it names",
  signature: "its signature is wrong",
  issuer_unreachable: "the issuer couldn't be asked for its keys",
  audience: "it was made for another audience",
  expired: "it had expired",
  not_yet: "it wasn't valid yet",
  claim: "a condition didn't hold",
  replay: "it was exchanged before, or has no jti",
  account_disabled: "the service account is disabled",
}

/** Why a token was refused: "a condition didn't hold". */
export function refusalWords({ reason }: Pick<LastRefusal, "reason">): string {
  return reasons[reason]
}
