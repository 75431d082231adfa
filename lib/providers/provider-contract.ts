/**
 * The contract of provider.ts as tests. Every provider runs them: `describeProvider("vault", makeStore)`. What is a
 * provider's own quirk is tested beside it.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { expose, Secret } from "../secret.ts"
import type { Place, SecretStore, VersionKey } from "./provider.ts"

export interface ProviderUnderTest {
  store: SecretStore
  /** The store again, as another process would open it. */
  reopen: () => Promise<SecretStore>
  /** True for a store that forgets everything with its process, and says so. */
  forgets?: true
  /** An organization that the store may keep things for. */
  organizationId: string
  /** Undoes what making it did. */
  end?: () => Promise<void>
}

export function describeProvider(name: string, make: () => Promise<ProviderUnderTest>): void {
  describe(`${name} keeps the contract of a provider`, () => {
    let subject: ProviderUnderTest
    let store: SecretStore
    beforeAll(async () => {
      subject = await make()
      ;({ store } = subject)
    })
    afterAll(async () => {
      await store.close()
      await store.close()
      await subject.end?.()
    })

    const aPlace = (): Place => {
      const secretId = crypto.randomUUID()
      return { organizationId: subject.organizationId, secretId, location: secretId, field: null }
    }
    const write = async (place: Place, number: number, text: string, operationId: string = crypto.randomUUID()) => {
      await store.write(place, { number, value: Secret.fromText(text), operationId, after: null })
      return operationId
    }
    const key = (number: number): VersionKey => ({ number, backendVersion: null })
    const read = async (from: SecretStore, place: Place, number: number): Promise<string> =>
      new TextDecoder("utf-8", { ignoreBOM: true }).decode(expose((await from.read(place, key(number))).value))

    it("gives every byte back as it was written", async () => {
      const place = aPlace()
      const values = ["x", " \t padded \r\n\n", "\uFEFF${NOT} expanded \0", "🔑".repeat(1000), "x".repeat(64 * 1024)]
      for (const [index, value] of values.entries()) await write(place, index + 1, value)
      for (const [index, value] of values.entries()) expect(await read(store, place, index + 1)).toBe(value)
    })

    it("keeps bytes that aren't text", async () => {
      const place = aPlace()
      const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
      await store.write(place, {
        number: 1,
        value: Secret.fromBytes(bytes.slice()),
        operationId: crypto.randomUUID(),
        after: null,
      })
      expect(Buffer.from(expose((await store.read(place, key(1))).value))).toEqual(Buffer.from(bytes))
    })

    it("keeps its own copy: wiping what was written or read changes nothing", async () => {
      const place = aPlace()
      const value = Secret.fromText("kept")
      await store.write(place, { number: 1, value, operationId: crypto.randomUUID(), after: null })
      value.wipe()
      const first = await store.read(place, key(1))
      first.value.wipe()
      expect(await read(store, place, 1)).toBe("kept")
    })

    it("describes what it holds, oldest first, with the operations that wrote it", async () => {
      const place = aPlace()
      const third = await write(place, 3, "three")
      const first = await write(place, 1, "one")
      const { versions } = await store.describe(place)
      expect(versions.map(({ number, operationId }) => [number, operationId])).toEqual([
        [1, first],
        [3, third],
      ])
    })

    it("answers nothing for a place that holds nothing, and not_found for a version that isn't there", async () => {
      const place = aPlace()
      expect((await store.describe(place)).versions).toEqual([])
      await expect(store.read(place, key(1))).rejects.toMatchObject({ name: "ProviderError", class: "not_found" })
      await write(place, 1, "one")
      await expect(store.read(place, key(2))).rejects.toMatchObject({ class: "not_found" })
    })

    it("takes the same operation again as the same write", async () => {
      const place = aPlace()
      const operationId = await write(place, 1, "one")
      await write(place, 1, "one", operationId)
      expect((await store.describe(place)).versions).toHaveLength(1)
      expect(await read(store, place, 1)).toBe("one")
    })

    it("never replaces a version: another operation's write of its number is refused", async () => {
      const place = aPlace()
      await write(place, 1, "one")
      const other = store.write(place, {
        number: 1,
        value: Secret.fromText("two"),
        operationId: crypto.randomUUID(),
        after: null,
      })
      await expect(other).rejects.toMatchObject({ name: "ProviderError", class: "already_exists" })
      expect(await read(store, place, 1)).toBe("one")
    })

    it("lets one of many operations that write a number at once win", async () => {
      const place = aPlace()
      const outcomes = await Promise.allSettled(
        Array.from({ length: 8 }, (_, each) => write(place, 1, `value ${each}`)),
      )
      const winner = outcomes.findIndex(({ status }) => status === "fulfilled")
      expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1)
      expect(await read(store, place, 1)).toBe(`value ${winner}`)
    })

    it("keeps places apart", async () => {
      const [one, other] = [aPlace(), aPlace()]
      await Promise.all([write(one, 1, "one"), write(other, 1, "other")])
      expect(await read(store, one, 1)).toBe("one")
      expect(await read(store, other, 1)).toBe("other")
    })

    it("removes versions, all of them or some, and counts what isn't there as removed", async () => {
      const place = aPlace()
      for (const number of [1, 2, 3]) await write(place, number, `value ${number}`)
      await store.remove(place, [key(1), key(9)])
      expect((await store.describe(place)).versions.map(({ number }) => number)).toEqual([2, 3])
      await expect(store.read(place, key(1))).rejects.toMatchObject({ class: "not_found" })
      await store.remove(place, "all")
      await store.remove(place, "all")
      expect((await store.describe(place)).versions).toEqual([])
    })

    it("lists every place of an organization once, page by page", async () => {
      const places = Array.from({ length: 5 }, aPlace)
      for (const place of places) for (const number of [1, 2]) await write(place, number, "x")
      const listed = await listAll(store, subject.organizationId)
      expect(new Set(listed).size).toBe(listed.length)
      expect(listed).toEqual(expect.arrayContaining(places.map(({ location }) => location)))
      expect(await listAll(store, crypto.randomUUID())).toEqual([])
    })

    it("has no value in its errors", async () => {
      const place = aPlace()
      await write(place, 1, "canary-one")
      const error: unknown = await write(place, 1, "canary-two").catch((reason: unknown) => reason)
      expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain("canary")
      expect(error).not.toHaveProperty("cause")
    })

    it("holds, opened again by another process, what it promises to hold", async () => {
      const place = aPlace()
      const operationId = await write(place, 1, "kept")
      const again = await subject.reopen()
      const kept = subject.forgets ? [] : [{ number: 1, operationId }]
      expect((await again.describe(place)).versions).toMatchObject(kept)
      await again.close()
    })
  })
}

async function listAll(store: SecretStore, organizationId: string): Promise<string[]> {
  const locations: string[] = []
  let cursor: string | null = null
  do {
    const page = await store.list(organizationId, { cursor, limit: 2 })
    locations.push(...page.items.map(({ location }) => location))
    cursor = page.nextCursor
  } while (cursor !== null)
  return locations
}
