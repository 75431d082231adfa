import { randomBytes } from "node:crypto"
import { describe, expect, it } from "vitest"
import { Key } from "../crypto/key.ts"
import { type KeyEncryptionKey, Keyring } from "../crypto/keyring.ts"
import { type Database, openDatabase } from "../db/database.ts"
import { newId } from "../db/ids.ts"
import { onConnection } from "../process/connection.ts"
import { aHouse, type TestHouse } from "../testing/a-house.ts"
import { temporaryDatabase } from "../testing/temporary-database.ts"
import { verifyChain } from "../testing/verify-chain.ts"
import { systemChain } from "./audit.ts"
import type { House } from "./context.ts"
import { openCore } from "./core.ts"
import { activateKey, describeKeys, retireKey, stageKey } from "./key-rotation.ts"
import { openHouse } from "./open-house.ts"
import { makeOrganizationKey } from "./organization-keys.ts"
import { rewrapKeys } from "./rewrap.ts"
import { saySo } from "./serving.ts"

const oldBytes = randomBytes(32)
const newBytes = randomBytes(32)
const oldKey = (): KeyEncryptionKey => ({ label: "old", key: Key.fromBytes(Buffer.from(oldBytes)) })
const newKey = (): KeyEncryptionKey => ({ label: "new", key: Key.fromBytes(Buffer.from(newBytes)) })
const both = (): Keyring => new Keyring([newKey(), oldKey()])

function open(database: Database, keyring: Keyring, serving?: { host: string; pid: number }): Promise<House> {
  const house = { database, keyring, publicUrl: "http://localhost:3000", identityProviders: [], production: false }
  return openHouse({ ...house, ...(serving && { serving }) })
}

async function states(house: House): Promise<Record<string, string>> {
  const { keys } = await describeKeys(house)
  return Object.fromEntries(keys.map(({ label, state, rows }) => [label, `${state} ${rows}`]))
}

