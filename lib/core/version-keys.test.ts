import { expect, it } from "vitest"
import { openUnderOwnKey, type SealedContext, sealVersion } from "../crypto/envelope.ts"
import { Key } from "../crypto/key.ts"
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
  const keys = keepVersionKeys(organizationKey, () => now)
  const { wrappedKey, sealed } = sealVersion(organizationKey, Secret.fromText("value"), context)
  const key = keys(wrappedKey, context)
  now = 59_999
  expect(keys(wrappedKey, context)).toBe(key)
  expect(Buffer.from(expose(openUnderOwnKey(key, sealed, context))).toString()).toBe("value")
  now = 60_000
  expect(keys(wrappedKey, context)).not.toBe(key)
  expect(() => openUnderOwnKey(key, sealed, { ...context, secret: "another" })).toThrow("wiped")
})

it("gives no key for other bytes or another place", () => {
  const organizationKey = Key.random()
  const keys = keepVersionKeys(organizationKey)
  const { wrappedKey } = sealVersion(organizationKey, Secret.fromText("value"), context)
  keys(wrappedKey, context)
  const changed = Uint8Array.from(wrappedKey)
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
  expect(() => keys(changed, context)).toThrow()
  expect(() => keys(wrappedKey, { ...context, version: 2 })).toThrow()
  expect(() => keys(wrappedKey, { ...context, organization: "other" })).toThrow()
})
