import { randomBytes } from "node:crypto"
import { describe, expect, it, vi } from "vitest"
import { additionalData, type Context, decrypt, encrypt, lengthPrefixed, overhead } from "./aead.ts"
import { Key } from "./key.ts"
import { fromHex, readVectors } from "./vectors/read-vectors.ts"

vi.mock("node:crypto", async (original) => {
  const real = await original<typeof import("node:crypto")>()
  return { ...real, randomBytes: vi.fn(real.randomBytes) }
})

const vectors = readVectors("aes-gcm.json", (field) => ({
  id: field("id"),
  key: fromHex(field("key")),
  iv: fromHex(field("iv")),
  aad: fromHex(field("aad")),
  msg: fromHex(field("msg")),
  ct: fromHex(field("ct")),
  tag: fromHex(field("tag")),
  isOurs: field("keyBits") === 256 && field("ivBits") === 96 && field("tagBits") === 128,
  isValid: field("result") === "valid",
}))

describe("AES-256-GCM against Wycheproof", () => {
  it("knows all 316 rows, 66 of them with our parameters", () => {
    expect(vectors).toHaveLength(316)
    expect(vectors.filter((row) => row.isOurs)).toHaveLength(66)
  })

  it.each(vectors.filter((row) => row.isOurs && row.isValid))("decrypts valid row $id", (row) => {
    const box = Buffer.concat([row.iv, row.ct, row.tag])
    expect(decrypt(Key.fromBytes(row.key), box, row.aad)).toEqual(row.msg)
  })

  it.each(vectors.filter((row) => row.isOurs && row.isValid))(
    "encrypts valid row $id to the published bytes",
    (row) => {
      vi.mocked(randomBytes).mockImplementationOnce(() => row.iv)
      const box = Buffer.concat([row.iv, row.ct, row.tag])
      expect(encrypt(Key.fromBytes(row.key), row.msg, row.aad)).toEqual(box)
    },
  )

  it.each(vectors.filter((row) => !row.isOurs || !row.isValid))("refuses row $id", (row) => {
    const box = Buffer.concat([row.iv, row.ct, row.tag])
    expect(() => decrypt(Key.fromBytes(row.key), box, row.aad)).toThrow(
      expect.objectContaining({ name: "CryptoError" }),
    )
  })
})

describe("encrypt", () => {
  it("draws a new nonce every time", () => {
    const key = Key.random()
    const nonces = Array.from({ length: 1000 }, () =>
      encrypt(key, Buffer.from("same"), Buffer.alloc(0)).subarray(0, 12).toString("hex"),
    )
    expect(new Set(nonces).size).toBe(1000)
  })

  it("refuses a tag that was cut, at every length", () => {
    const key = Key.random()
    const box = encrypt(key, Buffer.from("value"), Buffer.alloc(0))
    for (let length = 0; length < box.byteLength; length += 1) {
      const code = length < overhead ? "malformed" : "refused"
      expect(() => decrypt(key, box.subarray(0, length), Buffer.alloc(0))).toThrow(expect.objectContaining({ code }))
    }
  })
})

describe("additional data", () => {
  const context: Context = { purpose: "value", instance: "i", organization: "o", secret: "s", version: 1, keyId: "k" }

  it("is each part with its length before it", () => {
    expect(lengthPrefixed([Buffer.from("ab"), Buffer.alloc(0)]).toString("hex")).toBe("00000002616200000000")
    const texts = ["strongroom/v1", "value", "i", "o", "s", "1", "", "name"]
    expect(additionalData(context, Buffer.from("name"))).toEqual(lengthPrefixed(texts.map((text) => Buffer.from(text))))
  })

  it("differs when text moves from one part to the next", () => {
    const name = Buffer.from("name")
    const one = additionalData({ ...context, instance: "ab", organization: "c" }, name)
    expect(additionalData({ ...context, instance: "a", organization: "bc" }, name)).not.toEqual(one)
  })

  it.each([-1, 0.5, Number.NaN, 2 ** 53])("takes no version %s", (version) => {
    expect(() => additionalData({ ...context, version }, Buffer.alloc(0))).toThrow(TypeError)
  })

  it("takes no broken text, which would make two contexts one", () => {
    expect(() => additionalData({ ...context, secret: "\ud800" }, Buffer.alloc(0))).toThrow(TypeError)
  })
})