describe("a rotation of the key encryption key", () => {
  it("goes from staged over active and retained to retired, and leaves values, chains and requests as they are", async () => {
    await using first = await aHouse({ keyring: new Keyring([oldKey()]) })
    const acme = await first.organization("acme")
    const alice = await first.person(acme, { role: "editor", at: "acme" })
    const ledger = await first.machine(acme, { at: "acme", grants: [{ at: "acme" }] })
    const secret = { scope: "acme", vault: "default", name: "DB_PASSWORD", value: "s3cret" }
    const keyed = { idempotencyKey: "once-and-for-all" }
    await first.call("createSecret", alice, secret, keyed)

    const house = await open(first.database, both())
    expect(await states(house)).toEqual({ new: "configured 0", old: "active 4" })
    expect(await stageKey(house, undefined)).toBe("new")
    expect(await stageKey(house, "new")).toBe("new")
    expect(await states(house)).toEqual({ new: "staged 0", old: "active 4" })
    expect(await activateKey(house)).toBe("new")
    expect(await states(house)).toEqual({ new: "active 0", old: "retained 4" })
    await expect(retireKey(house, "old")).rejects.toThrow(/"old" is still needed: 1 keys of organizations and 3 /)
    expect(await rewrapKeys(house)).toBe(4)
    expect(await rewrapKeys(house)).toBe(0)
    expect(await states(house)).toEqual({ new: "active 4", old: "retained 0" })
    expect(await retireKey(house, "old")).toBe("old")

    const later = await open(first.database, new Keyring([newKey()]))
    expect(await verifyChain(later, acme.id)).toMatchObject({ events: expect.any(Number) })
    expect(await verifyChain(later, systemChain)).toEqual({ events: 3 })
    const reader = coreOver(later)
    const read = await reader.core.call(
      "readValue",
      { kind: "bearer", token: ledger.token },
      { vault: "default", secret: "DB_PASSWORD" },
      { id: newId(), address: "192.0.2.1", userAgent: null, idempotencyKey: null, ifNoneMatch: null },
    )
    expect(read).toMatchObject({ value: "s3cret" })
    const repeated = await reader.call("createSecret", alice, secret, keyed)
    expect(repeated).toMatchObject({ version: { number: 1 } })
  })

  it("isn't activated while a process serves without the key", async () => {
    await using temporary = await temporaryDatabase()
    await using database = openDatabase({ url: temporary.appUrl })
    const straggler = openDatabase({ url: temporary.appUrl })
    await open(straggler, new Keyring([oldKey()]), { host: "far-away", pid: 4711 })
    const house = await open(database, both(), { host: "here", pid: 4712 })
    await stageKey(house, "new")
    await expect(activateKey(house)).rejects.toThrow(/serve without the key "new": process 4711 on far-away/)
    await saySo(house)
    await straggler.close()
    expect(await activateKey(house)).toBe("new")
    expect((await describeKeys(house)).processes).toBe(1)
  })

  it("isn't retired while anything lies under it, even by who goes around the product", async () => {
    await using temporary = await temporaryDatabase()
    await using database = openDatabase({ url: temporary.appUrl })
    const house = await open(database, both())
    await expect(retireKey(house, "new")).rejects.toThrow(/"new" is the active key/)
    const around = onConnection(temporary.ownerUrl, (client) =>
      client.query(`UPDATE "KeyEncryptionKey" SET "state" = 'retired'`),
    )
    await expect(around).rejects.toThrow("The key new is still needed")
  })

  it("lets a process from before it make organizations, under the key that is active by then", async () => {
    await using temporary = await temporaryDatabase()
    await using database = openDatabase({ url: temporary.appUrl })
    const early = await open(database, new Keyring([oldKey(), newKey()]))
    const house = await open(database, both())
    await stageKey(house, "new")
    await activateKey(house)
    await rewrapKeys(house)
    await database.prisma.$transaction((tx) => makeOrganizationKey(tx, early, newId()))
    expect(await states(house)).toEqual({ new: "active 4", old: "retained 0" })
  })

  it("leaves a row that can't be unwrapped as it is, and its key needed", async () => {
    await using temporary = await temporaryDatabase()
    await using database = openDatabase({ url: temporary.appUrl })
    const house = await open(database, new Keyring([oldKey(), newKey()]))
    for (let count = 0; count < 25; count += 1) {
      await database.prisma.$transaction((tx) => makeOrganizationKey(tx, house, newId()))
    }
    const damaged = await database.prisma.organizationKey.findFirstOrThrow({ orderBy: { organizationId: "asc" } })
    await onConnection(temporary.ownerUrl, (client) =>
      client.query(
        `UPDATE "OrganizationKey" SET "wrapped" = set_byte("wrapped", 60, 255 - get_byte("wrapped", 60)) WHERE "organizationId" = $1`,
        [damaged.organizationId],
      ),
    )
    await stageKey(house, "new")
    await activateKey(house)
    expect(await rewrapKeys(house)).toBe(27)
    expect(await states(house)).toEqual({ new: "active 27", old: "retained 1" })
    await expect(retireKey(house, "old")).rejects.toThrow(/1 keys of organizations and 0 /)
  })

  it("starts without the old key once nothing lies under it, and not before", async () => {
    await using temporary = await temporaryDatabase()
    await using database = openDatabase({ url: temporary.appUrl })
    const house = await open(database, new Keyring([oldKey(), newKey()]))
    await stageKey(house, "new")
    await activateKey(house)
    await expect(open(database, new Keyring([newKey()]))).rejects.toThrow(/expected key old/)
    await expect(open(database, new Keyring([oldKey()]))).rejects.toThrow(/expected key new/)
    await rewrapKeys(house)
    expect((await open(database, new Keyring([newKey()]))).keyring.active.label).toBe("new")
  })
})

describe("the installation's own keys", () => {
  it("are, for an installation from before they were kept, the ones that it linked its events under", async () => {
    await using first = await aHouse({ keyring: new Keyring([oldKey()]) })
    const acme = await first.organization("acme")
    const alice = await first.person(acme, { role: "editor", at: "acme" })
    await onConnection(first.ownerUrl, (client) => client.query(`DELETE FROM "InstallationKey"`))
    // As every release before did: the first event is linked under a key that is derived from the key encryption key.
    const before = await open(first.database, new Keyring([oldKey()]))
    const early = coreOver(before)
    await early.call("createSecret", alice, { scope: "acme", vault: "default", name: "A", value: "a" })
    await onConnection(first.ownerUrl, (client) => client.query(`DELETE FROM "InstallationKey"`))
    const after = await open(first.database, new Keyring([oldKey()]))
    expect(await verifyChain(after, acme.id)).toEqual({ events: 1 })
  })
})

/** Core over a house that somebody else closes. */
function coreOver(house: House): Pick<TestHouse, "core" | "call"> {
  const core = openCore(house)
  const facts = { address: "192.0.2.1", userAgent: null, ifNoneMatch: null }
  return {
    core,
    call: (name, caller, input, request) =>
      core.callAs(name, caller, input, { id: newId(), idempotencyKey: null, ...facts, ...request }),
  }
}
