/**
 * The contract of provider.ts as tests. Every provider runs them: `describeProvider("local", capabilities, makeStore)`, and
 * remote ones `describeRemoteProvider`. What a store says that it can do decides what is expected of it. What is a provider's own quirk is tested beside it.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { expose, Secret } from "../secret.ts"
import type {
  BrowsePage,
  Capabilities,
  Place,
  SecretStore,
  StoredVersion,
  StoreReceipt,
  VersionKey,
} from "./provider.ts"

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

/** Of a place that isn't ours alone. */
export interface RemoteProviderUnderTest extends ProviderUnderTest {
  /** The folder in which `put` puts things, beneath the provider's prefix. */
  folder: string
  /** Puts something there as somebody else's tool does, under this name in the folder; answers its location. */
  put: (name: string, fields: Record<string, string>) => Promise<string>
  /** The same place, as another installation of Strongroom opens it. */
  openAsAnother: () => Promise<SecretStore>
}

export function describeProvider(name: string, can: Capabilities, make: () => Promise<ProviderUnderTest>): void {
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

    const newSecret = (location?: string) => new WrittenSecret(subject, location)

    it("gives every byte back as it was written", async () => {
      const secret = newSecret()
      const values = [
        "x",
        " \t padded \r\n\n",
        "\uFEFF${NOT} expanded \0",
        '🔑<&>\\"'.repeat(1000),
        "x".repeat(64 * 1024),
      ]
      for (const [index, value] of values.entries()) {
        await secret.write(index + 1, value)
        expect(await secret.read(index + 1)).toBe(value)
      }
      if (can.versions === "none") return
      for (const [index, value] of values.entries()) expect(await secret.read(index + 1)).toBe(value)
      expect(await secret.read("latest")).toBe(values.at(-1))
    })

    it("keeps bytes that aren't text", async () => {
      const secret = newSecret()
      const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
      await secret.write(1, Secret.fromBytes(bytes.slice()))
      expect(Buffer.from(expose((await store.read(secret.place, secret.key(1))).value))).toEqual(Buffer.from(bytes))
    })

    it("keeps its own copy: wiping what was written or read changes nothing", async () => {
      const secret = newSecret()
      const value = Secret.fromText("kept")
      await secret.write(1, value)
      value.wipe()
      const first = await store.read(secret.place, secret.key(1))
      first.value.wipe()
      expect(await secret.read(1)).toBe("kept")
    })

    it("keeps names of every form apart, each at a place of its own", async () => {
      const names = ["API_KEY", "api-key", ".env", "a..b", "a.b", "trailing.", "...x", "-p", "x".repeat(128)]
      const secrets = names.map((each) => newSecret(locationOf(store, each)))
      expect(new Set(secrets.map(({ place }) => place.location)).size).toBe(names.length)
      for (const [index, secret] of secrets.entries()) await secret.write(1, `value ${index}`)
      for (const [index, secret] of secrets.entries()) expect(await secret.read(1)).toBe(`value ${index}`)
      expect(locationOf(store, "API_KEY", true)).not.toBe(locationOf(store, "API_KEY", true))
    })

    it("describes what it holds, oldest first, with the backend's own numbers", async () => {
      const secret = newSecret()
      const operations = [await secret.write(1, "one"), await secret.write(2, "two")]
      const { managedBy, versions } = await store.describe(secret.place)
      expect(managedBy).toBe("us")
      const kept = [1, 2].slice(can.versions === "none" ? 1 : 0)
      expect(versions.map(({ backendVersion }) => backendVersion)).toEqual(
        kept.map((number) => secret.key(number).backendVersion),
      )
      expect(versions.map(({ state }) => state)).toEqual(kept.map(() => "held"))
      for (const [index, number] of kept.entries()) {
        expect([number, null]).toContain(versions[index]?.number)
        expect([operations[number - 1], null]).toContain(versions[index]?.operationId)
      }
    })

    if (can.idempotentWrite === "native")
      it("remembers which operation wrote what, in whatever order, where it says that it does", async () => {
        const secret = newSecret()
        const third = await secret.write(3, "three")
        const first = await secret.write(1, "one")
        const { versions } = await store.describe(secret.place)
        expect(versions.map(({ number, operationId }) => [number, operationId])).toEqual([
          [1, first],
          [3, third],
        ])
      })

    it("answers nothing for a place that holds nothing, and not_found for a version that isn't there", async () => {
      const secret = newSecret()
      expect(await store.describe(secret.place)).toEqual({ managedBy: "nobody", versions: [] })
      await expect(secret.read(1)).rejects.toMatchObject({ name: "ProviderError", class: "not_found" })
      await expect(secret.read("latest")).rejects.toMatchObject({ name: "ProviderError", class: "not_found" })
      await secret.write(1, "one")
      await expect(secret.read(2)).rejects.toMatchObject({ class: "not_found" })
    })

    it("takes the same operation again as the same write, or refuses it", async () => {
      const secret = newSecret()
      const operationId = await secret.write(1, "one")
      const again = secret.write(1, "one", { operationId, after: null })
      if (can.idempotentWrite === "none") await expect(again).rejects.toMatchObject({ class: "already_exists" })
      else await again
      expect((await store.describe(secret.place)).versions).toHaveLength(1)
      expect(await secret.read(1)).toBe("one")
    })

    it("never replaces a version: another operation's write of its number is refused", async () => {
      const secret = newSecret()
      await secret.write(1, "one")
      const other = secret.write(1, "two", { after: null })
      await expect(other).rejects.toMatchObject({ name: "ProviderError", class: "already_exists" })
      expect(await secret.read(1)).toBe("one")
    })

    if (can.createOnly === "native")
      it("lets one of many operations that write a number at once win", async () => {
        const secret = newSecret()
        const outcomes = await Promise.allSettled(
          Array.from({ length: 8 }, (_, each) => secret.write(1, `value ${each}`, { after: null })),
        )
        const winner = outcomes.findIndex(({ status }) => status === "fulfilled")
        expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1)
        for (const outcome of outcomes) {
          if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ class: "already_exists" })
        }
        expect(await secret.read(1)).toBe(`value ${winner}`)
      })

    it("keeps places apart", async () => {
      const [one, other] = [newSecret(), newSecret()]
      await Promise.all([one.write(1, "one"), other.write(1, "other")])
      expect(await one.read(1)).toBe("one")
      expect(await other.read(1)).toBe("other")
    })

    it("removes versions, all of them or some, and counts what isn't there as removed", async () => {
      const secret = newSecret()
      for (const number of [1, 2, 3]) await secret.write(number, `value ${number}`)
      if (can.destroyVersion !== "none") {
        await store.remove(secret.place, [secret.key(1), secret.key(9)])
        expect((await heldIn(store, secret.place)).map(({ backendVersion }) => backendVersion)).toEqual(
          [2, 3].map((number) => secret.key(number).backendVersion),
        )
        const gone: unknown = await secret.read(1).catch((reason: unknown) => reason)
        expect(["not_found", "destroyed"]).toContain(gone instanceof Error && "class" in gone && gone.class)
      }
      await store.remove(secret.place, "all")
      await store.remove(secret.place, "all")
      expect(await store.describe(secret.place)).toEqual({ managedBy: "nobody", versions: [] })
    })

    it("lists every place of an organization once, page by page", async () => {
      const secrets = Array.from({ length: 5 }, () => newSecret())
      for (const secret of secrets) for (const number of [1, 2]) await secret.write(number, "x")
      const listed = await listAll(store, subject.organizationId)
      expect(new Set(listed).size).toBe(listed.length)
      expect(listed).toEqual(expect.arrayContaining(secrets.map(({ place }) => place.location)))
      const others = await listAll(store, crypto.randomUUID())
      for (const { place } of secrets) expect(others).not.toContain(place.location)
    })

    it("has no value in its errors", async () => {
      const secret = newSecret()
      await secret.write(1, "canary-one")
      const error: unknown = await secret.write(1, "canary-two", { after: null }).catch((reason: unknown) => reason)
      expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain("canary")
      expect(error).not.toHaveProperty("cause")
    })

    it("holds, opened again by another process, what it promises to hold", async () => {
      const secret = newSecret()
      await secret.write(1, "kept")
      const again = await subject.reopen()
      const kept = subject.forgets ? [] : [{ backendVersion: secret.key(1).backendVersion, state: "held" }]
      expect((await again.describe(secret.place)).versions).toMatchObject(kept)
      await again.close()
    })

    it("has the abilities that it says it has, and no others", () => {
      expect(store.trash !== undefined).toBe(can.trash !== "none")
      expect(store.adoption !== undefined).toBe(can.adoption !== "none")
    })

    if (can.trash !== "none")
      it("deletes versions so that they can be brought back, and destroys them so that they can't", async () => {
        const secret = newSecret()
        for (const number of [1, 2, 3]) await secret.write(number, `value ${number}`)
        const states = async () => (await store.describe(secret.place)).versions.map(({ state }) => state)

        await store.trash?.deleteVersions(secret.place, [secret.key(1), secret.key(3)])
        expect(await states()).toEqual(["deleted", "held", "deleted"])
        await expect(secret.read(1)).rejects.toMatchObject({ class: "deleted" })
        await expect(secret.read("latest")).rejects.toMatchObject({ class: "deleted" })

        await store.trash?.restoreVersions(secret.place, [secret.key(1), secret.key(2)])
        expect(await states()).toEqual(["held", "held", "deleted"])
        expect(await secret.read(1)).toBe("value 1")

        await store.remove(secret.place, [secret.key(3)])
        expect(await states()).toEqual(["held", "held", "destroyed"])
        await expect(secret.read(3)).rejects.toMatchObject({ class: "destroyed" })
        const restored = store.trash?.restoreVersions(secret.place, [secret.key(3)])
        await expect(restored).rejects.toMatchObject({ class: "destroyed" })
        const unknown = store.trash?.restoreVersions(secret.place, [secret.key(9)])
        await expect(unknown).rejects.toMatchObject({ class: "not_found" })

        await secret.write(4, "value 4")
        expect(await secret.read("latest")).toBe("value 4")
        await store.trash?.deleteVersions(newSecret().place, [secret.key(1)])
      })

    if (can.trash !== "none")
      it("writes again over what was all deleted there: nothing is replaced by that", async () => {
        const secret = newSecret()
        await secret.write(1, "one")
        await store.trash?.deleteVersions(secret.place, [secret.key(1)])
        await secret.write(2, "two", { after: null })
        expect(await secret.read(2)).toBe("two")
        await store.trash?.restoreVersions(secret.place, [secret.key(1)])
        expect(await secret.read(1)).toBe("one")
      })
  })
}

