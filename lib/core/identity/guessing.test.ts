import { expect, it } from "vitest"
import { accountOf, networkOf } from "./guessing.ts"

it("takes an IPv4 address for a network, however it is written, and of an IPv6 one the half that one holder has", () => {
  expect(["192.0.2.1", "::ffff:192.0.2.1", "::FFFF:192.0.2.1"].map(networkOf)).toEqual(Array(3).fill("192.0.2.1"))
  const one = ["2001:db8:0:7::1", "2001:DB8:0:7:ffff::", "2001:0db8:0000:0007:1:2:3:4", "2001:db8:0:7::5%eth0"]
  expect(one.map(networkOf)).toEqual(Array(4).fill("2001:db8:0:7::/64"))
  expect(["2001:db8:0:8::1", "::1", "fe80::1"].map(networkOf)).toEqual([
    "2001:db8:0:8::/64",
    "0:0:0:0::/64",
    "fe80:0:0:0::/64",
  ])
  expect(networkOf(null)).toBe("unknown")
})

it("takes every spelling of an address for one account, and different addresses for different ones", () => {
  const spellings = [
    "alice@example.com",
    "ALICE@EXAMPLE.COM",
    " alice@example.com\n",
    "ａｌｉｃｅ＠ｅｘａｍｐｌｅ．ｃｏｍ",
    "al\u200bice@example.com",
  ]
  expect(spellings.map(accountOf)).toEqual(Array(5).fill("alice@example.com"))
  expect(accountOf("alice@example.org")).not.toBe(accountOf("alice@example.com"))
  expect(accountOf("alice+1@example.com")).not.toBe(accountOf("alice@example.com"))
})
