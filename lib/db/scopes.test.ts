import { expect, it } from "vitest"
import { aHouse } from "../testing/a-house.ts"
import { lookUpScope } from "./scopes.ts"

it("answers many who look scopes up at once, each with its own and those above it", async () => {
  await using house = await aHouse()
  const [acme, other] = [await house.organization("acme"), await house.organization("other")]
  const asked = [
    [acme, "acme.payments.prod"],
    [acme, "acme.payments.prod"],
    [acme, "acme.payments"],
    [acme, "acme"],
    [other, "other"],
    [other, "acme"],
    [acme, "acme.nowhere"],
  ] as const
  const found = await Promise.all(asked.map(([{ id }, path]) => lookUpScope(house.database, id, path)))
  const lineageOf = (path: string) => found.find((scope) => scope?.path === path)?.lineage
  expect(found.map((scope) => scope?.path)).toEqual([
    ...asked.slice(0, 5).map(([, path]) => path),
    undefined,
    undefined,
  ])
  const [prod, payments, top] = ["acme.payments.prod", "acme.payments", "acme"].map((path) => acme.scopes[path])
  expect(lineageOf("acme.payments.prod")).toEqual([prod, payments, top])
  expect(lineageOf("acme.payments")).toEqual([payments, top])
  expect(lineageOf("acme")).toEqual([acme.id])
  expect(lineageOf("other")).toEqual([other.id])
})
