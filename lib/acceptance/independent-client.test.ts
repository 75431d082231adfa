/**
 * What the product says is at the backend, held after every single step of a long session against what a client sees
 * there that shares no code with it: names, versions, their states, the marker, and the value that machines get. And no
 * value of it all is anywhere in our database.
 */
import pg from "pg"
import { afterAll, beforeAll, expect, it } from "vitest"
import { carryTransfers } from "../core/transfers/carry.ts"
import { findCanaries, type Sighting } from "../testing/canaries.ts"
import { dumpTables } from "../testing/dump-tables.ts"
import { verifyChain } from "../testing/verify-chain.ts"
import { aScene, aStage, providerName, runOutLeases, type Scene, type Stage } from "./a-remote-scene.ts"

const vault = "default"

let stage: Stage
let scene: Scene
let steps = 0

beforeAll(async () => {
  stage = await aStage()
  scene = await aScene(stage, { cacheSeconds: 0 })
})
afterAll(async () => {
  await scene[Symbol.asyncDispose]()
  await stage[Symbol.asyncDispose]()
})

it("is what an independent client sees, after each step of a long session", async () => {
  const at = { scope: scene.prefix, vault }
  const team = `${scene.prefix}.payments`
  const path = (name: string): string => `${scene.prefix}/${scene.prefix}/${vault}/${name}`
  const { kv, call } = scene
  const write = (secret: string) =>
    step(`write ${secret}`, () => call("writeVersion", { ...at, secret, value: scene.value(`version of ${secret}`) }))
  const look = (secret: string) => step(`look at ${secret}`, () => call("observeSecret", { ...at, secret }))
  const accept = (secret: string) =>
    step(`accept what is there of ${secret}`, async () => {
      const { currentVersion } = await call("describeSecret", { ...at, secret })
      await call("acceptDrift", { ...at, secret, version: currentVersion ?? 0 })
    })
  /** What others do there is theirs until somebody looks. */
  const others = async (what: string, act: () => Promise<unknown>, secret: string): Promise<void> => {
    await act()
    await step(`${what}, seen`, () => call("observeSecret", { ...at, secret }))
  }

  for (const name of ["DB_PASSWORD", "api-key", "Mixed.Case_1", "a", "long".repeat(32)]) {
    await step(`create ${name}`, () => call("createSecret", { ...at, name, value: scene.value(name) }))
  }
  await step("create one of bytes", () =>
    call("createSecret", {
      ...at,
      name: "BYTES",
      value: Buffer.from([0, 255, 254, 10]).toString("base64"),
      encoding: "base64",
    }),
  )
  await step("create one of a team", () =>
    call("createSecret", { scope: team, vault, name: "TEAMS", value: scene.value("TEAMS") }),
  )
  await step("generate one", () =>
    call("createSecret", { ...at, name: "MADE", generate: { kind: "password", length: 32 } }),
  )
  for (let round = 0; round < 3; round++) for (const name of ["DB_PASSWORD", "api-key", "a"]) await write(name)
  await step("roll back", () => call("rollBack", { ...at, secret: "DB_PASSWORD", version: 2 }))
  await step("roll back to the first", () => call("rollBack", { ...at, secret: "api-key", version: 1 }))
  await step("disable a version", () => call("disableVersion", { ...at, secret: "DB_PASSWORD", version: 1 }))
  await step("enable it", () => call("enableVersion", { ...at, secret: "DB_PASSWORD", version: 1 }))
  await step("delete a version", () => call("deleteVersion", { ...at, secret: "DB_PASSWORD", version: 3 }))
  await step("restore it", () => call("restoreVersion", { ...at, secret: "DB_PASSWORD", version: 3 }))
  await step("delete another version", () => call("deleteVersion", { ...at, secret: "a", version: 2 }))
  await step("destroy a version", () => call("destroyVersion", { ...at, secret: "a", version: 1, confirm: "a" }))
  await step("disable a secret", () => call("disableSecret", { ...at, secret: "api-key" }))
  await step("enable it", () => call("enableSecret", { ...at, secret: "api-key" }))
  await step("rename", () => call("changeSecret", { ...at, secret: "Mixed.Case_1", name: "RENAMED" }))
  await write("RENAMED")
  await step("create one of its old name", () =>
    call("createSecret", { ...at, name: "Mixed.Case_1", value: scene.value("the second of that name") }),
  )
  await write("Mixed.Case_1")
  await step("delete a secret", () => call("deleteSecret", { ...at, secret: "MADE" }))
  await step("restore it", () => call("restoreSecret", { ...at, secret: "MADE" }))
  await step("destroy a secret", () => call("destroySecret", { ...at, secret: "MADE", confirm: "MADE" }))
  await step("create it again", () => call("createSecret", { ...at, name: "MADE", value: scene.value("MADE again") }))

  await others("a version written there", () => kv.put(path("a"), { value: scene.value("theirs") }), "a")
  await accept("a")
  await write("a")
  await others("a version deleted there", () => kv.delete(path("api-key"), 2), "api-key")
  await others("a version brought back there", () => kv.undelete(path("api-key"), 2), "api-key")
  await others("a version destroyed there", () => kv.destroy(path("api-key"), 3), "api-key")
  await accept("api-key")
  await step("roll back after it", () => call("rollBack", { ...at, secret: "api-key", version: 4 }))
  await look("DB_PASSWORD")

  await kv.put(`${scene.prefix}/theirs/one`, { value: scene.value("theirs, one") })
  await kv.put(`${scene.prefix}/theirs/two`, { value: scene.value("theirs, two, first") })
  await kv.put(`${scene.prefix}/theirs/two`, { value: scene.value("theirs, two, second") })
  await kv.put(`${scene.prefix}/theirs/config`, { user: "u", password: scene.value("a field"), port: "1" })
  const adopt = (name: string, location: string, ownership: "external" | "managed", field: string | null = null) =>
    step(`adopt ${name}`, () =>
      call("adoptSecrets", {
        ...at,
        provider: providerName,
        ownership,
        secrets: [{ location: `${scene.prefix}/theirs/${location}`, name, field }],
      }),
    )
  await adopt("EXTERNAL", "one", "external")
  await adopt("TAKEN_OVER", "two", "managed")
  await adopt("FIELD", "config", "managed", "password")
  await write("TAKEN_OVER")
  await write("FIELD")
  expect(await kv.get(`${scene.prefix}/theirs/config`)).toMatchObject({ user: "u", port: "1" })
  await step("manage what was external", () => call("manageSecret", { ...at, secret: "EXTERNAL" }))
  await write("EXTERNAL")

  await transfer("built-in", "DB_PASSWORD")
  await write("DB_PASSWORD")
  await transfer(providerName, "DB_PASSWORD")
  await write("DB_PASSWORD")
  const rows = Array.from({ length: 5 }, (_, index) => ({
    name: `IMPORTED_${index}`,
    value: scene.value(`import ${index}`),
  }))
  await step("import", () =>
    call("runImport", { ...at, rows: rows.map((row) => ({ ...row, key: `row-of-${row.name}` })) }),
  )
  await step("create over a taken name fails", () =>
    expect(call("createSecret", { ...at, name: "a", value: scene.value("never") })).rejects.toMatchObject({
      code: "conflict",
    }),
  )
  for (let round = 0; round < 4; round++) await write("IMPORTED_1")
  // More than the mount keeps: what it pushed out is known when it is looked at.
  await step("write more versions than are kept, and look", async () => {
    for (let round = 0; round < 8; round++) {
      await call("writeVersion", { ...at, secret: "a", value: scene.value(`a, one of many, ${round}`) })
    }
    await call("observeSecret", { ...at, secret: "a" })
  })
  console.log(`independent client: the same after each of ${steps} steps`)
  expect(steps).toBeGreaterThanOrEqual(60)
}, 120_000)

