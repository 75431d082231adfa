/** From a target to the addresses that may be connected to: one resolution, and what it says is what is used. */
import { type Address, parseAddress, withPort } from "./address.ts"
import { codeOf, EgressError } from "./egress-error.ts"
import { type EgressRules, isNeverName, judge } from "./egress-rules.ts"
import type { Target } from "./target.ts"

export type Lookup = (hostname: string) => Promise<readonly { address: string; family: number }[]>

/**
 * The target's addresses, each of them open. One closed address closes the name: a name that leads to both is either
 * a mistake or an attempt.
 * @throws EgressError `forbidden_address`, `dns`
 */
export async function admit(target: Target, rules: EgressRules, lookup: Lookup): Promise<Address[]> {
  if (isNeverName(target.host, target.port, rules)) throw neverReached(target)
  const addresses = target.address === undefined ? await resolve(target, lookup) : [target.address]
  const verdicts = addresses.map((address) => judge(address, target.port, rules))
  if (verdicts.includes("never")) throw neverReached(target)
  const closed = addresses.filter((_, index) => verdicts[index] !== "open")
  if (closed.length > 0) throw notListed(target, closed)
  return addresses
}

async function resolve(target: Target, lookup: Lookup): Promise<Address[]> {
  const found = await lookup(target.host).catch((error: unknown) => {
    throw unresolved(target, codeOf(error))
  })
  if (found.length === 0) throw unresolved(target, undefined)
  return found.map(({ address }) => parseAddress(address) ?? unreadable(target))
}

function unreadable(target: Target): never {
  throw neverReached(target)
}

function unresolved({ host }: Target, code: string | undefined): EgressError {
  const message =
    code === "EAI_AGAIN"
      ? `No name server answered for "${host}". Try again, or tell the operator.`
      : `The name "${host}" has no address. Check its spelling.`
  return new EgressError("dns", message, { code })
}

function neverReached({ authority }: Target): EgressError {
  return new EgressError("forbidden_address", `"${authority}" can't be used: providers are never reached there.`)
}

/** A name's addresses are told to the operator alone, in `allowEntry`. */
function notListed(target: Target, closed: readonly Address[]): EgressError {
  const allowEntry = closed.map((address) => withPort(address, target.port)).join(",")
  const what = target.address === undefined ? "its address and port" : allowEntry
  return new EgressError(
    "forbidden_address",
    `"${target.authority}" is in a private network, or on a port of another protocol. ` +
      `If providers may use it, ask the operator to add ${what} to STRONGROOM_EGRESS_ALLOW.`,
    { allowEntry },
  )
}
