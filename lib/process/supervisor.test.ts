import { spawn } from "node:child_process"
import { once } from "node:events"
import { chmodSync, readFileSync, renameSync, rmSync, statSync } from "node:fs"
import { request } from "node:http"
import { join } from "node:path"
import { json } from "node:stream/consumers"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { readSupervisorSettings } from "../env.ts"
import { setLogLevel } from "../log.ts"
import { type TemporaryFolder, temporaryFolder } from "../testing/temporary-folder.ts"
import { onConnection } from "./connection.ts"
import { poll } from "./poll.ts"
import { socketFolderOf } from "./private-folder.ts"
import { type SupervisorOptions, startStrongroom } from "./supervisor.ts"

const testing = join(import.meta.dirname, "..", "testing")
const part = join(testing, "fixture-part.ts")

let folder: TemporaryFolder
beforeAll(() => {
  folder = temporaryFolder()
  setLogLevel("error")
})
afterAll(() => {
  for (const of of ["parts", "postgres"] as const) {
    rmSync(socketFolderOf(folder.path, of), { recursive: true, force: true })
  }
  folder[Symbol.dispose]()
})

interface Started extends AsyncDisposable {
  announced: string[]
}

async function start(
  environment: Record<string, string> = {},
  changed: Partial<SupervisorOptions> = {},
): Promise<Started> {
  const announced: string[] = []
  const running = await startStrongroom({
    settings: readSupervisorSettings(folder.path, { STRONGROOM_DATA: folder.path, ...environment }),
    parts: { api: part, console: part },
    migrations: join(import.meta.dirname, "..", "..", "prisma", "migrations"),
    development: false,
    announce: (line) => announced.push(line),
    signal: new AbortController().signal,
    ...changed,
  })
  return { announced, [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() }
}

interface Answer {
  processId: number
  environment: Record<string, string>
}

/** What a fixture part says of itself. */
function ask(name: "api" | "console", path = "/"): Promise<Answer> {
  const socketPath = join(socketFolderOf(folder.path, "parts"), `${name}.sock`)
  return new Promise((resolve, reject) => {
    const asked = request(
      { socketPath, path },
      (answer) => void json(answer).then((it) => resolve(it as Answer), reject),
    )
    asked.on("error", reject).end()
  })
}

async function eventually(holds: () => Promise<boolean> | boolean): Promise<void> {
  const tryIt = async (): Promise<boolean> => {
    try {
      return await holds()
    } catch {
      return false
    }
  }
  expect(await poll(tryIt, { forMs: 15_000, everyMs: 50 })).toBe(true)
}

function isAlive(processId: number): boolean {
  try {
    return process.kill(processId, 0)
  } catch {
    return false
  }
}

async function query(url: string, sql: string): Promise<void> {
  await onConnection(url, (client) => client.query(sql))
}

function postgresProcess(): number {
  return Number(readFileSync(join(folder.path, "postgres", "postmaster.pid"), "utf8").split("\n")[0])
}

describe("the supervisor", () => {
  it("starts the database and all parts, says where Strongroom is, and stops all of it", async () => {
    const processes: number[] = []
    {
      await using running = await start({ PORT: "4567" })
      expect(running.announced).toEqual(["Strongroom is at http://localhost:4567"])
      const parts = await Promise.all([ask("api"), ask("console")])
      processes.push(postgresProcess(), ...parts.map(({ processId }) => processId))
      expect(processes.every(isAlive)).toBe(true)
    }
    expect(processes.filter(isAlive)).toEqual([])
  })

  it("gives the console neither the key nor the database, and the API neither of the console's keys", async () => {
    await using _ = await start({ STRONGROOM_METRICS_TOKEN: "a-token-for-metrics" })
    const [api, console] = await Promise.all([ask("api"), ask("console")])
    expect(Object.keys(api.environment)).toEqual(
      expect.arrayContaining(["DATABASE_URL", "STRONGROOM_KEK_FILE", "STRONGROOM_METRICS_TOKEN"]),
    )
    expect(api.environment).not.toHaveProperty("AUTH_SECRET")
    const secrets = ["DATABASE_URL", "STRONGROOM_KEK", "STRONGROOM_KEK_FILE", "STRONGROOM_METRICS_TOKEN"]
    for (const name of secrets) expect(console.environment).not.toHaveProperty(name)
    expect(JSON.stringify(console.environment)).not.toContain("postgresql:")
    expect(console.environment).toMatchObject({ NODE_ENV: "production", AUTH_URL: "http://localhost:3000" })
  })

  it("makes keys once, readable by their owner alone", async () => {
    const keys = ["kek", "auth-secret", "actions-key"].map((name) => join(folder.path, name))
    const read = (): string[] => keys.map((key) => readFileSync(key, "utf8"))
    const before = read()
    await (await start())[Symbol.asyncDispose]()
    expect(read()).toEqual(before)
    expect(keys.map((key) => statSync(key).mode & 0o777)).toEqual([0o600, 0o600, 0o600])
  })

  it("starts a part that died again", async () => {
    await using _ = await start()
    const { processId } = await ask("api")
    process.kill(processId, "SIGKILL")
    await eventually(async () => (await ask("api")).processId !== processId)
  })

  it("starts Postgres again when it was killed, at the same address", async () => {
    await using _ = await start()
    const { environment } = await ask("api")
    const killed = postgresProcess()
    process.kill(killed, "SIGKILL")
    await eventually(async () => {
      await query(environment.DATABASE_URL!, "SELECT 1")
      return postgresProcess() !== killed
    })
  })

  it("announces the first owner's code as the API printed it, and wraps what is no log record", async () => {
    const written: string[] = []
    const stderr = vi.spyOn(process.stderr, "write").mockImplementation((line) => written.push(String(line)) > 0)
    setLogLevel("info")
    try {
      await using running = await start()
      const record = '{"time":"2026-11-22T08:00:00.000Z","level":"info","message":"from the part"}'
      for (const line of ["First owner: open http://localhost:3000/setup and enter X", "loose\twords", record]) {
        await ask("api", `/print?line=${encodeURIComponent(line)}`)
      }
      await eventually(() => written.some((line) => line === `${record}\n`))
      expect(running.announced).toContain("First owner: open http://localhost:3000/setup and enter X")
      const wrapped = written.find((line) => line.includes("loose"))
      expect(JSON.parse(wrapped!)).toMatchObject({ level: "info", message: "loose\twords", part: "api" })
      expect(written.join("")).not.toContain("First owner")
    } finally {
      setLogLevel("error")
      stderr.mockRestore()
    }
  })

  it("says which process holds the data folder when another runs on it", async () => {
    await using _ = await start()
    await expect(start()).rejects.toThrow(`Another Strongroom runs on ${folder.path}. It is process ${process.pid}.`)
  })

  it("fails as a whole when a part can't serve, and leaves nothing behind", async () => {
    const broken = join(testing, "no-such-part.ts")
    await expect(start({}, { parts: { api: part, console: broken } })).rejects.toThrow(
      "console ended before it served (exit code 1)",
    )
    expect(() => postgresProcess()).toThrow(/ENOENT/)
    await (await start())[Symbol.asyncDispose]()
  })

  it("gives a start up when it is told to stop", async () => {
    const told = new AbortController()
    const starting = start({}, { signal: told.signal })
    told.abort(new Error("told to stop"))
    await expect(starting).rejects.toThrow("told to stop")
    expect(() => postgresProcess()).toThrow(/ENOENT/)
  })

  it("takes its parts with it when it is killed, and the next start uses what is still there", async () => {
    const supervisor = spawn(process.execPath, [join(testing, "fixture-supervisor.ts"), folder.path], {
      stdio: ["ignore", "pipe", "ignore"],
    })
    await once(supervisor.stdout, "data")
    const parts = await Promise.all([ask("api"), ask("console")])
    const postgres = postgresProcess()
    supervisor.kill("SIGKILL")
    await eventually(() => parts.every(({ processId }) => !isAlive(processId)))
    await using _ = await start()
    expect(postgresProcess()).toBe(postgres)
    expect((await ask("api")).processId).not.toBe(parts[0].processId)
  })

  it("makes no new key for a database that was set up with another, and says which it needs", async () => {
    const [key, aside] = [join(folder.path, "kek"), join(folder.path, "kek-aside")]
    await using _ = await start()
    const ownerUrl = ownerUrlFrom((await ask("api")).environment.DATABASE_URL!)
    await query(ownerUrl, `INSERT INTO "KeyEncryptionKey" VALUES ('kek-0123', '\\x00', 'active')`)
    renameSync(key, aside)
    try {
      const settings = { DATABASE_URL: ownerUrl, STRONGROOM_DATA: join(folder.path, "other") }
      await expect(start(settings, { parts: { api: part } })).rejects.toThrow(
        /was set up with the key "kek-0123", and it is not here/,
      )
    } finally {
      renameSync(aside, key)
      await query(ownerUrl, `DELETE FROM "KeyEncryptionKey"`)
    }
  })

  it("refuses a key that others can read", async () => {
    const key = join(folder.path, "kek")
    chmodSync(key, 0o644)
    try {
      await expect(start()).rejects.toThrow(`${key} can be read by others`)
    } finally {
      chmodSync(key, 0o600)
    }
  })
})

/** The same database, signed in as the owner of its tables. */
function ownerUrlFrom(appUrl: string): string {
  const passwords = JSON.parse(readFileSync(join(folder.path, "postgres-passwords.json"), "utf8")) as { owner: string }
  return appUrl.replace(/\/\/[^@]+@/, `//strongroom_owner:${passwords.owner}@`)
}
