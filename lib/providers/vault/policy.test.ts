import { randomInt } from "node:crypto"
import { describe, expect, it } from "vitest"
import { ProviderError } from "../provider.ts"
import { policyFor, policyNameOf, rulesFor } from "./policy.ts"

const place = { mount: "kv", prefix: "payments/prod", kvVersion: 2, hasPatch: true } as const

describe("the policy text", () => {
  it("names the prefix in every rule on values, and no other wildcard than the one at its end", () => {
    const text = policyFor(place)
    const paths = [...text.matchAll(/^path "([^"]*)" \{$/gm)].map((match) => match[1] ?? "")
    expect(paths).toEqual([
      "kv/data/payments/prod/*",
      "kv/metadata/payments/prod/*",
      "kv/metadata/payments/prod",
      "kv/delete/payments/prod/*",
      "kv/undelete/payments/prod/*",
      "kv/destroy/payments/prod/*",
      "kv/subkeys/payments/prod/*",
      "kv/config",
      "auth/token/lookup-self",
      "auth/token/renew-self",
      "auth/token/revoke-self",
      "sys/capabilities-self",
      "sys/internal/ui/mounts/kv",
    ])
  })

  it("leaves out patch where the server doesn't know it", () => {
    expect(policyFor(place)).toContain('"patch"')
    expect(policyFor({ ...place, hasPatch: false })).not.toContain("patch")
  })

  it("knows KV v1, which has one path for everything", () => {
    const paths = rulesFor({ ...place, kvVersion: 1 }).map(({ path }) => path)
    expect(paths.slice(0, 2)).toEqual(["kv/payments/prod/*", "kv/payments/prod"])
    expect(paths.join(" ")).not.toContain("data/")
  })

  it("stands for the whole mount when the prefix is empty", () => {
    const paths = rulesFor({ ...place, prefix: "" }).map(({ path }) => path)
    expect(paths).toContain("kv/data/*")
    expect(paths).not.toContain("kv/metadata")
  })

  it("takes mounts that lie deeper", () => {
    expect(policyFor({ ...place, mount: "teams/kv" })).toContain('path "teams/kv/data/payments/prod/*"')
  })
})

describe("names that aren't of our alphabet", () => {
  const hostile = [
    "",
    ".",
    "..",
    "a/../b",
    "/a",
    "a/",
    "a//b",
    "*",
    "a*",
    "+",
    "a/+/b",
    '"',
    'a" { capabilities = ["sudo"] }\npath "*',
    "{{identity.entity.id}}",
    "a\n",
    "\na",
    "a\r",
    "a\u2028",
    "a#b",
    "a b",
    "a%2fb",
    "a\\b",
    "ä",
    "a\0",
    "a".repeat(129),
  ]

  it.each(hostile)("refuses %j as mount, prefix and team", (name) => {
    expect(() => policyFor({ ...place, mount: name })).toThrow(ProviderError)
    expect(() => policyNameOf(name)).toThrow(ProviderError)
    if (name !== "") expect(() => policyFor({ ...place, prefix: name })).toThrow(ProviderError)
  })

  it("never gets a character of another meaning into a policy, whatever it is made of", () => {
    const alphabet = Array.from('abcdefgABCDEFG.-_/"*+{}\n\r\t #\\%0\u2028é😀')
    const anything = (): string =>
      Array.from({ length: randomInt(0, 9) }, () => alphabet[randomInt(alphabet.length)]).join("")
    let made = 0
    for (let round = 0; round < 20_000; round++) {
      const tried = { ...place, mount: anything(), prefix: anything() }
      const paths = pathsIfAccepted(tried)
      if (paths === undefined) continue
      made += 1
      for (const path of paths) expect(path).toMatch(/^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*(\/\*)?$/)
      expect(paths.filter((path) => path.includes("/data/"))).toEqual([
        [tried.mount, "data", tried.prefix, "*"].filter((part) => part !== "").join("/"),
      ])
    }
    expect(made).toBeGreaterThan(100)
  })
})

/** The paths as the server would read them: one rule after the other, with nothing between that isn't a comment. */
function pathsIfAccepted(tried: Parameters<typeof policyFor>[0]): string[] | undefined {
  let text: string
  try {
    text = policyFor(tried)
  } catch (error) {
    expect(error).toBeInstanceOf(ProviderError)
    return undefined
  }
  const rule = /(?:#[^\n]*\n+)+path "([^"\n]*)" \{\n {2}capabilities = \["[a-z]+"(?:, "[a-z]+")*\]\n\}\n+/y
  const paths: string[] = []
  for (let match = rule.exec(text); match !== null; match = rule.exec(text)) {
    paths.push(match[1] ?? "")
    if (rule.lastIndex === text.length) return paths
  }
  throw new Error(`It can't be read as a policy:\n${text}`)
}
