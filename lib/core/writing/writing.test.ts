import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { isAppError } from "../../errors.ts"
import { expose, Secret } from "../../secret.ts"
import { aHouse, type TestHouse, type TestOrganization } from "../../testing/a-house.ts"
import type { PersonCaller } from "../caller.ts"
import { openSealed } from "../sealing.ts"

const at = { scope: "acme.payments", vault: "default" }

let house: TestHouse
let acme: TestOrganization
let editor: PersonCaller

beforeAll(async () => {
  house = await aHouse()
  acme = await house.organization("acme")
  editor = await house.person(acme, { role: "editor", at: "acme.payments", name: "Alice" })
})
afterAll(async () => {
  await house[Symbol.asyncDispose]()
})

describe("createSecret", () => {
  it("keeps the value sealed, and answers with what is known of it", async () => {
    const created = await house.call("createSecret", editor, { ...at, name: "DB_PASSWORD", value: "  s3cr3t\n" })
    expect(created).toMatchObject({
      outcome: "written",
      secret: { name: "DB_PASSWORD", currentVersion: 1, size: { atLeast: 9, atMost: 12 }, isText: true },
      version: { number: 1, isCurrent: true, origin: "typed", createdBy: { kind: "person", name: "Alice" } },
    })
    expect(JSON.stringify(created)).not.toContain("s3cr3t")
    expect(await valueOf(created.secret.id, 1)).toBe("  s3cr3t\n")
  })

  it("never overwrites: a name is taken whatever its case", async () => {
    await house.call("createSecret", editor, { ...at, name: "Api-Key", value: "one" })
    const again = house.call("createSecret", editor, { ...at, name: "API-KEY", value: "two" })
    await expect(again).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining("Api-Key is in") })
  })

  it("lets one of many creators of a name win", async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) =>
        house.call("createSecret", editor, { ...at, name: "RACE", value: `value ${index}` }),
      ),
    )
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1)
    const refusals = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [codeOf(outcome.reason)] : []))
    expect(new Set(refusals)).toEqual(new Set(["conflict"]))
  })

  it("says how to get the name of a deleted secret", async () => {
    await house.call("createSecret", editor, { ...at, name: "DELETED", value: "old" })
    await house.call("deleteSecret", editor, { ...at, secret: "DELETED" })
    const again = house.call("createSecret", editor, { ...at, name: "deleted", value: "new" })
    await expect(again).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringMatching(/until \d{4}-\d\d-\d\d. Restore it, destroy it, wait/),
    })
  })

  it("generates values that nobody is told, and keeps the public half of a key pair", async () => {
    const created = await house.call("createSecret", editor, { ...at, name: "PAIR", generate: { kind: "ed25519" } })
    expect(created.version).toMatchObject({ origin: "generated", publicKey: expect.stringContaining("PUBLIC KEY") })
    expect(JSON.stringify(created)).not.toContain("PRIVATE KEY")
    expect(created.secret.knownBy).toBeNull()
    expect(await valueOf(created.secret.id, 1)).toContain("PRIVATE KEY")
  })

  it("answers not_found for a vault that isn't there, and for a scope that the caller may not see", async () => {
    const noVault = house.call("createSecret", editor, { ...at, vault: "nope", name: "A", value: "a" })
    await expect(noVault).rejects.toMatchObject({ code: "not_found" })
    const noScope = house.call("createSecret", editor, { ...at, scope: "acme.data", name: "A", value: "a" })
    await expect(noScope).rejects.toMatchObject({ code: "not_found" })
  })

  it("is for no viewer", async () => {
    const viewer = await house.person(acme, { role: "viewer", at: "acme.payments" })
    const denied = house.call("createSecret", viewer, { ...at, name: "A", value: "a" })
    await expect(denied).rejects.toMatchObject({ code: "forbidden" })
  })
})

describe("a service account", () => {
  it("writes where a write grant covers the name, and finds nothing elsewhere", async () => {
    const grants = [{ at: "acme.payments", vault: "default", prefix: "CI_", access: "write" as const }]
    const { caller } = await house.machine(acme, { at: "acme.payments", grants })
    const created = await house.call("createSecret", caller, { ...at, name: "CI_TOKEN", value: "one" })
    expect(created.version.createdBy).toMatchObject({ kind: "service_account", id: caller.id })
    await house.call("writeVersion", caller, { ...at, secret: "CI_TOKEN", value: "two" })
    const outside = house.call("createSecret", caller, { ...at, name: "OTHER", value: "x" })
    await expect(outside).rejects.toMatchObject({ code: "not_found" })
  })

  it("doesn't write with a read grant", async () => {
    const { caller } = await house.machine(acme, { at: "acme.payments", grants: [{ at: "acme.payments" }] })
    const write = house.call("writeVersion", caller, { ...at, secret: "DB_PASSWORD", value: "x" })
    await expect(write).rejects.toMatchObject({ code: "not_found" })
  })
})

