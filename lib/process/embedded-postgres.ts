/**
 * The database that comes with Strongroom: the npm-delivered Postgres, on a unix socket only, in a folder that only we
 * can open, with a password on top.
 *
 * It outlives us when we are killed, so a start finds one of three things in the data folder: nothing (a database is
 * made), a database at rest or one that was killed (it is started, and recovers), or one that still runs (it is used).
 */
import { execFileSync } from "node:child_process"
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { createInterface } from "node:readline"
import { setTimeout as pause } from "node:timers/promises"
import pg from "pg"
import { fails } from "./connection.ts"
import { takeLock } from "./exclusive-lock.ts"
import { poll } from "./poll.ts"
import { hasDatabaseFiles, makeDatabaseFiles, type PostgresFiles, preparePostgresFiles } from "./postgres-files.ts"
import { makeDatabaseAndRoles } from "./postgres-roles.ts"
import { isFileError } from "./private-file.ts"

export interface EmbeddedPostgres {
  /** Signs in as strongroom_owner, who owns the tables: for migrations. */
  readonly ownerUrl: string
  /** Signs in as strongroom_app, who may do what the migrations granted. */
  readonly appUrl: string
  /** Signs in as the superuser, to the database "postgres". */
  readonly adminUrl: string
  /** Whether the server was already running. */
  readonly reused: boolean
  /** Settles when the server is gone, whoever ended it. */
  readonly ended: Promise<void>
  /** Stops the server cleanly; settles when it is gone. */
  readonly stop: () => Promise<void>
}

export interface EmbeddedPostgresOptions {
  /** The data folder of the installation: the database goes into `postgres` in it. */
  folder: string
  /** Further settings of the server, such as `{ fsync: "off" }` for a test. */
  settings?: Readonly<Record<string, string>>
  /** Takes each line that the server prints. */
  onLine?: (line: string) => void
}

/**
 * Starts the database of a data folder, or finds it running, and makes sure of the database `strongroom` and its roles.
 * Of simultaneous starters one starts it; the others use it. Throws with Postgres's own words when it won't start.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const files = preparePostgresFiles(resolve(options.folder))
  const urlOf = (role: string, password: string, database: string): string =>
    `postgresql://${role}:${password}@localhost/${database}?host=${encodeURIComponent(files.sockets)}`
  const adminUrl = urlOf("postgres", files.passwords.admin, "postgres")

  using _ = await takeLock(files.lock, { waitMs: 120_000 })
  if (!hasDatabaseFiles(files.data)) await makeDatabaseFiles(files)
  const running = await findRunning(files, adminUrl)
  const server = running ?? (await launch(files, adminUrl, options))
  await makeDatabaseAndRoles(adminUrl, files.passwords)
  return {
    ownerUrl: urlOf("strongroom_owner", files.passwords.owner, "strongroom"),
    appUrl: urlOf("strongroom_app", files.passwords.app, "strongroom"),
    adminUrl,
    reused: running !== undefined,
    ended: server.ended,
    stop: async () => {
      await stopServer(files.data)
      await server.ended
    },
  }
}

interface RunningServer {
  ended: Promise<void>
}

/** The server that already runs on these files, if one does. One that runs out of our reach is stopped. */
async function findRunning({ data, sockets }: PostgresFiles, adminUrl: string): Promise<RunningServer | undefined> {
  if (serverProcess(data) === undefined) return undefined
  // Where its socket is, it will answer once it has recovered. Temp folders get swept; then nobody can reach it.
  const forMs = existsSync(join(sockets, ".s.PGSQL.5432")) ? tenMinutes : 2_000
  const settled = async (): Promise<boolean> => (await answers(adminUrl)) || serverProcess(data) === undefined
  if (!(await poll(settled, { forMs }))) await stopServer(data)
  if (serverProcess(data) === undefined) return undefined
  return { ended: untilGone(data) }
}

async function untilGone(data: string): Promise<void> {
  await poll(() => serverProcess(data) === undefined, { forMs: Number.POSITIVE_INFINITY, everyMs: 500 })
}

