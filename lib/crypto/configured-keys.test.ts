import { hkdfSync, randomBytes } from "node:crypto"
import { describe, expect, it } from "vitest"
import {
  keyEncryptionKeysFromFernet,
  newKeyEncryptionKeyText,
  parseFernetKeys,
  parseKeyEncryptionKeys,
} from "./configured-keys.ts"
import { CryptoError } from "./crypto-error.ts"
import { keyBytes } from "./key.ts"

const bytes = randomBytes(32)
const text = bytes.toString("base64url")
const unpadded = (each: Buffer | Uint8Array) => Buffer.from(each).toString("base64url")

function messageOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof CryptoError && error.code === "invalid_key") return error.message
    throw error
  }
  throw new Error("It was accepted.")
}

describe("STRONGROOM_KEK", () => {
  it("is base64url of 32 bytes, called by its check value", () => {
    const [{ key, label }] = parseKeyEncryptionKeys(text)
    expect(Buffer.from(keyBytes(key))).toEqual(bytes)
    expect(label).toBe(`kek-${Buffer.from(key.checkValue).toString("hex").slice(0, 8)}`)
  })

  it("may be a list with labels, newest first", () => {
    const older = newKeyEncryptionKeyText()
    const labels = parseKeyEncryptionKeys(`2026-11:${text}, ${older}`).map(({ label }) => label)
    expect(labels).toEqual(["2026-11", expect.stringMatching(/^kek-[0-9a-f]{8}$/)])
  })

  it("accepts every key that it makes", () => {
    for (let round = 0; round < 500; round += 1) parseKeyEncryptionKeys(newKeyEncryptionKeyText())
  })

  const lastDigit = text.slice(-1)
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
  const sameBytes = text.slice(0, -1) + alphabet.charAt(alphabet.indexOf(lastDigit) + 1)

  it.each([
    ["nothing", ""],
    ["31 bytes", unpadded(randomBytes(31))],
    ["33 bytes", unpadded(randomBytes(33))],
    ["hexadecimal", bytes.toString("hex")],
    ["padding", `${text}=`],
    ["plain base64", `${text.slice(0, 40)}+/x`],
    ["another spelling of the same bytes", sameBytes],
    ["a line end in it", `${text.slice(0, 20)}\n${text.slice(20)}`],
    ["two colons", `a:b:${text}`],
    ["a label with a space", `a b:${text}`],
    ["a key in the label's place", `${newKeyEncryptionKeyText()}:${text}`],
    ["an empty label", `:${text}`],
    ["a comma at the end", `${text},`],
    ["zeros", unpadded(Buffer.alloc(32))],
    ["one byte repeated", unpadded(Buffer.alloc(32, 0xa7))],
    ["a repeated pattern", unpadded(Buffer.concat(Array.from({ length: 4 }, () => bytes.subarray(0, 8))))],
    ["counting bytes", unpadded(Uint8Array.from({ length: 32 }, (_, at) => at))],
    ["bytes that count down by three", unpadded(Uint8Array.from({ length: 32 }, (_, at) => 255 - at * 3))],
    ["text", unpadded(Buffer.from("correct horse battery staple 123"))],
    ["the sample key of the Fernet specification", "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4"],
  ])("refuses %s and quotes none of it", (_, given) => {
    const message = messageOf(() => parseKeyEncryptionKeys(given))
    expect(message).toMatch(/^STRONGROOM_KEK(, key \d of \d)?: /)
    for (const part of given.split(/[:,]/)) if (part.length > 8) expect(message).not.toContain(part.slice(0, 9))
  })

  it("says which key of a list is wrong, and how to make one", () => {
    const message = messageOf(() => parseKeyEncryptionKeys(`${text},${unpadded(Buffer.alloc(32))}`))
    expect(message).toContain("key 2 of 2: this key repeats itself. Make one with: openssl rand")
  })
})

describe("FERNET_SECRET_KEY", () => {
  it("gives Fernet's keys as they are, in their order", () => {
    const other = randomBytes(32)
    const keys = parseFernetKeys(`${text}=,${unpadded(other)}=`)
    expect(keys.map((key) => Buffer.from(keyBytes(key)))).toEqual([bytes, other])
  })

  it("gives key encryption keys by HKDF with their own label", () => {
    const [{ key, label }] = keyEncryptionKeysFromFernet(`${text}=`)
    const derived = Buffer.from(hkdfSync("sha256", bytes, "", "strongroom/v1 kek-from-fernet", 32))
    expect(Buffer.from(keyBytes(key))).toEqual(derived)
    expect(label).toMatch(/^fernet-[0-9a-f]{8}$/)
  })

  it.each([
    ["nothing", ""],
    ["no padding", text],
    ["too much padding", `${text}==`],
    ["16 bytes", `${unpadded(randomBytes(16))}==`],
  ])("refuses %s", (_, given) => {
    expect(messageOf(() => parseFernetKeys(given))).toMatch(/^FERNET_SECRET_KEY: /)
    expect(messageOf(() => keyEncryptionKeysFromFernet(given))).toMatch(/^FERNET_SECRET_KEY: /)
  })

  it("with a key that people made up still reads tokens, but wraps nothing", () => {
    const madeUp = `${unpadded(Buffer.from("correct horse battery staple 123"))}=`
    expect(parseFernetKeys(madeUp)).toHaveLength(1)
    expect(messageOf(() => keyEncryptionKeysFromFernet(madeUp))).toContain("made of text")
  })
})
