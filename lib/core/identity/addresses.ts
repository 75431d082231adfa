import { BlockList, isIP } from "node:net"

/** True when the address lies in one of the networks (`10.2.0.0/16`, `2001:db8::/32`), or when there are none. */
export function isFromOneOf(networks: readonly string[], address: string | null): boolean {
  if (networks.length === 0) return true
  if (address === null || isIP(address) === 0) return false
  return listOf(networks).check(address, familyOf(address))
}

/** Parsed once for the tokens that have the same: each request of a machine asks. */
const parsed = new Map<string, BlockList>()
const mostParsed = 1_000

function listOf(networks: readonly string[]): BlockList {
  const name = networks.join(" ")
  const known = parsed.get(name)
  if (known !== undefined) return known
  const list = new BlockList()
  for (const network of networks) {
    const [base = "", bits] = network.split("/")
    list.addSubnet(base, Number(bits), familyOf(base))
  }
  const [oldest] = parsed.keys()
  if (parsed.size >= mostParsed && oldest !== undefined) parsed.delete(oldest)
  parsed.set(name, list)
  return list
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 6 ? "ipv6" : "ipv4"
}
