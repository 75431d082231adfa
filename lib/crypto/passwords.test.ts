import { argon2Sync } from "node:crypto"
import { describe, expect, it } from "vitest"
import { Secret } from "../secret.ts"
import { hashPassword, verifyAgainstNothing, verifyPassword } from "./passwords.ts"

const password = Secret.fromText("correct horse battery staple")

describe("a password's hash", () => {
  it("is argon2id with 46 MiB, one pass and one lane, as PHC text", async () => {
    const stored = await hashPassword(password)
    const [, salt = "", digest = ""] = /^\$argon2id\$v=19\$m=47104,t=1,p=1\$(.{22})\$(.{43})$/.exec(stored) ?? []
    const expected = argon2Sync("argon2id", {
      message: "correct horse battery staple",
      nonce: Buffer.from(salt, "base64"),
      memory: 47_104,
      passes: 1,
      parallelism: 1,
      tagLength: 32,
    })
    expect(Buffer.from(digest, "base64")).toEqual(expected)
  })

  it("is that of this password and no other", async () => {
    const stored = await hashPassword(password)
    expect(await verifyPassword(password, stored)).toBe(true)
    expect(await verifyPassword(Secret.fromText("Correct horse battery staple"), stored)).toBe(false)
    expect(await verifyPassword(Secret.fromText(""), stored)).toBe(false)
  })

  it("has a salt of its own", async () => {
    expect(await hashPassword(password)).not.toBe(await hashPassword(password))
  })

  it("takes 1,024 bytes and not one more", async () => {
    const [longest, tooLong] = [1024, 1025].map((size) => Secret.fromText("x".repeat(size)))
    if (!longest || !tooLong) throw new Error("There are two.")
    const stored = await hashPassword(longest)
    expect(await verifyPassword(longest, stored)).toBe(true)
    expect(await verifyPassword(tooLong, stored)).toBe(false)
    await expect(hashPassword(tooLong)).rejects.toMatchObject({ code: "invalid", fields: { password: /1024/ } })
  })

  const [salt, digest] = ["A".repeat(22), "A".repeat(43)]

  it("may have other parameters than today's", async () => {
    expect(await verifyPassword(password, `$argon2id$v=19$m=8192,t=2,p=2$${salt}$${digest}`)).toBe(false)
  })

  it.each([
    ["empty", ""],
    ["a plain password", "password"],
    ["of another variant", `$argon2i$v=19$m=47104,t=1,p=1$${salt}$${digest}`],
    ["of too much memory", `$argon2id$v=19$m=262145,t=1,p=1$${salt}$${digest}`],
    ["of too little memory", `$argon2id$v=19$m=15,t=1,p=2$${salt}$${digest}`],
    ["of no pass", `$argon2id$v=19$m=47104,t=0,p=1$${salt}$${digest}`],
    ["of no lane", `$argon2id$v=19$m=47104,t=1,p=0$${salt}$${digest}`],
    ["spelled with a zero before", `$argon2id$v=19$m=047104,t=1,p=1$${salt}$${digest}`],
    ["spelled with spare bits", `$argon2id$v=19$m=47104,t=1,p=1$${salt.replace(/.$/, "B")}$${digest}`],
    ["cut", `$argon2id$v=19$m=47104,t=1,p=1$${salt}$${digest.slice(1)}`],
  ])("that is %s is an error, not a wrong password", async (_, stored) => {
    await expect(verifyPassword(password, stored)).rejects.toMatchObject({ name: "CryptoError", code: "malformed" })
  })
})

describe("an account that doesn't exist", () => {
  it("never has the right password", async () => {
    expect(await verifyAgainstNothing(password)).toBe(false)
  })
})

describe("many sign-ins at once", () => {
  it("wait for each other up to a limit; the rest are told to come back, and then served", async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 40 }, () => verifyAgainstNothing(password)))
    const refusals = outcomes.filter((outcome) => outcome.status === "rejected")
    expect(refusals).toHaveLength(40 - 2 - 32)
    for (const { reason } of refusals) expect(reason).toMatchObject({ code: "rate_limited", retryAfterSeconds: 3 })
    expect(await verifyAgainstNothing(password)).toBe(false)
  })

  it("aren't held up by a hash that can't be read", async () => {
    for (let round = 0; round < 5; round += 1) await expect(verifyPassword(password, "?")).rejects.toThrow()
    expect(await verifyAgainstNothing(password)).toBe(false)
  })
})
