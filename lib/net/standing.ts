/**
 * What kind of place an address is. Of IPv6, only what the registries give out is public: everything that isn't named
 * here is never reached, so that a range that somebody invents tomorrow is closed by itself.
 */
import { type Address, contains, type Network, network } from "./address.ts"

/**
 * - `public`: on the internet.
 * - `private`: somebody's own network, or this very machine. Reached only where the operator says so.
 * - `never`: instance metadata, link-local, multicast, reserved, and other ways to spell an IPv4 address. Nothing opens
 *   these.
 */
export type Standing = "public" | "private" | "never"

const loopback = ["127.0.0.0/8", "::1"].map(network)

const ofOwnNetworks = [
  ...loopback,
  ...["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].map(network), // RFC 1918
  network("100.64.0.0/10"), // shared by carriers (RFC 6598), and by many clusters and overlay networks
  network("fc00::/7"), // unique local (RFC 4193)
]

/** Where clouds tell a machine who it is. They lie in ranges that are public or private otherwise. */
const ofInstanceMetadata = [
  "168.63.129.16", // Azure's wire server
  "100.100.100.200", // Alibaba
  "fd00:ec2::/32", // AWS: metadata ::254, pod identity ::23
  "fd20:ce::/32", // Google
  "fd00:c1::/32", // Oracle
  "fd00:42::/32", // Scaleway
].map(network)

const ofNobody = [
  "0.0.0.0/8", // "this network": Linux takes it for this machine
  "169.254.0.0/16", // link-local: instance metadata, ECS credentials, EKS pod identity
  "192.0.0.0/24", // protocol assignments; Oracle's metadata of old
  "192.0.2.0/24", // documentation, with 198.51.100.0/24 and 203.0.113.0/24
  "192.88.99.0/24", // relays of 6to4
  "198.18.0.0/15", // benchmarks
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4", // multicast
  "240.0.0.0/4", // reserved, broadcast
].map(network)

const globalUnicast = network("2000::/3")
const notGlobal = [
  "2001::/23", // protocol assignments, Teredo among them
  "2001:db8::/32", // documentation, with 3fff::/20
  "2002::/16", // 6to4
  "3fff::/20",
].map(network)

/** A network without IPv4 reaches it through these; the IPv4 address is in the last 32 bits (RFC 6052). */
const translated = network("64:ff9b::/96")

export function standingOf(address: Address): Standing {
  if (isIn(ofInstanceMetadata, address)) return "never"
  if (isIn(ofOwnNetworks, address)) return "private"
  return (address.family === 4 ? isPublic4(address) : isPublic6(address)) ? "public" : "never"
}

/** True for addresses that never leave this machine. */
export function isLoopback(address: Address): boolean {
  return isIn(loopback, address)
}

/** True for a network in which every address is `never`. */
export function isNeverReached(range: Network): boolean {
  const ends = [range.first, range.last].map((number) => ({ family: range.family, number, text: "" }))
  const isAroundOpenOnes = [...ofOwnNetworks, globalUnicast].some((open) => contains(range, open))
  return !isAroundOpenOnes && ends.every((end) => standingOf(end) === "never")
}

function isPublic4(address: Address): boolean {
  return !isIn(ofNobody, address)
}

function isPublic6(address: Address): boolean {
  if (contains(translated, address)) {
    return standingOf({ family: 4, number: address.number & 0xffff_ffffn, text: "" }) === "public"
  }
  return contains(globalUnicast, address) && !isIn(notGlobal, address)
}

function isIn(networks: readonly Network[], what: Address | Network): boolean {
  return networks.some((one) => contains(one, what))
}
