import { BlockList, isIP } from "node:net"

/** True when the address lies in one of the networks (`10.2.0.0/16`, `2001:db8::/32`), or when there are none. */
export function isFromOneOf(networks: readonly string[], address: string | null): boolean {
  if (networks.length === 0) return true
  if (address === null || isIP(address) === 0) return false
  const list = new BlockList()
  for (const network of networks) {
    const [base = "", bits] = network.split("/")
    list.addSubnet(base, Number(bits), familyOf(base))
  }
  return list.check(address, familyOf(address))
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 6 ? "ipv6" : "ipv4"
}
