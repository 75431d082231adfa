/** May a connection be opened to this address? The one place that says yes. */
import { networkInterfaces } from "node:os"
import { type Address, parseAddress } from "./address.ts"
import { type AllowedRange, listsAddress, listsPort } from "./egress-allow.ts"
import { isOfAnotherProtocol } from "./other-ports.ts"
import { isLoopback, standingOf } from "./standing.ts"

export interface EgressRules {
  /** STRONGROOM_EGRESS_ALLOW, parsed. */
  allow: readonly AllowedRange[]
  /** What we listen on and depend on: never reached, whatever the list says. */
  own: readonly OwnPlace[]
  /** STRONGROOM_EGRESS_LOOPBACK=allow: this machine's loopback is reached without being listed, for development. */
  loopback: boolean
}

export interface OwnPlace {
  /**
   * An IP address, or one that stands for all of this machine's (`0.0.0.0`, `::`), or a name, which is compared with
   * the name that was typed.
   */
  address: string
  port: number
}

/** `listable`: an entry in STRONGROOM_EGRESS_ALLOW would open it. `never`: nothing does. */
export type Verdict = "open" | "listable" | "never"

export function judge(address: Address, port: number, rules: EgressRules): Verdict {
  const standing = standingOf(address)
  if (standing === "never" || rules.own.some((place) => isOwn(place, address, port))) return "never"
  if (listsPort(rules.allow, address, port)) return "open"
  if (isOfAnotherProtocol(port)) return "listable"
  const isOpen = standing === "public" || listsAddress(rules.allow, address) || (rules.loopback && isLoopback(address))
  return isOpen ? "open" : "listable"
}

/** True for names that nobody's provider has: those of instance metadata, and our own. */
export function isNeverName(name: string, port: number, rules: EgressRules): boolean {
  return namesOfMetadata.has(name) || rules.own.some((own) => own.port === port && own.address.toLowerCase() === name)
}

const namesOfMetadata = new Set([
  "metadata",
  "metadata.google.internal",
  "metadata.goog",
  "instance-data",
  "instance-data.ec2.internal",
  "metadata.tencentyun.com",
  "metadata.packet.net",
  "metadata.platformequinix.com",
])

function isOwn(place: OwnPlace, address: Address, port: number): boolean {
  const own = parseAddress(place.address.toLowerCase() === "localhost" ? "127.0.0.1" : place.address)
  if (place.port !== port || own === undefined) return false
  if (own.number === 0n) return isLoopback(address) || isOfThisMachine(address)
  if (isLoopback(own)) return isLoopback(address)
  return own.family === address.family && own.number === address.number
}

function isOfThisMachine(address: Address): boolean {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  return all.some((one) => {
    const ours = parseAddress(one.address)
    return ours?.family === address.family && ours.number === address.number
  })
}
