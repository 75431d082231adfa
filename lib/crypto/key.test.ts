import { createHmac, hkdfSync } from "node:crypto"
import { inspect } from "node:util"
import { describe, expect, it } from "vitest"
import { deriveKey, Key, keyBytes, keyedHash, shortCheckValue } from "./key.ts"
import { fromHex, readVectors } from "./vectors/read-vectors.ts"

const known = () => Key.fromBytes(Buffer.from(Array.from({ length: 32 }, (_, at) => at)))
const plain = Buffer.from(Array.from({ length: 32 }, (_, at) => at))

describe("HKDF-SHA256 against Wycheproof", () => {
  const vectors = readVectors("hkdf-sha256.json", (field) => ({
    id: field("id"),
    ikm: fromHex(field("ikm")),
    salt: fromHex(field("salt")),
    info: fromHex(field("info")),
    size: Number(field("size")),
    okm: fromHex(field("okm")),
    isValid: field("result") !== "invalid",
  }))

  it("knows all 86 rows", () => {
    expect(vectors).toHaveLength(86)
  })

  it.each(vectors.filter((row) => row.isValid))("derives row $id", ({ ikm, salt, info, size, okm }) => {
    expect(Buffer.from(hkdfSync("sha256", ikm, salt, info, size))).toEqual(okm)
  })

  it.each(vectors.filter((row) => !row.isValid))("refuses row $id", ({ ikm, salt, info, size }) => {
    expect(() => hkdfSync("sha256", ikm, salt, info, size)).toThrow()
  })
})

describe("HMAC-SHA256 against Wycheproof", () => {
  const vectors = readVectors("hmac-sha256.json", (field) => ({
    id: field("id"),
    key: fromHex(field("key")),
    msg: fromHex(field("msg")),
    tag: fromHex(field("tag")),
    isValid: field("result") === "valid",
  }))

  it("knows all 174 rows", () => {
    expect(vectors).toHaveLength(174)
  })

  it.each(vectors)("judges row $id", ({ key, msg, tag, isValid }) => {
    const hash =
      key.byteLength === 32 ? keyedHash(Key.fromBytes(key), msg) : createHmac("sha256", key).update(msg).digest()
    expect(hash.subarray(0, tag.byteLength).equals(tag)).toBe(isValid)
  })
})

describe("Key", () => {
  it("has 32 bytes and nothing else", () => {
    for (const size of [0, 16, 31, 33, 64]) {
      expect(() => Key.fromBytes(Buffer.alloc(size))).toThrow(expect.objectContaining({ code: "malformed" }))
    }
    expect(keyBytes(Key.random()).byteLength).toBe(32)
  })

  it("doesn't get out by accident", () => {
    const key = known()
    expect(inspect(key, { depth: 9, showHidden: true })).toBe("Key {}")
    expect(JSON.stringify({ key })).toBe('{"key":{}}')
    expect(Object.keys(key)).toEqual([])
    expect(() => `a key: ${key as unknown as string}`).toThrow(TypeError)
    expect(() => key.toString()).toThrow(TypeError)
    expect(() => structuredClone(key)).not.toThrow()
    expect(Object.keys(structuredClone(key))).toEqual([])
  })

  it("has a check value of HKDF with the info commit", () => {
    const checkValue = Buffer.from(hkdfSync("sha256", plain, "", "commit", 16))
    expect(Buffer.from(known().checkValue)).toEqual(checkValue)
    expect(shortCheckValue(checkValue)).toBe(checkValue.toString("hex").slice(0, 8))
  })

  it("derives other keys by label", () => {
    expect(Buffer.from(keyBytes(deriveKey(known(), "fp")))).toEqual(
      Buffer.from(hkdfSync("sha256", plain, "", "fp", 32)),
    )
  })

  it("is unusable once wiped, and its bytes are gone", () => {
    const bytes = Buffer.from(plain)
    const key = Key.fromBytes(bytes)
    key.wipe()
    expect(bytes).toEqual(Buffer.alloc(32))
    expect(() => keyBytes(key)).toThrow(TypeError)
    expect(() => deriveKey(key, "fp")).toThrow(TypeError)
    expect(() => keyedHash(key)).toThrow(TypeError)
    expect(() => key.checkValue).toThrow(TypeError)
  })
})
