import { createHmac } from "node:crypto"
import { describe, expect, it } from "vitest"
import { Secret } from "../secret.ts"
import { Key, keyBytes, shortCheckValue } from "./key.ts"
import { fingerprint, fingerprintKeyOf, type KeyEncryptionKey, Keyring, WrongKeyError } from "./keyring.ts"

const aKey = (label: string): KeyEncryptionKey => ({ label, key: Key.random() })

describe("Keyring", () => {
  const [newest, older] = [aKey("2026-11"), aKey("2026-05")]
  const keyring = new Keyring([newest, older])

  it("wraps with the first key and keeps the others", () => {
    expect(keyring.active).toBe(newest)
    expect(keyring.retained).toEqual([older])
  })

  it("finds a key by its check value, whatever it is called now", () => {
    expect(keyring.find(older.key.checkValue)).toBe(older)
    expect(keyring.expect("another label", newest.key.checkValue)).toBe(newest)
    expect(keyring.find(Key.random().checkValue)).toBeUndefined()
    expect(keyring.find(Buffer.alloc(0))).toBeUndefined()
  })

  it("says which key is expected and which it got", () => {
    const lost = aKey("2025-01")
    const short = ({ key }: KeyEncryptionKey) => shortCheckValue(key.checkValue)
    const work = () => keyring.expect(lost.label, lost.key.checkValue)
    expect(work).toThrow(WrongKeyError)
    expect(work).toThrow(
      `expected key 2025-01 (check value ${short(lost)}…), got 2026-11 (${short(newest)}…), 2026-05 (${short(older)}…).`,
    )
  })

  it("refuses to have no key, or two of one label", () => {
    expect(() => new Keyring([])).toThrow(expect.objectContaining({ code: "invalid_key" }))
    expect(() => new Keyring([aKey("same"), aKey("same")])).toThrow('Two key encryption keys are called "same".')
  })
})

describe("an organization's fingerprint key", () => {
  it("is another key than the organization's", () => {
    const root = Key.random()
    expect(keyBytes(fingerprintKeyOf(root))).not.toEqual(keyBytes(root))
  })
})

describe("a fingerprint", () => {
  const key = fingerprintKeyOf(Key.random())

  it("is HMAC-SHA256 of the secret's id with its length, and the value", () => {
    const expected = createHmac("sha256", keyBytes(key))
      .update(Buffer.from("00000002", "hex"))
      .update("idvalue")
      .digest()
    expect(fingerprint(key, "id", Secret.fromText("value"))).toEqual(expected)
  })

  it("differs for the same value of another secret, and when text moves between id and value", () => {
    const one = fingerprint(key, "one", Secret.fromText("value"))
    expect(fingerprint(key, "two", Secret.fromText("value"))).not.toEqual(one)
    expect(fingerprint(key, "onev", Secret.fromText("alue"))).not.toEqual(one)
  })
})
