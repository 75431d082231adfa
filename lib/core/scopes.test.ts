import { describe, expect, test } from "vitest"
import { aHouse } from "../testing/a-house.ts"
import { aRemoteProvider } from "../testing/a-remote-provider.ts"

test("a name that is taken is a conflict, for a new scope and for a renamed one", async () => {
  await using house = await aHouse()
  const acme = await house.organization("acme")
  await house.organization("other")
  const owner = await house.person(acme, { role: "owner", at: "acme" })
  const taken = { code: "conflict", fields: { slug: "This name is taken." } }
  await expect(house.call("createScope", owner, { scope: "acme", slug: "data" })).rejects.toMatchObject(taken)
  await expect(house.call("changeScope", owner, { scope: "acme.payments", slug: "data" })).rejects.toMatchObject(taken)
  await expect(house.call("changeScope", owner, { scope: "acme", slug: "other" })).rejects.toMatchObject(taken)
})

test("a team's name is the organization's to give: with it goes the folder of that name at shared providers", async () => {
  await using house = await aHouse()
  const acme = await house.organization("acme")
  const lead = await house.person(acme, { role: "lead", at: "acme.payments" })
  const rename = { scope: "acme.payments", slug: "left-behind" }
  await expect(house.call("changeScope", lead, rename)).rejects.toMatchObject({ code: "forbidden" })
  expect(await house.call("changeScope", lead, { ...rename, slug: "payments", name: "Pay" })).toMatchObject({
    path: "acme.payments",
    name: "Pay",
  })
  expect(await house.call("changeScope", lead, { scope: "acme.payments.prod", slug: "live" })).toMatchObject({
    path: "acme.payments.live",
  })
  const admin = await house.person(acme, { role: "admin", at: "acme" })
  expect(await house.call("changeScope", admin, rename)).toMatchObject({ path: "acme.left-behind" })
})

describe("deleting a scope", () => {
  async function aTeamWithAProvider() {
    const backend = aRemoteProvider()
    const house = await aHouse({ remoteProviders: new Map([["vault", backend.kind]]) })
    const acme = await house.organization("acme")
    const owner = await house.person(acme, { role: "owner", at: "acme" })
    const scope = "acme.payments"
    const settings = { address: "https://backend.example.com" }
    const input = { scope, kind: "vault", name: "vault", settings, credential: { password: "correct" } } as const
    const { id: check } = await house.call("checkProvider", owner, input)
    await house.call("registerProvider", owner, { ...input, check, makeDefault: true })
    await house.call("setDefaultProvider", owner, { scope: "acme.payments.prod", provider: "vault" })
    await house.call("createSecret", owner, { scope, vault: "default", name: "KEPT", value: "there" })
    return { house, acme, owner, backend, [Symbol.asyncDispose]: () => house[Symbol.asyncDispose]() }
  }

  test("forgets its providers and leaves what they keep where it is, as the log says", async () => {
    await using team = await aTeamWithAProvider()
    const { house, owner, acme, backend } = team
    await house.call("deleteScope", owner, { scope: "acme.payments", confirm: "acme.payments" })
    expect(await house.database.prisma.provider.count()).toBe(0)
    expect(await house.database.prisma.secret.count()).toBe(0)
    expect((await backend.store.list(acme.id, { cursor: null, limit: 9 })).items).toHaveLength(1)
    const { items } = await house.call("listAudit", owner, { scope: "acme", action: "scope.delete" })
    expect(items[0]?.details).toEqual({ leftAtBackends: 1 })
  })

  test("is refused while one of its providers keeps another scope's secret", async () => {
    await using team = await aTeamWithAProvider()
    const { house, owner, acme } = team
    await house.database.prisma.provider.updateMany({ data: { scopeId: acme.scopes["acme.data"] ?? "" } })
    await expect(house.call("deleteScope", owner, { scope: "acme.data", confirm: "acme.data" })).rejects.toMatchObject({
      code: "conflict",
    })
  })
})