describe("writeVersion", () => {
  it("makes the next version the current one", async () => {
    const { secret } = await house.call("createSecret", editor, { ...at, name: "NEXT", value: "one" })
    const written = await house.call("writeVersion", editor, { ...at, secret: "next", value: "two", note: "rotated" })
    expect(written).toMatchObject({ outcome: "written", version: { number: 2, isCurrent: true, note: "rotated" } })
    expect(await valueOf(secret.id, 2)).toBe("two")
    expect(await valueOf(secret.id, 1)).toBe("one")
  })

  it("tells an editor who came first, instead of losing an update", async () => {
    await house.call("createSecret", editor, { ...at, name: "SEEN", value: "one" })
    await house.call("writeVersion", editor, { ...at, secret: "SEEN", value: "two", expectedVersion: 1 })
    const late = house.call("writeVersion", editor, { ...at, secret: "SEEN", value: "three", expectedVersion: 1 })
    await expect(late).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("Alice saved version 2 just now; yours was based on 1."),
    })
  })

  it("waits for the write before it, when it doesn't matter which version that makes", async () => {
    await house.call("createSecret", editor, { ...at, name: "QUEUE", value: "one" })
    const written = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        house.call("writeVersion", editor, { ...at, secret: "QUEUE", value: `value ${index}` }),
      ),
    )
    const numbers = written.map(({ version }) => version.number)
    expect(numbers.toSorted((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7, 8, 9])
  })

  it("keeps bytes that aren't text as they are", async () => {
    const bytes = Buffer.from([0, 255, 128, 10])
    const { secret } = await house.call("createSecret", editor, {
      ...at,
      name: "BYTES",
      value: bytes.toString("base64"),
      encoding: "base64",
    })
    expect(secret.isText).toBe(false)
    expect(await bytesOf(secret.id, 1)).toEqual(bytes)
  })

  it("doesn't write to a deleted secret", async () => {
    await house.call("createSecret", editor, { ...at, name: "GONE", value: "one" })
    await house.call("deleteSecret", editor, { ...at, secret: "GONE" })
    const write = house.call("writeVersion", editor, { ...at, secret: "GONE", value: "two" })
    await expect(write).rejects.toMatchObject({ code: "conflict", message: "GONE is deleted. Restore it first." })
  })

  it("leaves exactly one event, with the version, for each write", async () => {
    const { secret } = await house.call("createSecret", editor, { ...at, name: "AUDITED", value: "one" })
    await house.call("writeVersion", editor, { ...at, secret: "AUDITED", value: "two" })
    const events = await house.database.prisma.auditEvent.findMany({
      where: { organizationId: acme.id, secretId: secret.id },
      orderBy: { seq: "asc" },
    })
    expect(events.map(({ action, outcome, version, actorName }) => [action, outcome, version, actorName])).toEqual([
      ["secret.create", "done", 1, "Alice"],
      ["version.write", "done", 2, "Alice"],
    ])
  })

  it("bumps the generation of the secret's scope", async () => {
    const before = await generation()
    await house.call("writeVersion", editor, { ...at, secret: "DB_PASSWORD", value: "again" })
    expect(await generation()).toBe(before + 1n)
  })

  it("lets exactly one of 16 writers win each version, in 500 rounds", { timeout: 120_000 }, async () => {
    await house.call("createSecret", editor, { ...at, name: "CONTESTED", value: "start" })
    const winners = new Map<number, number>()
    let conflicts = 0
    const write = async (writer: number): Promise<void> => {
      let expectedVersion = 1
      for (let round = 0; round < 500; round += 1) {
        try {
          const { version } = await house.call("writeVersion", editor, {
            ...at,
            secret: "CONTESTED",
            value: `writer ${writer} round ${round}`,
            expectedVersion,
          })
          expect(version.number).toBe(expectedVersion + 1)
          winners.set(version.number, (winners.get(version.number) ?? 0) + 1)
          expectedVersion = version.number
        } catch (error) {
          if (codeOf(error) !== "conflict") throw error
          conflicts += 1
          expectedVersion = currentIn(error)
        }
      }
    }
    await Promise.all(Array.from({ length: 16 }, (_, writer) => write(writer)))
    expect([...winners.values()].every((count) => count === 1)).toBe(true)
    expect(winners.size + conflicts).toBe(16 * 500)
    expect([...winners.keys()].toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: winners.size }, (_, index) => index + 2),
    )
  })
})