it("leaves no value and no credential in the database, by a search through every row of every table", async () => {
  const tables = await dump()
  expect(tables.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["AuditEvent", "Secret", "Operation", "Provider"]),
  )
  const sightings: Sighting[] = tables.flatMap(({ name, rows }) => findCanaries(scene.canaries, name, rows))
  expect(scene.canaries.length).toBeGreaterThan(40)
  expect(sightings).toEqual([])
  expect(await verifyChain(scene.house, scene.organization.id)).toMatchObject({ events: expect.any(Number) })
})

async function step(what: string, act: () => Promise<unknown>): Promise<void> {
  steps += 1
  await act().catch((error: unknown) => {
    throw new Error(`${what}: ${String(error)}`, { cause: error })
  })
  const [ours, theirs] = [await told(), await seen()]
  expect({ after: what, ...withoutPushedOut(ours, theirs) }).toEqual({ after: what, ...theirs })
}

/** A destroyed version that the backend has pushed out by now is destroyed still. */
function withoutPushedOut(ours: Sides, theirs: Sides): Sides {
  const versions = Object.entries(ours.versions).map(([location, all]): [string, [string, State][]] => {
    const numbers = new Set(theirs.versions[location]?.map(([number]) => number))
    return [location, all.filter(([number, state]) => state !== "destroyed" || numbers.has(number))]
  })
  return { ...ours, versions: Object.fromEntries(versions) }
}

