import { expect, it } from "vitest"
import { ownPath, signInAddress } from "./addresses.ts"

it("goes on to a path of this console, with its query", () => {
  expect(ownPath("/s/acme.payments?q=DB")).toBe("/s/acme.payments?q=DB")
  expect(signInAddress("/s/acme?q=a&b=c")).toBe("/sign-in?next=%2Fs%2Facme%3Fq%3Da%26b%3Dc")
  expect(signInAddress()).toBe("/sign-in")
})

it("goes nowhere else, however the other place is written", () => {
  const elsewhere = [
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/.//evil.example",
    "/%2e//evil.example",
    "/s/..//evil.example",
    "/s/../\\evil.example",
    "/s/%2E%2e/\t/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "javascript:alert(1)",
    "evil.example",
    " /s/acme",
    "",
    null,
    undefined,
  ]
  const twice: unknown = ["/s/acme", "//evil.example"] // what Next makes of a query that names it twice
  expect(ownPath(twice as string)).toBe("/") // its page says that it is a text
  for (const next of elsewhere) expect(ownPath(next), String(next)).toBe("/")
})
