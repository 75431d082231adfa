import { randomBytes } from "node:crypto"
import { describe, expect, it, vi } from "vitest"
import { expose, Secret } from "../secret.ts"
import { parseFernetKeys } from "./configured-keys.ts"
import { readFernet, writeFernet } from "./fernet.ts"
import { readVectors } from "./vectors/read-vectors.ts"

vi.mock("node:crypto", async (original) => {
  const real = await original<typeof import("node:crypto")>()
  return { ...real, randomBytes: vi.fn(real.randomBytes) }
})

const refused: unknown = expect.objectContaining({ name: "CryptoError", code: "refused" })
const bytesOf = (secret: Secret) => Buffer.from(expose(secret))
const aKeyText = () => `${randomBytes(32).toString("base64url")}=`
const now = new Date("2026-11-22T08:00:00Z")

describe("Fernet against its specification", () => {
  const vectors = readVectors("fernet.json", (field) => ({
    kind: String(field("kind")),
    desc: String(field("desc")),
    token: String(field("token")),
    now: new Date(String(field("now"))),
    ttlSeconds: Number(field("ttlSeconds")),
    iv: field("iv"),
    src: String(field("src")),
    keys: parseFernetKeys(String(field("secret"))),
  }))
  const of = (kind: string) => vectors.filter((row) => row.kind === kind)
  const invalidByAgeAlone = new Set(["far-future TS (unacceptable clock skew)", "expired TTL"])

  it("knows all 10 rows", () => {
    expect([of("generate").length, of("verify").length, of("invalid").length]).toEqual([1, 1, 8])
  })

  it.each(of("generate"))("generates the published token", (row) => {
    // The column holds the 16 bytes as numbers.
    vi.mocked(randomBytes).mockImplementationOnce(() => Buffer.from(row.iv as number[]))
    expect(writeFernet(row.keys, Secret.fromText(row.src), row.now)).toBe(row.token)
  })

  it.each(of("verify"))("verifies the published token", ({ keys, token, src, ...timeToLive }) => {
    expect(bytesOf(readFernet(keys, token, timeToLive)).toString()).toBe(src)
    expect(bytesOf(readFernet(keys, token)).toString()).toBe(src)
  })

  it.each(of("invalid"))("refuses: $desc", ({ keys, token, ...timeToLive }) => {
    expect(() => readFernet(keys, token, timeToLive)).toThrow(refused)
  })

  it.each(of("invalid"))("asks for no age unless told to: $desc", ({ keys, token, desc }) => {
    if (invalidByAgeAlone.has(desc)) expect(readFernet(keys, token)).toBeInstanceOf(Secret)
    else expect(() => readFernet(keys, token)).toThrow(refused)
  })
})

describe("Fernet against Python's cryptography", () => {
  const vectors = readVectors("fernet-python.json", (field) => ({
    id: field("id"),
    keys: parseFernetKeys(String(field("secret"))),
    token: String(field("token")),
    value: Buffer.from(String(field("valueBase64")), "base64"),
  }))

  it("has rows", () => {
    expect(vectors.length).toBeGreaterThan(0)
  })

  it.each(vectors)("reads row $id", ({ keys, token, value }) => {
    expect(bytesOf(readFernet(keys, token))).toEqual(value)
  })
})

describe("a list of Fernet keys", () => {
  const [older, newer] = [aKeyText(), aKeyText()]

  it("writes with the first and reads with all", () => {
    const both = parseFernetKeys(`${newer},${older}`)
    const old = writeFernet(parseFernetKeys(older), Secret.fromText("old"), now)
    const fresh = writeFernet(both, Secret.fromText("fresh"), now)
    expect(bytesOf(readFernet(both, old)).toString()).toBe("old")
    expect(bytesOf(readFernet(parseFernetKeys(newer), fresh)).toString()).toBe("fresh")
    expect(() => readFernet(parseFernetKeys(older), fresh)).toThrow(refused)
  })
})

describe("a Fernet token", () => {
  const keys = parseFernetKeys(aKeyText())
  const token = writeFernet(keys, Secret.fromText("value"), now)

  it.each([0, 1, 15, 16, 17, 65_536])("brings back a value of %i bytes", (size) => {
    const bytes = randomBytes(size)
    expect(bytesOf(readFernet(keys, writeFernet(keys, Secret.fromBytes(Buffer.from(bytes)), now)))).toEqual(bytes)
  })

  it("is refused with any one bit flipped", () => {
    const bytes = Buffer.from(token, "base64url")
    for (let bit = 0; bit < bytes.byteLength * 8; bit += 1) {
      const flipped = Buffer.from(bytes)
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      const text = flipped.toString("base64url").padEnd(token.length, "=")
      expect(() => readFernet(keys, text)).toThrow(refused)
    }
  })

  it("is refused when cut anywhere", () => {
    for (let length = 0; length < token.length; length += 1) {
      expect(() => readFernet(keys, token.slice(0, length))).toThrow(refused)
    }
  })

  it.each([
    ["without its padding", (text: string) => text.replace(/=+$/, "")],
    ["with a space before it", (text: string) => ` ${text}`],
    ["with a line end after it", (text: string) => `${text}\n`],
    ["in the alphabet of plain base64", (text: string) => `${text.slice(0, -6)}+/${text.slice(-4)}`],
    ["with more padding", (text: string) => `${text}====`],
    ["with other spare bits", (text: string) => text.replace(/.(=+)$/, "B$1")],
  ])("is refused %s", (_, change) => {
    expect(() => readFernet(keys, change(token))).toThrow(refused)
  })

  it("is current up to its time to live and a minute ahead, to the second", () => {
    const at = (seconds: number) => ({ ttlSeconds: 60, now: new Date(now.getTime() + seconds * 1000) })
    for (const seconds of [-60, 0, 60]) expect(readFernet(keys, token, at(seconds))).toBeInstanceOf(Secret)
    for (const seconds of [-61, 61]) expect(() => readFernet(keys, token, at(seconds))).toThrow(refused)
  })
})