async function transfer(to: string, secret: string): Promise<void> {
  await step(`move ${secret} to ${to}`, async () => {
    const secrets = [{ vault, secret }]
    const { id } = await scene.call("startTransfer", { scope: scene.prefix, to, secrets, removeAtSource: true })
    for (let turn = 0; turn < 3; turn++) {
      await carryTransfers(scene.house)
      await runOutLeases(scene.house, scene.organization.id)
    }
    const { state } = await scene.call("describeTransfer", { scope: scene.prefix, transfer: id })
    expect(state).toBe("done")
  })
}

type State = "held" | "deleted" | "destroyed"
interface Sides {
  /** By location, what is there of each version, oldest first. */
  versions: Record<string, [string, State][]>
  /** Locations that carry our marker, and for which secret. */
  marks: Record<string, string>
  /** The newest value, where machines may have it. */
  values: Record<string, string>
}

/** By the product: what it has written down, and what it answers machines. */
async function told(): Promise<Sides> {
  const { house, organization } = scene
  const kept = await house.database.prisma.secret.findMany({
    where: { organizationId: organization.id, providerId: scene.providerId, state: { not: "destroyed" }, field: null },
    include: { versions: { orderBy: { number: "asc" } } },
  })
  const sides: Sides = { versions: {}, marks: {}, values: {} }
  for (const { location, name, id, ownership, state, versions, currentVersion, scopeId } of kept) {
    sides.versions[location] = versions
      .filter((version) => version.backendVersion !== null && version.state !== "forgotten")
      .map((version) => [version.backendVersion ?? "", stateOf(version.state)])
    if (ownership === "managed") sides.marks[location] = id
    const current = versions.find(({ number }) => number === currentVersion)
    if (state !== "active" || current?.state !== "enabled") continue
    const answer = await scene.read("readValue", { scope: pathOf(scopeId), vault, secret: name })
    if (answer.notModified === true) throw new Error("Nothing was asked conditionally.")
    const { value, encoding } = answer
    sides.values[location] = encoding === "base64" ? Buffer.from(value, "base64").toString("latin1") : value
  }
  return sides
}

function pathOf(scopeId: string): string {
  return Object.entries(scene.organization.scopes).find(([, id]) => id === scopeId)?.[0] ?? ""
}

/** By the other client: all that lies in the provider's part of the mount, but what nobody adopted. */
async function seen(): Promise<Sides> {
  const sides: Sides = { versions: {}, marks: {}, values: {} }
  const { house, organization } = scene
  const inactive = await house.database.prisma.secret.findMany({
    where: { organizationId: organization.id, state: { in: ["disabled", "deleted"] } },
  })
  const bound = await house.database.prisma.secret.findMany({ where: { organizationId: organization.id, field: null } })
  for (const location of await scene.kv.listAll(scene.prefix)) {
    const isTheirs = location.startsWith(`${scene.prefix}/theirs/`)
    if (isTheirs && !bound.some((secret) => secret.location === location)) continue
    const there = await scene.kv.metadata(location)
    sides.versions[location] = Object.entries(there?.versions ?? {}).map(([number, { deletion_time, destroyed }]) => {
      return [number, destroyed ? "destroyed" : deletion_time === "" ? "held" : "deleted"]
    })
    const mark = there?.custom_metadata?.strongroom_secret
    if (mark !== undefined) sides.marks[location] = mark
    const fields = await scene.kv.get(location)
    if (fields === undefined || inactive.some((secret) => secret.location === location)) continue
    sides.values[location] = textOf(fields)
  }
  return sides
}

function stateOf(state: string): State {
  return state === "destroyed" || state === "deleted" ? state : "held"
}

/** Values lie there as text, and as base64 beside a word that says so. */
function textOf(fields: Record<string, unknown>): string {
  const { value, ...rest } = fields
  const isEncoded = Object.values(rest).includes("base64")
  return isEncoded ? Buffer.from(String(value), "base64").toString("latin1") : String(value)
}

async function dump(): Promise<{ name: string; rows: string }[]> {
  const client = new pg.Client({ connectionString: stage.inner.ownerUrl })
  await client.connect()
  try {
    return await dumpTables(client)
  } finally {
    await client.end()
  }
}
