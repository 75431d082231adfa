import { fork } from "node:child_process"
import { once } from "node:events"
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import pg from "pg"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { systemChain } from "../../core/audit.ts"
import type { PersonCaller } from "../../core/caller.ts"
import { openHouse } from "../../core/open-house.ts"
import { newKeyEncryptionKeyText, parseKeyEncryptionKeys } from "../../crypto/configured-keys.ts"
import { Keyring, WrongKeyError } from "../../crypto/keyring.ts"
import { openDatabase } from "../../db/database.ts"
import { newId } from "../../db/ids.ts"
import { aHouse, type TestHouse, type TestOrganization } from "../../testing/a-house.ts"
import { dumpTables } from "../../testing/dump-tables.ts"
import { emptyDatabase } from "../../testing/temporary-database.ts"
import { temporaryFolder } from "../../testing/temporary-folder.ts"
import { verifyChain } from "../../testing/verify-chain.ts"
import { openBackup, writeBackup } from "../backup/file.ts"
import { onConnection } from "../connection.ts"
import { runMigrations } from "../migrations.ts"
import { poll } from "../poll.ts"
import { backup } from "./backup.ts"
import type { Command } from "./command.ts"
import { restore } from "./restore.ts"

const migrations = join(import.meta.dirname, "..", "..", "..", "prisma", "migrations")
const kek = newKeyEncryptionKeyText()
const canary = "canary-7f21c0 \u2028 with a line end of its own\r\nand another"
const folder = temporaryFolder()
const file = join(folder.path, "strongroom.backup")

let source: TestHouse
let acme: TestOrganization
let alice: PersonCaller
let printed: string[]

beforeAll(async () => {
  source = await aHouse({ keyring: new Keyring(parseKeyEncryptionKeys(kek)) })
  acme = await source.organization("acme")
  const other = await source.organization("other")
  alice = await source.person(acme, { role: "owner", at: "acme" })
  const bob = await source.person(other, { role: "owner", at: "other" })
  await source.machine(acme, { at: "acme", grants: [{ at: "acme" }] })
  await source.call("createSecret", alice, {
    scope: "acme",
    vault: "default",
    name: "DB_PASSWORD",
    value: canary,
    description: "one \u2028 two",
  })
  await source.call("writeVersion", alice, {
    scope: "acme",
    vault: "default",
    secret: "DB_PASSWORD",
    value: `${canary} 2`,
  })
  await source.call("createSecret", bob, { scope: "other", vault: "default", name: "OTHER", value: canary })
  printed = await run(backup, [file], source)
})