describe("rollBack", () => {
  it("makes a new version with an old value, and names its source", async () => {
    const { secret } = await house.call("createSecret", editor, { ...at, name: "ROLLED", value: "one" })
    await house.call("writeVersion", editor, { ...at, secret: "ROLLED", value: "two" })
    const rolled = await house.call("rollBack", editor, { ...at, secret: "ROLLED", version: 1, expectedVersion: 2 })
    expect(rolled.version).toMatchObject({ number: 3, origin: "rolled_back", sourceVersion: 1, isCurrent: true })
    expect(await valueOf(secret.id, 3)).toBe("one")
  })

  it("refuses the current version, a disabled one and one that isn't there", async () => {
    await house.call("createSecret", editor, { ...at, name: "FIXED", value: "one" })
    await house.call("writeVersion", editor, { ...at, secret: "FIXED", value: "two" })
    await house.call("disableVersion", editor, { ...at, secret: "FIXED", version: 1 })
    const roll = (version: number): Promise<unknown> =>
      house.call("rollBack", editor, { ...at, secret: "FIXED", version })
    await expect(roll(2)).rejects.toMatchObject({ code: "conflict" })
    await expect(roll(1)).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining("Enable it") })
    await expect(roll(9)).rejects.toMatchObject({ code: "not_found" })
  })
})

describe("destroying", () => {
  it("removes one version's ciphertext and keeps its row", async () => {
    const { secret } = await house.call("createSecret", editor, { ...at, name: "SHRED", value: "one" })
    await house.call("writeVersion", editor, { ...at, secret: "SHRED", value: "two" })
    const destroyed = await house.call("destroyVersion", editor, {
      ...at,
      secret: "SHRED",
      version: 1,
      confirm: "SHRED",
    })
    expect(destroyed).toMatchObject({ number: 1, state: "destroyed", size: null })
    expect(await sealedVersions(secret.id)).toEqual([2])
  })

  it("asks for the name, and doesn't take the current version", async () => {
    await house.call("createSecret", editor, { ...at, name: "CAREFUL", value: "one" })
    const wrong = house.call("destroyVersion", editor, { ...at, secret: "CAREFUL", version: 1, confirm: "careful" })
    await expect(wrong).rejects.toMatchObject({ code: "invalid" })
    const current = house.call("destroyVersion", editor, { ...at, secret: "CAREFUL", version: 1, confirm: "CAREFUL" })
    await expect(current).rejects.toMatchObject({ code: "conflict" })
  })

  it("destroys a deleted secret with every version, and frees its name for another", async () => {
    const { secret } = await house.call("createSecret", editor, { ...at, name: "ENDED", value: "one" })
    await house.call("writeVersion", editor, { ...at, secret: "ENDED", value: "two" })
    await house.call("deleteSecret", editor, { ...at, secret: "ENDED" })
    await house.call("destroySecret", editor, { ...at, secret: "ENDED", confirm: "ENDED" })
    expect(await sealedVersions(secret.id)).toEqual([])
    const again = await house.call("createSecret", editor, { ...at, name: "ENDED", value: "new" })
    expect(again.secret.id).not.toBe(secret.id)
  })
})

async function valueOf(secretId: string, version: number): Promise<string> {
  return new TextDecoder().decode(await bytesOf(secretId, version))
}

async function bytesOf(secretId: string, version: number): Promise<Buffer> {
  const row = await house.database.prisma.sealedValue.findFirstOrThrow({ where: { secretId, version } })
  const [value] = await openSealed(house.house, [row])
  if (!(value instanceof Secret)) throw new Error("It doesn't open.")
  return Buffer.from(expose(value))
}

async function sealedVersions(secretId: string): Promise<number[]> {
  const rows = await house.database.prisma.sealedValue.findMany({ where: { secretId }, orderBy: { version: "asc" } })
  return rows.map(({ version }) => version)
}

async function generation(): Promise<bigint> {
  return (await house.database.prisma.scope.findFirstOrThrow({ where: { path: at.scope } })).generation
}

function codeOf(error: unknown): string {
  return isAppError(error) ? error.code : String(error)
}

/** What a refused writer is told of the current version. */
function currentIn(error: unknown): number {
  const told = isAppError(error) ? error.fields?.expectedVersion : undefined
  return Number(/\d+/.exec(told ?? "")?.[0])
}
