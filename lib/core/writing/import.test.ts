import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { InputOf } from "../../contract/api.ts"
import { aHouse, type TestHouse, type TestOrganization } from "../../testing/a-house.ts"
import type { PersonCaller } from "../caller.ts"

const at = { scope: "acme.payments", vault: "default" }

let house: TestHouse
let acme: TestOrganization
let editor: PersonCaller
beforeAll(async () => {
  house = await aHouse()
  acme = await house.organization()
  editor = await house.person(acme, { role: "editor", at: "acme.payments", name: "Alice" })
  await house.call("createSecret", editor, { ...at, name: "EXISTS", value: "old" })
  await house.call("createSecret", editor, { ...at, name: "DELETED", value: "old" })
  await house.call("deleteSecret", editor, { ...at, secret: "DELETED" })
})
afterAll(async () => house[Symbol.asyncDispose]())

type Row = InputOf<"runImport">["rows"][number]

function aRow(name: string, value: string, more: Partial<Row> = {}): Row {
  return { name, value, key: crypto.randomUUID(), ...more }
}

describe("previewImport", () => {
  it("says of each name what an import would do, and writes nothing", async () => {
    const names = ["FRESH", "exists", "Deleted", "not a name", "fresh", "__proto__"]
    const { rows } = await house.call("previewImport", editor, { ...at, names })
    expect(rows.map(({ name, state }) => [name, state])).toEqual([
      ["FRESH", "new"],
      ["exists", "exists"],
      ["Deleted", "deleted"],
      ["not a name", "invalid"],
      ["fresh", "invalid"],
      ["__proto__", "invalid"],
    ])
    expect(rows[2]?.problem).toContain("Restore it")
    expect(await house.database.prisma.secret.count({ where: { name: "FRESH" } })).toBe(0)
  })

  it("refuses a name that would arrive as a variable by which programs are made to do something else", async () => {
    const names = ["ld-preload", "Path", "strongroom.token"]
    const { rows } = await house.call("previewImport", editor, { ...at, names })
    expect(rows.map(({ state }) => state)).toEqual(["invalid", "invalid", "invalid"])
    expect(rows[0]?.problem).toContain('"ld-preload" would arrive in an environment as LD_PRELOAD.')
  })

  it("is for people who may write there", async () => {
    const viewer = await house.person(acme, { role: "viewer", at: "acme.payments" })
    await expect(house.call("previewImport", viewer, { ...at, names: ["A"] })).rejects.toMatchObject({
      code: "forbidden",
    })
  })
})

describe("runImport", () => {
  it("fails a row whose value can't be kept, and imports the others", async () => {
    const { rows } = await house.call("runImport", editor, {
      ...at,
      rows: [
        { name: "NO_VALUE", value: "", key: "no-value-key" },
        { name: "TOO_LONG", value: "x".repeat(64 * 1024 + 1), key: "too-long-key" },
        { name: "RIGHT", value: "x", key: "right-key" },
      ],
    })
    expect(rows.map(({ name, outcome }) => [name, outcome])).toEqual([
      ["NO_VALUE", "failed"],
      ["TOO_LONG", "failed"],
      ["RIGHT", "created"],
    ])
    expect(rows[0]?.problem).toBe("A value has at least one byte.")
  })

  it("lets each row stand for itself", async () => {
    const { rows } = await house.call("runImport", editor, {
      ...at,
      note: "from prod.env",
      rows: [
        aRow("IMPORTED", "one", { category: "integration", description: "from a file" }),
        aRow("EXISTS", "skipped"),
        aRow("DELETED", "refused"),
        aRow("not a name", "refused"),
        aRow("EXISTS", "written over", { onExisting: "write" }),
      ],
    })
    expect(rows.map(({ outcome, version }) => [outcome, version])).toEqual([
      ["created", 1],
      ["skipped", 1],
      ["failed", null],
      ["failed", null],
      ["written", 2],
    ])
    const secret = await house.call("describeSecret", editor, { ...at, secret: "IMPORTED" })
    expect(secret).toMatchObject({ origin: "imported", category: "integration", description: "from a file" })
  })

  it("answers a row that is sent again as it did then, and refuses its key for another value", async () => {
    const row = aRow("AGAIN", "one")
    const run = async (...rows: Row[]) => (await house.call("runImport", editor, { ...at, rows })).rows
    const [first] = await run(row)
    expect(await run(row)).toEqual([first])
    expect(await run({ ...row, value: "two" })).toMatchObject([{ outcome: "failed", version: null }])
    const { items } = await house.call("listVersions", editor, { ...at, secret: "AGAIN" })
    expect(items).toHaveLength(1)
  })

  it("lets a row that failed be sent again under its key", async () => {
    const row = aRow("COMES_BACK", "one")
    await house.call("createSecret", editor, { ...at, name: "COMES_BACK", value: "old" })
    await house.call("deleteSecret", editor, { ...at, secret: "COMES_BACK" })
    const run = async () => (await house.call("runImport", editor, { ...at, rows: [row] })).rows[0]
    expect(await run()).toMatchObject({ outcome: "failed" })
    await house.call("destroySecret", editor, { ...at, secret: "COMES_BACK", confirm: "COMES_BACK" })
    expect(await run()).toMatchObject({ outcome: "created" })
  })

  it("takes rows of one name one after the other", async () => {
    const rows = [aRow("TWICE", "one"), aRow("twice", "two", { onExisting: "write" }), aRow("TWICE", "three")]
    const result = await house.call("runImport", editor, { ...at, rows })
    expect(result.rows.map(({ outcome, version }) => [outcome, version])).toEqual([
      ["created", 1],
      ["written", 2],
      ["skipped", 2],
    ])
  })

  it("leaves an event for each secret that it wrote, and one with the counts for itself", async () => {
    const requestId = crypto.randomUUID()
    const rows = [aRow("TRACED", "one"), aRow("EXISTS", "skipped")]
    await house.call("runImport", editor, { ...at, rows }, { id: requestId })
    const events = await house.database.prisma.auditEvent.findMany({ where: { requestId }, orderBy: { seq: "asc" } })
    expect(events.map(({ action, secretName, version, details }) => [action, secretName, version, details])).toEqual([
      ["secret.create", "TRACED", 1, { imported: true }],
      ["import.run", null, null, { created: 1, skipped: 1 }],
    ])
  })

  it("takes 100 KiB of values at once, and no more", async () => {
    const half = "x".repeat(50 * 1024)
    const run = (...values: string[]) =>
      house.call("runImport", editor, { ...at, rows: values.map((value, index) => aRow(`BIG_${index}`, value)) })
    await expect(run(half, half, "x")).rejects.toMatchObject({ code: "too_large" })
    expect((await run(half, half)).rows.map(({ outcome }) => outcome)).toEqual(["created", "created"])
  })

  it("imports two hundred rows", async () => {
    const rows = Array.from({ length: 200 }, (_, index) => aRow(`ROW_${index}`, `value ${index}`))
    const result = await house.call("runImport", editor, { ...at, rows })
    expect(result.rows.every(({ outcome }) => outcome === "created")).toBe(true)
  })
})
