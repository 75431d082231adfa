import { randomBytes, randomInt, randomUUID } from "node:crypto"
import { inspect } from "node:util"
import { describe, expect, it } from "vitest"
import { expose, Secret } from "../secret.ts"
import { CryptoError } from "./crypto-error.ts"
import {
  open,
  openVersion,
  type SealedContext,
  type SealedVersion,
  seal,
  sealVersion,
  unwrapKey,
  wrapKey,
} from "./envelope.ts"
import { Key, keyBytes } from "./key.ts"

const instance = randomUUID()

function aContext(changes: Partial<SealedContext> = {}): SealedContext {
  const ids = { organization: randomUUID(), secret: randomUUID(), keyId: randomUUID() }
  return { purpose: "value", instance, version: 1, ...ids, ...changes }
}

/** What opening throws, or a plain sentence when it opens. */
function failureOf(work: () => unknown): string {
  try {
    work()
    return "it opened"
  } catch (error) {
    if (error instanceof CryptoError) return error.code
    throw error
  }
}

describe("a sealed version", () => {
  const key = Key.random()
  const context = aContext()

  it.each([0, 1, 63, 64, 4095, 4096, 65_536])("opens to the value of %i bytes that was sealed", (size) => {
    const bytes = randomBytes(size)
    const version = sealVersion(key, Secret.fromBytes(Buffer.from(bytes)), context)
    expect(Buffer.from(expose(openVersion(key, version, context)))).toEqual(bytes)
  })

  it("leaves the value that it was given alone", () => {
    const value = Secret.fromText("still mine")
    sealVersion(key, value, context)
    expect(Buffer.from(expose(value)).toString()).toBe("still mine")
  })

  it("shares neither key nor bytes with another one of the same value", () => {
    const [one, two] = [1, 2].map(() => sealVersion(key, Secret.fromText("same"), context))
    expect(one?.sealed).not.toEqual(two?.sealed)
    expect(nameIn(one?.sealed)).not.toEqual(nameIn(two?.sealed))
  })

  it("doesn't show the value's length within a bucket", () => {
    const sizes = [0, 20, 63].map((size) => sealVersion(key, Secret.fromBytes(Buffer.alloc(size)), context))
    expect(new Set(sizes.map(({ sealed }) => sealed.byteLength)).size).toBe(1)
  })

  it("can be wrapped under the organization's next key without touching the value", () => {
    const { sealed, wrappedKey } = sealVersion(key, Secret.fromText("kept"), context)
    const nextKey = Key.random()
    const next = { ...context, keyId: randomUUID() }
    const versionKey = unwrapKey(key, wrappedKey, { ...context, purpose: "ork→dek" })
    const rewrapped = wrapKey(nextKey, versionKey, { ...next, purpose: "ork→dek" })
    const value = openVersion(nextKey, { sealed, wrappedKey: rewrapped }, next)
    expect(Buffer.from(expose(value)).toString()).toBe("kept")
  })
})

describe("the blob's form", () => {
  const key = Key.random()
  const context = aContext()
  const sealed = seal(Secret.fromText("value"), key, context)

  it("starts with 0x4B, format 1, algorithm 1 and the key's check value and id", () => {
    expect([...sealed.subarray(0, 4)]).toEqual([0x4b, 1, 1, 16 + context.keyId.length])
    expect(nameIn(sealed)).toEqual(Buffer.concat([key.checkValue, Buffer.from(context.keyId)]))
    expect(sealed.byteLength).toBe(4 + 16 + 36 + 12 + 64 + 16)
  })

  it.each([
    ["another first byte", 0, 0x80, "malformed"],
    ["a newer format", 1, 2, "unsupported"],
    ["an unknown algorithm", 2, 2, "unsupported"],
    ["a key name shorter than a check value", 3, 15, "malformed"],
    ["a key name longer than the blob", 3, 255, "malformed"],
  ])("refuses %s", (_, at, byte, code) => {
    const changed = Buffer.from(sealed)
    changed[at] = byte
    expect(failureOf(() => open(changed, key, context))).toBe(code)
  })

  it("names a wrong key before it decrypts anything", () => {
    expect(failureOf(() => open(sealed, Key.random(), context))).toBe("wrong_key")
  })

  it("commits to one key: another key's check value in the header doesn't make it open", () => {
    const other = Key.random()
    const forged = Buffer.from(sealed)
    forged.set(other.checkValue, 4)
    expect(failureOf(() => open(forged, other, context))).toBe("refused")
  })

  it("takes no key id longer than the header can hold", () => {
    expect(() => seal(Secret.fromText("value"), key, { ...context, keyId: "k".repeat(240) })).toThrow(TypeError)
  })
})

