import { createHash, randomBytes, randomUUID } from "node:crypto"
import { describe, expect, it } from "vitest"
import { base62Decode, base62Encode } from "./base62.ts"
import { hashSetupCode, hashToken, newSetupCode, newToken, parseToken } from "./tokens.ts"

const sha256 = (text: string) => createHash("sha256").update(text).digest()

describe("a token", () => {
  const id = randomUUID()
  const { token, hash, prefix } = newToken("sat", id)

  it("has the published form", () => {
    expect(token).toMatch(/^srm_sat_[0-9A-Za-z]{22}_[0-9A-Za-z]{49}$/)
    expect(token.startsWith(`${prefix}_`)).toBe(true)
    expect(prefix).toMatch(/^srm_sat_[0-9A-Za-z]{22}$/)
  })

  it("is kept as SHA-256 of the whole", () => {
    expect(hash).toEqual(sha256(token))
    expect(hashToken(token)).toEqual(sha256(token))
  })

  it("says again what it was made for", () => {
    for (const kind of ["pat", "sat", "ses", "inv"] as const) {
      for (const each of [
        randomUUID(),
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
      ]) {
        const made = newToken(kind, each)
        expect(parseToken(made.token)).toEqual({ kind, id: each, hash: made.hash })
      }
    }
  })

  it("never comes twice", () => {
    expect(new Set(Array.from({ length: 2000 }, () => newToken("pat", id).token)).size).toBe(2000)
  })

  it("is not taken with any one character changed", () => {
    for (let at = 0; at < token.length; at += 1) {
      const other = token[at] === "a" ? "b" : "a"
      expect(parseToken(token.slice(0, at) + other + token.slice(at + 1))).toBeUndefined()
    }
  })

  it.each([
    ["nothing", ""],
    ["a shorter one", token.slice(0, -1)],
    ["a longer one", `${token}0`],
    ["a line end after it", `${token}\n`],
    ["a space before it", ` ${token}`],
    ["another kind", token.replace("_sat_", "_set_")],
    ["upper case", token.toUpperCase()],
    ["a very long text", "srm_sat_".repeat(10_000)],
  ])("is not %s", (_, text) => {
    expect(parseToken(text)).toBeUndefined()
  })
})

describe("base 62", () => {
  it("brings back any bytes", () => {
    for (let round = 0; round < 500; round += 1) {
      const bytes = randomBytes(16)
      expect(base62Decode(base62Encode(bytes, 22), 16)).toEqual(bytes)
    }
  })

  it("has no more room than was asked for", () => {
    expect(base62Encode(Buffer.alloc(32, 0xff), 43)).toHaveLength(43)
    expect(base62Decode("z".repeat(22), 16)).toBeUndefined()
    expect(base62Decode("not base 62!", 16)).toBeUndefined()
  })
})

describe("a setup code", () => {
  const { code, hash } = newSetupCode()

  it("has 140 bits in seven groups that can be read aloud", () => {
    expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{4}$/)
    expect(newSetupCode().code).not.toBe(code)
  })

  it("is recognized however it is typed", () => {
    expect(hashSetupCode(code)).toEqual(hash)
    expect(hashSetupCode(` ${code.toLowerCase().replaceAll("-", " ")}\n`)).toEqual(hash)
    expect(hashSetupCode(code.replaceAll("0", "o").replaceAll("1", "l"))).toEqual(hash)
  })

  it.each(["", "ABCD", `${code}0`, code.slice(1), code.replace(/.$/, "U"), code.replace(/.$/, "é")])(
    "isn't %j",
    (typed) => {
      expect(hashSetupCode(typed)).toBeUndefined()
    },
  )
})
