import { afterAll, beforeAll, expect, it } from "vitest"
import { aHouse, type TestHouse, type TestOrganization } from "../../testing/a-house.ts"
import type { PersonCaller } from "../caller.ts"

const at = { scope: "acme.payments.prod", vault: "default" }

let house: TestHouse
let acme: TestOrganization
let owner: PersonCaller
let alice: PersonCaller
let bob: PersonCaller

beforeAll(async () => {
  house = await aHouse()
  acme = await house.organization()
  owner = await house.person(acme, { role: "owner", at: "acme" })
  alice = await house.person(acme, { role: "editor", at: "acme.payments", name: "Alice" })
  bob = await house.person(acme, { role: "editor", at: "acme.payments", name: "Bob" })
})

afterAll(async () => {
  await house[Symbol.asyncDispose]()
})

async function knownTo(person: PersonCaller, asker = owner): Promise<string[]> {
  const { items } = await house.call("listKnownSecrets", asker, { person: person.id, limit: 200 })
  return items.map(({ name, version }) => `${name}@${version}`).sort()
}

it("knows what was typed or imported until somebody else writes a new value, and again after a rollback to it", async () => {
  await house.call("createSecret", alice, { ...at, name: "TYPED", value: "one" })
  await house.call("createSecret", alice, { ...at, name: "GENERATED", generate: { kind: "password" } })
  await house.call("runImport", alice, { ...at, rows: [{ name: "IMPORTED", value: "two", key: "row-1-key" }] })
  expect(await knownTo(alice)).toEqual(["IMPORTED@1", "TYPED@1"])
  expect(await knownTo(bob)).toEqual([])

  await house.call("writeVersion", bob, { ...at, secret: "TYPED", value: "three", expectedVersion: 1 })
  expect(await knownTo(alice)).toEqual(["IMPORTED@1"])
  expect(await knownTo(bob)).toEqual(["TYPED@2"])

  await house.call("rollBack", bob, { ...at, secret: "TYPED", version: 1, expectedVersion: 2 })
  await house.call("rollBack", bob, { ...at, secret: "TYPED", version: 3, expectedVersion: 3 }).catch(() => undefined)
  expect(await knownTo(alice)).toEqual(["IMPORTED@1", "TYPED@1"])
  expect(await knownTo(bob)).toEqual([])
})

it("is told page by page, to who may see the person, and names what they see themselves", async () => {
  await house.call("createSecret", owner, { scope: "acme.data", vault: "default", name: "ELSEWHERE", value: "x" })
  await house.call("createSecret", owner, { ...at, name: "HERE", value: "x" })
  expect(await knownTo(owner)).toEqual(["ELSEWHERE@1", "HERE@1"])
  const lead = await house.person(acme, { role: "lead", at: "acme.payments" })
  expect(await knownTo(owner, lead)).toEqual(["HERE@1"])
  const stranger = await house.person(acme, { role: "viewer", at: "acme.data" })
  await expect(house.call("listKnownSecrets", stranger, { person: alice.id })).rejects.toMatchObject({
    code: "not_found",
  })

  const first = await house.call("listKnownSecrets", owner, { person: owner.id, limit: 1 })
  const second = await house.call("listKnownSecrets", owner, { person: owner.id, limit: 1, cursor: first.nextCursor! })
  expect([...first.items, ...second.items].map(({ name }) => name).sort()).toEqual(["ELSEWHERE", "HERE"])
  expect(second.nextCursor).toBeNull()
})
