import { afterAll, beforeAll, expect, it } from "vitest"
import { aHouse, aRequest, type TestHouse, type TestOrganization } from "../../testing/a-house.ts"
import { aSealedSecret, aVault } from "../../testing/a-sealed-secret.ts"

const prod = "acme.payments.prod"

let house: TestHouse
let acme: TestOrganization
beforeAll(async () => {
  house = await aHouse()
  acme = await house.organization()
  await aSealedSecret(house, acme, { at: "acme", name: "DB", values: ["wide"] })
  await aSealedSecret(house, acme, { at: "acme.payments", name: "db", values: ["1", "middle"] })
  await aSealedSecret(house, acme, { at: prod, name: "DB", values: ["narrow"] })
  await aSealedSecret(house, acme, { at: prod, name: "OFF", values: ["1"], state: "disabled" })
  await aSealedSecret(house, acme, { at: prod, name: "x-y", values: ["1"] })
  await aSealedSecret(house, acme, { at: prod, vault: "web", name: "X_Y", values: ["1"] })
  await aVault(house, acme, { at: "acme", name: "inner", inheritable: false })
  await aSealedSecret(house, acme, { at: "acme", vault: "inner", name: "PRIVATE", values: ["1"] })
})
afterAll(async () => house[Symbol.asyncDispose]())

it("tells a person what wins, what that shadows, what would win without it, and by which role they see it", async () => {
  const viewer = await house.person(acme, { role: "viewer", at: "acme.payments" })
  const { scope, items } = await house.call("explain", viewer, { scope: prod })
  expect(scope).toBe(prod)
  expect(items.map(({ name, problem }) => [name, problem?.reason])).toEqual([
    ["DB", undefined],
    ["OFF", "disabled"],
    ["x-y", "colliding"],
    ["X_Y", "colliding"],
  ])
  expect(items[0]).toEqual({
    name: "DB",
    envName: "DB",
    ref: `strongroom://${prod}/default/DB`,
    vault: "default",
    winner: { scope: prod, version: 1, provider: "built-in" },
    problem: null,
    shadows: [
      { scope: "acme.payments", version: 2, provider: "built-in" },
      { scope: "acme", version: 1, provider: "built-in" },
    ],
    next: { scope: "acme.payments", version: 2, provider: "built-in" },
    because: [{ kind: "role", role: "viewer", scope: "acme.payments" }],
  })
  expect(JSON.stringify(items)).not.toMatch(/narrow|middle|wide/)
})

it("goes on page by page, and answers for one vault or one name", async () => {
  const viewer = await house.person(acme, { role: "viewer", at: "acme" })
  const names: string[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await house.call("explain", viewer, { scope: prod, limit: 2, ...(cursor && { cursor }) })
    names.push(...page.items.map(({ name }) => name))
    cursor = page.nextCursor
  }
  expect(names).toEqual(["DB", "OFF", "x-y", "X_Y"])
  const { items } = await house.call("explain", viewer, { scope: prod, vault: "web" })
  expect(items).toMatchObject([{ name: "X_Y", problem: null }])
  expect((await house.call("explain", viewer, { scope: prod, secret: "x-Y" })).items).toMatchObject([
    { name: "x-y", problem: { reason: "colliding" } },
  ])
})

it("tells a machine what its grants cover, and which of them", async () => {
  const { token } = await house.machine(acme, {
    at: prod,
    grants: [
      { at: prod, prefix: "D" },
      { at: "acme.payments", vault: "web" },
    ],
  })
  const { items } = await house.core.call("explain", { kind: "bearer", token }, {}, aRequest())
  expect(items.map(({ name, because }) => [name, because])).toMatchObject([
    ["DB", [{ kind: "grant", scope: prod, vault: null, prefix: "D" }]],
    ["X_Y", [{ kind: "grant", scope: "acme.payments", vault: "web", prefix: null }]],
  ])
  const elsewhere = { scope: "acme.data" }
  await expect(house.core.call("explain", { kind: "bearer", token }, elsewhere, aRequest())).rejects.toMatchObject({
    code: "not_found",
  })
})

it("needs a scope from a person, and answers not_found where they hold no role", async () => {
  const viewer = await house.person(acme, { role: "viewer", at: "acme.data" })
  await expect(house.call("explain", viewer, {})).rejects.toMatchObject({ code: "invalid" })
  await expect(house.call("explain", viewer, { scope: prod })).rejects.toMatchObject({ code: "not_found" })
})
