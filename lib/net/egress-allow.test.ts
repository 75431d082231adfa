import { describe, expect, it } from "vitest"
import { parseAddress } from "./address.ts"
import { listsAddress, listsPort, parseEgressAllow } from "./egress-allow.ts"

function covers(list: string, address: string, port: number): boolean {
  const allow = parseEgressAllow(list)
  const parsed = parseAddress(address)!
  return listsAddress(allow, parsed) || listsPort(allow, parsed, port)
}

describe("the operator's list", () => {
  it.each([
    ["10.2.0.0/16:8200", "10.2.255.255", 8200, true],
    ["10.2.0.0/16:8200", "10.2.0.0", 8201, false],
    ["10.2.0.0/16:8200", "10.3.0.0", 8200, false],
    ["10.2.3.4/16:8200", "10.2.0.0", 8200, true],
    ["[fd00::/8]:8200", "fdff:ffff::1", 8200, true],
    ["[fd00::/8]:8200", "fc00::1", 8200, false],
    ["[fd00::1]:8200", "fd00:0:0::0:1", 8200, true],
    ["fd00::1", "fd00::1", 9, true],
    ["[fd00::1]", "fd00::1", 443, true],
    ["10.1.2.3", "10.1.2.3", 1234, true],
    ["10.1.2.3", "10.1.2.4", 1234, false],
    ["10.1.0.0/16, 127.0.0.1:18200", "127.0.0.1", 18200, true],
    ["10.1.0.0/16, 127.0.0.1:18200", "127.0.0.1", 18201, false],
    ["10.0.0.0/8:8200", "::ffff:10.0.0.1", 8200, false],
    ["0.0.0.0/0", "192.168.1.1", 80, true],
    ["::/0", "192.168.1.1", 80, false],
    [" ", "10.0.0.1", 80, false],
  ])("%s, asked for %s port %s: %s", (list, address, port, expected) => {
    expect(covers(list, address, port)).toBe(expected)
  })

  it.each([
    "10.2.0.0/33:8200",
    "10.2.0.0/16/8:8200",
    "10.2.0.0/ 16",
    "10.2.0.0/-1",
    "10.2.0.0/016",
    "10.2",
    "0x0a.0.0.1",
    "010.0.0.1",
    "10.0.0.1:",
    "10.0.0.1:0",
    "10.0.0.1:65536",
    "10.0.0.1:80:90",
    "10.0.0.1:8200-8300",
    "[10.0.0.1]:80",
    "[fd00::1",
    "[fd00::1]:",
    "[fd00::1]80",
    "fe80::1%eth0",
    "vault.example.com:8200",
    "10.0.0.1:80,",
    "https://10.0.0.1",
  ])("names %s when it can't be read", (entry) => {
    const named = entry.split(",").at(-1) ?? ""
    expect(() => parseEgressAllow(`10.0.0.1:8200, ${entry}`)).toThrow(`"${named}" `)
  })

  it.each([
    "169.254.169.254:80",
    "169.254.0.0/16",
    "fd00:ec2::254",
    "168.63.129.16",
    "100.100.100.200:80",
    "0.0.0.0:80",
    "::",
    "[fe80::/10]:80",
    "[::ffff:10.0.0.1]:80",
    "[::ffff:0:0/96]:80",
    "[2002::/16]:80",
    "224.0.0.1",
    "255.255.255.255",
  ])("says that %s is never reached", (entry) => {
    expect(() => parseEgressAllow(entry)).toThrow("never reached")
  })
})