describe("a wrapped key", () => {
  it("unwraps to the same key", () => {
    const [wrapping, key] = [Key.random(), Key.random()]
    const context = { ...aContext(), purpose: "kek→ork" } as const
    const unwrapped = unwrapKey(wrapping, wrapKey(wrapping, key, context), context)
    expect(Buffer.from(keyBytes(unwrapped))).toEqual(Buffer.from(keyBytes(key)))
    expect(unwrapped.checkValue).toEqual(key.checkValue)
  })

  it("doesn't open as a key of another purpose", () => {
    const wrapping = Key.random()
    const context = aContext()
    const wrapped = wrapKey(wrapping, Key.random(), { ...context, purpose: "kek→ork" })
    expect(failureOf(() => unwrapKey(wrapping, wrapped, { ...context, purpose: "ork→dek" }))).toBe("refused")
  })

  it("isn't a value of another length", () => {
    const wrapping = Key.random()
    const context = { ...aContext(), purpose: "cache" } as const
    const notAKey = seal(Secret.fromText("short"), wrapping, context)
    // Whoever holds the key could make such a blob only with the right purpose; the type keeps our own code from it.
    const forced = context as unknown as Parameters<typeof unwrapKey>[2]
    expect(failureOf(() => unwrapKey(wrapping, notAKey, forced))).toBe("malformed")
  })
})

describe("what isn't where or as it was sealed", () => {
  const records = manyRecords()
  const refusals = new Set(["refused", "wrong_key"])

  it("is refused in 10,000 swaps of value, wrapped key, both, context or organization key", () => {
    let opened = 0
    for (let round = 0; round < 10_000; round += 1) {
      const [mine, other] = twoOf(records)
      const failure = failureOf(() => openVersion(...swapped(mine, other, round % 5)))
      if (!refusals.has(failure)) opened += 1
    }
    expect(opened).toBe(0)
  })

  it.each([
    ["purpose", { purpose: "totp" }],
    ["instance", { instance: randomUUID() }],
    ["organization", { organization: randomUUID() }],
    ["secret", { secret: randomUUID() }],
    ["version", { version: 99 }],
    ["field", { field: "other" }],
    ["key id", { keyId: randomUUID() }],
  ] as const)("is refused when only the %s differs", (_, change) => {
    const [record] = twoOf(records)
    const context = { ...record.context, ...change }
    expect(failureOf(() => openVersion(record.key, record.version, context))).toBe("refused")
    const direct = seal(Secret.fromText("value"), record.key, record.context)
    expect(failureOf(() => open(direct, record.key, context))).toBe("refused")
  })

  it("is refused with any one bit flipped", () => {
    const [{ key, version, context }] = twoOf(records)
    for (const part of ["sealed", "wrappedKey"] as const) {
      for (let bit = 0; bit < version[part].byteLength * 8; bit += 1) {
        const flipped = Buffer.from(version[part])
        flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
        const failure = failureOf(() => openVersion(key, { ...version, [part]: flipped }, context))
        expect(["refused", "wrong_key", "malformed", "unsupported"]).toContain(failure)
      }
    }
  })

  it("is refused when cut or lengthened", () => {
    const [{ key, version, context }] = twoOf(records)
    for (const part of ["sealed", "wrappedKey"] as const) {
      for (let length = 0; length < version[part].byteLength; length += 1) {
        const cut = version[part].subarray(0, length)
        expect(failureOf(() => openVersion(key, { ...version, [part]: cut }, context))).not.toBe("it opened")
      }
      const longer = Buffer.concat([version[part], Buffer.alloc(1)])
      expect(failureOf(() => openVersion(key, { ...version, [part]: longer }, context))).toBe("refused")
    }
  })

  it("leaves no byte of key or value in the error", () => {
    const [{ key, version, context }] = twoOf(records)
    try {
      openVersion(key, version, { ...context, version: 9 })
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({ name: "CryptoError", code: "refused" })
      expect(error).not.toHaveProperty("cause")
      expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/OpenSSL|Buffer|Uint8Array|[0-9a-f]{16}/)
    }
  })
})

interface SealedRecord {
  key: Key
  version: SealedVersion
  context: SealedContext
}

/** 210 versions of 42 secrets in 7 organizations. */
function manyRecords(): SealedRecord[] {
  return Array.from({ length: 7 }, () => {
    const key = Key.random()
    const organization = randomUUID()
    const keyId = randomUUID()
    return Array.from({ length: 30 }, (_, at) => {
      const secret = `secret ${Math.floor(at / 5)} of ${organization}`
      const context = aContext({ organization, keyId, secret, version: (at % 5) + 1 })
      return { key, context, version: sealVersion(key, Secret.fromText(`value ${at}`), context) }
    })
  }).flat()
}

function twoOf(records: readonly SealedRecord[]): [SealedRecord, SealedRecord] {
  const first = randomInt(records.length)
  const second = (first + 1 + randomInt(records.length - 1)) % records.length
  const [mine, other] = [records[first], records[second]]
  if (!mine || !other) throw new Error("There are no records.")
  return [mine, other]
}

function swapped(mine: SealedRecord, other: SealedRecord, what: number): Parameters<typeof openVersion> {
  const { key, version, context } = mine
  if (what === 0) return [key, { ...version, sealed: other.version.sealed }, context]
  if (what === 1) return [key, { ...version, wrappedKey: other.version.wrappedKey }, context]
  if (what === 2) return [key, other.version, context]
  if (what === 3) return [key, version, other.context]
  return [other.key === key ? Key.random() : other.key, version, context]
}

function nameIn(blob: Uint8Array | undefined): Buffer {
  const bytes = Buffer.from(blob ?? [])
  return bytes.subarray(4, 4 + bytes.readUInt8(3))
}