/** The same, and what is expected where others write, too. */
export function describeRemoteProvider(
  name: string,
  can: Capabilities,
  make: () => Promise<RemoteProviderUnderTest>,
): void {
  describeProvider(name, can, make)

  describe(`${name}, where others write too,`, () => {
    let subject: RemoteProviderUnderTest
    let store: SecretStore
    beforeAll(async () => {
      subject = await make()
      ;({ store } = subject)
    })
    afterAll(async () => {
      await store.close()
      await subject.end?.()
    })

    const newSecret = (location?: string, field: string | null = null) => new WrittenSecret(subject, location, field)

    it("refuses a write that follows another version than it thinks", async () => {
      const secret = newSecret()
      await secret.write(1, "one")
      await secret.write(2, "two")
      const stale = secret.write(3, "three", { after: secret.key(1).backendVersion })
      await expect(stale).rejects.toMatchObject({ name: "ProviderError", class: "conflict" })
      const nowhere = newSecret().write(3, "three", { after: secret.key(1).backendVersion })
      await expect(nowhere).rejects.toMatchObject({ class: "conflict" })
      expect(await secret.read("latest")).toBe("two")
    })

    it("reads what others put there, and neither writes over it nor removes it", async () => {
      const location = await subject.put("theirs", { value: "their value" })
      const secret = newSecret(location)
      const described = await store.describe(secret.place)
      expect(described).toMatchObject({ managedBy: "nobody", versions: [{ state: "held" }] })
      expect(await secret.read("latest")).toBe("their value")
      const [version] = described.versions
      const key = { number: 1, backendVersion: version?.backendVersion ?? null }
      const unmanaged = { name: "ProviderError", class: "not_managed" }
      await expect(secret.write(1, "ours", { after: null })).rejects.toMatchObject(unmanaged)
      await expect(secret.write(2, "ours", { after: key.backendVersion })).rejects.toMatchObject(unmanaged)
      await expect(store.remove(secret.place, "all")).rejects.toMatchObject(unmanaged)
      await expect(store.remove(secret.place, [key])).rejects.toMatchObject(unmanaged)
      if (store.trash) await expect(store.trash?.deleteVersions(secret.place, [key])).rejects.toMatchObject(unmanaged)
      expect(await secret.read("latest")).toBe("their value")
    })

    it("leaves alone what another installation, or another secret, has marked", async () => {
      const secret = newSecret()
      await secret.write(1, "one")
      const another = await subject.openAsAnother()
      const sibling = newSecret(secret.place.location)
      for (const [by, place] of [[another, secret.place] as const, [store, sibling.place] as const]) {
        const { managedBy, markedFor } = await by.describe(place)
        expect([managedBy, markedFor]).toEqual(["others", by === store ? secret.place.secretId : undefined])
        const { backendVersion: after } = secret.key(1)
        const version = { number: 2, value: Secret.fromText("two"), operationId: crypto.randomUUID(), after }
        await expect(by.write(place, version)).rejects.toMatchObject({ class: "not_managed" })
        await expect(by.remove(place, "all")).rejects.toMatchObject({ class: "not_managed" })
        await expect(by.adoption?.mark(place)).rejects.toMatchObject({ class: "not_managed" })
      }
      await another.close()
      expect(await secret.read("latest")).toBe("one")
    })

    it("lists what others put there as external", async () => {
      const theirs = await subject.put("external", { value: "x" })
      const secret = newSecret()
      await secret.write(1, "x")
      const { items } = await store.list(subject.organizationId, { cursor: null, limit: 1000 })
      expect(items).toContainEqual({ location: theirs, isManaged: false })
      expect(items).toContainEqual({ location: secret.place.location, isManaged: true })
    })

    if (can.adoption !== "none")
      it("finds others' names page by page, folders and secrets, and adopts one", async () => {
        const adoption = store.adoption!
        const { folder, put } = subject
        const locations = [
          await put("app", { value: "one" }),
          await put("app/db", { value: "two" }),
          await put("zoo", { a: "1" }),
        ]
        const found = await browseAll(store, folder)
        expect(found).toEqual(
          expect.arrayContaining([
            `secret ${locations[0] ?? ""}`,
            `folder ${folder}/app`,
            `secret ${locations[2] ?? ""}`,
          ]),
        )
        expect(await browseAll(store, `${folder}/app`)).toEqual([`secret ${locations[1] ?? ""}`])
        expect(await adoption.browse(`${folder}/none`, { cursor: null, limit: 10 })).toEqual({
          items: [],
          nextCursor: null,
        })
        for (const location of locations) {
          expect(adoption.isInside(location, "")).toBe(true)
          expect(adoption.isInside(location, folder)).toBe(true)
          expect(adoption.isInside(location, `${folder}/ap`)).toBe(false)
        }

        const secret = newSecret(locations[0])
        expect(await adoption.fieldsOf(secret.place.location)).toEqual(["value"])
        await adoption.mark(secret.place)
        await adoption.mark(secret.place)
        const { managedBy, versions } = await store.describe(secret.place)
        expect(managedBy).toBe("us")
        expect(await secret.read("latest")).toBe("one")
        await secret.write(2, "ours now", { after: versions.at(-1)?.backendVersion ?? null })
        expect(await secret.read(2)).toBe("ours now")
      })

    if (can.adoption !== "none")
      it("doesn't take over a secret of several fields as a whole: the other fields would be lost", async () => {
        const adoption = store.adoption!
        const secret = newSecret(await subject.put("several", { user: "app", password: "x" }))
        expect(await adoption.fieldsOf(secret.place.location)).toEqual(["password", "user"])
        expect(JSON.parse(await secret.read("latest"))).toEqual({ user: "app", password: "x" })
        await expect(adoption.mark(secret.place)).rejects.toMatchObject({ class: "unsupported" })
        expect((await store.describe(secret.place)).managedBy).toBe("nobody")
        const password = newSecret(secret.place.location, "password")
        expect(await password.read("latest")).toBe("x")
        const none = newSecret(secret.place.location, "none")
        await expect(none.read("latest")).rejects.toMatchObject({ class: "not_found" })
      })

    it("is the same backend when another process asks who it is", async () => {
      const again = await subject.reopen()
      const identity = await store.identity?.()
      expect(identity).toBe(await again.identity?.())
      await again.close()
    })
  })
}

