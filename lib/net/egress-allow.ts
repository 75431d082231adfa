/** The operator's list of addresses that tenants may use besides public ones: STRONGROOM_EGRESS_ALLOW. */
import { type Address, contains, type Network, parseNetwork } from "./address.ts"
import { isNeverReached } from "./standing.ts"

export interface AllowedRange {
  network: Network
  /** Undefined for all ports but those that don't speak HTTP. */
  port: number | undefined
}

/**
 * Reads `10.2.0.0/16:8200, [fd00::/8]:8200, 10.1.2.3`: networks or single addresses, IPv6 in brackets where a port
 * follows. Without a port, an entry stands for all of them but the well-known ones of other protocols.
 * @throws TypeError that names the entry that is wrong and says how to write it
 */
export function parseEgressAllow(text: string): AllowedRange[] {
  if (text.trim() === "") return []
  return text.split(",").map((entry) => parseEntry(entry.trim()))
}

/** True where an entry lists this address for all ports. */
export function listsAddress(allow: readonly AllowedRange[], address: Address): boolean {
  return allow.some(({ network, port }) => port === undefined && contains(network, address))
}

/** True where an entry lists this address with this very port. */
export function listsPort(allow: readonly AllowedRange[], address: Address, port: number): boolean {
  return allow.some((range) => range.port === port && contains(range.network, address))
}

function parseEntry(entry: string): AllowedRange {
  const [networkText, portText] = apart(entry)
  const network = parseNetwork(networkText)
  if (network === undefined) throw wrong(entry, "isn't an address or a network: 10.1.2.3, 10.2.0.0/16, [fd00::/8]")
  if (portText !== undefined && !isPort(portText)) throw wrong(entry, "has a port that isn't from 1 to 65535")
  if (isNeverReached(network)) {
    throw wrong(entry, "can't be opened: link-local, metadata and reserved addresses are never reached. Take it out")
  }
  return { network, port: portText === undefined ? undefined : Number(portText) }
}

/** Network and port. What has two colons and no brackets is IPv6 without a port. */
function apart(entry: string): [network: string, port: string | undefined] {
  const [, bracketed, portBeside] = /^\[([^\]]*)\](?::(.*))?$/.exec(entry) ?? []
  if (bracketed !== undefined) return bracketed.includes(":") ? [bracketed, portBeside] : ["", undefined]
  const [network = "", port, more] = entry.split(":")
  return more === undefined ? [network, port] : [entry, undefined]
}

function isPort(text: string): boolean {
  return /^[1-9][0-9]{0,4}$/.test(text) && Number(text) <= 65_535
}

function wrong(entry: string, what: string): TypeError {
  return new TypeError(`"${entry}" ${what}`)
}