async function launch(
  files: PostgresFiles,
  adminUrl: string,
  options: EmbeddedPostgresOptions,
): Promise<RunningServer> {
  const lastLines: string[] = []
  const takeLine = (line: string): void => {
    lastLines.push(line)
    if (lastLines.length > 20) lastLines.shift()
    options.onLine?.(line)
  }
  // Processes of a server that was killed need a moment to notice; until then a new one refuses to start.
  const deadline = performance.now() + 15_000
  for (;;) {
    const server = spawnServer(files, options.settings ?? {}, takeLine)
    if (await comesUp(server, adminUrl)) return { ended: server.ended }
    const words = lastLines.splice(0).join("\n")
    if (!/pre-existing shared memory|lock file/.test(words) || performance.now() > deadline) {
      throw new Error(`The embedded Postgres did not start.\n${words}`)
    }
    await pause(200)
  }
}

interface SpawnedServer extends RunningServer {
  hasEnded(): boolean
}

function spawnServer(
  { program, data, sockets }: PostgresFiles,
  settings: Readonly<Record<string, string>>,
  takeLine: (line: string) => void,
): SpawnedServer {
  disownLeftLock(data)
  const where = ["-D", data, "-k", sockets, "-h", "", "-p", "5432"]
  const how = Object.entries({ ...ourSettings, ...settings }).flatMap(([name, value]) => ["-c", `${name}=${value}`])
  const child = program.run("postgres", [...where, ...how])
  for (const stream of [child.stdout, child.stderr]) if (stream) createInterface(stream).on("line", takeLine)
  child.on("error", (error) => {
    takeLine(error.message)
  })
  let gone = false
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => {
      gone = true
      resolve()
    })
  })
  return { ended, hasEnded: () => gone }
}

// What it logs may not quote rows or statements. Durability (fsync, synchronous_commit) stays at Postgres's default: on.
const ourSettings = {
  max_connections: "60",
  shared_buffers: "128MB",
  jit: "off",
  timezone: "UTC",
  log_timezone: "UTC",
  log_min_messages: "log",
  log_error_verbosity: "terse",
  log_min_error_statement: "panic",
  log_line_prefix: "",
}

/**
 * A killed server leaves `postmaster.pid`. Postgres takes over one whose process is gone, but not one whose number
 * now belongs to another process, as happens in containers. It also takes one that names its own parent for left over,
 * and then still checks that nobody uses the old server's memory: so that is what we write.
 */
function disownLeftLock(data: string): void {
  const lock = join(data, "postmaster.pid")
  const lines = readLines(lock)
  if (lines === undefined) return
  if (Number(lines[0]) > 0) writeFileSync(lock, [process.pid, ...lines.slice(1)].join("\n"))
  else rmSync(lock)
}

// A recovery after a crash may have much to replay.
const tenMinutes = 600_000

async function comesUp(server: SpawnedServer, adminUrl: string): Promise<boolean> {
  await poll(async () => server.hasEnded() || (await answers(adminUrl)), { forMs: tenMinutes })
  return !server.hasEnded()
}

/** Whether the server lets us in. Throws when it is up and refuses us, which waiting won't change. */
async function answers(adminUrl: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: 5_000 })
  client.on("error", fails)
  try {
    await client.connect()
    return true
  } catch (error) {
    if (isFileError(error, "28P01")) {
      throw new Error('The embedded Postgres refuses the password in "postgres-passwords.json" beside its data.', {
        cause: error,
      })
    }
    return false // not listening, or still starting
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** Asks the server to end its sessions and stop; after half a minute, to stop at once and recover at the next start. */
async function stopServer(data: string): Promise<void> {
  for (const signal of ["SIGINT", "SIGQUIT"] as const) {
    const pid = serverProcess(data)
    if (pid === undefined) return
    process.kill(pid, signal)
    if (await poll(() => serverProcess(data) === undefined, { forMs: 30_000 })) return
  }
  throw new Error(`The embedded Postgres (process ${serverProcess(data) ?? "unknown"}) does not stop.`)
}

/** The process that serves these files now, if any. The number in the lock file alone may be another's by now. */
function serverProcess(data: string): number | undefined {
  const pid = Number(readLines(join(data, "postmaster.pid"))?.[0])
  return pid > 0 && commandOf(pid).includes(`-D ${data} `) ? pid : undefined
}

function readLines(file: string): string[] | undefined {
  try {
    return readFileSync(file, "utf8").split("\n")
  } catch (error) {
    if (isFileError(error, "ENOENT")) return undefined
    throw error
  }
}

/** The command line of a process; empty when there is no such process. */
function commandOf(pid: number): string {
  try {
    if (existsSync("/proc/self/cmdline")) return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")
    return execFileSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8", stdio: "pipe" })
  } catch {
    return "" // gone
  }
}
