import { createPrivateKey, createPublicKey } from "node:crypto"
import { describe, expect, it } from "vitest"
import { expose } from "../secret.ts"
import { generatePair, generateValue, type Recipe } from "./generate.ts"

const textOf = (recipe: Recipe) => Buffer.from(expose(generateValue(recipe))).toString()

describe("a generated value", () => {
  it.each([
    ["password", /^[A-Za-z0-9\-_.~]{40}$/],
    ["alphanumeric", /^[A-Za-z0-9]{40}$/],
    ["hex", /^[0-9a-f]{40}$/],
    ["base64url", /^[A-Za-z0-9_-]{40}$/],
  ] as const)("of kind %s has its alphabet and length", (kind, form) => {
    expect(textOf({ kind, length: 40 })).toMatch(form)
  })

  it("of kind uuid is a UUID of version 4", () => {
    expect(textOf({ kind: "uuid" })).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  it("never comes twice", () => {
    expect(new Set(Array.from({ length: 1000 }, () => textOf({ kind: "alphanumeric", length: 16 }))).size).toBe(1000)
  })

  it("as a password always has a lower and an upper case letter, a digit and a symbol", () => {
    for (let round = 0; round < 300; round += 1) {
      expect(textOf({ kind: "password", length: 8 })).toMatch(/^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[-_.~]).{8}$/)
    }
  })

  it("uses every character equally often", () => {
    const counts = new Map<string, number>()
    for (let round = 0; round < 30; round += 1) {
      for (const character of textOf({ kind: "alphanumeric", length: 4096 })) {
        counts.set(character, (counts.get(character) ?? 0) + 1)
      }
    }
    const expected = (30 * 4096) / 62
    const chiSquared = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    expect(counts.size).toBe(62)
    // 61 degrees of freedom: by chance beyond 150 less than once in 10^8 runs; a plain modulo 62 of bytes gives thousands.
    expect(chiSquared).toBeLessThan(150)
  })

  it.each([0, 7, 4097, 8.5, Number.NaN, -1])("can't have %s characters", (length) => {
    expect(() => generateValue({ kind: "hex", length })).toThrow(RangeError)
  })
})

describe("a generated key pair", () => {
  it.each([
    ["ed25519", { asymmetricKeyType: "ed25519" }],
    ["rsa-3072", { asymmetricKeyType: "rsa", asymmetricKeyDetails: { modulusLength: 3072 } }],
    ["ec-p256", { asymmetricKeyType: "ec", asymmetricKeyDetails: { namedCurve: "prime256v1" } }],
  ] as const)("of kind %s is PKCS#8 and the public half that belongs to it", async (kind, details) => {
    const { privateKey, publicKey } = await generatePair(kind)
    const pem = Buffer.from(expose(privateKey)).toString()
    expect(pem).toMatch(/^-----BEGIN PRIVATE KEY-----\n/)
    expect(createPrivateKey(pem)).toMatchObject(details)
    expect(createPublicKey(pem).export({ type: "spki", format: "pem" })).toBe(publicKey)
  })
})
