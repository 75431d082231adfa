/** IP addresses and networks as numbers, so that comparing them needs no spelling. */
import { isIPv4, isIPv6 } from "node:net"

export interface Address {
  family: 4 | 6
  number: bigint
  /** As it was written. */
  text: string
}

/** All addresses of one family from `first` to `last`, both included. */
export interface Network {
  family: 4 | 6
  first: bigint
  last: bigint
}

/** The address that `text` spells in full, or undefined. A zone (`fe80::1%eth0`) is no part of an address. */
export function parseAddress(text: string): Address | undefined {
  if (isIPv4(text)) return { family: 4, number: numberOf(text.split(".").map(Number), 8n), text }
  if (isIPv6(text) && !text.includes("%")) return { family: 6, number: numberOf(groupsOf(text), 16n), text }
  return undefined
}

/** The network that `10.2.0.0/16`, or a single address, stands for; undefined for anything else. */
export function parseNetwork(text: string): Network | undefined {
  const [base = "", bits, more] = text.split("/")
  const address = parseAddress(base)
  if (address === undefined || more !== undefined) return undefined
  const widest = address.family === 4 ? 32 : 128
  if (bits !== undefined && !/^(0|[1-9][0-9]{0,2})$/.test(bits)) return undefined
  const fixed = bits === undefined ? widest : Number(bits)
  if (fixed > widest) return undefined
  const size = 1n << BigInt(widest - fixed)
  const first = address.number - (address.number % size)
  return { family: address.family, first, last: first + size - 1n }
}

/** A network that is known to be well written. */
export function network(text: string): Network {
  const found = parseNetwork(text)
  if (found === undefined) throw new TypeError(`${text} is no network`)
  return found
}

export function contains(outer: Network, inner: Network | Address): boolean {
  const { first, last } = "number" in inner ? { first: inner.number, last: inner.number } : inner
  return outer.family === inner.family && outer.first <= first && last <= outer.last
}

/** `10.1.2.3:8200`, `[fd00::1]:8200`. */
export function withPort(address: Address, port: number): string {
  return address.family === 4 ? `${address.text}:${port}` : `[${address.text}]:${port}`
}

function numberOf(parts: readonly number[], bitsOfEach: bigint): bigint {
  return parts.reduce((number, part) => (number << bitsOfEach) | BigInt(part), 0n)
}

/** The eight groups of an IPv6 address that Node has found well written. */
function groupsOf(text: string): number[] {
  const [left = [], right] = text.split("::").map(groupsOfPart)
  if (right === undefined) return left
  return [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right]
}

function groupsOfPart(part: string): number[] {
  if (part === "") return []
  return part.split(":").flatMap((group) => {
    if (!group.includes(".")) return [Number.parseInt(group, 16)]
    const [a = 0, b = 0, c = 0, d = 0] = group.split(".").map(Number)
    return [(a << 8) | b, (c << 8) | d]
  })
}
