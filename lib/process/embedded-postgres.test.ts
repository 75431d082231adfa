import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import pg from "pg"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type TemporaryFolder, temporaryFolder } from "../testing/temporary-folder.ts"
import { type EmbeddedPostgres, startEmbeddedPostgres } from "./embedded-postgres.ts"
import { socketFolderOf } from "./private-folder.ts"

let folder: TemporaryFolder
beforeAll(async () => {
  folder = temporaryFolder()
  await (await start()).stop()
})
afterAll(() => {
  rmSync(socketFolderOf(folder.path, "postgres"), { recursive: true, force: true })
  folder[Symbol.dispose]()
})

function start(): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({ folder: folder.path })
}

async function ask<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url })
  client.on("error", () => undefined)
  await client.connect()
  try {
    return (await client.query<Row>(sql)).rows
  } finally {
    await client.end()
  }
}

function processId(): number {
  return Number(readFileSync(join(folder.path, "postgres", "postmaster.pid"), "utf8").split("\n")[0])
}

describe("the embedded Postgres", () => {
  it("listens on its socket only, and keeps what it says it has on the disk", async () => {
    const postgres = await start()
    const rows = await ask<{ name: string; setting: string }>(
      postgres.ownerUrl,
      "SELECT name, setting FROM pg_settings WHERE name IN ('listen_addresses', 'fsync', 'synchronous_commit') ORDER BY 1",
    )
    expect(rows.map(({ setting }) => setting)).toEqual(["on", "", "on"])
    await postgres.stop()
  })

  it("lets the application in without any power over the database or other roles", async () => {
    const postgres = await start()
    const rights =
      "SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls FROM pg_roles WHERE rolname = current_user"
    expect(await ask(postgres.appUrl, rights)).toEqual([
      { rolsuper: false, rolcreaterole: false, rolcreatedb: false, rolbypassrls: false },
    ])
    await expect(ask(postgres.appUrl, "CREATE TABLE mine (id integer)")).rejects.toThrow("permission denied")
    await expect(ask(postgres.appUrl, "CREATE TEMPORARY TABLE mine (id integer)")).rejects.toThrow("permission denied")
    await postgres.stop()
  })

  it("asks for a password, which only its owner can read", async () => {
    const postgres = await start()
    await expect(ask(postgres.appUrl.replace(/:[^:@]+@/, ":wrong@"), "SELECT 1")).rejects.toThrow("password")
    expect(statSync(join(folder.path, "postgres-passwords.json")).mode & 0o777).toBe(0o600)
    await postgres.stop()
  })

  it("is started once by simultaneous starters, and used by all", async () => {
    const started = await Promise.all([start(), start(), start()])
    expect(started.map(({ reused }) => reused).toSorted()).toEqual([false, true, true])
    await started[0].stop()
    await Promise.all(started.map(({ ended }) => ended))
  })

  it("recovers what was committed before it was killed", async () => {
    const postgres = await start()
    await ask(postgres.ownerUrl, "CREATE TABLE IF NOT EXISTS kept (id integer)")
    await ask(postgres.ownerUrl, "INSERT INTO kept VALUES (1)")
    process.kill(processId(), "SIGKILL")
    await postgres.ended
    const again = await start()
    expect(again.reused).toBe(false)
    expect(await ask(again.ownerUrl, "SELECT id FROM kept")).toEqual([{ id: 1 }])
    await again.stop()
  })

  it("starts when the number in a killed server's lock file belongs to another process by now", async () => {
    const postgres = await start()
    const lock = join(folder.path, "postgres", "postmaster.pid")
    const lines = readFileSync(lock, "utf8").split("\n")
    process.kill(processId(), "SIGKILL")
    await postgres.ended
    writeFileSync(lock, [1, ...lines.slice(1)].join("\n"))
    await (await start()).stop()
  })

  it("starts over an empty lock file, which a power failure leaves", async () => {
    writeFileSync(join(folder.path, "postgres", "postmaster.pid"), "")
    await (await start()).stop()
  })

  it("is restarted when its socket was swept away under it", async () => {
    const postgres = await start()
    rmSync(socketFolderOf(folder.path, "postgres"), { recursive: true })
    const again = await start()
    expect(await ask(again.appUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }])
    await postgres.ended
    await again.stop()
  })

  it("begins anew when it was killed while its files were being made", async () => {
    using other = temporaryFolder()
    mkdirSync(join(other.path, "postgres.init", "base"), { recursive: true })
    const postgres = await startEmbeddedPostgres({ folder: other.path, settings: { fsync: "off" } })
    await postgres.stop()
    rmSync(socketFolderOf(other.path, "postgres"), { recursive: true })
  })

  it("is not started when the folder of its socket is open to others, or a link", async () => {
    const sockets = socketFolderOf(folder.path, "postgres")
    chmodSync(sockets, 0o755)
    await expect(start()).rejects.toThrow(`${sockets} is open to others`)
    rmSync(sockets, { recursive: true })
    symlinkSync(folder.path, sockets)
    await expect(start()).rejects.toThrow(`${sockets} is a link`)
    rmSync(sockets)
  })

  it("is not started without the passwords that belong to it", async () => {
    const passwords = join(folder.path, "postgres-passwords.json")
    const kept = readFileSync(passwords)
    rmSync(passwords)
    await expect(start()).rejects.toThrow(`${passwords} is missing. Restore it from the backup`)
    writeFileSync(passwords, kept, { mode: 0o600 })
    await (await start()).stop()
  })
})
