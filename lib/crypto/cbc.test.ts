import { describe, expect, it } from "vitest"
import { decryptCbc, encryptCbc } from "./cbc.ts"
import { fromHex, readVectors } from "./vectors/read-vectors.ts"

describe("AES-128-CBC with PKCS#7 against Wycheproof", () => {
  const vectors = readVectors("aes-cbc-pkcs5.json", (field) => ({
    id: field("id"),
    key: fromHex(field("key")),
    iv: fromHex(field("iv")),
    msg: fromHex(field("msg")),
    ct: fromHex(field("ct")),
    works: field("keyBits") === 128 && field("result") === "valid",
  }))

  it("knows all 216 rows", () => {
    expect(vectors).toHaveLength(216)
  })

  it.each(vectors.filter((row) => row.works))("encrypts and decrypts row $id", ({ key, iv, msg, ct }) => {
    expect(encryptCbc(key, iv, msg)).toEqual(ct)
    expect(decryptCbc(key, iv, ct)).toEqual(msg)
  })

  it.each(vectors.filter((row) => !row.works))("refuses row $id", ({ key, iv, ct }) => {
    expect(() => decryptCbc(key, iv, ct)).toThrow(expect.objectContaining({ code: "refused" }))
  })
})