afterAll(async () => {
  await source[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

describe("a backup", () => {
  it("is one private file, tells what it needs, and leaves no half ones", () => {
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder.path).filter((name) => name.endsWith(".part"))).toEqual([])
    expect(printed.join("\n")).toMatch(/It needs the key "kek-[0-9a-f]{8}", which isn't in it/)
  })

  it("shows nothing of what is in it, and holds neither a value nor the key when it is opened", async () => {
    const sealed = readFileSync(file)
    for (const name of ["DB_PASSWORD", "acme", "example.com", "canary"]) expect(sealed.includes(name)).toBe(false)
    const { lines } = await openBackup(file, keyring())
    let text = ""
    for await (const line of lines) text += `${line}\n`
    expect(text).toContain("DB_PASSWORD")
    const bytes = Buffer.from(kek, "base64url")
    for (const where of [sealed, Buffer.from(text)]) {
      expect(where.includes(bytes)).toBe(false)
      for (const form of [
        kek,
        bytes.toString("base64"),
        bytes.toString("hex"),
        bytes.toString("hex").toUpperCase(),
        "canary",
      ]) {
        expect(where.includes(form)).toBe(false)
      }
    }
  })

  it("that loses its database halfway fails, and leaves nothing that looks like one", async () => {
    const half = join(folder.path, "half.backup")
    async function* breaking(): AsyncGenerator<string> {
      yield "a line\n"
      await Promise.reject(new Error("the database went away"))
    }
    const facts = { takenAt: new Date().toISOString(), instanceId: newId(), version: "0", needs: [] }
    await expect(writeBackup(half, keyring(), facts, breaking())).rejects.toThrow("the database went away")
    expect(readdirSync(folder.path).filter((name) => name.startsWith("half"))).toEqual([])
  })

  it("isn't written over a file that is there", async () => {
    await expect(run(backup, [file], source)).rejects.toThrow("nothing is written over it")
  })
})

describe("a restore", () => {
  it("brings everything back but what was handed out, and says so on each chain, from where it goes on", async () => {
    await using target = await emptyDatabase()
    const words = await run(restore, [file], target)
    expect(words.join("\n")).toContain(
      "In 2 organizations ended: 2 sessions, 0 personal tokens, 1 access tokens, 0 invitations.",
    )

    const ended = [
      "Session",
      "PersonalToken",
      "AccessToken",
      "Invitation",
      "Delegation",
      "AuditEvent",
      "AuditHead",
      "ApiProcess",
      "_prisma_migrations",
    ]
    const rows = async (url: string): Promise<unknown> =>
      onConnection(url, async (client) =>
        (await dumpTables(client))
          .filter(({ name }) => !ended.includes(name))
          .map(({ name, rows }) => ({ name, rows: rows.split("\n").toSorted() }))
          .toSorted((a, b) => a.name.localeCompare(b.name)),
      )
    expect(await rows(target.ownerUrl)).toEqual(await rows(source.ownerUrl))
    expect(await shapeOf(target.ownerUrl)).toEqual(await shapeOf(source.ownerUrl))

    await using database = openDatabase({ url: target.appUrl })
    const house = await openHouse({
      database,
      keyring: keyring(),
      publicUrl: "http://localhost:3000",
      identityProviders: [],
      production: false,
    })
    const before = await verifyChain(source.house, acme.id)
    if (!("events" in before)) throw new Error("The source's chain is broken.")
    expect(await verifyChain(house, acme.id)).toEqual({ events: before.events + 1 })
    const event = await database.prisma.auditEvent.findFirstOrThrow({
      where: { organizationId: acme.id },
      orderBy: { seq: "desc" },
    })
    expect(event).toMatchObject({
      action: "installation.restore",
      actorName: "The operator",
      details: { lastSeq: before.events, sessions: 1, accessTokens: 1 },
    })
    expect(await verifyChain(house, systemChain)).toMatchObject({ events: expect.any(Number) })
    expect(await database.prisma.session.count({ where: { endedAt: null } })).toBe(0)
    expect(await database.prisma.accessToken.count({ where: { revokedAt: null } })).toBe(0)
    await onConnection(target.ownerUrl, async (client) => {
      await expect(client.query(`UPDATE "AuditEvent" SET "action" = 'x'`)).rejects.toThrow("insert only")
    })
    expect(await runMigrations({ ownerUrl: target.ownerUrl, folder: migrations })).toEqual([])
  })

  it("refuses a key that isn't the backup's, names the one that is, and changes nothing", async () => {
    await using target = await emptyDatabase()
    const attempt = run(restore, [file], target, newKeyEncryptionKeyText())
    await expect(attempt).rejects.toThrow(WrongKeyError)
    await expect(attempt).rejects.toThrow(/expected key kek-[0-9a-f]{8} \(check value/)
    expect(await shapeOf(target.ownerUrl)).toEqual([])
  })

  it("refuses a database that isn't empty", async () => {
    await expect(run(restore, [file], source)).rejects.toThrow(/isn't empty.*STRONGROOM_DATA/)
  })

  it("refuses a file that was changed or cut, wherever, and leaves the database empty", async () => {
    await using target = await emptyDatabase()
    const whole = readFileSync(file)
    const start = whole.indexOf(0x0a) + 1
    const changed = join(folder.path, "changed.backup")
    const flipped = (at: number): Buffer => {
      const copy = Buffer.from(whole)
      copy[at] = (copy[at] ?? 0) ^ 1
      return copy
    }
    const wrong = [
      flipped(start),
      flipped(whole.length - 1),
      flipped(whole.indexOf("takenAt") + 14),
      whole.subarray(0, whole.length - 1),
      whole.subarray(0, start),
      Buffer.from("PGDMP"),
    ]
    for (const bytes of wrong) {
      writeFileSync(changed, bytes)
      await expect(run(restore, [changed], target)).rejects.toMatchObject({ exitCode: 4 })
      expect(await shapeOf(target.ownerUrl)).toEqual([])
    }
  })

  it("that is killed is known to have come to nothing, and can be begun again", async () => {
    await using target = await emptyDatabase()
    const child = fork(join(import.meta.dirname, "..", "operator.ts"), ["restore", file], {
      execArgv: [],
      stdio: "ignore",
      env: {
        PATH: process.env.PATH ?? "",
        DATABASE_URL: target.appUrl,
        DATABASE_MIGRATION_URL: target.ownerUrl,
        STRONGROOM_KEK: kek,
        NODE_ENV: "production",
      },
    })
    const isMarked = async (): Promise<boolean> => (await shapeOf(target.ownerUrl)).includes("UnfinishedRestore")
    expect(await poll(isMarked, { forMs: 30_000, everyMs: 2 })).toBe(true)
    child.kill("SIGKILL")
    await once(child, "exit")
    expect(await shapeOf(target.ownerUrl)).toEqual(["UnfinishedRestore"])
    await expect(runMigrations({ ownerUrl: target.ownerUrl, folder: migrations })).rejects.toThrow(
      "did not come to its end",
    )
    await run(restore, [file], target)
    expect(await runMigrations({ ownerUrl: target.ownerUrl, folder: migrations })).toEqual([])
  })

  it("gets one state of a product that goes on writing", async () => {
    await using target = await emptyDatabase()
    const busy = join(folder.path, "busy.backup")
    let isOver = false
    const writing = (async () => {
      while (!isOver)
        await source.call("writeVersion", alice, {
          scope: "acme",
          vault: "default",
          secret: "DB_PASSWORD",
          value: newId(),
        })
    })()
    await run(backup, [busy], source)
    isOver = true
    await writing
    await run(restore, [busy], target)
    await using database = openDatabase({ url: target.appUrl })
    const house = await openHouse({
      database,
      keyring: keyring(),
      publicUrl: "http://localhost:3000",
      identityProviders: [],
      production: false,
    })
    expect(await verifyChain(house, acme.id)).toMatchObject({ events: expect.any(Number) })
    const secret = await database.prisma.secret.findFirstOrThrow({ where: { name: "DB_PASSWORD" } })
    const versions = await database.prisma.sealedValue.count({ where: { secretId: secret.id } })
    expect(versions).toBe(secret.currentVersion)
  })

  it("by other means is ended by restore --after", async () => {
    await using target = await emptyDatabase()
    await run(restore, [file], target)
    expect(await run(restore, ["--after"], target)).toEqual([
      "In 2 organizations ended: 0 sessions, 0 personal tokens, 0 access tokens, 0 invitations.",
    ])
  })
})

describe("a drill", () => {
  it("opens everything in a database that is thrown away, and tells counts alone", async () => {
    const report = (await run(restore, ["--drill", file], source)).join("\n")
    expect(report).toMatch(/acme: 2 of 2 values and 0 of 0 credentials open; its audit chain of \d+ events is whole/)
    expect(report).toMatch(/other: 1 of 1 values/)
    expect(report).toContain("The drill went well")
    expect(report).not.toContain("canary")
  })

  it("fails, and says what doesn't open, when a value was changed before the backup", async () => {
    const bad = join(folder.path, "bad.backup")
    const { rows } = await onConnection(source.ownerUrl, (client) =>
      client.query<{ secretId: string }>(
        `UPDATE "SealedValue" SET "sealed" = set_byte("sealed", 60, 255 - get_byte("sealed", 60))
         WHERE "version" = 1 AND "organizationId" = $1 RETURNING "secretId"`,
        [acme.id],
      ),
    )
    await run(backup, [bad], source)
    const lines: string[] = []
    const code = await restore({
      args: ["--drill", bad],
      settings: settingsOf(source, kek),
      migrations,
      print: (line) => lines.push(line),
      tell: () => undefined,
    })
    expect(code).toBe(6)
    expect(lines.join("\n")).toContain(`doesn't open: secret ${rows[0]?.secretId ?? ""}, version 1`)
  })
})

interface Urls {
  ownerUrl: string
  appUrl: string
}

async function run(command: Command, args: string[], { ownerUrl, appUrl }: Urls, key = kek): Promise<string[]> {
  const lines: string[] = []
  const settings = settingsOf({ ownerUrl, appUrl }, key)
  await command({ args, settings, migrations, print: (line) => lines.push(line), tell: () => undefined })
  return lines
}

function settingsOf({ ownerUrl, appUrl }: Urls, key: string): Parameters<Command>[0]["settings"] {
  return {
    dataFolder: folder.path,
    database: { ownerUrl, appUrl },
    keys: "own",
    kek: key,
    kekFile: undefined,
    fernetKeys: undefined,
    logLevel: "warn",
  }
}

function keyring(): Keyring {
  return new Keyring(parseKeyEncryptionKeys(kek))
}

/** Tables, constraints, indexes and triggers, by their names. */
async function shapeOf(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i')
       UNION ALL SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conname NOT LIKE '%UnfinishedRestore%'
       UNION ALL SELECT tgname || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal`,
    )
    return rows.map(({ name }) => name).toSorted()
  } finally {
    await client.end()
  }
}
