import { BlockList, isIP, isIPv4, isIPv6 } from "node:net"

/** Tells the address of whoever sent a request, from the address of its connection and its `X-Forwarded-For`. */
export type AddressReader = (peer: string | undefined, forwardedFor: string | undefined) => string

/**
 * Believes `X-Forwarded-For` only from the proxies in `trusted` (CIDRs or single addresses), and walks it from the
 * end: the first address that isn't such a proxy is the client. What stands before it, the client may have invented.
 * @throws Error naming an entry of `trusted` that is no address or CIDR
 */
export function addressReader(trusted: readonly string[]): AddressReader {
  if (trusted.length === 0) return (peer) => plainAddress(peer ?? "")
  const proxies = listOf(trusted)
  return (peer, forwardedFor) => {
    let address = plainAddress(peer ?? "")
    const hops = (forwardedFor ?? "").split(",")
    while (isListed(proxies, address)) {
      const before = plainAddress((hops.pop() ?? "").trim())
      if (isIP(before) === 0) break
      address = before
    }
    return address
  }
}

/** `::ffff:10.0.0.1` is how a socket that listens on both families prints an IPv4 address. */
function plainAddress(address: string): string {
  const mapped = address.startsWith("::ffff:") ? address.slice(7) : ""
  return isIPv4(mapped) ? mapped : address
}

function listOf(entries: readonly string[]): BlockList {
  const list = new BlockList()
  for (const entry of entries) {
    const [, address = "", bits] = /^([0-9A-Fa-f.:]+)(?:\/(\d{1,3}))?$/.exec(entry.trim()) ?? []
    const widest = isIPv6(address) ? 128 : 32
    if (isIP(address) === 0 || Number(bits ?? 0) > widest) {
      throw new Error(`"${entry}" isn't an address or a CIDR such as 10.0.0.0/8.`)
    }
    list.addSubnet(address, Number(bits ?? widest), isIPv6(address) ? "ipv6" : "ipv4")
  }
  return list
}

function isListed(list: BlockList, address: string): boolean {
  return isIP(address) !== 0 && list.check(address, isIPv6(address) ? "ipv6" : "ipv4")
}
