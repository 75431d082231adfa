/** What a caller writes by hand and no screen would send: it is refused as such, and harms nobody else's request. */
import { describe, expect, test } from "vitest"
import type { AppError } from "../errors.ts"
import { aHouse, aRequest } from "../testing/a-house.ts"

const vault = "default"

test("a version's number that no column holds is invalid, and doesn't fail what others ask in the same moment", async () => {
  await using house = await aHouse()
  const [acme, other] = [await house.organization("acme"), await house.organization("other")]
  const editor = await house.person(acme, { role: "editor", at: "acme" })
  const owner = await house.person(other, { role: "owner", at: "other" })
  await house.call("createSecret", owner, { scope: "other", vault, name: "A", value: "theirs" })
  await house.call("createSecret", editor, { scope: "acme", vault, name: "A", value: "ours" })
  const attacker = await house.machine(acme, { at: "acme", grants: [{ at: "acme" }] })
  const neighbour = await house.machine(other, { at: "other", grants: [{ at: "other" }] })
  const read = (token: string, version: number) =>
    house.core.call("readValue", { kind: "bearer", token }, { vault, secret: "A", version }, aRequest())

  const [refused, answered] = await Promise.allSettled([read(attacker.token, 2 ** 40), read(neighbour.token, 1)])
  expect(refused).toMatchObject({ reason: { code: "invalid" } })
  expect(answered).toMatchObject({ value: { value: "theirs" } })

  const at = { scope: "acme", vault, secret: "A" }
  for (const act of [
    () => house.call("destroyVersion", editor, { ...at, version: 2 ** 40, confirm: "A" }),
    () => house.call("rollBack", editor, { ...at, version: 2 ** 40 }),
    () => house.call("writeVersion", editor, { ...at, value: "new", expectedVersion: 2 ** 40 }),
  ]) {
    await expect(act()).rejects.toMatchObject({ code: "invalid" })
  }
})

test("an event that the database refuses doesn't take down the events that were to be committed with it", async () => {
  await using house = await aHouse()
  const owner = await house.person(await house.organization("acme"), { role: "owner", at: "acme" })
  const neighbour = await house.person(await house.organization("other"), { role: "owner", at: "other" })
  const poisoned = { ...owner, name: "\ud800" } // half a character: JSON may hold it, the database's text not
  const [refused, ...answered] = await Promise.allSettled([
    house.call("describeMe", poisoned, {}),
    house.call("describeMe", neighbour, {}),
    house.call("describeMe", owner, {}),
  ])
  expect(refused).toMatchObject({ reason: { code: "unavailable" } })
  expect(answered.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled"])
})

describe("a cursor that was written by hand is invalid, and no fault of ours", () => {
  const id = "01920000-0000-7000-8000-000000000000"
  const at = { scope: "acme", vault, secret: "A" }
  const yearNull = "0000-01-01T00:00:00.000Z"
  test.for([
    ["listScopes", {}, "a\0"],
    ["listScopes", {}, "\ud800"],
    ["listVaults", { scope: "acme" }, "a\0"],
    ["listVersions", at, 2 ** 40],
    ["listSecrets", { scope: "acme" }, { name: "\0", depth: 0, id, at: "2026-01-01T00:00:00.000Z" }],
    ["listSecrets", { scope: "acme", sort: "updated" }, { name: "a", depth: 0, id, at: yearNull }],
    ["listPeople", { scope: "acme" }, { name: "\0", id }],
    ["listPersonalTokens", {}, { createdAt: yearNull, id }],
    ["listPersonalTokens", {}, { createdAt: -8.64e15, id }],
    ["listReaders", at, { scope: "\0", name: "a" }],
    ["listFetches", at, { isCurrent: true, at: yearNull, id }],
    ["listServiceAccounts", { scope: "acme" }, "\0"],
    ["listInvitations", { scope: "acme" }, "1' OR '1'='1"],
  ] as const)("%s %j %j", async ([name, input, key]) => {
    await using house = await aHouse()
    const owner = await house.person(await house.organization("acme"), { role: "owner", at: "acme" })
    await house.call("createSecret", owner, { scope: "acme", vault, name: "A", value: "a value" })
    const cursor = Buffer.from(JSON.stringify(key), "utf8").toString("base64url")
    const asking = house.core.callAs(name, owner, { ...input, cursor }, aRequest())
    await expect(asking).rejects.toMatchObject({ code: "invalid", fields: { cursor: "Leave it out." } })
  })
})

test("what was sent is never repeated, not even where a value stands in the place of a field's name", async () => {
  await using house = await aHouse()
  const owner = await house.person(await house.organization("acme"), { role: "owner", at: "acme" })
  const hidden = "hunter2-hunter2"
  for (const [name, input] of [
    ["createSecret", { scope: "acme", vault, name: "A", value: "x", [hidden]: "" }],
    [
      "createSecret",
      { scope: hidden, vault: hidden, name: `${hidden}/`, value: { [hidden]: hidden }, category: hidden },
    ],
    ["runImport", { scope: "acme", vault, rows: [{ name: "A", value: "x", key: "12345678", [hidden]: "" }] }],
    ["listSecrets", { scope: "acme", [hidden]: "", state: hidden, owner: hidden }],
  ] as const) {
    const asking = house.core.callAs(name, owner, input, aRequest())
    const refusal = await asking.catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: "invalid" })
    const { message, fields } = refusal as AppError // as the line above says
    expect(JSON.stringify({ message, fields })).not.toContain(hidden)
  }
})

test("the audit log is never asked for the year 0, which the database doesn't know", async () => {
  await using house = await aHouse()
  const owner = await house.person(await house.organization("acme"), { role: "owner", at: "acme" })
  const asking = house.call("listAudit", owner, { scope: "acme", from: "0000-01-01T00:00:00Z" })
  await expect(asking).rejects.toMatchObject({ code: "invalid" })
})
