import { expect, test } from "vitest"
import { aHouse } from "../testing/a-house.ts"

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
