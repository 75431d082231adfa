import { expect, it } from "vitest"
import { firstUnmet, fits, wordsOf } from "./claim-conditions.ts"

it.each([
  ["refs/heads/*", "refs/heads/main", true],
  ["refs/heads/*", "refs/heads/a/b", false],
  ["refs/heads/*", "refs/heads/", false],
  ["refs/tags/v*.*", "refs/tags/v1.2", true],
  ["refs/tags/v*.*", "refs/tags/v12", false],
  ["refs/tags/v*.*", "refs/tags/v.2", false],
  ["repo:acme/*:ref:refs/heads/main", "repo:acme/app:ref:refs/heads/main", true],
  ["repo:acme/*:ref:refs/heads/main", "repo:acme/app:x:ref:refs/heads/main", false],
  ["repo:acme/*:ref:refs/heads/main", "repo:acme/app/ref:refs/heads/main", false],
  ["repo:acme/**", "repo:acme/app:ref:refs/heads/a/b", true],
  ["repo:acme/**", "repo:acme/", false],
  ["repo:acme/**", "repo:acme", false],
  ["repo:acme/**", "repo:acme-evil/app", false],
  ["repo:acme/app**", "repo:acme/app2:ref:x", true],
  ["repo:*/app:**", "repo:acme/app:ref:x", true],
  ["repo:*/app:**", "repo:acme/evil/app:ref:x", false],
  ["a*a", "a", false],
  ["a*a", "aa", false],
  ["a*a", "aba", true],
  ["a*b*a", "axbya", true],
  ["main", "MAIN", false],
])("%s and %s: %s", (pattern, text, expected) => {
  expect(fits(pattern, text)).toBe(expected)
})

it("looks inside a claim by a pointer, at a list's items, and at nothing that an object inherits", () => {
  const claims = { "kubernetes.io": { namespace: "ci" }, groups: ["a", "b"], flag: true, object: {} }
  expect(wordsOf(claims, "/kubernetes.io/namespace")).toEqual(["ci"])
  expect(wordsOf(claims, "groups")).toEqual(["a", "b"])
  expect(wordsOf(claims, "flag")).toEqual(["true"])
  expect(wordsOf(claims, "object")).toEqual([])
  expect(wordsOf(claims, "constructor")).toEqual([])
  expect(wordsOf(claims, "/constructor/name")).toEqual([])
})

it("names the first condition that doesn't hold", () => {
  const conditions = [
    { claim: "ref", match: "pattern" as const, values: ["refs/tags/*", "refs/heads/main"] },
    { claim: "environment", match: "exact" as const, values: ["production"] },
  ]
  expect(firstUnmet(conditions, { ref: "refs/heads/main", environment: "production" })).toBeUndefined()
  expect(firstUnmet(conditions, { ref: "refs/heads/main" })?.claim).toBe("environment")
  expect(firstUnmet(conditions, {})?.claim).toBe("ref")
})

it("takes no longer for a pattern and a text made to be slow", () => {
  const began = performance.now()
  expect(fits(`${"a*".repeat(200)}b`, "a".repeat(16_000))).toBe(false)
  expect(performance.now() - began).toBeLessThan(200)
})
