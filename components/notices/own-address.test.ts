import { expect, it } from "vitest"
import { ownAddress } from "./own-address"

it("leads to a page of this console, whatever stands before it", () => {
  expect(ownAddress("/s/acme/providers/vault")).toBe("/s/acme/providers/vault")
  expect(ownAddress("https://strongroom.example/s/acme?state=drifted")).toBe("/s/acme?state=drifted")
  expect(ownAddress("https://evil.example//other.example/x")).toBe("/")
  expect(ownAddress("http://[")).toBe("/")
})
