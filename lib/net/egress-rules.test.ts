import { networkInterfaces } from "node:os"
import { describe, expect, it } from "vitest"
import { parseAddress } from "./address.ts"
import { parseEgressAllow } from "./egress-allow.ts"
import { type EgressRules, judge, type Verdict } from "./egress-rules.ts"

const closed: EgressRules = { allow: [], own: [], loopback: false }

function verdict(address: string, port: number, rules: Partial<EgressRules> = {}): Verdict {
  return judge(parseAddress(address)!, port, { ...closed, ...rules })
}

describe("who is reached", () => {
  it.each(["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00::1", "64:ff9b::8.8.8.8"])(
    "%s, being public, without being listed",
    (address) => {
      expect(verdict(address, 443)).toBe("open")
      expect(verdict(address, 8200)).toBe("open")
    },
  )

  it.each([
    ...["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254"],
    ...["::1", "fc00::1", "fdff::1"],
  ])("%s, being private, only when it is listed", (address) => {
    expect(verdict(address, 8200)).toBe("listable")
    const entry = address.includes(":") ? `[${address}]` : address
    expect(verdict(address, 8200, { allow: parseEgressAllow(`${entry}:8200`) })).toBe("open")
    expect(verdict(address, 8201, { allow: parseEgressAllow(`${entry}:8200`) })).toBe("listable")
    expect(verdict(address, 8201, { allow: parseEgressAllow(entry) })).toBe("open")
  })

  it.each([
    ...["0.0.0.0", "0.255.255.255", "169.254.169.254", "169.254.170.2", "169.254.170.23", "192.0.0.192", "192.0.2.1"],
    ...["192.88.99.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1"],
    ...["240.0.0.1", "255.255.255.255", "168.63.129.16", "100.100.100.200", "::", "::2", "::127.0.0.1", "::8.8.8.8"],
    ...["::ffff:8.8.8.8", "::ffff:10.0.0.1", "::ffff:0:8.8.8.8", "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254"],
    ...["64:ff9b::168.63.129.16", "64:ff9b:1::1", "100::1", "2001::1", "2001:2::1", "2001:10::1", "2001:db8::1"],
    ...["2002:7f00:1::1", "2002:808:808::1", "3fff::1", "4000::1", "5f00::1", "fe80::1", "fec0::1", "ff02::1"],
    ...["fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254", "fd00:c1::a9fe:a9fe", "fd00:42::42"],
  ])("%s never, whatever is listed", (address) => {
    expect(verdict(address, 80)).toBe("never")
    const everything = parseEgressAllow("0.0.0.0/0, ::/0, 0.0.0.0/0:80, [::/0]:80")
    expect(verdict(address, 80, { allow: everything, loopback: true })).toBe("never")
  })

  it("this machine's loopback, where the operator's setting says so, and no other private network", () => {
    for (const address of ["127.0.0.1", "127.1.2.3", "::1"]) {
      expect(verdict(address, 18200, { loopback: true })).toBe("open")
    }
    expect(verdict("10.0.0.1", 18200, { loopback: true })).toBe("listable")
  })

  it("ports of other protocols only when an entry has this very port", () => {
    for (const port of [22, 25, 2375, 5432, 6379]) {
      expect(verdict("8.8.8.8", port)).toBe("listable")
      expect(verdict("127.0.0.1", port, { loopback: true })).toBe("listable")
      expect(verdict("10.0.0.1", port, { allow: parseEgressAllow("10.0.0.0/8") })).toBe("listable")
      expect(verdict("10.0.0.1", port, { allow: parseEgressAllow(`10.0.0.0/8:${port}`) })).toBe("open")
      expect(verdict("8.8.8.8", port, { allow: parseEgressAllow(`8.8.8.8:${port}`) })).toBe("open")
    }
  })
})

describe("our own places", () => {
  const everything = { allow: parseEgressAllow("0.0.0.0/0:3000, [::/0]:3000, 0.0.0.0/0, ::/0"), loopback: true }

  it.each(["127.0.0.1", "localhost"])("are never reached on loopback (%s), by whichever of its addresses", (own) => {
    const rules = { ...everything, own: [{ address: own, port: 3000 }] }
    for (const address of ["127.0.0.1", "127.9.9.9", "::1"]) expect(verdict(address, 3000, rules)).toBe("never")
    expect(verdict("127.0.0.1", 3001, rules)).toBe("open")
    expect(verdict("10.0.0.1", 3000, rules)).toBe("open")
  })

  it.each(["0.0.0.0", "::"])("are never reached at any address of this machine where they listen on %s", (address) => {
    const rules = { ...everything, own: [{ address, port: 3000 }] }
    const all = Object.values(networkInterfaces()).flatMap((them) => them ?? [])
    expect(all.length).toBeGreaterThan(0)
    for (const one of all) expect(verdict(one.address, 3000, rules)).toBe("never")
    expect(verdict("8.8.8.8", 3000, rules)).toBe("open")
  })

  it("are never reached at the address that is given", () => {
    const rules = { ...everything, own: [{ address: "10.0.0.7", port: 3000 }] }
    expect(verdict("10.0.0.7", 3000, rules)).toBe("never")
    expect(verdict("10.0.0.8", 3000, rules)).toBe("open")
  })
})
