import { expect, it } from "vitest"
import { openUnderOwnKey, type SealedContext, sealVersion } from "../crypto/envelope.ts"
import { Key } from "../crypto/key.ts"
import { poll } from "../process/poll.ts"
import { expose, Secret } from "../secret.ts"
import { keepVersionKeys } from "./version-keys.ts"

const context: SealedContext = {
  purpose: "value",
  instance: "instance",
  organization: "acme",
  secret: "secret",
  version: 1,
  keyId: "epoch-1",
}

it("keeps a version's key for a minute, and wipes it then", () => {
  let now = 0
  const organizationKey = Key.random()
  const keys = keepVersionKeys(organizationKey, { now: () => now })
  const { wrappedKey, sealed } = sealVersion(organizationKey, Secret.fromText("value"), context)
  const key = keys.of(wrappedKey, context)
  now = 59_999
  expect(keys.of(wrappedKey, context)).toBe(key)
  expect(Buffer.from(expose(openUnderOwnKey(key, sealed, context))).toString()).toBe("value")
  now = 60_000
  expect(keys.of(wrappedKey, context)).not.toBe(key)
  expect(() => openUnderOwnKey(key, sealed, { ...context, secret: "another" })).toThrow("wiped")
})

it("gives no key for other bytes or another place", () => {
  const organizationKey = Key.random()
  const keys = keepVersionKeys(organizationKey)
  const { wrappedKey } = sealVersion(organizationKey, Secret.fromText("value"), context)
  keys.of(wrappedKey, context)
  const changed = Uint8Array.from(wrappedKey)
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
  expect(() => keys.of(changed, context)).toThrow()
  expect(() => keys.of(wrappedKey, { ...context, version: 2 })).toThrow()
  expect(() => keys.of(wrappedKey, { ...context, organization: "other" })).toThrow()
})

it("opens a value in its place alone, also when the key is kept already", () => {
  const organizationKey = Key.random()
  const keys = keepVersionKeys(organizationKey)
  const version = sealVersion(organizationKey, Secret.fromText("value"), context)
  for (const _ of ["unwrapped", "kept"]) {
    expect(Buffer.from(expose(keys.open(version, context))).toString()).toBe("value")
  }
  const elsewhere = ["instance", "organization", "secret", "keyId", "field"].map((part) => ({
    ...context,
    [part]: "x",
  }))
  for (const place of [...elsewhere, { ...context, version: 2 }, { ...context, purpose: "cache" as const }]) {
    expect(() => keys.open(version, place)).toThrow()
    expect(keys.open(version, context).size).toBe(5)
  }
  const kept = keys.of(version.wrappedKey, context)
  kept.wipe()
  expect(() => keys.open(version, context)).toThrow("wiped")
})

it("wipes a key in time without being asked again", async () => {
  const organizationKey = Key.random()
  const keys = keepVersionKeys(organizationKey, { keptForMilliseconds: 20 })
  const { wrappedKey, sealed } = sealVersion(organizationKey, Secret.fromText("value"), context)
  const key = keys.of(wrappedKey, context)
  const isWiped = (): boolean => {
    try {
      openUnderOwnKey(key, sealed, context).wipe()
      return false
    } catch (error) {
      return error instanceof TypeError && error.message.includes("wiped")
    }
  }
  expect(await poll(isWiped, { forMs: 10_000 })).toBe(true)
})

it("wipes what was destroyed at once: one version's key, or those of all", () => {
  const organizationKey = Key.random()
  const keys = keepVersionKeys(organizationKey)
  const versions = [1, 2, 3].map((version) => {
    const place = { ...context, version }
    const { wrappedKey, sealed } = sealVersion(organizationKey, Secret.fromText("value"), place)
    const key = keys.of(wrappedKey, place)
    return () => openUnderOwnKey(key, sealed, place).size
  })
  const [first, second, third] = versions
  keys.forget("another", "all")
  keys.forget(context.secret ?? "", 2)
  expect([first?.(), third?.()]).toEqual([5, 5])
  expect(second).toThrow("wiped")
  keys.forget(context.secret ?? "", "all")
  expect(first).toThrow("wiped")
  expect(third).toThrow("wiped")
})
