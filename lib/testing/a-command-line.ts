/**
 * The built command line, run as people run it: as a child process, with an environment of its own and nothing else.
 *
 *     const cli = await aCommandLine()
 *     const { code, stdout } = await cli.run(["whoami"], { env: { STRONGROOM_URL: url, STRONGROOM_TOKEN: token } })
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { buildCli } from "../../scripts/build-clients.mjs"
import { temporaryFolder } from "./temporary-folder.ts"

export interface CommandLine extends AsyncDisposable {
  /** The program's file. */
  program: string
  /** Where it keeps what it remembers, and its home. */
  home: string
  run(args: readonly string[], asking?: CommandAsking): Promise<CommandEnd>
  /** Started, and not waited for. */
  start(args: readonly string[], asking?: Omit<CommandAsking, "input">): ChildProcessWithoutNullStreams
}

export interface CommandAsking {
  env?: Readonly<Record<string, string>>
  input?: string | Uint8Array
  /** Instead of the Node that runs the test. */
  node?: string
}

export interface CommandEnd {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
  /** Standard output, where it is bytes. */
  bytes: Buffer
}

export async function aCommandLine(): Promise<CommandLine> {
  const folder = temporaryFolder()
  const built = join(folder.path, "cli")
  await buildCli(built)
  const home = join(folder.path, "home")
  await mkdir(home)
  const program = join(built, "strongroom.cjs")
  const environment: NodeJS.ProcessEnv = {
    NODE_ENV: "production",
    PATH: process.env.PATH ?? "",
    HOME: home,
    STRONGROOM_CONFIG: join(home, ".config", "strongroom"),
  }
  const start: CommandLine["start"] = (args, { env = {}, node = process.execPath } = {}) =>
    spawn(node, [program, ...args], {
      cwd: home,
      env: { ...environment, ...env },
      stdio: "pipe",
    })
  return {
    program,
    home,
    start,
    run: (args, { input = "", ...asking } = {}) => toEnd(start(args, asking), input),
    [Symbol.asyncDispose]: async () => folder[Symbol.dispose](),
  }
}

/** Waits for a started program, and takes down what it prints. */
export function toEnd(child: ChildProcessWithoutNullStreams, input: string | Uint8Array = ""): Promise<CommandEnd> {
  return new Promise((resolve, reject) => {
    const printed = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
    child.stdout.on("data", (part: Buffer) => printed.stdout.push(part))
    child.stderr.on("data", (part: Buffer) => printed.stderr.push(part))
    child.on("error", reject)
    child.on("close", (code, signal) => {
      const bytes = Buffer.concat(printed.stdout)
      resolve({ code, signal, bytes, stdout: bytes.toString(), stderr: Buffer.concat(printed.stderr).toString() })
    })
    child.stdin.on("error", () => undefined) // it may end before it reads
    child.stdin.end(input)
  })
}