/** A secret in a store, with what core would remember of it: which version of the backend's is which of ours. */
class WrittenSecret {
  readonly place: Place
  readonly #store: SecretStore
  readonly #receipts = new Map<number, StoreReceipt>()
  readonly #isRemote: boolean

  constructor(subject: ProviderUnderTest, location: string | undefined, field: string | null = null) {
    const secretId = crypto.randomUUID()
    const { store, organizationId } = subject
    this.#store = store
    this.#isRemote = "openAsAnother" in subject
    this.place = {
      organizationId,
      secretId,
      location: location ?? locationOf(store, `NAME_${secretId}`, false, secretId),
      field,
    }
  }

  async write(
    number: number,
    value: string | Secret,
    { operationId = crypto.randomUUID(), after = this.#newest() }: { operationId?: string; after?: string | null } = {},
  ): Promise<string> {
    const secret = typeof value === "string" ? Secret.fromText(value) : value
    const receipt = await this.#store.write(this.place, { number, value: secret, operationId, after })
    this.#receipts.set(number, receipt)
    return operationId
  }

  /** One that was never written has a number that the backend never gave. */
  key(number: number): VersionKey {
    const receipt = this.#receipts.get(number)
    return {
      number,
      backendVersion: receipt === undefined && this.#isRemote ? "99" : (receipt?.backendVersion ?? null),
    }
  }

  async read(version: number | "latest"): Promise<string> {
    const { value } = await this.#store.read(this.place, version === "latest" ? version : this.key(version))
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(expose(value))
  }

  #newest(): string | null {
    return this.#receipts.get(Math.max(...this.#receipts.keys()))?.backendVersion ?? null
  }
}

function locationOf(store: SecretStore, name: string, isTaken = false, secretId: string = crypto.randomUUID()): string {
  return store.locate({ secretId, scope: "acme.payments.prod", vault: "default", name, ...(isTaken && { isTaken }) })
}

async function heldIn(store: SecretStore, place: Place): Promise<StoredVersion[]> {
  return (await store.describe(place)).versions.filter(({ state }) => state === "held")
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

async function browseAll(store: SecretStore, folder: string): Promise<string[]> {
  const found: string[] = []
  let cursor: string | null = null
  do {
    const page: BrowsePage | undefined = await store.adoption?.browse(folder, { cursor, limit: 1 })
    found.push(
      ...(page?.items ?? []).map((item) => `${item.kind} ${item.kind === "folder" ? item.path : item.location}`),
    )
    cursor = page?.nextCursor ?? null
  } while (cursor !== null)
  expect(new Set(found).size).toBe(found.length)
  return found
}
