/** The provider that the operator's environment declares. */
import { afterEach, beforeEach, expect, it } from "vitest"
import { Secret } from "../../secret.ts"
import { aHouse, type TestHouse } from "../../testing/a-house.ts"
import { aRemoteProvider, type ScriptedBackend } from "../../testing/a-remote-provider.ts"
import { registerDeclared } from "./declared.ts"

let house: TestHouse
let backend: ScriptedBackend

beforeEach(async () => {
  backend = aRemoteProvider()
  house = await aHouse({
    remoteProviders: new Map([["vault", backend.kind]]),
    declaredProvider: {
      kind: "vault",
      name: "vault",
      settings: { address: "https://declared.example.com", folder: "ours" },
      credential: { password: Secret.fromText("correct") },
    },
  })
})

afterEach(async () => {
  await house[Symbol.asyncDispose]()
})

/** What a process has that comes after this one: the same declaration, read again. */
function afterARestart(): TestHouse["house"] {
  const { backends } = house.house
  return { ...house.house, backends: { ...backends, declared: backends.declared && { ...backends.declared } } }
}

const ownerOf = async (slug = "acme") => house.person(await house.organization(slug), { role: "owner", at: slug })

it("is registered once there is an organization, for the first one alone, with its credential in no row", async () => {
  await registerDeclared(house.house)
  const owner = await ownerOf()
  const stranger = await ownerOf("globex")
  await Promise.all([registerDeclared(house.house), registerDeclared(house.house)])
  const provider = await house.call("describeProvider", owner, { scope: "acme", provider: "vault" })
  expect(provider).toMatchObject({
    source: "environment",
    isApproved: true,
    isDefault: true,
    hasCredential: true,
    registeredBy: { kind: "system" },
    target: "https://declared.example.com ours",
  })
  expect(await house.database.prisma.provider.findMany()).toMatchObject([{ credential: null }])
  expect((await house.call("listProviders", stranger, { scope: "globex" })).items).toHaveLength(1)
  const store = await house.house.stores.of({ organizationId: owner.organizationId, providerId: provider.id })
  await store.list(owner.organizationId, { cursor: null, limit: 1 })
  const { items } = await house.call("listAudit", owner, { scope: "acme", action: "provider.register" })
  expect(items).toHaveLength(1)
})

it("isn't the default while its check doesn't show that it can write, and is after that", async () => {
  const owner = await ownerOf()
  backend.finds = { canWrite: false }
  await registerDeclared(house.house)
  const isDefault = async () =>
    (await house.call("describeProvider", owner, { scope: "acme", provider: "vault" })).isDefault
  expect(await isDefault()).toBe(false)
  backend.finds = {}
  await house.call("recheckProvider", owner, { scope: "acme", provider: "vault" })
  await registerDeclared(house.house)
  expect(await isDefault()).toBe(true)
})

it("is met anew at a start when nothing was kept at the server before, and else gets no write", async () => {
  const owner = await ownerOf()
  await registerDeclared(house.house)
  backend.finds = { clusterId: "cluster-2" }
  await registerDeclared(afterARestart())
  const cluster = async () => (await house.database.prisma.provider.findFirstOrThrow()).clusterId
  expect(await cluster()).toBe("cluster-2")
  await house.call("createSecret", owner, { scope: "acme", vault: "default", name: "KEPT", value: "there" })
  backend.finds = { clusterId: "cluster-3" }
  await registerDeclared(afterARestart())
  expect(await cluster()).toBe("cluster-2")
  expect((await house.call("recheckProvider", owner, { scope: "acme", provider: "vault" })).status).toBe(
    "misconfigured",
  )
})

it("leaves the default to who chose another", async () => {
  const owner = await ownerOf()
  await house.call("setDefaultProvider", owner, { scope: "acme", provider: "built-in" })
  await registerDeclared(house.house)
  const { items } = await house.call("listProviders", owner, { scope: "acme" })
  expect(items.find(({ isDefault }) => isDefault)?.name).toBe("built-in")
})

it("is changed where it was declared, and nowhere else", async () => {
  const owner = await ownerOf()
  await registerDeclared(house.house)
  const input = { scope: "acme", provider: "vault" }
  for (const call of [
    () => house.call("replaceCredential", owner, { ...input, credential: { password: "other" } }),
    () => house.call("changeProvider", owner, { ...input, settings: { address: "https://evil.example.com" } }),
    () => house.call("unregisterProvider", owner, input),
  ]) {
    await expect(call()).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining("environment") })
  }
})

it("gives its credential to no tenant's provider, not even one at the same address", async () => {
  const owner = await ownerOf()
  await registerDeclared(house.house)
  backend.seen.length = 0
  const settings = { address: "https://declared.example.com", folder: "theirs" }
  const draft = await house.call("checkProvider", owner, {
    scope: "acme",
    kind: "vault",
    name: "mine",
    settings,
    credential: { password: "guess" },
  })
  expect(draft.report?.passed).toBe(false)
  expect(backend.seen).toEqual(["guess"])
})
